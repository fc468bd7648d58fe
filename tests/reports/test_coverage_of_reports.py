"""Coverage with reports: an accepted one is one number among bounds; a missing one leaves its school's bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.models import SchoolCampaign
from events.models import Event
from portal.actions import save_school
from portal.models import History, Membership, School
from reports.models import SchoolReport
from reports.queries.coverage import Coverage, coverage_by_grade, coverage_of, schools
from reports.queries.levels import Level
from tests.factories import EnrolmentFactory, EventFactory, SchoolFactory, SchoolReportFactory


def report(school, campaign, pupils=10, roll=25, status="accepted", **fields):
    fields = {f"grade_{grade}": pupils for grade in campaign.grades} | fields
    rolls = {f"roll_{grade}": roll for grade in range(1, 12)} if roll is not None else {}
    return SchoolReportFactory(school=school, campaign=campaign, status=status, **rolls, **fields)


def coverage(campaign, municipality=None, school=None) -> Coverage:
    return coverage_of(schools(Level(campaign, municipality, school)))


def test_an_accepted_report_says_the_number_itself(school, campaign):
    EventFactory(school=school, campaign=campaign)
    report(school, campaign)
    found = coverage(campaign)
    assert found == Coverage(70, 70, 175, reported=1)
    assert (found.is_exact, found.low_share, found.high_share) == (True, (70, 175), (70, 175))


@pytest.mark.parametrize("status", ["open", "submitted", "returned"])
def test_one_that_is_not_accepted_says_nothing_yet(status, school, campaign):
    EventFactory(school=school, campaign=campaign)
    report(school, campaign, status=status)
    found = coverage(campaign)
    assert (found, found.is_exact) == (Coverage(24, 24, 175, awaited=1), False)


def test_a_level_is_a_figure_only_when_no_report_is_missing(school, second_school, village_school, campaign, tomsk):
    EnrolmentFactory(school=second_school)
    EnrolmentFactory(school=village_school)
    EventFactory(school=second_school, campaign=campaign, grade_8=20)
    EventFactory(school=second_school, campaign=campaign, grade_8=10)
    report(school, campaign)
    town = coverage(campaign, tomsk)
    assert (town, town.is_exact) == (Coverage(70 + 20, 70 + 25, 350, reported=1, awaited=1), False)
    report(second_school, campaign, 0, grade_8=22)
    town = coverage(campaign, tomsk)
    assert (town, town.is_exact) == (Coverage(92, 92, 350, reported=2), True)
    assert coverage(campaign) == Coverage(92, 92, 525, reported=2, awaited=1)


def test_a_report_is_measured_on_the_enrolment_it_keeps(school, campaign):
    report(school, campaign, roll=20)
    school.enrolments.update(grade_8=30)
    assert coverage(campaign) == Coverage(70, 70, 140, reported=1)


def test_a_report_that_was_measured_on_no_enrolment_gives_no_share_even_if_it_came_later(second_school, campaign):
    report(second_school, campaign, roll=None)
    EnrolmentFactory(school=second_school)
    found = coverage(campaign)
    assert (found, found.low_share, found.is_exact) == (Coverage(without=1), None, False)


def test_a_report_whose_enrolment_was_known_stands_though_the_enrolment_is_gone(school, campaign):
    report(school, campaign)
    school.enrolments.all().delete()
    assert coverage(campaign) == Coverage(70, 70, 175, reported=1)


def test_the_report_of_another_campaign_covers_nobody(school, campaign, foreign):
    other = foreign.campaign
    other.region = campaign.region
    other.save()
    report(school, other)
    assert coverage(campaign) == Coverage(0, 0, 175, awaited=1)


def test_a_school_that_closed_bears_no_coverage_whatever_it_reported(school, campaign):
    school.closed_on = campaign.ends_on
    save_school(None, school)
    report(school, campaign)
    assert coverage(campaign) == Coverage()


def test_a_school_that_closed_after_its_report_keeps_its_coverage(school, campaign):
    report(school, campaign)
    before = coverage(campaign)
    school.closed_on = campaign.ends_on
    save_school(None, school)
    assert coverage(campaign) == before


def test_grades_say_what_the_reports_say(school, second_school, campaign):
    EnrolmentFactory(school=second_school)
    EventFactory(school=second_school, campaign=campaign)
    report(school, campaign, grade_8=20)
    by_grade = dict(coverage_by_grade(campaign, schools(Level(campaign))))
    assert by_grade[8] == Coverage(20 + 24, 20 + 24, 50, reported=1, awaited=1)
    assert by_grade[9] == Coverage(10, 10, 50, reported=1, awaited=1)


def test_which_schools_have_an_accepted_report_is_said(school, second_school, campaign):
    report(school, campaign)
    report(second_school, campaign, status="submitted")
    assert {row.pk: row.reported for row in schools(Level(campaign))} == {
        school.pk: True,
        second_school.pk: False,
    }


def test_reports_cost_no_query_more(school, campaign, tomsk, queries_of):
    few = len(queries_of(lambda: coverage(campaign)))
    for _ in range(20):
        report(SchoolFactory(municipality=tomsk), campaign)
    assert (few, len(queries_of(lambda: coverage(campaign)))) == (2, 2)


NUMBERS = st.integers(0, 30)
A_SCHOOL = st.tuples(
    st.none() | NUMBERS,  # enrolled in each grade
    st.lists(st.integers(1, 30), max_size=2),  # eighth-graders of each event
    st.none() | st.tuples(st.sampled_from(["open", "submitted", "returned", "accepted"]), NUMBERS, st.none() | NUMBERS),
)


@given(mix=st.lists(A_SCHOOL, min_size=1, max_size=4))
def test_any_mix_of_reports_is_that_of_a_brute_force(campaign, tomsk, operator, mix):
    SchoolReport.objects.all().delete()
    Event.objects.all().delete()
    Membership.objects.exclude(school=None).delete()
    History.objects.all().delete()
    SchoolCampaign.objects.all().delete()
    School.objects.all().delete()
    low = high = of = without = reported = awaited = 0
    for number, (roll, events, told) in enumerate(mix):
        school = SchoolFactory(municipality=tomsk, code=f"s{number}", name=f"Ш {number}")
        if roll is not None:
            EnrolmentFactory(school=school, **{f"grade_{grade}": roll for grade in range(1, 12)})
        for count in events:
            EventFactory(school=school, campaign=campaign, author=operator, grade_8=count)
        status = None
        if told is not None:
            status, pupils, measured = told
            pupils = min(pupils, measured) if measured is not None else pupils
            report(school, campaign, pupils, measured, status)
        if roll == 0:
            continue  # nobody of the campaign's grades: nothing is expected
        if status == "accepted":
            if measured is None:
                without += 1
            else:
                low, high, of, reported = low + 7 * pupils, high + 7 * pupils, of + 7 * measured, reported + 1
        elif roll is None:
            without += 1
        else:
            low += min(max(events, default=0), roll)
            high += min(sum(events), roll)
            of, awaited = of + 7 * roll, awaited + 1
    whole = coverage(campaign)
    assert whole == Coverage(low, high, of, without, reported, awaited)
    assert whole.is_exact == (of > 0 and not awaited)
    by_grade = coverage_by_grade(campaign, schools(Level(campaign)))
    assert (sum(row.low for _grade, row in by_grade), sum(row.of for _grade, row in by_grade)) == (low, of)
