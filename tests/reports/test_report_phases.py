"""When reports are written and decided on: from the day after the window to closing, and after it with an extension.

Due dates shut no door; they mark what comes after them.
"""

from datetime import date

import pytest

from campaigns.actions import grant_extension, withdraw_extension
from campaigns.due_dates import due_of, lateness_of
from campaigns.models import Stage
from events.actions import accept_event, return_event
from portal import clock as clock_of_portal
from portal.errors import StateForbids
from reports.actions import (
    accept_municipal_report,
    accept_school_report,
    return_municipal_report,
    return_school_report,
)
from reports.models import MunicipalReport, SchoolReport
from tests.factories import (
    CampaignFactory,
    EventFactory,
    MunicipalReportFactory,
    RegionFactory,
    SchoolFactory,
    SchoolReportFactory,
    UserFactory,
)
from tests.reporting import CORRECT_BY, write_municipality, write_school

ZEROS = {"grades": dict.fromkeys(range(5, 12), 0), "kinds": {}}
OF_ZEROS = {f"grade_{grade}": 0 for grade in range(5, 12)}
CLOSED = (
    "The campaign closed on 05.11.2019. After that its reports change only with an extension, "
    "which the operator grants."
)


@pytest.fixture
def verbs(campaign, school, tomsk, coordinator, municipal, operator):
    """Each verb of the chain, by people who may do it, with a report that it fits."""

    def of_school(status, **fields):
        SchoolReport.objects.all().delete()
        row = SchoolReportFactory(school=school, campaign=campaign, status=status, **OF_ZEROS, **fields)
        return SchoolReport.objects.with_places().get(pk=row.pk)

    def of_municipality(status):
        MunicipalReport.objects.all().delete()
        row = MunicipalReportFactory(municipality=tomsk, campaign=campaign, status=status)
        return MunicipalReport.objects.with_places().get(pk=row.pk)

    def version_of(model):
        return model.objects.values_list("version", flat=True).first() or 0

    def write(actor, send=True, **changes):
        return write_school(actor, school, campaign, version_of(SchoolReport), send=send, **ZEROS, **changes)

    def write_above(send):
        return write_municipality(municipal, tomsk, campaign, version_of(MunicipalReport), send=send)

    day = date(2019, 12, 1)
    return {
        "save": lambda: write(coordinator, send=False),
        "send": lambda: write(coordinator),
        "send on behalf": lambda: write(municipal, conclusions="Со слов школы."),
        "accept": lambda: accept_school_report(municipal, of_school("submitted"), 1),
        "return": lambda: return_school_report(municipal, of_school("submitted"), 1, "Уточните.", day),
        "reopen": lambda: return_school_report(
            municipal, of_school("accepted", reviewed_by=municipal), 1, "Уточните.", day
        ),
        "municipal save": lambda: write_above(send=False),
        "municipal send": lambda: write_above(send=True),
        "municipal accept": lambda: accept_municipal_report(operator, of_municipality("submitted"), 1),
        "municipal return": lambda: return_municipal_report(
            operator, of_municipality("submitted"), 1, "Уточните.", day
        ),
        "municipal reopen": lambda: return_municipal_report(operator, of_municipality("accepted"), 1, "Уточните.", day),
    }


def answers_of(verbs) -> dict:
    """What each verb answers: "" where it is done, the reason where it is refused."""
    answers = {}
    for name, act in verbs.items():
        try:
            act()
        except StateForbids as reason:
            answers[name] = str(reason)
        else:
            answers[name] = ""
    return answers


@pytest.mark.parametrize(
    ("day", "phase"),
    [
        ("2019-09-12 12:00", "announced"),
        ("2019-09-13 00:00", "events are held"),
        ("2019-10-14 23:59:59", "events are held"),
    ],
)
def test_before_the_day_after_the_window_no_report_is_written(day, phase, verbs, clock, english):
    clock(day)
    expected = f"Reports are written from 15.10.2019 to 05.11.2019; now it is: {phase}."
    assert answers_of(verbs) == dict.fromkeys(verbs, expected)


