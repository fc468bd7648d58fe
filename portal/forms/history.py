"""The filter of the operator's log. It lives in the address."""

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.forms.fields import DayField, LeanSelect, LineField
from portal.models import Municipality, School, User
from portal.registry import history_verbs
from portal.text import searchable

MOST_WORDS = 5


class HistoryForm(forms.Form):
    """``?q=&kind=&verb=&since=&until=&municipality=&school=``."""

    q = LineField(
        label=gettext_lazy("Person"), required=False, max_length=200, widget=forms.TextInput(attrs={"type": "search"})
    )
    kind = forms.ChoiceField(label=gettext_lazy("Changed what"), required=False, widget=LeanSelect)
    verb = forms.ChoiceField(label=gettext_lazy("Did what"), required=False, widget=LeanSelect)
    municipality = forms.ChoiceField(label=gettext_lazy("Municipality"), required=False, widget=LeanSelect)
    since = DayField(label=gettext_lazy("From day"), required=False)
    until = DayField(label=gettext_lazy("To day"), required=False)
    # It comes from links; on the page it stands as a chip that can be taken off.
    school = forms.ModelChoiceField(
        label=gettext_lazy("School"), queryset=School.objects.none(), required=False, widget=forms.HiddenInput
    )

    def __init__(self, params, region, kinds):
        super().__init__(params, label_suffix="")
        self.region = region
        self.kinds = {f"{kind.app_label}.{kind.model}": kind.pk for kind in kinds.values()}
        self.municipalities = {row.slug: row for row in Municipality.objects.filter(region=region)}
        words = {name: str(kinds[pk].model_class()._meta.verbose_name) for name, pk in self.kinds.items()}
        self.fields["kind"].choices = [("", _("everything")), *_by_words(words)]
        verbs = _by_words({verb: str(label) for verb, label in history_verbs.items()})
        self.fields["verb"].choices = [("", _("anything")), *verbs]
        self.fields["municipality"].choices = [
            ("", _("all municipalities")),
            *((slug, row.name) for slug, row in self.municipalities.items()),
        ]
        self.fields["school"].queryset = School.objects.filter(municipality__region=region)
        for shown in self.fields.values():
            shown.widget.attrs["class"] = "form-select" if isinstance(shown, forms.ChoiceField) else "form-control"

    def clean(self):
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until < since:
            message = _("%(later)s is before “%(label)s” (%(earlier)s).")
            values = {
                "later": f"{until:%d.%m.%Y}",
                "earlier": f"{since:%d.%m.%Y}",
                "label": self.fields["since"].label,
            }
            self.add_error("until", ValidationError(message, code="order", params=values))

    def narrow(self, entries):
        """Return those of ``entries`` that the address asks for."""
        values = self.cleaned_data
        if values["kind"]:
            entries = entries.filter(content_type_id=self.kinds[values["kind"]])
        if values["verb"]:
            entries = entries.filter(verb=values["verb"])
        if values["municipality"]:
            entries = entries.filter(municipality=self.municipalities[values["municipality"]])
        if values["school"]:
            entries = entries.filter(school=values["school"])
        if values["since"]:
            entries = entries.filter(moment__gte=self._midnight(values["since"]))
        if values["until"]:
            entries = entries.filter(moment__lt=self._midnight(values["until"] + timedelta(days=1)))
        if words := searchable(values["q"]).split()[:MOST_WORDS]:
            entries = entries.filter(actor_id__in=_people_called(words))
        return entries

    def _midnight(self, day) -> datetime:
        """The moment at which ``day`` begins in the region."""
        return datetime.combine(day, time.min, ZoneInfo(self.region.time_zone))


def _by_words(words: dict) -> list:
    return sorted(words.items(), key=lambda pair: searchable(pair[1]))


def _people_called(words):
    """People in whose name or e-mail every word stands, in any case, ё like е (both databases know regular
    expressions that fold Cyrillic; ``icontains`` on SQLite does not)."""
    found = User.objects.order_by()
    for word in words:
        pattern = re.escape(word).replace("е", "[её]")
        found = found.filter(Q(name__iregex=pattern) | Q(email__iregex=pattern))
    return found.values("pk")
