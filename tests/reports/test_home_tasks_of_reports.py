"""Home says what the chain of reports wants done now, of whom and by when; and nothing that nobody can do."""

from datetime import date

import pytest

from campaigns.actions import grant_extension
from portal import registry
from portal.actions import save_school
from portal.models import Membership
from tests.factories import (
    EventFactory,
    ExtensionFactory,
    MunicipalReportFactory,
    SchoolReportFactory,
    UserFactory,
)
from tests.reporting import again

pytestmark = pytest.mark.usefixtures("reporting_day", "english")

NAME = "Осенняя профориентационная кампания 2019 года"


def tasks(user, about) -> list[tuple]:
    """What home says to ``user`` of reports: title, reason, button, due, tag, urgency of each with ``about`` in it."""
    membership = Membership.objects.get(user=user)
    return [
        (task.title, task.reason, task.button, task.due, str(task.tag), task.urgency)
        for task in registry.home_tasks.collect(again(user), membership)
        if about in task.title
    ]


def of_school(user) -> list[tuple]:
    return tasks(user, "School report:")


# --- The school ------------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["2019-09-12 12:00", "2019-10-14 23:59:59", "2019-11-06 00:00:00"])
def test_out_of_its_time_a_report_is_no_task(day, coordinator, clock):
    clock(day)
    assert of_school(coordinator) == []


@pytest.mark.parametrize(
    ("day", "tag", "urgency"),
    [
        ("2019-10-15 00:00:00", "", 2),
        ("2019-10-18 23:59:59", "", 2),
        ("2019-10-19 00:00:00", "", 1),
        ("2019-10-21 23:59:59", "", 1),
        ("2019-10-22 00:00:00", "overdue", 1),
        ("2019-11-05 23:59:59", "overdue", 1),
    ],
)
def test_a_report_is_to_be_written_the_more_urgently_the_nearer_its_day(day, tag, urgency, coordinator, clock):
    clock(day)
    assert of_school(coordinator) == [
        (f"School report: {NAME}", "due by 21.10.2019", "Fill in", date(2019, 10, 21), tag, urgency)
    ]


def test_one_that_was_begun_goes_on(coordinator, school, campaign):
    SchoolReportFactory(school=school, campaign=campaign, status="open")
    assert [row[2] for row in of_school(coordinator)] == ["Go on"]


@pytest.mark.parametrize("status", ["submitted", "accepted"])
def test_one_that_is_sent_wants_nothing(status, coordinator, school, campaign):
    SchoolReportFactory(school=school, campaign=campaign, status=status)
    assert of_school(coordinator) == []


@pytest.mark.parametrize(("day", "tag"), [("2019-10-25 23:59:59", "returned"), ("2019-10-26 00:00:00", "overdue")])
def test_a_returned_one_says_what_to_correct_and_by_when(day, tag, coordinator, school, campaign, clock):
    SchoolReportFactory(school=school, campaign=campaign, status="returned")
    clock(day)
    assert of_school(coordinator) == [
        (f"School report: {NAME}", "«Уточните числа.» – correct by 25.10.2019", "Correct", date(2019, 10, 25), tag, 1)
    ]


def test_events_under_review_make_no_report_late(coordinator, school, campaign):
    EventFactory(school=school, campaign=campaign)
    SchoolReportFactory(school=school, campaign=campaign, status="submitted")
    assert of_school(coordinator) == []


@pytest.mark.parametrize("level", ["school", "municipality"])
def test_an_extension_moves_the_day(level, coordinator, school, tomsk, campaign, operator, clock):
    place = {"school": school} if level == "school" else {"municipality": tomsk}
    grant_extension(operator, campaign, stage="school_report", until=date(2019, 10, 24), reason="Карантин", **place)
    clock("2019-10-24 23:59:59")
    assert [row[1:5] for row in of_school(coordinator)] == [("due by 24.10.2019", "Fill in", date(2019, 10, 24), "")]
    clock("2019-10-25 00:00:00")
    assert [row[4] for row in of_school(coordinator)] == ["overdue"]


def test_after_closing_an_extension_brings_the_task_back_for_that_school_alone(
    coordinator, second_coordinator, school, campaign, operator, clock
):
    clock("2019-11-06 10:00")
    grant_extension(
        operator, campaign, stage="school_report", school=school, until=date(2019, 11, 8), reason="Карантин"
    )
    clock("2019-11-08 23:59:59")
    assert [row[1] for row in of_school(coordinator)] == ["due by 08.11.2019"]
    assert of_school(second_coordinator) == []
    clock("2019-11-09 00:00:00")
    assert of_school(coordinator) == []


def test_another_school_s_report_is_not_mine(coordinator, school, second_school, campaign):
    SchoolReportFactory(school=second_school, campaign=campaign, status="returned")
    assert [row[2] for row in of_school(coordinator)] == ["Fill in"]


def test_a_school_that_was_closed_owes_nothing(coordinator, school):
    school.closed_on = date(2019, 10, 14)
    save_school(None, school)
    assert of_school(coordinator) == []


def test_an_unpublished_campaign_asks_for_nothing(coordinator, campaign):
    campaign.published_at = None
    campaign.save()
    assert of_school(coordinator) == []


# --- The municipality ------------------------------------------------------------------------


def test_reports_to_decide_on_are_counted(municipal, school, second_school, village_school, campaign):
    assert tasks(municipal, "Decide on") == []
    SchoolReportFactory(school=school, campaign=campaign)
    SchoolReportFactory(school=village_school, campaign=campaign)
    assert tasks(municipal, "Decide on") == [("Decide on 1 school report", NAME, "Look through", None, "", 1)]
    SchoolReportFactory(school=second_school, campaign=campaign)
    assert [row[0] for row in tasks(municipal, "Decide on")] == ["Decide on 2 school reports"]


