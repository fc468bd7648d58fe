"""Completeness: who has reported, out of whom it is expected, and when; whom to remind."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.due_dates import lateness_of
from campaigns.models import Stage
from portal import registry
from reports import actions
from reports.models import ReportStatus
from reports.queries.completeness import (
    Completeness,
    Contact,
    MunicipalLine,
    ReportLine,
    completeness_of,
    municipal_lines,
    places,
    reminders,
    school_lines,
)
from reports.queries.levels import Level
from tests.factories import (
    LONG_AGO,
    EventFactory,
    ExtensionFactory,
    MembershipFactory,
    MunicipalityFactory,
    MunicipalReportFactory,
    SchoolFactory,
    SchoolReportFactory,
    UserFactory,
)

DUE = date(2019, 10, 21)


@pytest.fixture
def region_level(campaign):
    return Level(campaign)


@pytest.fixture
def tomsk_level(campaign, tomsk):
    return Level(campaign, municipality=tomsk)


def marks(level) -> dict:
    return {line.name: str(line.lateness) for line in school_lines(level)}


# --- Counting --------------------------------------------------------------------------------

DAYS = st.dates(date(2019, 10, 1), date(2019, 11, 30))
SENT = st.sampled_from([ReportStatus.SUBMITTED, ReportStatus.RETURNED, ReportStatus.ACCEPTED])


@st.composite
def lines(draw, today):
    """A line as the database can hold it: what was sent has a day, and only what was sent has a status."""
    sent_on = draw(st.none() | DAYS)
    until = draw(st.dates(DUE, date(2019, 11, 20)))
    return ReportLine(
        pk=draw(st.integers(1, 1_000)),
        name="Школа",
        status=draw(SENT) if sent_on else ReportStatus.OPEN,
        submitted_on=sent_on,
        due=DUE,
        until=until,
        lateness=lateness_of(sent_on, DUE, until, today),
    )


@given(st.data(), DAYS)
def test_every_report_stands_in_one_place_and_no_share_passes_the_whole(data, today):
    found = data.draw(st.lists(lines(today), max_size=30))
    whole = completeness_of(found)
    assert whole.expected == len(found)
    assert whole.on_time + whole.extended + whole.late + whole.missing + whole.awaited == whole.expected
    assert whole.received == whole.under_review + whole.returned + whole.accepted
    assert whole.received + whole.not_received == whole.expected
    assert whole.in_time <= whole.received <= whole.expected
    shares = (whole.reporting_rate, whole.timeliness)
    assert [share is None for share in shares] == [not found] * 2
    assert all(0 <= n <= of == whole.expected for n, of in filter(None, shares))


@given(st.data(), DAYS)
def test_parts_add_up_to_the_whole(data, today):
    first, second = data.draw(st.lists(lines(today), max_size=15)), data.draw(st.lists(lines(today), max_size=15))
    assert completeness_of(first) + completeness_of(second) == completeness_of([*first, *second])


def test_nothing_expected_has_no_share():
    assert (Completeness().reporting_rate, Completeness().timeliness) == (None, None)


# --- Schools ---------------------------------------------------------------------------------


def test_each_school_stands_by_its_first_sending(region_level, campaign, tomsk, clock):
    clock("2019-10-30 10:00")

    def reported(name, **report):
        school = SchoolFactory(municipality=tomsk, name=name)
        SchoolReportFactory(school=school, campaign=campaign, **report)

    reported("Вовремя", submitted_on=DUE, status="accepted")
    reported("Опоздала", submitted_on=DUE + timedelta(1), status="returned")
    reported("Пишет", status="open")
    reported("На проверке", submitted_on=date(2019, 10, 15))
    SchoolFactory(municipality=tomsk, name="Молчит")
    assert marks(region_level) == {
        "Вовремя": "on_time",
        "Молчит": "missing",
        "На проверке": "on_time",
        "Опоздала": "late",
        "Пишет": "missing",
    }
    assert completeness_of(school_lines(region_level)) == Completeness(
        expected=5, on_time=2, late=1, missing=2, returned=1, under_review=1, accepted=1
    )


def test_the_last_day_lasts_to_its_end(region_level, school, clock):
    clock("2019-10-21 23:59:59")
    assert marks(region_level) == {school.name: "awaited"}
    clock("2019-10-22 00:00:01")
    assert marks(region_level) == {school.name: "missing"}


def test_an_extension_of_the_school_or_of_its_municipality_counts_and_the_latest_wins(
    region_level, campaign, school, second_school, tomsk, clock
):
    ExtensionFactory(school=school, campaign=campaign, stage=Stage.SCHOOL_REPORT, until=date(2019, 10, 30))
    ExtensionFactory(municipality=tomsk, campaign=campaign, stage=Stage.SCHOOL_REPORT, until=date(2019, 10, 25))
    ExtensionFactory(school=second_school, campaign=campaign, stage=Stage.EVENTS, until=date(2019, 11, 4))
    SchoolReportFactory(school=school, campaign=campaign, submitted_on=date(2019, 10, 30))
    clock("2019-10-25 12:00")
    assert [(line.name, line.until, line.events_until, str(line.lateness)) for line in school_lines(region_level)] == [
        (school.name, date(2019, 10, 30), date(2019, 10, 17), "extended"),
        (second_school.name, date(2019, 10, 25), date(2019, 11, 4), "awaited"),
    ]


def test_only_schools_open_on_the_last_day_of_the_window_are_expected(region_level, campaign, tomsk):
    last = campaign.ends_on
    for name, opened, closed in [
        ("Работает", None, None),
        ("Открылась в последний день", last, None),
        ("Открылась позже", last + timedelta(1), None),
        ("Закрылась в последний день", None, last),
        ("Закрылась после", None, last + timedelta(1)),
    ]:
        row = SchoolFactory(municipality=tomsk, name=name, opened_on=opened, closed_on=closed)
        SchoolReportFactory(school=row, campaign=campaign)
    assert [line.name for line in school_lines(region_level)] == [
        "Закрылась после",
        "Открылась в последний день",
        "Работает",
    ]


def test_a_report_of_another_campaign_does_not_count(region_level, campaign, school, foreign):
    SchoolReportFactory(school=school, campaign__slug="spring-2020", campaign__name="Весна")
    SchoolReportFactory(school=foreign.school, campaign=foreign.campaign)
    assert completeness_of(school_lines(region_level)) == Completeness(expected=1, awaited=1)


def test_events_of_a_school_are_counted_apart_accepted_and_under_review(region_level, campaign, school, second_school):
    for status in ("accepted", "submitted", "submitted", "draft", "planned", "returned", "cancelled"):
        EventFactory(school=school, campaign=campaign, status=status)
    assert [(line.name, line.events_accepted, line.events_submitted) for line in school_lines(region_level)] == [
        (school.name, 1, 2),
        (second_school.name, 0, 0),
    ]


def test_a_report_sent_three_times_counts_once_and_its_first_day_stays(
    region_level, campaign, school, coordinator, municipal, clock
):
    def send(version):
        return actions.write_school_report(
            coordinator,
            school,
            campaign,
            version,
            send=True,
            grades=dict.fromkeys(campaign.grades, 0) | {8: 24},
            kinds={"open_lesson": 24},
            answers={},
            answered_by="took_part",
            basis="lists",
            signed_name="Иванова А. П.",
            signed_post="директор",
        )

    EventFactory(school=school, campaign=campaign)
    clock("2019-10-20 12:00")
    report = send(0)
    for day in ("2019-10-23 12:00", "2019-10-26 12:00"):
        clock(day)
        report = actions.return_school_report(municipal, report, report.version, "Уточните.", date(2019, 10, 28))
        assert completeness_of(school_lines(region_level)) == Completeness(expected=1, on_time=1, returned=1)
        report = send(report.version)
    assert completeness_of(school_lines(region_level)) == Completeness(expected=1, on_time=1, under_review=1)
    assert [line.submitted_on for line in school_lines(region_level)] == [date(2019, 10, 20)]


# --- Municipalities --------------------------------------------------------------------------


def test_a_municipality_is_expected_if_it_has_an_open_school_and_coordinates_it(
    region_level, campaign, school, village_school, unrun_school, region, clock
):
    empty = MunicipalityFactory(region=region, name="Без школ")
    SchoolFactory(municipality=empty, closed_on=campaign.ends_on)
    MunicipalReportFactory(municipality=school.municipality, campaign=campaign, submitted_on=date(2019, 10, 29))
    clock("2019-10-29 10:00")
    assert [(line.name, line.slug, str(line.lateness), line.status) for line in municipal_lines(region_level)] == [
        ("город Томск", "tomsk", "late", "submitted"),
        ("Колпашевский район", "kolpashevskiy", "missing", "open"),
    ]


def test_a_municipalitys_extension_moves_its_own_report_alone(region_level, campaign, school, village_school, clock):
    ExtensionFactory(
        municipality=school.municipality, campaign=campaign, stage=Stage.MUNICIPAL_REPORT, until=date(2019, 11, 1)
    )
    clock("2019-10-29 10:00")
    assert {line.slug: (line.until, str(line.lateness)) for line in municipal_lines(region_level)} == {
        "tomsk": (date(2019, 11, 1), "awaited"),
        "kolpashevskiy": (date(2019, 10, 28), "missing"),
    }


def test_municipalities_show_their_schools_and_their_own_report(
    region_level, campaign, school, second_school, village_school, unrun_school
):
    SchoolReportFactory(school=school, campaign=campaign, status="accepted")
    found = places(school_lines(region_level), municipal_lines(region_level))
    assert [(place.slug, place.schools, type(place.report)) for place in found] == [
        ("tomsk", Completeness(expected=2, on_time=1, awaited=1, accepted=1), MunicipalLine),
        ("kolpashevskiy", Completeness(expected=1, awaited=1), MunicipalLine),
        ("regional", Completeness(expected=1, awaited=1), type(None)),
    ]
    assert sum((place.schools for place in found), Completeness()) == completeness_of(school_lines(region_level))


def test_a_level_costs_the_same_at_any_size(region_level, campaign, tomsk, queries_of):
    SchoolReportFactory(school__municipality=tomsk, campaign=campaign)

    def read():
        return places(school_lines(region_level), municipal_lines(region_level))

    assert len(queries_of(read)) == 3
    for _number in range(30):
        school = SchoolFactory(municipality__region=campaign.region)
        SchoolReportFactory(school=school, campaign=campaign)
        EventFactory(school=school, campaign=campaign)
    assert len(queries_of(read)) == 3


# --- Whom to remind --------------------------------------------------------------------------


def reminded(level, stage) -> list:
    return [(row.line.name, row.last_day, row.days) for row in reminders(level, stage)]


def test_of_events_those_are_reminded_who_logged_none(tomsk_level, campaign, school, second_school, clock):
    EventFactory(school=school, campaign=campaign)
    EventFactory(school=second_school, campaign=campaign, status="draft")
    assert reminded(tomsk_level, Stage.EVENTS) == [(second_school.name, date(2019, 10, 17), 0)]
    clock("2019-10-20 09:00")
    assert reminded(tomsk_level, Stage.EVENTS) == [(second_school.name, date(2019, 10, 17), 3)]


def test_of_reports_those_are_reminded_who_owe_one_the_longest_late_first(tomsk_level, campaign, tomsk, clock):
    clock("2019-10-28 09:00")

    def school(name, **report):
        row = SchoolFactory(municipality=tomsk, name=name)
        if report:
            SchoolReportFactory(school=row, campaign=campaign, **report)
        return row

    school("Принят", status="accepted")
    school("Проверяется", status="submitted")
    school("Исправляет", status="returned", correct_by=date(2019, 10, 29))
    school("Не исправила", status="returned", correct_by=date(2019, 10, 26))
    school("Молчит")
    extended = school("С продлением", status="open")
    ExtensionFactory(school=extended, campaign=campaign, stage=Stage.SCHOOL_REPORT, until=date(2019, 11, 1))
    assert reminded(tomsk_level, Stage.SCHOOL_REPORT) == [
        ("Молчит", DUE, 7),
        ("Не исправила", date(2019, 10, 26), 2),
        ("Исправляет", date(2019, 10, 29), 0),
        ("С продлением", date(2019, 11, 1), 0),
    ]


def test_coordinators_are_those_whose_membership_is_active(tomsk_level, campaign, school, second_school, clock):
    UserFactory(name="Яна", email="yana@school.example", phone="+7 3822 11-22-33", coordinator_of=school)
    both = UserFactory(name="Анна", email="anna@school.example", coordinator_of=school)
    MembershipFactory(user=both, role="school", school=second_school, ended_at=LONG_AGO)
    UserFactory(name="Ушла", coordinator_of=school, is_active=False)
    gone = UserFactory(name="Бывшая")
    MembershipFactory(user=gone, role="school", school=school, ended_at=LONG_AGO)
    assert {row.line.name: row.contacts for row in reminders(tomsk_level, Stage.SCHOOL_REPORT)} == {
        school.name: (
            Contact("Анна", "anna@school.example", ""),
            Contact("Яна", "yana@school.example", "+7 3822 11-22-33"),
        ),
        second_school.name: (),
    }


def test_municipalities_are_reminded_through_their_own_coordinators(
    region_level, campaign, school, village_school, unrun_school, municipal, village_municipal, coordinator, clock
):
    MunicipalReportFactory(municipality=school.municipality, campaign=campaign, status="accepted")
    clock("2019-10-30 09:00")
    assert [(row.line.name, row.days, row.contacts) for row in reminders(region_level, Stage.MUNICIPAL_REPORT)] == [
        ("Колпашевский район", 2, (Contact("Вера Колпашевская", "municipal@kolpashevo.example", ""),))
    ]


# --- Home ------------------------------------------------------------------------------------


def tasks(user) -> list:
    """What home says of those to remind."""
    (membership,) = user.scope.memberships
    found = registry.home_tasks.collect(user, membership)
    return [(task.title, task.reason, task.url, task.due) for task in found if "/remind/" in task.url]


def test_home_says_how_many_schools_have_not_reported(
    english, campaign, school, second_school, village_school, municipal, coordinator, operator, clock, fresh
):
    SchoolFactory(municipality=school.municipality, name="Закрыта", closed_on=campaign.ends_on)
    SchoolReportFactory(school=second_school, campaign=campaign, status="open")
    url = "/reports/autumn-2019/remind/?stage=school_report&municipality=tomsk"
    clock("2019-10-14 23:59:59")
    assert tasks(fresh(municipal)) == []
    clock("2019-10-15 00:00:00")
    assert tasks(fresh(municipal)) == [("2 schools have not reported", campaign.name, url, DUE)]
    assert tasks(fresh(coordinator)) == tasks(fresh(operator)) == []
    SchoolReportFactory(school=school, campaign=campaign, status="returned")
    assert tasks(fresh(municipal)) == [
        ("1 school has not reported", f"{campaign.name}; 1 is to correct its report", url, DUE)
    ]
    clock("2019-11-06 09:00")
    assert tasks(fresh(municipal)) == []


def test_home_says_that_reports_are_to_be_corrected(english, campaign, school, municipal, clock):
    SchoolReportFactory(school=school, campaign=campaign, status="returned")
    clock("2019-10-22 09:00")
    url = "/reports/autumn-2019/remind/?stage=school_report&municipality=tomsk"
    assert tasks(municipal) == [("1 report to correct", campaign.name, url, DUE)]


def test_home_says_how_many_municipalities_have_not_reported(
    english, campaign, school, village_school, unrun_school, operator, clock, fresh
):
    url = "/reports/autumn-2019/remind/?stage=municipal_report"
    clock("2019-10-21 12:00")
    assert tasks(fresh(operator)) == []
    clock("2019-10-22 12:00")
    assert tasks(fresh(operator)) == [("2 municipalities have not reported", campaign.name, url, date(2019, 10, 28))]
    MunicipalReportFactory(municipality=school.municipality, campaign=campaign)
    MunicipalReportFactory(municipality=village_school.municipality, campaign=campaign)
    assert tasks(fresh(operator)) == []
