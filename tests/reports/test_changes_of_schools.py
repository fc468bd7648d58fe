"""A school moved, closed, reopened or merged in each phase: a closed campaign stands as it was, an open one follows."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from events.models import Event
from portal.actions import close_school, merge_school, move_school, reopen_school, write_enrolment
from reports.models import ReportStatus, SchoolReport
from reports.queries.completeness import completeness_of, municipal_lines, school_lines
from reports.queries.coverage import coverage_of
from reports.queries.dashboard import read_dashboard
from reports.queries.levels import Level
from reports.queries.municipality import merged
from tests.factories import EventFactory, SchoolFactory, SchoolReportFactory, UserFactory, folder_of
from tests.reporting import REPORTING, again, write_school

PHASES = {
    "announced": "2019-09-01 10:00",
    "running": "2019-09-24 10:00",
    "reporting": "2019-10-17 10:00",
    "review": "2019-10-23 10:00",
    "decision": "2019-10-30 10:00",
}
CLOSED = "2019-11-10 10:00"
NOBODY = dict.fromkeys(range(5, 12), 0)


@pytest.fixture
def settled(campaign, school, second_school, village_school, unrun_school, clock):
    """Each school held an event and its report is accepted; one more in Tomsk closed before the last day."""
    schools = (school, second_school, village_school, unrun_school)
    gone = SchoolFactory(municipality=school.municipality, name="Школа № 9", closed_on=date(2019, 10, 1))
    for row in schools:
        EventFactory(school=row, campaign=campaign, status="accepted")
        SchoolReportFactory(school=row, campaign=campaign, status="accepted", roll_8=25)
    EventFactory(school=gone, campaign=campaign, status="accepted")
    clock(CLOSED)
    return {"gone": gone}


def of_level(level) -> dict:
    """All that is counted at a level."""
    board = read_dashboard(level)
    lines = school_lines(level)
    return {
        "schools": [(row.name, row.municipality, row.expected, row.counts, row.coverage) for row in board.schools],
        "municipalities": [
            (row.name, row.counts, row.expected, row.taking_part, row.coverage) for row in board.municipalities
        ],
        "totals": (board.totals, coverage_of(board.schools), board.reached, board.matrix, board.kinds),
        "lines": [(line.name, line.municipality, line.status, line.lateness, line.events_held) for line in lines],
        "completeness": completeness_of(lines),
        "own reports": [(line.name, line.lateness) for line in municipal_lines(level)],
        "merged": merged(level),
    }


def seen_by(person, campaign) -> dict:
    """All that a person may see and do in the campaign."""
    person = again(person)
    reports = SchoolReport.objects.visible_to(person).filter(campaign=campaign).with_places().order_by("pk")
    events = Event.objects.visible_to(person).filter(campaign=campaign).with_places().order_by("pk")
    may = ("review_school_report", "reopen_school_report")
    return {
        "reports": [(row.pk, [name for name in may if person.has_perm(f"reports.{name}", row)]) for row in reports],
        "events": [(row.pk, person.has_perm("events.review_event", row)) for row in events],
    }


def picture(campaign, *people) -> dict:
    """The campaign as it is counted at each level, and as each of ``people`` sees it."""
    places = campaign.region.municipalities.order_by("pk")
    levels = [Level(campaign), *(Level(campaign, municipality=place) for place in places)]
    return {
        "levels": {str(level.municipality or "region"): of_level(level) for level in levels},
        "people": [seen_by(person, campaign) for person in people],
    }


def moved(operator, school, kolpashevo, village_school):
    return move_school(operator, school, school.version, kolpashevo)


def closed(operator, school, kolpashevo, village_school):
    return close_school(operator, school, school.version, date(2019, 10, 1))


def united(operator, school, kolpashevo, village_school):
    return merge_school(operator, school, school.version, village_school, date(2019, 10, 1))


CHANGES = pytest.mark.parametrize("change", [moved, closed, united])


# --- Closed campaigns -------------------------------------------------------------------------


@CHANGES
def test_a_closed_campaign_stands_whatever_becomes_of_a_school(
    settled, campaign, school, village_school, kolpashevo, operator, department, municipal, village_municipal, change
):
    people = (operator, department, municipal, village_municipal)
    before = picture(campaign, *people)
    school = change(operator, school, kolpashevo, village_school)
    assert picture(campaign, *people) == before
    assert before["levels"]["город Томск"]["completeness"].accepted == 2


def test_a_closed_campaign_stands_when_a_school_is_reopened(settled, campaign, operator, municipal):
    before = picture(campaign, operator, municipal)
    reopen_school(operator, settled["gone"], 1)
    assert picture(campaign, operator, municipal) == before


def test_who_accepted_a_report_sees_it_after_the_school_moved_and_the_new_municipality_does_not(
    settled, campaign, school, kolpashevo, operator, municipal, village_municipal, coordinator, client_of
):
    move_school(operator, school, 1, kolpashevo)
    urls = [
        f"/reports/{campaign.slug}/schools/{school.pk}/",
        f"/reports/{campaign.slug}/schools/{school.pk}/report.pdf",
        f"/dashboards/{campaign.slug}/schools/{school.pk}/",
        Event.objects.get(school=school).get_absolute_url(),
    ]
    seen = {
        str(person): [client_of(person).get(url).status_code for url in urls]
        for person in (municipal, village_municipal, coordinator, operator)
    }
    assert seen == {
        str(municipal): [200] * 4,
        str(village_municipal): [404] * 4,
        str(coordinator): [200] * 4,
        str(operator): [200] * 4,
    }
    page = client_of(municipal).get(urls[0]).content.decode()
    assert ("город Томск" in page, "Колпашевский район" in page) == (True, False)


def test_a_school_made_after_the_campaign_has_no_part_in_it(settled, campaign, tomsk, operator, client_of):
    before = picture(campaign, operator)
    late = SchoolFactory.build(municipality=tomsk)
    late.fill_derived()
    late.save()
    assert picture(campaign, operator) == before
    page = client_of(operator).get(f"/reports/{campaign.slug}/schools/{late.pk}/")
    assert (page.status_code, page.context["verbs"]) == (200, dict.fromkeys(page.context["verbs"], False))


# --- Open campaigns ---------------------------------------------------------------------------


@pytest.mark.parametrize("phase", PHASES)
def test_an_open_campaign_follows_a_move_and_back(
    campaign, school, second_school, kolpashevo, tomsk, operator, municipal, village_municipal, clock, phase
):
    event = EventFactory(school=school, campaign=campaign)
    report = SchoolReportFactory(school=school, campaign=campaign, status=ReportStatus.RETURNED)
    clock(PHASES[phase])
    before = picture(campaign, municipal, village_municipal)
    school = move_school(operator, school, 1, kolpashevo)
    after = picture(campaign, municipal, village_municipal)
    assert [line[:2] for line in after["levels"]["Колпашевский район"]["lines"]] == [(school.name, kolpashevo.name)]
    assert [line[0] for line in after["levels"]["город Томск"]["lines"]] == [second_school.name]
    assert after["levels"]["region"]["completeness"] == before["levels"]["region"]["completeness"]
    assert after["levels"]["region"]["totals"][1] == before["levels"]["region"]["totals"][1]
    assert after["people"] == [
        {"reports": [], "events": []},
        {"reports": [(report.pk, ["review_school_report"])], "events": [(event.pk, True)]},
    ]
    move_school(operator, school, 2, tomsk)
    assert picture(campaign, municipal, village_municipal) == before


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("change", [closed, united])
def test_an_open_campaign_follows_a_closing_and_back(
    campaign, school, second_school, village_school, kolpashevo, operator, municipal, clock, phase, change
):
    EventFactory(school=school, campaign=campaign)
    clock(PHASES[phase])
    before = picture(campaign, operator, municipal)
    school = change(operator, school, kolpashevo, village_school)
    after = picture(campaign, operator, municipal)
    assert [row[:3] for row in after["levels"]["город Томск"]["schools"]] == [
        (school.name, "город Томск", False),
        (second_school.name, "город Томск", True),
    ]
    assert [line[0] for line in after["levels"]["город Томск"]["lines"]] == [second_school.name]
    assert after["people"] == before["people"]
    reopen_school(operator, school, 2)
    assert picture(campaign, operator, municipal) == before


@pytest.mark.parametrize("phase", [name for name in PHASES if name not in ("announced", "running")])
@pytest.mark.parametrize("status", ["submitted", "accepted", "returned"])
def test_a_report_once_sent_stays_expected_of_a_school_that_closes(
    campaign, school, operator, municipal, clock, phase, status
):
    SchoolReportFactory(school=school, campaign=campaign, status=status)
    clock(PHASES[phase])
    before = picture(campaign, operator, municipal)
    close_school(operator, school, 1, date(2019, 10, 1))
    assert picture(campaign, operator, municipal) == before


def test_a_draft_has_no_folders_to_follow(campaign, school, kolpashevo, operator):
    campaign.folders.all().delete()
    type(campaign).objects.filter(pk=campaign.pk).update(published_at=None)
    before = picture(campaign, operator)
    move_school(operator, school, 1, kolpashevo)
    assert picture(campaign, operator) == before
    assert campaign.folders.count() == 0


def test_the_new_municipality_decides_in_the_campaigns_that_go_on(
    campaign, school, kolpashevo, operator, municipal, village_municipal
):
    event = EventFactory(school=school, campaign=campaign)
    move_school(operator, school, 1, kolpashevo)
    event = Event.objects.with_places().get(pk=event.pk)
    may = [person.has_perm("events.review_event", event) for person in map(again, (municipal, village_municipal))]
    assert may == [False, True]
    writer = UserFactory(municipal_of=kolpashevo)
    assert writer.has_perm("reports.write_school_report", folder_of(school, campaign)) is True


def test_enrolment_of_today_ends_no_expectation_of_a_closed_campaign(settled, campaign, second_school, operator):
    before = picture(campaign, operator)
    write_enrolment(operator, second_school, "2019/2020", 0, as_of=date(2019, 9, 1), source="ОО-1", grade_1=10)
    assert picture(campaign, operator) == before


# --- At the same moment -----------------------------------------------------------------------


def test_a_report_sent_while_its_school_moves_is_sent_before_or_finds_it_moved(
    at_once, campaign, tomsk, kolpashevo, operator, clock
):
    clock(REPORTING)
    schools = [SchoolFactory(municipality=tomsk, name=f"Школа № {n}") for n in range(20, 26)]
    people = [UserFactory(coordinator_of=row) for row in schools]
    calls = []
    for school, person in zip(schools, people, strict=True):
        calls += [
            lambda school=school, person=person: write_school(person, school, campaign, kinds={}, grades=NOBODY),
            lambda school=school: move_school(again(operator), school, 1, kolpashevo),
        ]
    answers = at_once(*calls)
    for number, school in enumerate(schools):
        sent, place = answers[2 * number : 2 * number + 2]
        report = SchoolReport.objects.with_places().get(school=school)
        assert (type(sent), report.status) == (SchoolReport, ReportStatus.SUBMITTED)
        stays = isinstance(place, ValidationError)
        where = tomsk if stays else kolpashevo
        assert stays or place.version == 2
        school.refresh_from_db()
        assert (school.municipality, report.folder.municipality) == (where, where)
        assert folder_of(school, campaign).pk == report.folder_id
