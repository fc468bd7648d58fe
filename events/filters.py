"""The filter of the event list. It lives in the address; values it does not know are ignored with a word."""

import django_filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, Format
from campaigns.queries import schools_seen_by
from events.models import HELD, Event, JointEvent
from portal.access import Scope
from portal.forms.fields import DayField, LeanSelect
from portal.grades import GRADES
from portal.models import Municipality, School
from portal.text import searchable


class DayFilter(django_filters.Filter):
    field_class = DayField


MOST_WORDS = 5
MOST_SCHOOLS = 500
STATUS_CHOICES = [("held", _("held: under review or accepted")), *Event.Status.choices]


def _campaigns(request):
    return Campaign.objects.visible_to(request.user)


def _municipalities(request):
    return Municipality.objects.visible_to(request.user)


def _schools(request):
    return schools_seen_by(request.user)


def _formats(request):
    return Format.objects.visible_to(request.user)


def _joint_events(request):
    return JointEvent.objects.visible_to(request.user)


class EventFilter(django_filters.FilterSet):
    """``?campaign=&municipality=&school=&format=&kind=&joint=&status=&grade=&day=&late=&flagged=&q=``."""

    q = django_filters.CharFilter(label=_("Search"), method="search", max_length=200)
    campaign = django_filters.ModelChoiceFilter(
        label=_("Campaign"),
        queryset=_campaigns,
        to_field_name="slug",
        empty_label=_("all campaigns"),
        widget=LeanSelect,
    )
    municipality = django_filters.ModelChoiceFilter(
        label=_("Municipality"),
        queryset=_municipalities,
        to_field_name="slug",
        field_name="folder__municipality",
        empty_label=_("all municipalities"),
        widget=LeanSelect,
    )
    format = django_filters.ModelChoiceFilter(
        label=_("Format"), queryset=_formats, to_field_name="slug", empty_label=_("all formats"), widget=LeanSelect
    )
    status = django_filters.ChoiceFilter(
        label=_("Status"), choices=STATUS_CHOICES, method="by_status", empty_label=_("any status"), widget=LeanSelect
    )
    # These come from links; on the page they stand as chips that can be taken off.
    school = django_filters.ModelChoiceFilter(label=_("School"), queryset=_schools, widget=forms.HiddenInput)
    kind = django_filters.ChoiceFilter(
        label=_("Kind"), choices=Format.Kind.choices, field_name="format__kind", widget=forms.HiddenInput
    )
    grade = django_filters.TypedChoiceFilter(
        label=_("Grade"),
        choices=[(str(grade), str(grade)) for grade in GRADES],
        coerce=int,
        method="by_grade",
        widget=forms.HiddenInput,
    )
    joint = django_filters.ModelChoiceFilter(label=_("Joint event"), queryset=_joint_events, widget=forms.HiddenInput)
    day = DayFilter(label=_("First day"), field_name="starts_on", widget=forms.HiddenInput)
    late = django_filters.ChoiceFilter(
        label=_("Only"), choices=[("1", _("late"))], method="by_late", widget=forms.HiddenInput
    )
    flagged = django_filters.ChoiceFilter(
        label=_("Only"), choices=[("1", _("flagged"))], method="by_flag", widget=forms.HiddenInput
    )

    class Meta:
        model = Event
        fields = []

    LINKED = ("school", "joint", "kind", "grade", "day", "late", "flagged")

    def search(self, queryset, name, value):
        """Events in which every word stands: in their own text or in their school's name."""
        # A school stays in its region, so this holds of campaigns that are over too.
        of_regions = School.objects.filter(municipality__region__in=Scope.of(self.request.user).home_region_ids)
        for word in searchable(value).split()[:MOST_WORDS]:
            schools = of_regions.filter(search__contains=word).order_by().values_list("pk", flat=True)
            # Few ids in the query itself let the index on the events' text work; many would only make it long.
            ids = list(schools[: MOST_SCHOOLS + 1])
            of_school = Q(school_id__in=ids if len(ids) <= MOST_SCHOOLS else schools)
            queryset = queryset.filter(Q(search__contains=word) | of_school)
        return queryset

    def by_status(self, queryset, name, value):
        return queryset.filter(status__in=HELD) if value == "held" else queryset.filter(status=value)

    def by_grade(self, queryset, name, value):
        return queryset.filter(**{f"grade_{value}__gt": 0}) if value else queryset

    def by_late(self, queryset, name, value):
        return queryset.late()

    def by_flag(self, queryset, name, value):
        return queryset.filter(flagged=True)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        scope = Scope.of(self.request.user)
        if not scope.region_ids and len(scope.own_municipality_ids) < 2:
            self.form.fields["municipality"].widget = forms.HiddenInput()
        for field in self.form.fields.values():
            kind = "form-select" if isinstance(field, forms.ChoiceField) else "form-control"
            field.widget.attrs.setdefault("class", kind)

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
    def chips(self) -> list[tuple[str, str, str]]:
        """What the links brought, as ``(parameter, label, value in words)``."""
        chips = []
        for name in self.LINKED:
            value = self.form.cleaned_data.get(name)
            if value:
                field = self.form.fields[name]
                words = dict(getattr(field, "choices", None) or ()) if name in ("kind", "late", "flagged") else {}
                text = f"{value:%d.%m.%Y}" if name == "day" else words.get(value, value)
                chips.append((name, field.label, str(text)))
        return chips
