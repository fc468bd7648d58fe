"""Enter in a field never sends, accepts, returns or takes back anything; opposite verbs stand in forms of their own."""

import pytest

from tests.walks.conftest import PEOPLE
from tests.walks.walking import name_of

SAVES = {
    # The visitor's own: nobody else sees a difference.
    "account_change_password",
    "account_login",
    "account_reset_password",
    "account_set_password",
    "choose_membership",
    "display",
    "set_language",
    # A row that stays in the writer's hands, and is corrected on the same page; to send it is a button of SENDS.
    "event_edit",
    "event_new",
    "joint_event_edit",
    "joint_event_new",
    "municipal_report_edit",
    "school_enrolment",
    "school_report_edit",
    # The operator's settings, corrected on the same page; to publish a campaign or to retire a question is another's.
    "campaign_edit",
    "campaign_new",
    "format_edit",
    "format_new",
    "question_edit",
    "question_new",
    # A preview of what a workbook would change: to apply it is another's.
    "enrolment",
}
"""Views whose forms write what is typed, and no more: nobody is asked, told or answered by it. What any other does is
done by its button alone."""
SENDS = {("intent", "submit"), ("intent", "send")}
"""Buttons that do more in the forms of these views: what they send is out of one's hands."""


def verb_of(form, button):
    """What ``button`` does beyond saving; nothing where it only saves, asks or sends nothing."""
    if button is None or button.is_idle or form.method != "post":
        return None
    name = name_of(form.action(button))
    if name not in SAVES:
        return name, *sorted({control.value for control in form.controls if control.name == "granted"})
    return (name, button.value) if (button.name, button.value) in SENDS else None


def faults_of(form):
    verbs = {verb_of(form, button) for button in form.buttons} - {None}
    if len(verbs) > 1:
        yield f"{form.page}: one form does {sorted(verbs)}"
    if verb_of(form, form.default) and (
        len({verb_of(form, button) for button in form.buttons}) > 1
        or any(control.takes_enter for control in form.controls)
    ):
        yield f"{form.page}: Enter does {verb_of(form, form.default)}"


@pytest.mark.parametrize("world_of", ["world", "reporting"])
@pytest.mark.parametrize("who", PEOPLE)
def test_enter_does_nothing_that_only_a_button_may(walk_as, who, world_of):
    _client, pages = walk_as(who, world_of)
    forms = [form for page in pages for scripting in (True, False) for form in page.forms(scripting)]
    assert forms
    assert [fault for form in forms for fault in faults_of(form)] == []
