"""Forms of joint events: the one that makes them, and the two fields in which a school adds its attendance."""

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from campaigns.models import Delivery, Format
from events.forms.events import dress
from events.models import JointEvent
from portal.forms.fields import CountField, DayField, LineField
from portal.models import Partner

USUAL_KINDS = (Format.Kind.FAIR, Format.Kind.OPEN_DAY, Format.Kind.CAREER_TRIAL, Format.Kind.EXCURSION)
"""Kinds that are mostly held for several schools: their formats stand first."""


class JointEventForm(forms.Form):
    """Takes the ``formats`` that the campaign offers and the ``municipalities`` that it may be held for.

    Without ``municipalities`` it does not ask: it is known already. ``for_region`` offers the whole region too.
    """

    token = forms.UUIDField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2_000_000_000)
    municipality = forms.ChoiceField(label=_("for the schools of"), required=False)
    format = forms.ChoiceField(label=_("format"), error_messages={"required": _("Choose a format.")})
    title = LineField(
        label=_("title"), max_length=200, required=False, help_text=_("Left empty, the format's name stands here.")
    )
    starts_on = DayField(label=_("first day"))
    ends_on = DayField(label=_("last day"), required=False, help_text=_("Only if it took several days."))
    delivery = forms.ChoiceField(
        label=_("delivery"), choices=[("", _("as the format says")), *Delivery.choices], required=False
    )
    place = LineField(
        label=_("place"), max_length=200, error_messages={"required": _("Write where it is held: schools look for it.")}
    )
    host = LineField(
        label=_("held by"),
        max_length=300,
        required=False,
        help_text=_("A college or an enterprise, if it is held by one."),
    )
    partners = forms.CharField(
        label=_("partners"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Enterprises, colleges, universities: one a line."),
    )
    partner_kind = forms.ChoiceField(
        label=_("kind of a new partner"), choices=Partner.Kind.choices, required=False, initial=Partner.Kind.COLLEGE
    )
    description = forms.CharField(
        label=_("description"), max_length=3_000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args, formats, municipalities=(), for_region=False, **options):
        super().__init__(*args, **options)
        formats = sorted(formats, key=lambda format_: format_.kind not in USUAL_KINDS)
        self.formats = {format_.slug: format_ for format_ in formats}
        self.fields["format"].choices = [("", _("choose")), *((slug, row.name) for slug, row in self.formats.items())]
        self.municipalities = {row.slug: row for row in municipalities}
        choices = [(slug, row.name) for slug, row in self.municipalities.items()]
        if for_region:
            choices.insert(0, ("", _("the whole region")))
        self.fields["municipality"].choices = choices
        self.fields["municipality"].required = not for_region
        if len(choices) < 2:
            del self.fields["municipality"]
        dress(self)

    def clean(self):
        values = super().clean()
        values["ends_on"] = values.get("ends_on") or values.get("starts_on")
        if "format" in values:
            values["format"] = self.formats[values["format"]]
            values["delivery"] = values.get("delivery") or values["format"].delivery
        return values

    @property
    def chosen_municipality(self):
        """The municipality whose schools it is for, None for the whole region."""
        if "municipality" in self.fields:
            return self.municipalities.get(self.cleaned_data["municipality"])
        return next(iter(self.municipalities.values()), None)

    @property
    def joint_values(self) -> dict:
        """The values as the actions take them."""
        names = ("format", "title", "starts_on", "ends_on", "delivery", "place", "host", "partner_kind", "description")
        values = {name: self.cleaned_data[name] for name in names}
        values["partners"] = [line.strip() for line in self.cleaned_data["partners"].splitlines() if line.strip()]
        return values


def joint_event_initial(joint: JointEvent) -> dict:
    """Return what the form of ``joint`` starts with."""
    names = ("title", "starts_on", "delivery", "place", "description", "version", "token")
    values = {name: getattr(joint, name) for name in names}
    values["ends_on"] = joint.ends_on if joint.ends_on != joint.starts_on else None
    values["format"] = joint.format.slug
    values["host"] = joint.host.name if joint.host_id else ""
    values["partners"] = "\n".join(partner.name for partner in joint.partners.all())
    return values


class AttendanceForm(forms.Form):
    """A grade and how many came; several grades and what else there is to say are folded.

    Takes the joint event and the schools that it may be added for; the only one is not asked.
    """

    token = forms.UUIDField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2_000_000_000)
    school = forms.ChoiceField(label=_("school"), error_messages={"required": _("Choose the school.")})
    grade = forms.ChoiceField(label=_("grade"), required=False)
    pupils = CountField(label=_("How many took part"))
    teachers = CountField(label=_("teachers"))
    note = LineField(
        label=_("explanation of the numbers"),
        max_length=500,
        required=False,
        help_text=_("Needed only where more took part than are enrolled: say why."),
    )

    def __init__(self, *args, joint, schools, enrolment=None, **options):
        super().__init__(*args, **options)
        self.schools = {str(row.pk): row for row in schools}
        self.grades = list(joint.format.grades)
        self.fields["grade"].choices = [
            ("", _("choose")),
            *((str(grade), format_lazy(_("grade {grade}"), grade=grade)) for grade in self.grades),
        ]
        if len(self.schools) == 1:
            del self.fields["school"]
        else:
            self.fields["school"].choices = [("", _("choose")), *((pk, row.name) for pk, row in self.schools.items())]
        enrolled = enrolment.by_grade if enrolment else {}
        for grade in self.grades:
            field = CountField(label=format_lazy(_("grade {grade}"), grade=grade))
            field.enrolled = enrolled.get(grade)
            self.fields[f"grade_{grade}"] = field
        dress(self)

    def clean(self):
        values = super().clean()
        grade, pupils = values.get("grade"), values.get("pupils")
        if pupils is None or "grade" in self.errors:
            return values
        if not grade:
            self.add_error("grade", _("Choose the grade of these pupils."))
        elif values.get(f"grade_{grade}") not in (None, pupils):
            self.add_error("pupils", _("This grade stands below with another number: keep one of them."))
        return values

    @property
    def chosen_school(self):
        return (
            self.schools[self.cleaned_data["school"]] if "school" in self.fields else next(iter(self.schools.values()))
        )

    @property
    def counts(self) -> dict:
        """The numbers as the action takes them; those left empty are 0."""
        data = self.cleaned_data
        counts = {f"grade_{grade}": data.get(f"grade_{grade}") or 0 for grade in self.grades}
        if data["pupils"] is not None:
            counts[f"grade_{data['grade']}"] = data["pupils"]
        return counts | {"teachers": data["teachers"] or 0, "note": data["note"]}

    def put_errors_of(self, by_field: dict) -> None:
        """Show an action's messages at the fields in which the numbers were typed."""
        typed = {"participants": "pupils"}
        if self.cleaned_data.get("pupils") is not None:
            typed[f"grade_{self.cleaned_data['grade']}"] = "pupils"
        for name, errors in by_field.items():
            at = typed.get(name, name)
            self.add_error(at if at in self.fields else None, errors)

    @property
    def grade_fields(self):
        return [self[f"grade_{grade}"] for grade in self.grades]

    @property
    def opens_grades(self) -> bool:
        """Whether the folded grades must be open: something in them has an error or a value."""
        return any(field.errors or field.value() for field in self.grade_fields)