def test_its_own_report_comes_after_the_schools(municipal, campaign, clock):
    clock("2019-10-21 23:59:59")
    assert tasks(municipal, "Municipal report:") == []
    clock("2019-10-22 00:00:00")
    assert tasks(municipal, "Municipal report:") == [
        (f"Municipal report: {NAME}", "due by 28.10.2019", "Fill in", date(2019, 10, 28), "", 2)
    ]
    clock("2019-10-29 00:00:00")
    assert [row[4:] for row in tasks(municipal, "Municipal report:")] == [("overdue", 1)]
    clock("2019-11-06 00:00:00")
    assert tasks(municipal, "Municipal report:") == []


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("open", [("due by 28.10.2019", "Go on", date(2019, 10, 28))]),
        ("returned", [("«Уточните числа.» – correct by 25.10.2019", "Correct", date(2019, 10, 25))]),
        ("submitted", []),
        ("accepted", []),
    ],
)
def test_what_was_begun_or_came_back_is_to_be_done_at_once(status, found, municipal, tomsk, campaign):
    MunicipalReportFactory(municipality=tomsk, campaign=campaign, status=status)
    assert [row[1:4] for row in tasks(municipal, "Municipal report:")] == found


def test_an_extension_of_its_own_moves_its_day(municipal, tomsk, campaign, operator, clock):
    grant_extension(
        operator, campaign, stage="municipal_report", municipality=tomsk, until=date(2019, 10, 31), reason="Карантин"
    )
    clock("2019-10-31 23:59:59")
    assert [row[1:5] for row in tasks(municipal, "Municipal report:")] == [
        ("due by 31.10.2019", "Fill in", date(2019, 10, 31), "")
    ]


def test_a_school_s_extension_after_closing_brings_its_reopened_report_back(
    municipal, village_municipal, school, tomsk, campaign, clock
):
    """The chain above the school is open to the same day."""
    MunicipalReportFactory(municipality=tomsk, campaign=campaign, status="returned")
    ExtensionFactory(school=school, campaign=campaign, stage="school_report", until=date(2019, 11, 8))
    clock("2019-11-08 10:00")
    assert [row[2] for row in tasks(municipal, "Municipal report:")] == ["Correct"]
    assert tasks(village_municipal, "Municipal report:") == []


# --- The operator ----------------------------------------------------------------------------


def test_the_operator_decides_on_municipal_reports_and_on_schools_that_nobody_runs(
    operator, school, tomsk, kolpashevo, unrun_school, campaign
):
    SchoolReportFactory(school=school, campaign=campaign)
    assert tasks(operator, "Decide on") == []
    MunicipalReportFactory(municipality=tomsk, campaign=campaign)
    MunicipalReportFactory(municipality=kolpashevo, campaign=campaign)
    SchoolReportFactory(school=unrun_school, campaign=campaign)
    assert tasks(operator, "Decide on") == [
        ("Decide on 2 municipal reports", NAME, "Look through", None, "", 1),
        ("Decide on 1 school report", "schools that no municipality runs", "Look through", None, "", 1),
    ]


@pytest.mark.parametrize("status", ["open", "returned", "accepted"])
def test_what_does_not_wait_for_the_operator_is_no_task(status, operator, tomsk, unrun_school, campaign):
    MunicipalReportFactory(municipality=tomsk, campaign=campaign, status=status)
    SchoolReportFactory(school=unrun_school, campaign=campaign, status=status)
    assert tasks(operator, "Decide on") == []


def test_another_region_s_reports_are_not_the_operator_s(operator, foreign):
    MunicipalReportFactory(municipality=foreign.municipality, campaign=foreign.campaign)
    assert tasks(operator, "Decide on") == []


def test_the_department_has_nothing_to_do(department, tomsk, school, campaign):
    MunicipalReportFactory(municipality=tomsk, campaign=campaign)
    SchoolReportFactory(school=school, campaign=campaign)
    assert tasks(department, "report") == []


def test_after_closing_only_what_an_extension_opens_waits_for_a_decision(
    municipal, operator, school, second_school, tomsk, kolpashevo, campaign, clock
):
    """Of two schools and two municipalities whose reports were left under review one is open: the others wait for
    nobody, since nobody can decide on them."""
    for of in (school, second_school):
        SchoolReportFactory(school=of, campaign=campaign)
    for of in (tomsk, kolpashevo):
        MunicipalReportFactory(municipality=of, campaign=campaign)
    ExtensionFactory(school=school, campaign=campaign, stage="school_report", until=date(2019, 11, 8))
    clock("2019-11-06 10:00")
    assert [row[0] for row in tasks(municipal, "Decide on")] == ["Decide on 1 school report"]
    assert [row[0] for row in tasks(operator, "Decide on")] == ["Decide on 1 municipal report"]


def test_one_person_of_two_roles_has_the_tasks_of_the_role_on_screen(school, tomsk, campaign):
    both = UserFactory(coordinator_of=school, municipal_of=tomsk)
    SchoolReportFactory(school=school, campaign=campaign)
    found = {
        membership.role: [task.title for task in registry.home_tasks.collect(again(both), membership)]
        for membership in both.memberships.all()
    }
    assert "Decide on 1 school report" in found["municipal"]
    assert "Decide on 1 school report" not in found["school"]