@pytest.mark.parametrize(
    "day",
    [
        "2019-10-15 00:00:00",
        "2019-10-21 23:59:59",
        "2019-10-22 00:00:00",
        "2019-10-29 00:00:00",
        "2019-11-05 23:59:59",
    ],
)
def test_from_then_to_the_end_of_the_closing_day_all_of_it_is_done_due_dates_or_not(day, verbs, clock, english):
    clock(day)
    assert answers_of(verbs) == dict.fromkeys(verbs, "")


@pytest.mark.parametrize("day", ["2019-11-06 00:00:00", "2020-03-01 12:00"])
def test_after_closing_nothing_changes(day, verbs, clock, english):
    clock(day)
    assert answers_of(verbs) == dict.fromkeys(verbs, CLOSED)


def test_a_campaign_that_is_not_published_takes_no_report(verbs, campaign, clock, english):
    campaign.published_at = None
    campaign.save()
    clock("2019-10-17 10:00")
    expected = "Reports are written from 15.10.2019 to 05.11.2019; now it is: draft."
    assert answers_of(verbs) == dict.fromkeys(verbs, expected)


# --- On time ---------------------------------------------------------------------------------


@pytest.fixture(params=["Asia/Tomsk", "Europe/Kaliningrad", "Asia/Kamchatka"])
def elsewhere(request, db, clock):
    """A school of a region in some time zone, with its coordinator."""
    region = RegionFactory(time_zone=request.param)
    school = SchoolFactory(municipality__region=region)
    campaign = CampaignFactory(region=region)
    return request.param, school, campaign, UserFactory(coordinator_of=school)


@pytest.mark.parametrize(
    ("moment", "day", "lateness"),
    [
        ("2019-10-21 23:59:59", date(2019, 10, 21), "on_time"),
        ("2019-10-22 00:00:00", date(2019, 10, 22), "late"),
        ("2019-10-22 00:00:01", date(2019, 10, 22), "late"),
        ("2019-11-05 23:59:59", date(2019, 11, 5), "late"),
    ],
)
def test_the_last_day_lasts_to_its_end_in_the_region_s_own_time(moment, day, lateness, elsewhere, clock):
    zone, school, campaign, coordinator = elsewhere
    clock(moment, zone)
    report = write_school(coordinator, school, campaign, **ZEROS)
    due, until = due_of(Stage.SCHOOL_REPORT, campaign, school.municipality, school)
    assert (report.submitted_on, lateness_of(report.submitted_on, due, until, day)) == (day, lateness)


def test_a_draft_saved_in_time_is_not_a_report_sent_in_time(coordinator, school, campaign, clock):
    clock("2019-10-21 23:59:59")
    write_school(coordinator, school, campaign, send=False, **ZEROS)
    clock("2019-10-22 00:00:00")
    assert write_school(coordinator, school, campaign, 1, **ZEROS).submitted_on == date(2019, 10, 22)


def mark_now(school, campaign):
    report = SchoolReport.objects.with_due().get(school=school)
    return lateness_of(report.submitted_on, report.due, report.until, clock_of_portal.local_today(campaign.region))


def test_a_return_is_no_second_deadline(coordinator, municipal, school, campaign, clock):
    clock("2019-10-21 10:00")
    report = write_school(coordinator, school, campaign, **ZEROS)
    report = return_school_report(municipal, report, 1, "Уточните.", CORRECT_BY)
    clock("2019-11-01 10:00")
    report = write_school(coordinator, school, campaign, 2, conclusions="Исправлено.", **ZEROS)
    assert (report.status, mark_now(school, campaign)) == ("submitted", "on_time")


def test_an_extension_marks_so_and_one_given_afterwards_too(operator, coordinator, school, campaign, clock):
    clock("2019-10-23 10:00")
    write_school(coordinator, school, campaign, **ZEROS)
    assert mark_now(school, campaign) == "late"
    extension = grant_extension(
        operator, campaign, stage="school_report", school=school, until=date(2019, 10, 24), reason="Карантин"
    )
    assert mark_now(school, campaign) == "extended"
    withdraw_extension(operator, extension, 1, "Ошибка")
    assert mark_now(school, campaign) == "late"


