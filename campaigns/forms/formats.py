"""The form of a format. It explains; the action and the database decide."""

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.actions import FORMAT_FIELDS
from campaigns.forms.campaigns import CrispyForm, grade_field
from campaigns.models import Format
from portal.forms.fields import LineField


class FormatForm(CrispyForm):
    """A format with the numbers that it asks for, one a line."""

    name = LineField(label=_("name"), max_length=300)
    organiser = LineField(label=_("organiser"), max_length=300)
    grade_from = grade_field(_("grade from"))
    grade_to = grade_field(_("grade to"))
    link = forms.URLField(label=_("link"), max_length=500, required=False, assume_scheme="https")
    indicators = forms.CharField(
        label=_("additional numbers"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What schools are asked beside participants, one a line: Projects presented. Fewer is better."),
    )

    class Meta:
        model = Format
        fields = FORMAT_FIELDS
        widgets = {"description": forms.Textarea(attrs={"rows": 4})}

    def clean_indicators(self):
        names = [" ".join(line.split()) for line in self.cleaned_data["indicators"].splitlines() if line.strip()]
        if any(len(name) > 200 for name in names):
            raise forms.ValidationError(_("A name has at most 200 characters."))
        return names

    @property
    def format_values(self) -> dict:
        """The values as the actions take them."""
        return {name: self.cleaned_data[name] for name in (*FORMAT_FIELDS, "indicators")}
