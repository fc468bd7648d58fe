"""The form of a campaign. It explains; the action and the database decide."""

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext_lazy as _

from campaigns.actions import CAMPAIGN_FIELDS
from campaigns.models import Campaign, Format, Goal
from portal.forms.fields import CountField, DayField, LineField
from portal.grades import GRADES

GRADE_CHOICES = [(grade, grade) for grade in GRADES]


class CrispyForm(forms.ModelForm):
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for field in self.fields.values():
            field.label = capfirst(field.label)

    @property
    def helper(self):
        helper = FormHelper()
        helper.form_tag = False
        return helper


def grade_field(label):
    return forms.TypedChoiceField(label=label, choices=GRADE_CHOICES, coerce=int)


class CampaignForm(CrispyForm):
    """A campaign with its formats and goals; each goal needs the ground that it rests on."""

    name = LineField(label=_("name"), max_length=300)
    grade_from = grade_field(_("grade from"))
    grade_to = grade_field(_("grade to"))
    formats = forms.ModelMultipleChoiceField(
        label=_("formats"),
        queryset=Format.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("A format can be added later, while the campaign runs."),
    )

    class Meta:
        model = Campaign
        fields = CAMPAIGN_FIELDS
        widgets = {"description": forms.Textarea(attrs={"rows": 4})}
        field_classes = dict.fromkeys(Campaign.DATE_FIELDS, DayField)
        help_texts = {
            "starts_on": _("Events count from this day on."),
            "ends_on": _("The last day on which events count."),
            "events_due": _("What schools send later is marked late; it still counts."),
            "closes_on": _("After this day nothing changes any more."),
            "previous": _("Dashboards show this campaign beside the other."),
        }

    def __init__(self, *args, region, goals=(), **options):
        super().__init__(*args, **options)
        self.fields["formats"].queryset = region.formats.order_by("name")
        previous = region.campaigns.exclude(pk=self.instance.pk)
        self.fields["previous"].queryset = previous
        for name in Campaign.DATE_FIELDS:
            self.fields[name].widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        known = {goal.measure: goal for goal in goals}
        for measure, label in Goal.Measure.choices:
            goal = known.get(measure)
            self.fields[f"goal_{measure}"] = CountField(
                label=format_lazy(_("Goal: {figure}, at least"), figure=label),
                max_value=100 if measure in (Goal.Measure.COVERAGE, Goal.Measure.SCHOOLS) else 9_999_999,
                initial=goal.target if goal else None,
            )
            self.fields[f"ground_{measure}"] = LineField(
                label=_("Its ground"), max_length=300, required=False, initial=goal.ground if goal else ""
            )

    def clean(self):
        values = super().clean()
        for measure in Goal.Measure.values:
            if values.get(f"goal_{measure}") is not None and not values.get(f"ground_{measure}"):
                self.add_error(f"ground_{measure}", _("Say what the goal rests on: an order, a programme, a plan."))
        return values

    @property
    def campaign_values(self) -> dict:
        """The values as the actions take them."""
        values = {name: self.cleaned_data[name] for name in CAMPAIGN_FIELDS}
        goals = [
            {"measure": measure, "target": target, "ground": self.cleaned_data[f"ground_{measure}"]}
            for measure in Goal.Measure.values
            if (target := self.cleaned_data.get(f"goal_{measure}")) is not None
        ]
        return values | {"formats": list(self.cleaned_data["formats"]), "goals": goals}

    @property
    def goal_fields(self):
        """Pairs of bound fields, a goal and its ground."""
        return [(self[f"goal_{measure}"], self[f"ground_{measure}"]) for measure in Goal.Measure.values]