def test_an_extension_that_is_missed_is_late(operator, coordinator, school, campaign, clock):
    clock("2019-10-21 10:00")
    grant_extension(
        operator, campaign, stage="school_report", school=school, until=date(2019, 10, 24), reason="Карантин"
    )
    clock("2019-10-25 00:00:00")
    write_school(coordinator, school, campaign, **ZEROS)
    assert mark_now(school, campaign) == "late"


# --- After closing, with an extension --------------------------------------------------------


@pytest.mark.parametrize("stage", ["events", "school_report", "municipal_report"])
def test_an_extension_reopens_the_chain_of_its_municipality_to_the_end_of_its_day(
    stage, verbs, operator, tomsk, campaign, clock, english
):
    clock("2019-11-06 10:00")
    grant_extension(operator, campaign, stage=stage, municipality=tomsk, until=date(2019, 11, 8), reason="Карантин")
    clock("2019-11-08 23:59:59")
    assert answers_of(verbs) == dict.fromkeys(verbs, "")
    clock("2019-11-09 00:00:00")
    assert answers_of(verbs) == dict.fromkeys(verbs, CLOSED)


def test_an_extension_of_a_school_reopens_every_verb_of_its_chain(verbs, operator, school, campaign, clock, english):
    clock("2019-11-06 10:00")
    grant_extension(
        operator, campaign, stage="school_report", school=school, until=date(2019, 11, 8), reason="Карантин"
    )
    assert answers_of(verbs) == dict.fromkeys(verbs, "")


def test_it_reopens_that_school_alone(
    operator, coordinator, second_coordinator, municipal, school, second_school, village_school, campaign, clock
):
    clock("2019-11-06 10:00")
    grant_extension(
        operator, campaign, stage="school_report", school=school, until=date(2019, 11, 8), reason="Карантин"
    )
    assert write_school(coordinator, school, campaign, **ZEROS).status == "submitted"
    with pytest.raises(StateForbids):
        write_school(second_coordinator, second_school, campaign, **ZEROS)
    with pytest.raises(StateForbids):
        write_school(municipal, second_school, campaign, **ZEROS)
    village = UserFactory(municipal_of=village_school.municipality)
    with pytest.raises(StateForbids):
        write_municipality(village, village_school.municipality, campaign)


def test_it_opens_the_school_s_events_too_unless_they_are_frozen(operator, municipal, school, campaign, clock):
    event = EventFactory(school=school, campaign=campaign)
    clock("2019-11-06 10:00")
    with pytest.raises(StateForbids):
        accept_event(municipal, event, 1)
    grant_extension(
        operator, campaign, stage="school_report", school=school, until=date(2019, 11, 8), reason="Карантин"
    )
    assert accept_event(municipal, event, 1).status == "accepted"
    assert return_event(operator, event, 2, "Уточните.").status == "returned"


def test_a_withdrawn_extension_shuts_it_again(operator, coordinator, school, campaign, clock):
    clock("2019-11-06 10:00")
    extension = grant_extension(
        operator, campaign, stage="school_report", school=school, until=date(2019, 11, 8), reason="Карантин"
    )
    withdraw_extension(operator, extension, 1, "Ошибка")
    with pytest.raises(StateForbids):
        write_school(coordinator, school, campaign, **ZEROS)


def test_what_came_after_closing_by_extension_is_marked_so(operator, coordinator, school, campaign, clock):
    clock("2019-11-06 10:00")
    grant_extension(
        operator, campaign, stage="school_report", school=school, until=date(2019, 11, 8), reason="Карантин"
    )
    clock("2019-11-08 23:59:59")
    write_school(coordinator, school, campaign, **ZEROS)
    assert mark_now(school, campaign) == "extended"


def test_an_extension_of_the_events_alone_does_not_make_a_late_report_timely(
    operator, coordinator, school, campaign, clock
):
    clock("2019-11-06 10:00")
    grant_extension(operator, campaign, stage="events", school=school, until=date(2019, 11, 8), reason="Карантин")
    write_school(coordinator, school, campaign, **ZEROS)
    assert mark_now(school, campaign) == "late"
