"""Forms of extensions: the new one, and the filter of the list. They explain; the actions decide."""

import django_filters
from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext_lazy as _

from campaigns.actions import MOST_LETTERS
from campaigns.due_dates import DUE_FIELDS
from campaigns.models import Extension, SchoolCampaign, Stage
from campaigns.queries import schools_seen_by
from portal.access import Scope
from portal.forms.fields import DayField, LeanSelect, LineField
from portal.models import Municipality, School


class GroupedSelect(LeanSelect):
    """A lean select whose choices may be groups, ``(label, [(key, label), …])``, as Django's are."""

    def render(self, name, value, attrs=None, renderer=None):
        chosen = {str(value) for value in self.format_value(value)}

        def options(choices):
            return format_html_join(
                "",
                '<option value="{}"{}>{}</option>',
                ((key, mark_safe(" selected") if str(key) in chosen else "", label) for key, label in choices),
            )

        parts = [
            format_html('<optgroup label="{}">{}</optgroup>', key, options(label))
            if isinstance(label, list | tuple)
            else options([(key, label)])
            for key, label in self.choices
        ]
        return format_html(
            "<select{}>{}</select>",
            flatatt(self.build_attrs(self.attrs, {"name": name, **(attrs or {})})),
            format_html_join("", "{}", ((part,) for part in parts)),
        )


def key_of(place) -> str:
    """Return the word by which the form names a school or a municipality."""
    return f"{'school' if isinstance(place, School) else 'municipality'}-{place.pk}"


def _stage_with_day(stage, campaign):
    day = getattr(campaign, DUE_FIELDS[stage])
    return format_lazy(_("{stage} (everyone's date is {day})"), stage=stage.label, day=f"{day:%d.%m.%Y}")


class ExtensionForm(forms.Form):
    """A new extension: of what, for whom, until when and why.

    ``places`` are the schools and municipalities that one may act for, ``[(municipality, [school, …]), …]``.
    """

    place = forms.ChoiceField(
        label=_("for whom"),
        widget=GroupedSelect(attrs={"class": "form-select"}),
        error_messages={
            "required": _("Choose a school or a municipality."),
            "invalid_choice": _("Choose a school or a municipality of the list."),
        },
        help_text=_("A municipality's extension of events or of school reports covers all its schools."),
    )
    stage = forms.ChoiceField(
        label=_("what is extended"),
        error_messages={
            "required": _("Choose what is extended."),
            "invalid_choice": _("Choose what is extended."),
        },
    )
    until = DayField(label=_("new due date"), help_text=_("The last day lasts to its end."))
    reason = LineField(
        label=_("reason"), max_length=MOST_LETTERS, help_text=_("It stands beside the date, for all who see it.")
    )

    def __init__(self, *args, campaign, places, **options):
        super().__init__(*args, **options)
        self.places = {key_of(place): place for municipality, schools in places for place in (municipality, *schools)}
        self.fields["place"].choices = [
            ("", _("choose")),
            *(
                (
                    municipality.name,
                    [
                        (
                            key_of(municipality),
                            format_lazy(_("the whole municipality: {name}"), name=municipality.name),
                        ),
                        *((key_of(school), school.name) for school in schools),
                    ],
                )
                for municipality, schools in places
            ),
        ]
        self.fields["stage"].choices = [
            ("", _("choose")),
            *((stage.value, _stage_with_day(stage, campaign)) for stage in Stage),
        ]
        for field in self.fields.values():
            field.label = capfirst(field.label)

    @property
    def helper(self):
        helper = FormHelper()
        helper.form_tag = False
        return helper

    @property
    def extension_values(self) -> dict:
        """The values as the actions take them."""
        values = {name: self.cleaned_data[name] for name in ("stage", "until", "reason")}
        place = self.places[self.cleaned_data["place"]]
        return values | {"school" if isinstance(place, School) else "municipality": place}

    def put_errors(self, error: ValidationError) -> None:
        """Show an action's messages at the fields that it names; a school and a municipality are one field here."""
        by_field = error.error_dict if hasattr(error, "error_dict") else {"__all__": error.error_list}
        for name, errors in by_field.items():
            name = "place" if name in ("school", "municipality") else name
            self.add_error(name if name in self.fields else None, errors)


class ExtensionFilter(django_filters.FilterSet):
    """``?municipality=&school=&stage=&status=``: a municipality with its schools; a school with what covers it."""

    municipality = django_filters.ModelChoiceFilter(
        label=_("Municipality"),
        queryset=lambda request: Municipality.objects.visible_to(request.user),
        to_field_name="slug",
        method="by_municipality",
        empty_label=_("all municipalities"),
        widget=LeanSelect,
    )
    stage = django_filters.ChoiceFilter(
        label=_("Stage"), choices=Stage.choices, empty_label=_("all stages"), widget=LeanSelect
    )
    status = django_filters.ChoiceFilter(
        label=_("Status"), choices=Extension.Status.choices, empty_label=_("any status"), widget=LeanSelect
    )
    # It comes from links; on the page it stands as a chip that can be taken off.
    school = django_filters.ModelChoiceFilter(
        label=_("School"),
        queryset=lambda request: schools_seen_by(request.user),
        method="by_school",
        widget=forms.HiddenInput,
    )

    class Meta:
        model = Extension
        fields = []

    def by_municipality(self, queryset, name, value):
        return queryset.filter(Q(municipality=value) | Q(folder__municipality=value))

    def by_school(self, queryset, name, value):
        there = SchoolCampaign.objects.filter(
            school=value, campaign=OuterRef("campaign"), municipality=OuterRef("municipality")
        )
        return queryset.filter(Q(school=value) | Exists(there))

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        scope = Scope.of(self.request.user)
        if not scope.region_ids and len(scope.own_municipality_ids) < 2:
            self.form.fields["municipality"].widget = forms.HiddenInput()
        for field in self.form.fields.values():
            field.widget.attrs.setdefault("class", "form-select")

    @classmethod
    def of(cls, request, queryset):
        """Return ``(filter, ignored)``: the filter of the address without the values it does not know."""
        found = cls(request.GET, queryset=queryset, request=request)
        if found.form.is_valid():
            return found, []
        known = request.GET.copy()
        ignored = [str(found.form.fields[name].label) for name in found.form.errors if name in found.form.fields]
        for name in found.form.errors:
            known.pop(name, None)
        found = cls(known, queryset=queryset, request=request)
        found.form.is_valid()
        return found, ignored

    @property
    def school_chosen(self):
        return self.form.cleaned_data.get("school")
