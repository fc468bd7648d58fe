"""A form sent twice, or five times at once, makes one event; two equal forms make two."""

import uuid
from datetime import date

import pytest
from django.db import IntegrityError, transaction

from events.actions import Intent, accept_event, cancel_event, delete_draft, edit_event, return_event, submit_event
from events.models import Event
from portal.errors import Changed, StateForbids
from tests.events.conftest import entries_of, row_of
from tests.factories import EventFactory, MembershipFactory, event_fields


@pytest.mark.parametrize("intent", ["draft", "plan", "submit"])
def test_the_same_form_sent_twice_is_one_event_and_one_line_of_history(log, intent):
    token = uuid.uuid4()
    first = log(intent, token=token, partners=["Завод"])
    before = row_of(first)
    assert log(intent, token=token, partners=["завод"]) == first
    assert Event.objects.count() == 1
    assert row_of(first) == before


def test_two_forms_with_equal_contents_are_two_events(log):
    assert log() != log()
    assert Event.objects.count() == 2


def test_one_token_in_the_hands_of_two_people_is_two_events(log, colleague):
    token = uuid.uuid4()
    assert log(token=token) != log(token=token, actor=colleague)
    assert Event.objects.count() == 2


def test_a_draft_that_saves_itself_is_one_event_until_it_is_sent(log):
    token = uuid.uuid4()
    draft = log("draft", token=token, title="Ур")
    second = log("draft", token=token, version=draft.version, title="Урок")
    sent = log("submit", token=token, version=second.version, title="Урок о профессиях")
    assert (draft.pk, draft.version, second.version, sent.version) == (sent.pk, 1, 2, 3)
    assert [row["status"] for row in Event.objects.values()] == ["submitted"]
    assert entries_of(sent) == 3


def test_a_draft_whose_answer_was_lost_is_still_updated_by_its_form(log):
    token = uuid.uuid4()
    log("draft", token=token, title="Ур")
    sent = log("submit", token=token, version=1, title="Урок")
    assert (sent.title, sent.status, Event.objects.count()) == ("Урок", "submitted", 1)


@pytest.mark.parametrize(
    "changes", [{"grade_8": 19}, {"title": "Иначе"}, {"partners": ["Завод"]}, {"starts_on": date(2019, 9, 19)}]
)
def test_another_text_for_a_sent_event_is_told_and_writes_nothing(log, changes):
    token = uuid.uuid4()
    event = log(token=token)
    before = row_of(event)
    with pytest.raises(Changed) as told:
        log(token=token, **changes)
    assert told.value.current == event
    assert (row_of(event), Event.objects.count()) == (before, 1)


def test_another_number_for_a_sent_event_is_told(log, contest):
    token, projects = uuid.uuid4(), contest.indicators.first()
    event = log(token=token, format_=contest, indicators={projects.pk: 5})
    assert log(token=token, format_=contest, indicators={projects.pk: 5}) == event
    with pytest.raises(Changed):
        log(token=token, format_=contest, indicators={projects.pk: 6})


def test_a_draft_changed_elsewhere_meanwhile_is_told(log, coordinator, colleague, lesson):
    token = uuid.uuid4()
    draft = log("draft", token=token)
    edit_event(colleague, draft, 1, intent=Intent.DRAFT, **event_fields(lesson, title="Название коллеги"))
    with pytest.raises(Changed) as told:
        log("submit", token=token, title="Моё название")
    assert [(entry.who, entry.verb) for entry in told.value.changes] == [("Павел Школьный", "edit")]
    assert row_of(draft)["title"] == "Название коллеги"


def test_a_form_does_not_move_to_another_school_or_campaign(log, coordinator, second_school):
    token = uuid.uuid4()
    MembershipFactory(user=coordinator, role="school", school=second_school)
    log(token=token)
    with pytest.raises(StateForbids):
        log(token=token, to=second_school)
    assert Event.objects.count() == 1


def test_five_sendings_at_once_are_one_event(at_once, log):
    token = uuid.uuid4()
    events = at_once(*[lambda: log(token=token)] * 5)
    assert [event.pk for event in events] == [Event.objects.get().pk] * 5
    assert entries_of(events[0]) == 1


def test_five_forms_at_once_are_five_events(at_once, log):
    events = at_once(*[log] * 5)
    assert len({event.pk for event in events}) == Event.objects.count() == 5


def test_verbs_sent_twice_do_their_work_once(event_in, coordinator, municipal):
    cases = [
        (event_in("planned"), lambda event: submit_event(coordinator, event, 1)),
        (event_in("planned"), lambda event: cancel_event(coordinator, event, 1)),
        (event_in("submitted"), lambda event: accept_event(municipal, event, 1)),
        (event_in("submitted"), lambda event: return_event(municipal, event, 1, "Уточните.")),
        (
            event_in("draft"),
            lambda event: edit_event(coordinator, event, 1, intent=Intent.SUBMIT, **event_fields(event.format)),
        ),
    ]
    for event, act in cases:
        act(event)
        before = row_of(event)
        act(event)
        assert row_of(event) == before
        assert before["entries"] == 1


def test_a_draft_deleted_twice_is_told_that_it_is_gone(event_in, coordinator):
    event = event_in("draft")
    delete_draft(coordinator, event, 1)
    with pytest.raises(StateForbids):
        delete_draft(coordinator, event, 1)


def test_five_acceptances_at_once_are_one(at_once, event_in, municipal):
    event = event_in("submitted")
    answers = at_once(*[lambda: accept_event(municipal, event, 1)] * 5)
    assert [answer.status for answer in answers] == ["accepted"] * 5
    assert (row_of(event)["version"], entries_of(event)) == (2, 1)


def test_a_token_names_one_event_of_its_author_in_the_database_itself(log, coordinator, school, campaign):
    event = log()
    with pytest.raises(IntegrityError), transaction.atomic():
        EventFactory(school=school, campaign=campaign, author=coordinator, token=event.token)
