"""The operator's log: who changed what in the region, on a page and as a workbook."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import FileResponse, Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from portal import accesslog, clock
from portal.access import Scope
from portal.forms import DayField, LeanSelect, LineField
from portal.history import VERBS, kinds_in_history, lines_of, log_of
from portal.history_workbook import MOST_ROWS, XLSX, workbook
from portal.membership import current_membership
from portal.models import Municipality, Region, School, User
from portal.text import searchable

PAGE_SIZE = 40
MOST_WORDS = 5


# --- What is asked for -----------------------------------------------------------------------


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
        verbs = _by_words({verb: str(label) for verb, label in VERBS.items()})
        self.fields["verb"].choices = [("", _("anything")), *verbs]
        self.fields["municipality"].choices = [
            ("", _("all municipalities")),
            *((slug, row.name) for slug, row in self.municipalities.items()),
        ]
        self.fields["school"].queryset = School.objects.filter(municipality__region=region)
        for name, shown in self.fields.items():
            shown.widget.attrs["class"] = "form-select" if isinstance(shown, forms.ChoiceField) else "form-control"
            if name in self.errors:
                shown.widget.attrs |= {"aria-invalid": "true", "aria-describedby": f"error_{name}"}

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
            entries = entries.filter(additional_data__verb=values["verb"])
        if values["municipality"]:
            entries = entries.filter(additional_data__municipality=self.municipalities[values["municipality"]].pk)
        if values["school"]:
            entries = entries.filter(additional_data__school=values["school"].pk)
        if values["since"]:
            entries = entries.filter(timestamp__gte=self._midnight(values["since"]))
        if values["until"]:
            entries = entries.filter(timestamp__lt=self._midnight(values["until"] + timedelta(days=1)))
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


# --- Pages of a long list --------------------------------------------------------------------


@dataclass(frozen=True)
class _Place:
    """A place in the log, between entries: a moment and an id, written as ``microseconds-id``."""

    moment: datetime
    pk: int

    @classmethod
    def read(cls, text: str):
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{1,16}-[0-9]{1,15}", text):
            raise Http404
        microseconds, pk = text.split("-")
        return cls(_EPOCH + timedelta(microseconds=int(microseconds)), int(pk))

    @classmethod
    def of(cls, entry) -> str:
        return f"{(entry.timestamp - _EPOCH) // timedelta(microseconds=1)}-{entry.pk}"

    def older(self, entries):
        # The first condition repeats part of the second, for the index.
        return entries.filter(
            Q(timestamp__lte=self.moment), Q(timestamp__lt=self.moment) | Q(timestamp=self.moment, pk__lt=self.pk)
        )

    def newer(self, entries):
        return entries.filter(
            Q(timestamp__gte=self.moment), Q(timestamp__gt=self.moment) | Q(timestamp=self.moment, pk__gt=self.pk)
        ).order_by("timestamp", "pk")


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class _Page:
    """Some entries in a row; ``newer`` and ``older`` are the addresses' values that lead on, empty at the ends.

    Nothing is counted: of a million entries those that are shown are read.
    """

    entries: list = field(default_factory=list)
    newer: str = ""
    older: str = ""


def _page_of(entries, params) -> _Page:
    newer_than, older_than = _Place.read(params.get("newer", "")), _Place.read(params.get("older", ""))
    if newer_than:
        found = list(newer_than.newer(entries)[: PAGE_SIZE + 1])
        if len(found) > PAGE_SIZE:
            found = found[PAGE_SIZE - 1 :: -1]
            return _Page(found, newer=_Place.of(found[0]), older=_Place.of(found[-1]))
        # So few are newer that this is the first page.
    elif older_than:
        entries = older_than.older(entries)
    found = list(entries[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    is_first = not older_than or not shown
    return _Page(
        shown,
        newer="" if is_first else _Place.of(shown[0]),
        older=_Place.of(shown[-1]) if len(found) > PAGE_SIZE else "",
    )


# --- Pages -----------------------------------------------------------------------------------


def _region(request) -> Region:
    """Return the region whose log is shown: that of the role chosen on screen, else the first that one operates."""
    operated = [row for row in Scope.of(request.user).memberships if row.role == row.Role.OPERATOR]
    if not operated:
        raise PermissionDenied
    chosen = current_membership(request)
    return (chosen if chosen in operated else operated[0]).region


def _asked(request):
    """Return ``(region, kinds, form)`` of the address."""
    region, kinds = _region(request), kinds_in_history()
    return region, kinds, HistoryForm(request.GET, region, kinds)


@require_safe
@login_required
def history(request):
    """Who changed what in the region, filtered by the address, newest first."""
    region, kinds, form = _asked(request)
    page, status = _Page(), 400
    if form.is_valid():
        page, status = _page_of(form.narrow(log_of(region)), request.GET), 200
    context = {
        "form": form,
        "school": form.cleaned_data.get("school"),
        "lines": lines_of(page.entries, kinds),
        "page": page,
        "most_rows": MOST_ROWS,
    }
    return render(request, "portal/history.html", context, status=status)


@require_safe
@login_required
def history_workbook(request):
    """What the page shows, all pages of it, as a workbook: the newest :data:`MOST_ROWS` entries."""
    region, kinds, form = _asked(request)
    if not form.is_valid():
        return render(request, "portal/history.html", {"form": form, "most_rows": MOST_ROWS}, status=400)
    found = list(form.narrow(log_of(region))[: MOST_ROWS + 1])
    lines = lines_of(found[:MOST_ROWS], kinds, with_pages=False)
    content = workbook(region, lines, is_cut=len(found) > MOST_ROWS)
    accesslog.note("download", request)
    name = f"{_('History')} {clock.local_today(region):%Y-%m-%d}.xlsx"
    return FileResponse(content, as_attachment=True, filename=name, content_type=XLSX)
