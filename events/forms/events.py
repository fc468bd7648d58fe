"""The form of an event. One minute: format, day, numbers per grade; everything else is optional and folded."""

import uuid

from django import forms
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext_lazy as _

from campaigns.models import Delivery
from events.actions import JOINT_FIELDS, PLAIN_FIELDS, joint_partners
from portal.forms.fields import CountField, DayField, LineField
from portal.grades import GRADE_FIELDS, GRADES
from portal.models import Partner


def dress(form) -> None:
    """Give the fields of a form their capital letters and classes, those with errors the class of these."""
    # Before anything asks for errors: bound fields remember their labels.
    for field in form.fields.values():
        field.label = capfirst(field.label)
    for name, field in form.fields.items():
        kind = "form-control" if not isinstance(field, forms.ChoiceField) else "form-select"
        field.widget.attrs.setdefault("class", kind)
        if form.is_bound and name in form.errors:
            field.widget.attrs["class"] += " is-invalid"


class EventForm(forms.Form):
    """Takes the ``formats`` that the campaign offers (with ``indicators`` and ``times`` read) and the enrolment.

    With ``joint`` it is the form of an attendance: what the joint event says is shown and cannot be typed.
    """

    token = forms.UUIDField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2_000_000_000)
    format = forms.ChoiceField(label=_("format"), error_messages={"required": _("Choose a format.")})
    starts_on = DayField(label=_("when"))
    ends_on = DayField(
        label=_("last day"), required=False, help_text=_("Only if it took several days, as a course does.")
    )
    title = LineField(
        label=_("title"), max_length=200, required=False, help_text=_("Left empty, the format's name stands here.")
    )
    delivery = forms.ChoiceField(label=_("delivery"), choices=Delivery.choices, required=False)
    place = LineField(label=_("place"), max_length=200, required=False)
    partners = forms.CharField(
        label=_("partners"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Enterprises, colleges, universities: one a line."),
    )
    partner_kind = forms.ChoiceField(
        label=_("kind of a new partner"), choices=Partner.Kind.choices, required=False, initial=Partner.Kind.ENTERPRISE
    )
    teachers = CountField(label=_("teachers"))
    parents = CountField(label=_("parents"))
    link = forms.URLField(
        label=_("link to evidence"),
        max_length=500,
        required=False,
        assume_scheme="https",
        error_messages={"invalid": _("Write the whole address of a page, as in https://school.example/news.")},
    )
    description = forms.CharField(
        label=_("description"),
        max_length=3_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("No names of pupils, please."),
    )
    note = LineField(
        label=_("explanation of the numbers"),
        max_length=500,
        required=False,
        help_text=_("Needed only where more took part than are enrolled: say why."),
    )

    def __init__(self, *args, formats, enrolment=None, joint=None, **options):
        super().__init__(*args, **options)
        self.joint = joint
        if joint is not None:
            formats = [format_ for format_ in formats if format_.pk == joint.format_id]
            self.initial = dict(self.initial) | attendance_initial(joint)
            for name in (*JOINT_FIELDS, "partners", "partner_kind"):
                self.fields[name].disabled = True
        chosen = self.data.get("format") if self.is_bound and joint is None else self.initial.get("format")
        # The chosen one stands first: the others may be folded away.
        formats = sorted(formats, key=lambda format_: format_.slug != chosen)
        self.formats = {format_.slug: format_ for format_ in formats}
        self.fields["format"].choices = [(format_.slug, format_.name) for format_ in formats]
        enrolled = enrolment.by_grade if enrolment else {}
        for grade in GRADES:
            field = CountField(label=format_lazy(_("grade {grade}"), grade=grade))
            field.enrolled = enrolled.get(grade)
            self.fields[f"grade_{grade}"] = field
        for format_ in formats:
            for indicator in format_.indicators.all():
                if indicator.retired_at is None:
                    field = CountField(label=indicator.name, max_value=999_999)
                    field.indicator_of = format_.slug
                    self.fields[f"indicator_{indicator.pk}"] = field
        dress(self)

    @property
    def chosen_format(self):
        """The format chosen so far, or None."""
        return self.formats.get(str(self["format"].value() or ""))

    @property
    def grade_fields(self):
        """All grades as ``(bound field, shown)``: shown are those that the chosen format takes."""
        chosen = self.chosen_format
        wanted = set(chosen.grades) if chosen else {g for format_ in self.formats.values() for g in format_.grades}
        return [
            (field, grade in wanted or bool(field.value()) or field.name in self.errors)
            for grade, field in ((grade, self[f"grade_{grade}"]) for grade in GRADES)
        ]

    @property
    def indicator_fields(self):
        """All additional numbers as ``(bound field, format, shown)``."""
        chosen = self.chosen_format
        return [
            (self[name], field.indicator_of, chosen is not None and field.indicator_of == chosen.slug)
            for name, field in self.fields.items()
            if name.startswith("indicator_")
        ]

    @property
    def opens_more(self) -> bool:
        """Whether the folded part must be open: something in it has an error or a value."""
        names = ("title", "place", "partners", "teachers", "parents", "link", "description", "ends_on", "delivery")
        return any(name in self.errors for name in names)

    def clean_format(self):
        return self.formats[self.cleaned_data["format"]]

    def clean(self):
        values = super().clean()
        values["ends_on"] = values.get("ends_on") or values.get("starts_on")
        if "format" in values:
            values["delivery"] = values.get("delivery") or values["format"].delivery
        return values

    @property
    def event_values(self) -> dict:
        """The values as the actions take them: counts left empty are 0, additional numbers by indicator id."""
        data = self.cleaned_data
        values = {name: data[name] for name in PLAIN_FIELDS}
        for name in (*GRADE_FIELDS, "teachers", "parents"):
            values[name] = data[name] or 0
        chosen = data["format"].slug
        values["indicators"] = {
            int(name.removeprefix("indicator_")): data.get(name)
            for name, field in self.fields.items()
            if name.startswith("indicator_") and field.indicator_of == chosen
        }
        values["partners"] = [line.strip() for line in data["partners"].splitlines() if line.strip()]
        values["partner_kind"] = data["partner_kind"]
        return values


def event_initial(event, copy: bool = False) -> dict:
    """Return what the form of ``event`` starts with; a copy gets a token of its own and no days."""
    values = {name: getattr(event, name) for name in PLAIN_FIELDS}
    values["format"] = event.format.slug
    for name in (*GRADE_FIELDS, "teachers", "parents"):
        values[name] = values[name] or None
    values["partners"] = "\n".join(partner.name for partner in event.partners.all())
    if copy:
        values |= {"token": uuid.uuid4(), "version": 1, "starts_on": None, "ends_on": None, "note": "", "link": ""}
        return values
    values |= {f"indicator_{value.indicator_id}": value.value for value in event.indicator_values.all()}
    values |= {"token": event.token, "version": event.version}
    if event.ends_on == event.starts_on:
        values["ends_on"] = None
    return values


def attendance_initial(joint) -> dict:
    """Return what stands in the form of an attendance from its joint event."""
    values = {name: getattr(joint, name) for name in JOINT_FIELDS}
    values["format"] = joint.format.slug
    values["partners"] = "\n".join(partner.name for partner in joint_partners(joint))
    if joint.ends_on == joint.starts_on:
        values["ends_on"] = None
    return values
