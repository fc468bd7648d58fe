"""Forms of enrolment: a workbook to upload, one school's numbers. They explain; the actions decide."""

from django import forms
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.forms.fields import CountField, DayField, LineField
from portal.grades import GRADE_FIELDS, GRADES, MOST_IN_A_GRADE


class _EnrolmentForm(forms.Form):
    """What every writing of enrolment asks: the day that the numbers are as of, and where they come from."""

    as_of = DayField(label=gettext_lazy("as of"))
    source = LineField(label=gettext_lazy("source"), max_length=200)

    def __init__(self, *args, **options):
        super().__init__(*args, label_suffix="", **options)
        # Before anything asks for errors: bound fields remember their labels.
        for field in self.fields.values():
            field.label = capfirst(field.label)
            field.widget.attrs.setdefault(
                "class", "form-select" if isinstance(field, forms.ChoiceField) else "form-control"
            )

    def mark_errors(self) -> None:
        """Give the fields that are wrong the class of these, those that an action named among them."""
        for name in self.errors:
            if name in self.fields:
                attrs = self.fields[name].widget.attrs
                attrs["class"] += " is-invalid"


class UploadForm(_EnrolmentForm):
    """A filled-in template, for a year."""

    year = forms.ChoiceField(label=gettext_lazy("academic year"))
    file = forms.FileField(label=gettext_lazy("file"))

    field_order = ["year", "as_of", "source", "file"]

    def __init__(self, *args, years, **options):
        super().__init__(*args, **options)
        self.fields["year"].choices = [(year, year) for year in years]
        self.fields["file"].widget.attrs["accept"] = ".xlsx"


class SchoolEnrolmentForm(_EnrolmentForm):
    """The pupils of one school by grade; a grade left empty has none."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1, required=False)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for grade, name in zip(GRADES, GRADE_FIELDS, strict=True):
            field = CountField(label=capfirst(format_lazy(_("grade {grade}"), grade=grade)), max_value=MOST_IN_A_GRADE)
            field.widget.attrs["class"] = "form-control"
            self.fields[name] = field

    @property
    def grade_fields(self):
        return [self[name] for name in GRADE_FIELDS]

    @property
    def grades(self) -> dict:
        return {name: self.cleaned_data[name] or 0 for name in GRADE_FIELDS}
