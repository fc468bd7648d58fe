"""Each verb in each state: it works, or the state forbids it and nothing changes."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied

from events.actions import (
    Intent,
    accept_event,
    cancel_event,
    delete_draft,
    edit_event,
    return_event,
    submit_event,
)
from portal.errors import StateForbids
from portal.queries.history import history_of
from tests.events.conftest import row_of
from tests.factories import event_fields

NEW = {"title": "Другое название"}


def _edit(intent):
    def act(event, people):
        return edit_event(people["coordinator"], event, 1, intent=intent, **event_fields(event.format, **NEW))

    return act


VERBS = {
    "save": _edit(Intent.DRAFT),
    "save as planned": _edit(Intent.PLAN),
    "save and send": _edit(Intent.SUBMIT),
    "send": lambda event, people: submit_event(people["coordinator"], event, 1),
    "cancel": lambda event, people: cancel_event(people["coordinator"], event, 1),
    "delete": lambda event, people: delete_draft(people["coordinator"], event, 1),
    "accept": lambda event, people: accept_event(people["municipal"], event, 1),
    "return": lambda event, people: return_event(people["municipal"], event, 1, "Уточните."),
    "operator returns": lambda event, people: return_event(people["operator"], event, 1, "Уточните."),
}
STATES = ("draft", "planned", "submitted", "returned", "accepted", "cancelled")
BECOMES = {
    # A saved event keeps its state: only a draft becomes a plan, and only sending sends.
    "save": dict(zip(STATES, ("draft", "planned", "submitted", "returned", None, None), strict=True)),
    "save as planned": dict(zip(STATES, ("planned", "planned", "submitted", "returned", None, None), strict=True)),
    "save and send": dict(zip(STATES, ("submitted", "submitted", "submitted", "submitted", None, None), strict=True)),
    # Sent by a colleague already: the factory's sender is the coordinator, so a second sending changes nothing.
    "send": dict(zip(STATES, ("submitted", "submitted", "same", "submitted", None, None), strict=True)),
    "cancel": dict(zip(STATES, (None, "cancelled", None, "cancelled", None, "same"), strict=True)),
    "delete": dict(zip(STATES, ("gone", None, None, None, None, None), strict=True)),
    "accept": dict(zip(STATES, (None, None, "accepted", None, None, None), strict=True)),
    "return": dict(zip(STATES, (None, None, "returned", None, "refused", None), strict=True)),
    "operator returns": dict(zip(STATES, (None, None, "returned", None, "returned", None), strict=True)),
}
HISTORY = {
    "save": "edit",
    "save as planned": "edit",
    "save and send": "submit",
    "send": "submit",
    "cancel": "cancel",
    "delete": "delete",
    "accept": "accept",
    "return": "return",
    "operator returns": "return",
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_in_a_state(verb, state, event_in, people, clock):
    event = event_in(state)
    before, becomes = row_of(event), BECOMES[verb][state]
    if becomes in (None, "refused"):
        with pytest.raises(StateForbids if becomes is None else PermissionDenied):
            VERBS[verb](event, people)
        assert row_of(event) == before
    elif becomes == "same":
        VERBS[verb](event, people)
        assert row_of(event) == before
    else:
        VERBS[verb](event, people)
        after = row_of(event)
        if becomes == "gone":
            assert after is None
        else:
            assert (after["status"], after["version"], after["entries"]) == (becomes, 2, 1)
        exceptions = {("save as planned", "draft"): "plan", ("save and send", "submitted"): "edit"}
        expected = exceptions.get((verb, state), HISTORY[verb])
        assert [entry.verb for entry in history_of(event)] == [expected]


def test_a_planned_event_saved_once_more_stays_planned_whether_its_text_changed_or_not(event_in, coordinator):
    event = event_in("planned")
    for version, title in [(1, event.title), (1, "Другое")]:
        fields = event_fields(event.format, title=title, grade_8=24, place="", teachers=0)
        assert edit_event(coordinator, event, version, intent=Intent.DRAFT, **fields).status == "planned"


def test_a_returned_event_keeps_its_first_day_of_sending_when_it_is_sent_again(event_in, coordinator, municipal, clock):
    event = event_in("submitted")
    return_event(municipal, event, 1, "Уточните.")
    clock("2019-10-25 10:00")
    sent = submit_event(coordinator, event, 2)
    assert (sent.status, sent.submitted_on, sent.comment, sent.lateness) == ("submitted", date(2019, 9, 21), "", None)


def test_a_cancelled_event_stays_in_the_log(event_in, coordinator):
    event = event_in("planned")
    cancel_event(coordinator, event, 1)
    assert row_of(event)["status"] == "cancelled"


def test_history_keeps_what_a_deleted_draft_was(event_in, coordinator, english):
    event = event_in("draft", title="Черновик урока")
    delete_draft(coordinator, event, 1)
    [entry] = history_of(event)
    assert (entry.verb, entry.who) == ("delete", "Кира Школьная")
    assert ("title", "Черновик урока", "–") in entry.changes


def test_a_deleted_draft_answers_every_verb_with_a_reason(event_in, coordinator):
    event = event_in("draft")
    delete_draft(coordinator, event, 1)
    with pytest.raises(StateForbids):
        submit_event(coordinator, event, 1)
