"""Form fields that take what people type."""

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from portal.numbers import unspaced
from portal.text import without_controls


class CountField(forms.IntegerField):
    """A whole number from 0 to ``max_value``; «1 234» with any kind of space is 1234, empty is ``None``."""

    widget = forms.TextInput

    default_error_messages = {"invalid": _("Write a whole number in digits, for example 25.")}
    limit_messages = {
        "min_value": _("A number of people cannot be less than 0."),
        "max_value": _("At most %(limit_value)s: a larger number is a slip of the hand."),
    }

    def __init__(self, *, max_value=9_999, **options):
        options.setdefault("required", False)
        super().__init__(min_value=0, max_value=max_value, **options)
        for validator in self.validators:
            validator.message = self.limit_messages.get(validator.code, validator.message)
        self.widget.attrs.setdefault("inputmode", "numeric")
        self.widget.attrs.setdefault("autocomplete", "off")

    def to_python(self, value):
        if isinstance(value, str):
            value = unspaced(value)
            if len(value) > 15:
                raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class LeanSelect(forms.Select):
    """A select that writes its options at once: Django renders a template for each, and a filter has many."""

    def render(self, name, value, attrs=None, renderer=None):
        chosen = {str(value) for value in self.format_value(value)}
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                ("" if key is None else key, mark_safe(" selected") if str(key or "") in chosen else "", label)
                for key, label in self.choices
            ),
        )
        return format_html(
            "<select{}>{}</select>", flatatt(self.build_attrs(self.attrs, {"name": name, **(attrs or {})})), options
        )


class LineField(forms.CharField):
    """A line of text: control characters dropped, spaces trimmed, a length that is said when exceeded."""

    def to_python(self, value):
        if isinstance(value, str):
            value = without_controls(value)
        return super().to_python(value)


def year_validator(day) -> None:
    """Raise ``ValidationError`` unless a day is of a year from 2000 to 2100; others are slips of the hand."""
    if not 2000 <= day.year <= 2100:
        raise ValidationError(
            _("The year %(year)s cannot be right: use a year from 2000 to 2100."),
            params={"year": f"{day.year:04}"},
            code="year",
        )


class DayField(forms.DateField):
    """A day in the browser's own picker; 13.09.2019 and 2019-09-13 are understood, years from 2000 on."""

    default_error_messages = {"invalid": _("Write the day as 13.09.2019.")}
    default_validators = [year_validator]

    def __init__(self, **options):
        options.setdefault("input_formats", ["%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y"])
        options.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(**options)


def renew_version(form, row) -> None:
    """Show a typed form again with the version that ``row`` has now: sent once more, it stands knowingly."""
    form.data = form.data.copy()
    form.data["version"] = str(row.version)


def put_errors(form, error: ValidationError) -> None:
    """Show an action's ``ValidationError`` at the fields of ``form`` that it names, the rest above the form."""
    by_field = error.error_dict if hasattr(error, "error_dict") else {"__all__": error.error_list}
    for name, errors in by_field.items():
        # What the form itself has said of a field already is the reason for what the action misses.
        if name in form.errors:
            continue
        form.add_error(name if name in form.fields else None, errors)
