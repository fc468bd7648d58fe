"""Who may do what with events: each cell of the table with one who may and those who may not."""

import uuid

import pytest
from django.core.exceptions import PermissionDenied

from events.actions import (
    Intent,
    accept_event,
    cancel_event,
    delete_draft,
    edit_event,
    log_event,
    return_event,
    submit_event,
)
from events.models import Event
from portal.models import User
from tests.events.conftest import row_of
from tests.factories import EventFactory, UserFactory, event_fields, folder_of

WRITERS = {"coordinator", "municipal"}
REVIEWERS = {"municipal", "operator"}


def _log(intent):
    def act(person, event):
        fields = event_fields(event.format)
        return log_event(person, event.school, event.campaign, token=uuid.uuid4(), intent=intent, **fields)

    return act


VERBS = {
    # verb: (state, what is done, who may with an event of a school in Tomsk)
    "plan": ("draft", _log(Intent.PLAN), WRITERS),
    "log": ("draft", _log(Intent.SUBMIT), WRITERS),
    "edit": ("draft", lambda p, e: edit_event(p, e, 1, intent=Intent.DRAFT, **event_fields(e.format)), WRITERS),
    "submit": ("planned", lambda p, e: submit_event(p, e, 1), WRITERS),
    "cancel": ("planned", lambda p, e: cancel_event(p, e, 1), WRITERS),
    "delete": ("draft", lambda p, e: delete_draft(p, e, 1), {"coordinator"}),
    "accept": ("submitted", lambda p, e: accept_event(p, e, 1), REVIEWERS),
    "return": ("submitted", lambda p, e: return_event(p, e, 1, "Уточните."), REVIEWERS),
    "return an accepted one": ("accepted", lambda p, e: return_event(p, e, 1, "Уточните."), {"operator"}),
}
EVERYONE = (
    "operator",
    "department",
    "municipal",
    "another municipal",
    "coordinator",
    "another coordinator",
    "technical staff",
    "without membership",
    "foreign operator",
    "foreign department",
    "foreign municipal",
    "foreign coordinator",
)


@pytest.mark.parametrize("who", EVERYONE)
@pytest.mark.parametrize("verb", VERBS)
def test_who_may(verb, who, people, event_in):
    state, act, allowed = VERBS[verb]
    event = event_in(state)
    before, count = row_of(event), Event.objects.count()
    if who in allowed:
        act(people[who], event)
        assert (row_of(event), Event.objects.count()) != (before, count)
    else:
        with pytest.raises(PermissionDenied):
            act(people[who], event)
        assert (row_of(event), Event.objects.count()) == (before, count)


@pytest.mark.parametrize("who", [*EVERYONE, "its coordinator"])
@pytest.mark.parametrize("verb", VERBS)
def test_who_may_at_a_school_that_no_municipality_runs(
    verb, who, people, campaign, lesson, unrun_school, unrun_coordinator
):
    state, act, allowed = VERBS[verb]
    own = {"its coordinator"} if "coordinator" in allowed else set()
    allowed = own if allowed == {"coordinator"} else own | {"operator"}
    event = EventFactory(status=state, school=unrun_school, campaign=campaign, format=lesson, author=unrun_coordinator)
    person = (people | {"its coordinator": unrun_coordinator})[who]
    before, count = row_of(event), Event.objects.count()
    if who in allowed:
        act(person, event)
        assert (row_of(event), Event.objects.count()) != (before, count)
    else:
        with pytest.raises(PermissionDenied):
            act(person, event)
        assert (row_of(event), Event.objects.count()) == (before, count)


@pytest.mark.parametrize("verb", VERBS)
def test_an_ended_membership_ends_every_verb_at_once(verb, people, event_in, fresh, clock):
    state, act, allowed = VERBS[verb]
    event = event_in(state)
    for who in sorted(allowed):
        person = fresh(people[who])
        person.memberships.update(ended_at=clock("2019-09-24 14:20"))
        with pytest.raises(PermissionDenied):
            act(fresh(person), event)


@pytest.mark.parametrize("verb", VERBS)
def test_an_account_that_is_switched_off_may_nothing(verb, people, event_in, fresh):
    state, act, allowed = VERBS[verb]
    event = event_in(state)
    User.objects.update(is_active=False)
    for who in sorted(allowed):
        with pytest.raises(PermissionDenied):
            act(fresh(people[who]), event)


def test_a_verb_is_judged_by_the_membership_that_covers_the_object(
    event_in, school, kolpashevo, village_school, campaign
):
    person = UserFactory(coordinator_of=school, municipal_of=kolpashevo)
    event = event_in("submitted")
    assert person.has_perm("events.write_event", event) is True
    assert person.has_perm("events.review_event", event) is False
    assert person.has_perm("events.create_event", folder_of(village_school, campaign)) is True


def test_a_colleague_goes_on_with_what_the_other_began(event_in, colleague):
    event = event_in("draft")
    assert submit_event(colleague, event, 1).submitted_by == colleague


def test_who_wrote_a_draft_for_a_school_may_delete_it_again(event_in, municipal):
    event = event_in("draft", author=municipal)
    delete_draft(municipal, event, 1)
    assert not Event.objects.filter(pk=event.pk).exists()
