"""Coverage is bounds: no smaller than the largest event, no larger than all events together, within the enrolled."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.models import SchoolCampaign
from events.models import Event
from portal.actions import save_school
from portal.models import Enrolment, History, School
from reports.queries import coverage
from reports.queries.coverage import Coverage
from reports.queries.levels import Level
from tests.factories import EnrolmentFactory, EventFactory, SchoolFactory


def brute_force(campaign, schools) -> Coverage:
    """Bound coverage school by school and grade by grade, in plain Python."""
    low = high = of = without = awaited = 0
    for school in schools:
        if school.closed_on and school.closed_on <= campaign.ends_on:
            continue
        roll = Enrolment.objects.filter(school=school, academic_year=campaign.academic_year).first()
        if roll is None:
            without += 1
            continue
        if not any(roll.by_grade[grade] for grade in campaign.grades):
            continue
        awaited += 1
        events = Event.objects.filter(school=school, campaign=campaign, status__in=["submitted", "accepted"])
        for grade in campaign.grades:
            took_part = [event.by_grade[grade] for event in events]
            low += min(max(took_part, default=0), roll.by_grade[grade])
            high += min(sum(took_part), roll.by_grade[grade])
            of += roll.by_grade[grade]
    return Coverage(low, high, of, without, 0, awaited)


def sums_of(coverages) -> tuple[int, int, int]:
    """The bounds and the enrolled of several coverages, added up."""
    whole = sum(coverages, Coverage())
    return whole.low, whole.high, whole.of


def test_the_letter_s_school_is_bounded_by_its_events(log, campaign, school):
    row = next(row for row in coverage.schools(Level(campaign)) if row.pk == school.pk)
    # Of 25 in each of seven grades: grade 8 at least 24 and at most 25, grade 9 15 to 25, grade 11 25 of 30.
    assert row.coverage == Coverage(24 + 15 + 25, 25 + 25 + 25, 175, awaited=1)


def test_the_region_is_the_sum_of_its_schools_and_those_without_enrolment_are_said(log, campaign):
    whole = coverage.coverage_of(coverage.schools(Level(campaign)))
    assert whole == brute_force(campaign, School.objects.filter(municipality__region=campaign.region))
    assert whole == Coverage(64 + 11 + 25, 75 + 11 + 25, 175 * 4, 1, 0, 4)


def test_grades_add_up_to_the_whole(log, campaign):
    whole = coverage.coverage_of(coverage.schools(Level(campaign)))
    by_grade = dict(coverage.coverage_by_grade(campaign, coverage.schools(Level(campaign))))
    assert list(by_grade) == [5, 6, 7, 8, 9, 10, 11]
    assert sums_of(by_grade.values()) == (whole.low, whole.high, whole.of)
    assert {(row.reported, row.awaited) for row in by_grade.values()} == {(0, 4)}


def test_a_club_outside_the_campaigns_grades_covers_nobody(campaign, school, club):
    EventFactory(school=school, campaign=campaign, format=club, grade_8=0, grade_2=12)
    assert coverage.coverage_of(coverage.schools(Level(campaign))) == Coverage(0, 0, 175, awaited=1)


@pytest.mark.parametrize("status", ["draft", "planned", "returned", "cancelled"])
def test_events_that_were_not_held_cover_nobody(campaign, school, status):
    EventFactory(school=school, campaign=campaign, status=status)
    assert coverage.coverage_of(coverage.schools(Level(campaign))) == Coverage(0, 0, 175, awaited=1)


def test_without_enrolment_there_is_no_share(campaign, second_school):
    EventFactory(school=second_school, campaign=campaign)
    whole = coverage.coverage_of(coverage.schools(Level(campaign)))
    assert (whole, whole.low_share, whole.high_share) == (Coverage(without=1), None, None)


def test_enrolment_of_another_year_is_not_taken(campaign, second_school):
    EnrolmentFactory(school=second_school, academic_year="2018/2019")
    EventFactory(school=second_school, campaign=campaign)
    assert coverage.coverage_of(coverage.schools(Level(campaign))) == Coverage(without=1)


def test_a_school_that_closed_bears_no_coverage(campaign, school):
    EventFactory(school=school, campaign=campaign)
    school.closed_on = date(2019, 10, 1)
    save_school(None, school)
    assert coverage.coverage_of(coverage.schools(Level(campaign))) == Coverage()
    assert coverage.coverage_by_grade(campaign, coverage.schools(Level(campaign)))[3] == (8, Coverage())


NUMBERS = st.integers(0, 40)
EVENT = st.tuples(st.sampled_from(["accepted", "submitted", "returned"]), st.dictionaries(st.integers(4, 11), NUMBERS))
A_SCHOOL = st.tuples(st.none() | st.dictionaries(st.integers(5, 11), NUMBERS), st.lists(EVENT, max_size=3))


@given(schools=st.lists(A_SCHOOL, min_size=1, max_size=3))
def test_bounds_are_those_of_a_brute_force(campaign, tomsk, operator, schools):
    Event.objects.all().delete()
    Enrolment.objects.all().delete()
    History.objects.all().delete()
    SchoolCampaign.objects.all().delete()
    School.objects.all().delete()
    made = []
    for number, (roll, events) in enumerate(schools):
        school = SchoolFactory(municipality=tomsk, code=f"s{number}", name=f"Школа {number}")
        made.append(school)
        if roll is not None:
            zeros = {f"grade_{grade}": 0 for grade in range(1, 12)}
            EnrolmentFactory(school=school, **(zeros | {f"grade_{grade}": n for grade, n in roll.items()}))
        for status, grades in events:
            if sum(grades.values()):
                numbers = {"grade_8": 0} | {f"grade_{grade}": n for grade, n in grades.items()}
                EventFactory(school=school, campaign=campaign, status=status, author=operator, **numbers)
    level = Level(campaign)
    whole = coverage.coverage_of(coverage.schools(level))
    assert whole == brute_force(campaign, made)
    assert whole.low <= whole.high <= whole.of
    by_grade = coverage.coverage_by_grade(campaign, coverage.schools(level))
    assert sums_of(row for _grade, row in by_grade) == (whole.low, whole.high, whole.of)
