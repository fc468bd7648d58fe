"""The form of a campaign's own question. It explains; the action and the database decide."""

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from portal.forms.fields import LineField
from reports.actions.questions import QUESTION_FIELDS
from reports.models import ReportQuestion


class QuestionForm(forms.Form):
    """What is asked, why and on what ground; whether it is about a group of pupils, and who sees small numbers."""

    text = LineField(label=_("question"), max_length=300, help_text=_("As the school reads it."))
    kind = forms.ChoiceField(
        label=_("answered with"),
        choices=[("", _("choose")), *ReportQuestion.Kind.choices],
        error_messages={"required": _("Choose how it is answered."), "invalid_choice": _("Choose how it is answered.")},
    )
    whole = LineField(
        label=_("out of what"),
        max_length=300,
        required=False,
        help_text=_("For a number out of another alone: pupils with special educational needs in grades 5 to 11."),
    )
    reason = LineField(
        label=_("why it is asked"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The school reads it beside the question: what becomes better through its answer."),
    )
    ground = LineField(
        label=_("on what ground"),
        max_length=300,
        help_text=_("The order, letter or plan that asks for it, with its date and number."),
    )
    is_required = forms.BooleanField(
        label=_("required"), required=False, help_text=_("A report cannot be sent without an answer.")
    )
    about_group = forms.BooleanField(
        label=_("about a group of pupils"),
        required=False,
        help_text=_(
            "With special educational needs, with a disability and the like. Such a question is never required, and "
            "its numbers from 1 to 4 are hidden above the school."
        ),
    )
    small_ground = LineField(
        label=_("ground to show small numbers"),
        max_length=300,
        required=False,
        help_text=_("Leave it empty to keep small numbers hidden: they point at single children."),
    )
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

    @property
    def question_values(self) -> dict:
        """The values as the actions take them."""
        return {name: self.cleaned_data[name] for name in QUESTION_FIELDS}


def question_initial(question) -> dict:
    """Return what the form shows of a question."""
    return {name: getattr(question, name) for name in (*QUESTION_FIELDS, "version")}
