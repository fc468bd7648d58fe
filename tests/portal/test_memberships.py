"""What a person sees is the union of their active memberships; an ended one binds at once."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from portal import clock as portal_clock
from portal.access import Scope
from portal.actions import end_membership
from portal.models import Membership, Municipality, School
from portal.queries.history import history_of
from tests.factories import MembershipFactory, RegionFactory, SchoolFactory, UserFactory, folder_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def places(school, second_school, village_school, unrun_school, foreign):
    return {
        "school": school,
        "second": second_school,
        "village": village_school,
        "unrun": unrun_school,
        "foreign": foreign.school,
    }


SEES = {
    "operator": {"school", "second", "village", "unrun"},
    "department": {"school", "second", "village", "unrun"},
    "municipal": {"school", "second"},
    "another municipal": {"village"},
    "coordinator": {"school"},
    "another coordinator": {"second"},
    "technical staff": set(),
    "without membership": set(),
    "foreign operator": {"foreign"},
    "foreign department": {"foreign"},
    "foreign municipal": {"foreign"},
    "foreign coordinator": {"foreign"},
}


@pytest.mark.parametrize("who", SEES)
def test_a_person_sees_the_schools_of_their_membership(who, people, places):
    seen = set(School.objects.visible_to(people[who]))
    assert {name for name, school in places.items() if school in seen} == SEES[who]
    assert len(seen) == len(SEES[who])


@pytest.mark.parametrize("who", SEES)
def test_a_person_sees_the_municipalities_of_their_membership(who, people, places):
    expected = {places[name].municipality for name in SEES[who]}
    assert set(Municipality.objects.visible_to(people[who])) == expected


def test_a_visitor_sees_no_school_and_no_municipality(places):
    assert list(School.objects.visible_to(AnonymousUser())) == []
    assert list(Municipality.objects.visible_to(AnonymousUser())) == []


def test_two_memberships_see_the_union(school, village_school, kolpashevo, foreign):
    person = UserFactory(coordinator_of=school, municipal_of=kolpashevo, department_of=foreign.region)
    assert set(School.objects.visible_to(person)) == {school, village_school, foreign.school}


def test_an_ended_membership_binds_at_once(coordinator, school, operator, fresh, clock):
    assert list(School.objects.visible_to(coordinator)) == [school]
    end_membership(operator, coordinator.memberships.get())
    assert list(School.objects.visible_to(fresh(coordinator))) == []
    assert Scope.of(fresh(coordinator)) == Scope()


def test_a_membership_ends_in_the_second_that_was_set(coordinator, school, fresh, clock):
    end = clock("2019-10-01 12:00:00")
    coordinator.memberships.update(ended_at=end)
    clock("2019-10-01 11:59:59")
    assert list(School.objects.visible_to(fresh(coordinator))) == [school]
    clock("2019-10-01 12:00:00")
    assert list(School.objects.visible_to(fresh(coordinator))) == []


def test_a_membership_that_has_not_begun_shows_nothing(school, clock):
    person = UserFactory()
    later = portal_clock.now() + timedelta(hours=1)
    MembershipFactory(user=person, role="school", school=school, started_at=later)
    assert list(School.objects.visible_to(person)) == []


def test_an_account_that_is_switched_off_sees_nothing(coordinator, school, fresh):
    coordinator.is_active = False
    coordinator.save()
    assert list(School.objects.visible_to(fresh(coordinator))) == []


def test_an_ended_membership_leaves_the_others(school, village_school, operator, fresh, clock):
    person = UserFactory(coordinator_of=school)
    MembershipFactory(user=person, role="school", school=village_school)
    end_membership(operator, person.memberships.get(school=school))
    assert list(School.objects.visible_to(fresh(person))) == [village_school]


def test_ending_twice_changes_nothing_and_leaves_one_line_of_history(coordinator, operator, clock):
    membership = coordinator.memberships.get()
    first = end_membership(operator, membership)
    clock("2019-09-30 10:00")
    second = end_membership(operator, membership)
    assert second.ended_at == first.ended_at
    assert [(entry.verb, entry.who) for entry in history_of(membership)] == [("end", "Ольга Оператор")]


def test_memberships_are_loaded_once_a_request(municipal, school, second_school, fresh, queries_of):
    person = fresh(municipal)
    assert len(queries_of(lambda: [School.objects.visible_to(person), Scope.of(person).school_ids])) == 2
    assert len(queries_of(lambda: list(School.objects.visible_to(person)))) == 1


def test_the_count_of_queries_does_not_grow_with_schools(municipal, tomsk, fresh, queries_of):
    for _ in range(30):
        SchoolFactory(municipality=tomsk)
    assert len(queries_of(lambda: list(School.objects.visible_to(fresh(municipal))))) == 4


@pytest.mark.parametrize("role", Membership.Role.values)
def test_a_role_is_held_in_the_kind_of_place_it_fits(role, region, tomsk, school):
    person, fits = UserFactory(), {"department": region, "operator": region, "municipal": tomsk, "school": school}
    for place in (region, tomsk, school):
        field = type(place)._meta.model_name
        if fits[role] == place:
            assert MembershipFactory(user=person, role=role, **{field: place}).place == place
        else:
            with pytest.raises(IntegrityError), transaction.atomic():
                MembershipFactory(user=person, role=role, **{field: place})


def test_one_role_in_one_place_is_held_once_at_a_time(coordinator, school, operator, clock):
    with pytest.raises(IntegrityError), transaction.atomic():
        MembershipFactory(user=coordinator, role="school", school=school)
    end_membership(operator, coordinator.memberships.get())
    assert MembershipFactory(user=coordinator, role="school", school=school).ended_at is None


def test_a_school_may_have_several_coordinators(coordinator, colleague, school):
    assert set(school.memberships.values_list("user_id", flat=True)) == {coordinator.pk, colleague.pk}


def test_technical_staff_have_no_say_over_objects(people, region, school, campaign):
    staff = people["technical staff"]
    assert staff.has_perm("portal.administer") is True
    assert staff.has_perm("campaigns.create_campaign", region) is False
    assert staff.has_perm("events.create_event", folder_of(school, campaign)) is False


def test_an_unknown_verb_is_nobodys(operator, region):
    assert operator.has_perm("campaigns.unheard_of", region) is False


def test_regions_are_apart(operator):
    assert Scope.of(operator).operated_region_ids == {operator.memberships.get().region_id}
    assert RegionFactory().pk not in Scope.of(operator).home_region_ids
