"""Who sees which events: the school and those above it all, the department what was sent."""

import pytest
from django.contrib.auth.models import AnonymousUser

from events.models import Event
from tests.factories import EventFactory, MembershipFactory, UserFactory

HELD = {"submitted", "accepted"}


@pytest.fixture
def events(event_in, second_school, village_school, campaign, lesson, coordinator, foreign):
    """Events by place; the school's own by state."""
    places = {status: event_in(status) for status in Event.Status.values}
    for name, place in [("second", second_school), ("village", village_school)]:
        places[name] = EventFactory(school=place, campaign=campaign, format=lesson, author=coordinator)
    places["foreign"] = EventFactory(school=foreign.school, campaign=foreign.campaign, author=foreign.coordinator)
    return places


OWN = set(Event.Status.values)
SEES = {
    "operator": OWN | {"second", "village"},
    "department": HELD | {"second", "village"},
    "municipal": OWN | {"second"},
    "another municipal": {"village"},
    "coordinator": OWN,
    "another coordinator": {"second"},
    "technical staff": set(),
    "without membership": set(),
    "foreign operator": {"foreign"},
    "foreign department": {"foreign"},
    "foreign municipal": {"foreign"},
    "foreign coordinator": {"foreign"},
}


@pytest.mark.parametrize("who", SEES)
def test_a_person_sees(who, people, events):
    seen = set(Event.objects.visible_to(people[who]))
    assert {name for name, event in events.items() if event in seen} == SEES[who]
    assert len(seen) == len(SEES[who])


def test_a_visitor_sees_no_event(events):
    assert list(Event.objects.visible_to(AnonymousUser())) == []


def test_two_memberships_see_the_union_each_event_once(events, school, region, kolpashevo):
    person = UserFactory(coordinator_of=school, municipal_of=kolpashevo, department_of=region)
    assert sorted(Event.objects.visible_to(person).values_list("pk", flat=True)) == sorted(
        event.pk for name, event in events.items() if name in OWN | {"second", "village"}
    )


def test_an_ended_membership_hides_at_once_and_a_new_one_shows_at_once(
    events, coordinator, village_school, fresh, clock
):
    coordinator.memberships.update(ended_at=clock("2019-09-24 14:20"))
    assert list(Event.objects.visible_to(fresh(coordinator))) == []
    MembershipFactory(user=coordinator, role="school", school=village_school)
    assert list(Event.objects.visible_to(fresh(coordinator))) == [events["village"]]


def test_held_are_those_sent_and_accepted(events):
    assert set(Event.objects.held()) == {events[name] for name in [*HELD, "second", "village", "foreign"]}


@pytest.mark.parametrize(("who", "count"), [("coordinator", 2), ("municipal", 3), ("operator", 3), ("department", 3)])
def test_a_list_is_read_without_joins_in_a_fixed_number_of_queries(who, count, people, events, fresh, queries_of):
    person = fresh(people[who])
    found = queries_of(lambda: list(Event.objects.visible_to(person)))
    assert len(found) == count
    assert " JOIN " not in found[-1]
