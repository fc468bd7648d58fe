"""Deadline night: thirty people write at the same moment, and nothing is lost or doubled."""

import uuid

from campaigns.models import SchoolCampaign
from events.actions import Intent, edit_event, log_event, submit_event
from events.models import Event
from portal.models import Partner
from tests.events.conftest import entries_of
from tests.factories import EventFactory, SchoolFactory, UserFactory, event_fields


def test_thirty_people_of_ten_schools_lose_nothing(at_once, campaign, lesson, tomsk):
    schools = [SchoolFactory(municipality=tomsk) for _ in range(10)]
    people = [UserFactory(coordinator_of=schools[n % 10]) for n in range(30)]

    def evening(n):
        school, person = schools[n % 10], people[n]
        draft = log_event(
            person, school, campaign, token=uuid.uuid4(), intent=Intent.DRAFT, **event_fields(lesson, title=f"Урок {n}")
        )
        fields = event_fields(lesson, title=f"Урок {n}", grade_8=n + 1, partners=["Политех", f"Завод {n % 3}"])
        edited = edit_event(person, draft, 1, intent=Intent.DRAFT, **fields)
        return submit_event(person, edited, 2)

    answers = at_once(*[lambda n=n: evening(n) for n in range(30)])
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert sorted(Event.objects.values_list("title", "status", "version", "participants")) == sorted(
        (f"Урок {n}", "submitted", 3, n + 1) for n in range(30)
    )
    assert [entries_of(event) for event in answers] == [3] * 30
    assert SchoolCampaign.objects.count() == 10
    assert set(Partner.objects.values_list("name", flat=True)) == {"Политех", "Завод 0", "Завод 1", "Завод 2"}
    assert Partner.objects.count() == 4


def test_thirty_editors_of_one_event_save_once_and_the_others_are_told(at_once, event_in, coordinator):
    event = event_in("draft")
    answers = at_once(
        *[
            lambda n=n: edit_event(coordinator, event, 1, intent=Intent.DRAFT, **event_fields(event.format, grade_8=n))
            for n in range(30)
        ]
    )
    kinds = sorted(type(answer).__name__ for answer in answers)
    assert kinds == ["Changed"] * 29 + ["Event"]
    assert (Event.objects.get().version, entries_of(event)) == (2, 1)


def test_new_partners_named_in_another_order_do_not_lock_each_other_out(at_once, campaign, lesson, tomsk):
    schools = [SchoolFactory(municipality=tomsk) for _ in range(4)]
    people = [UserFactory(coordinator_of=school) for school in schools]
    names = [f"Предприятие {n}" for n in range(40)]

    def write(n):
        fields = event_fields(lesson, partners=names if n % 2 else names[::-1])
        return log_event(people[n], schools[n], campaign, token=uuid.uuid4(), intent=Intent.SUBMIT, **fields)

    answers = at_once(*[lambda n=n: write(n) for n in range(4)])
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert [event.partners.count() for event in answers] == [40] * 4
    assert Partner.objects.count() == 40


def test_events_of_one_school_are_counted_whole(at_once, campaign, lesson, school, coordinator):
    existing = [
        EventFactory(status="draft", school=school, campaign=campaign, format=lesson, author=coordinator)
        for _ in range(10)
    ]
    calls = [lambda event=event: submit_event(coordinator, event, 1) for event in existing]
    calls += [
        lambda: log_event(
            coordinator, school, campaign, token=uuid.uuid4(), intent=Intent.SUBMIT, **event_fields(lesson)
        )
    ] * 10
    answers = at_once(*calls)
    assert [answer.status for answer in answers] == ["submitted"] * 20
    assert Event.objects.filter(status="submitted").count() == 20
