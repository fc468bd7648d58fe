"""Due dates with extensions: the marks of one row and of a query agree, and the latest granted date holds.

After closing an extension opens the campaign again for its school or municipality alone.
"""

import uuid
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.due_dates import (
    Lateness,
    due_until,
    is_municipality_open,
    is_school_open,
    lateness_condition,
    lateness_of,
    open_schools,
    reopened_for,
)
from campaigns.models import Campaign, Extension, Stage
from campaigns.phases import PLANNING_PHASES, REPORTING_PHASES
from events.actions import Intent, accept_event, accept_events, log_event, return_event, submit_event
from events.models import Event
from portal.errors import StateForbids
from portal.models import Municipality, School
from tests.factories import CampaignFactory, EventFactory, ExtensionFactory, event_fields

DUE = date(2019, 10, 17)
UNTIL = date(2019, 11, 20)
"""Fifteen days after the campaign closed."""


def until_of(school, campaign, stage=Stage.EVENTS) -> date:
    """The last day on which the school is in time."""
    rows = School.objects.annotate(until=due_until(stage, campaign, school="pk", municipality="municipality"))
    return rows.get(pk=school.pk).until


# --- Marks -----------------------------------------------------------------------------------

DAYS = st.integers(min_value=-3, max_value=3).map(lambda n: DUE + timedelta(days=n))


@given(sent_on=st.none() | DAYS, due=DAYS, granted=st.none() | DAYS, today=DAYS)
def test_a_rows_mark_and_the_querys_agree(school, campaign, sent_on, due, granted, today):
    Extension.objects.all().delete()
    Event.objects.all().delete()
    dates = {"starts_on": date(2019, 9, 1), "ends_on": date(2019, 10, 1), "school_reports_due": date(2019, 10, 28)}
    Campaign.objects.filter(pk=campaign.pk).update(events_due=due, **dates)
    if granted:
        ExtensionFactory(campaign=campaign, school=school, until=granted)
    status = "submitted" if sent_on else "draft"
    EventFactory(school=school, campaign=campaign, status=status, submitted_on=sent_on)
    event = Event.objects.with_due().get()
    assert (event.due, event.until) == (due, max(due, granted or due))
    lateness = lateness_of(event.submitted_on, event.due, event.until, today)
    found = {each for each in Lateness if Event.objects.with_due().filter(lateness_condition(each, today)).exists()}
    assert found == {lateness}
    assert Event.objects.late().exists() == (lateness == Lateness.LATE)
    assert event.lateness == (lateness if lateness in (Lateness.LATE, Lateness.EXTENDED) else None)


def test_marks_in_words():
    until = DUE + timedelta(days=7)
    day = timedelta(days=1)
    assert lateness_of(DUE, DUE, until, until) == Lateness.ON_TIME
    assert lateness_of(DUE + day, DUE, until, until) == Lateness.EXTENDED
    assert lateness_of(until, DUE, until, until) == Lateness.EXTENDED
    assert lateness_of(until + day, DUE, until, until) == Lateness.LATE
    assert lateness_of(DUE + day, DUE, DUE, until) == Lateness.LATE
    assert lateness_of(None, DUE, until, until) == Lateness.AWAITED
    assert lateness_of(None, DUE, until, until + day) == Lateness.MISSING


# --- Until when ------------------------------------------------------------------------------


def test_without_an_extension_the_campaigns_own_date_holds(school, campaign):
    assert {stage.value: until_of(school, campaign, stage) for stage in Stage} == {
        "events": date(2019, 10, 17),
        "school_report": date(2019, 10, 21),
        "municipal_report": date(2019, 10, 28),
    }


def test_a_schools_own_extension_holds_for_it_alone(school, second_school, campaign):
    ExtensionFactory(campaign=campaign, school=school, until=date(2019, 10, 24))
    assert until_of(school, campaign) == date(2019, 10, 24)
    assert until_of(second_school, campaign) == DUE


def test_a_municipalitys_extension_covers_its_schools_alone(school, second_school, village_school, campaign, tomsk):
    ExtensionFactory(campaign=campaign, municipality=tomsk, until=date(2019, 10, 24))
    assert until_of(school, campaign) == until_of(second_school, campaign) == date(2019, 10, 24)
    assert until_of(village_school, campaign) == DUE


def test_the_latest_wins_whosever_it_is(school, campaign, tomsk):
    ExtensionFactory(campaign=campaign, school=school, until=date(2019, 10, 25))
    ExtensionFactory(campaign=campaign, school=school, until=date(2019, 10, 23))
    ExtensionFactory(campaign=campaign, municipality=tomsk, until=date(2019, 10, 24))
    assert until_of(school, campaign) == date(2019, 10, 25)
    ExtensionFactory(campaign=campaign, municipality=tomsk, until=date(2019, 10, 26))
    assert until_of(school, campaign) == date(2019, 10, 26)


def test_an_extension_never_shortens(school, campaign):
    ExtensionFactory(campaign=campaign, school=school, until=date(2019, 10, 1))
    assert until_of(school, campaign) == DUE


@pytest.mark.parametrize("status", ["asked", "declined", "withdrawn"])
def test_only_what_is_granted_counts(school, campaign, tomsk, clock, status):
    ExtensionFactory(campaign=campaign, school=school, until=UNTIL, status=status)
    ExtensionFactory(campaign=campaign, municipality=tomsk, until=UNTIL, status=status)
    assert until_of(school, campaign) == DUE
    clock("2019-11-06 10:00")
    assert (is_school_open(campaign, school.pk), is_municipality_open(campaign, tomsk)) == (False, False)
    assert list(reopened_for(school)) == []


def test_another_stage_campaign_or_school_does_not_count(school, second_school, campaign, region):
    spring = CampaignFactory(region=region, season="spring")
    ExtensionFactory(campaign=campaign, school=school, stage=Stage.SCHOOL_REPORT, until=UNTIL)
    ExtensionFactory(campaign=spring, school=school, until=UNTIL)
    ExtensionFactory(campaign=campaign, school=second_school, until=UNTIL)
    assert until_of(school, campaign) == DUE
    assert until_of(school, campaign, Stage.SCHOOL_REPORT) == UNTIL


def test_a_municipalitys_own_report_knows_no_school(school, campaign, tomsk):
    ExtensionFactory(campaign=campaign, municipality=tomsk, stage=Stage.MUNICIPAL_REPORT, until=UNTIL)
    expression = due_until(Stage.MUNICIPAL_REPORT, campaign, school=None, municipality="pk")
    assert Municipality.objects.annotate(until=expression).get(pk=tomsk.pk).until == UNTIL
    assert until_of(school, campaign, Stage.SCHOOL_REPORT) == date(2019, 10, 21)


def test_the_annotation_follows_each_rows_own_campaign(school, second_school, campaign, region):
    spring = CampaignFactory(region=region, season="spring", events_due=date(2019, 10, 15))
    ExtensionFactory(campaign=campaign, school=school, until=UNTIL)
    for place in (school, second_school):
        for each in (campaign, spring):
            EventFactory(school=place, campaign=each)
    rows = Event.objects.with_due().values_list("school", "campaign", "due", "until")
    assert set(rows) == {
        (school.pk, campaign.pk, DUE, UNTIL),
        (school.pk, spring.pk, date(2019, 10, 15), date(2019, 10, 15)),
        (second_school.pk, campaign.pk, DUE, DUE),
        (second_school.pk, spring.pk, date(2019, 10, 15), date(2019, 10, 15)),
    }


# --- The last day lasts to its end -----------------------------------------------------------


@pytest.fixture
def log(coordinator, school, campaign, lesson):
    """Send a new event's form for the school; ``actor=``, ``to=``, ``intent=`` as needed."""

    def send(actor=coordinator, to=school, intent=Intent.SUBMIT):
        return log_event(actor, to, campaign, token=uuid.uuid4(), intent=intent, **event_fields(lesson))

    return send


@pytest.mark.parametrize(
    ("granted", "moment", "lateness"),
    [
        (None, "2019-10-17 23:59:59", None),
        (None, "2019-10-18 00:00:01", Lateness.LATE),
        (date(2019, 10, 24), "2019-10-17 23:59:59", None),
        (date(2019, 10, 24), "2019-10-18 00:00:01", Lateness.EXTENDED),
        (date(2019, 10, 24), "2019-10-24 23:59:59", Lateness.EXTENDED),
        (date(2019, 10, 24), "2019-10-25 00:00:01", Lateness.LATE),
    ],
)
def test_a_deadline_is_met_until_its_last_second_by_local_time(log, school, campaign, clock, granted, moment, lateness):
    if granted:
        ExtensionFactory(campaign=campaign, school=school, until=granted)
    clock(moment)
    event = log()
    assert event.submitted_on == date.fromisoformat(moment[:10])
    assert Event.objects.with_due().get(pk=event.pk).lateness == lateness
    assert Event.objects.late().exists() == (lateness == Lateness.LATE)


def test_an_extension_granted_afterwards_changes_the_mark_and_withdrawn_changes_it_back(log, school, campaign, clock):
    clock("2019-10-20 10:00")
    event = log()
    assert Event.objects.with_due().get(pk=event.pk).lateness == Lateness.LATE
    extension = ExtensionFactory(campaign=campaign, school=school, until=date(2019, 10, 20))
    assert Event.objects.with_due().get(pk=event.pk).lateness == Lateness.EXTENDED
    Extension.objects.filter(pk=extension.pk).update(status="withdrawn")
    assert Event.objects.with_due().get(pk=event.pk).lateness == Lateness.LATE


# --- After closing ---------------------------------------------------------------------------


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("kind", ["school", "municipality"])
def test_after_closing_an_extension_opens_the_log_until_its_day(
    log, school, campaign, tomsk, municipal, clock, stage, kind
):
    place = {"school": school} if kind == "school" and stage != Stage.MUNICIPAL_REPORT else {"municipality": tomsk}
    ExtensionFactory(campaign=campaign, stage=stage, until=UNTIL, **place)
    clock("2019-11-20 23:59:59")
    event = log()
    assert accept_event(municipal, event, 1).status == "accepted"
    waiting = log()
    clock("2019-11-21 00:00:01")
    with pytest.raises(StateForbids):
        log()
    with pytest.raises(StateForbids):
        accept_event(municipal, waiting, 1)
    assert sorted(Event.objects.values_list("status", flat=True)) == ["accepted", "submitted"]


def test_another_school_stays_closed(log, second_coordinator, second_school, school, campaign, municipal, clock):
    ExtensionFactory(campaign=campaign, school=school, until=UNTIL)
    waiting = EventFactory(school=second_school, campaign=campaign)
    clock("2019-11-10 10:00")
    with pytest.raises(StateForbids):
        log(actor=second_coordinator, to=second_school)
    with pytest.raises(StateForbids):
        accept_event(municipal, waiting, 1)
    assert log().status == "submitted"


def test_a_municipalitys_extension_opens_its_schools_alone(
    log, campaign, tomsk, second_school, second_coordinator, village_school, village_municipal, clock
):
    ExtensionFactory(campaign=campaign, municipality=tomsk, until=UNTIL)
    clock("2019-11-10 10:00")
    assert log().status == "submitted"
    assert log(actor=second_coordinator, to=second_school).status == "submitted"
    with pytest.raises(StateForbids):
        log(actor=village_municipal, to=village_school)


def test_returning_and_sending_again_are_open_too(log, school, campaign, coordinator, municipal, clock):
    ExtensionFactory(campaign=campaign, school=school, until=UNTIL)
    clock("2019-11-10 10:00")
    event = log()
    assert return_event(municipal, event, 1, "Уточните").status == "returned"
    assert submit_event(coordinator, event, 2).status == "submitted"


def test_planning_stays_over(log, school, campaign, clock):
    ExtensionFactory(campaign=campaign, school=school, until=UNTIL)
    clock("2019-11-10 10:00")
    with pytest.raises(StateForbids):
        log(intent=Intent.PLAN)
    assert is_school_open(campaign, school.pk, PLANNING_PHASES) is False


def test_bulk_acceptance_takes_the_covered_schools_alone(
    school, second_school, campaign, municipal, lesson, english, clock
):
    ExtensionFactory(campaign=campaign, school=school, until=UNTIL)
    covered = EventFactory.create_batch(2, school=school, campaign=campaign, format=lesson)
    other = EventFactory(school=second_school, campaign=campaign, format=lesson)
    versions = {event.pk: 1 for event in (*covered, other)}
    clock("2019-11-20 23:59:59")
    result = accept_events(municipal, versions)
    assert [event.pk for event in result.accepted] == [event.pk for event in covered]
    assert [(event.pk, reason) for event, reason in result.skipped] == [(other.pk, "the campaign is closed")]
    waiting = EventFactory(school=school, campaign=campaign, format=lesson)
    clock("2019-11-21 00:00:01")
    result = accept_events(municipal, {waiting.pk: 1})
    assert (result.accepted, [reason for _event, reason in result.skipped]) == ([], ["the campaign is closed"])


def test_a_municipalitys_report_opens_with_an_extension_of_its_own_or_of_its_school(
    campaign, school, tomsk, kolpashevo, clock
):
    clock("2019-11-05 23:59:59")
    assert is_municipality_open(campaign, tomsk) is True
    clock("2019-11-06 00:00:01")
    assert is_municipality_open(campaign, tomsk) is False
    ExtensionFactory(campaign=campaign, school=school, until=UNTIL, stage=Stage.SCHOOL_REPORT)
    assert (is_municipality_open(campaign, tomsk), is_municipality_open(campaign, kolpashevo)) == (True, False)
    ExtensionFactory(campaign=campaign, municipality=kolpashevo, until=UNTIL, stage=Stage.MUNICIPAL_REPORT)
    assert is_municipality_open(campaign, kolpashevo) is True
    clock("2019-11-21 00:00:01")
    assert (is_municipality_open(campaign, tomsk), is_municipality_open(campaign, kolpashevo)) == (False, False)


def test_before_closing_an_extension_opens_nothing_that_is_shut(campaign, school, tomsk, clock):
    ExtensionFactory(campaign=campaign, school=school, until=UNTIL)
    ExtensionFactory(campaign=campaign, municipality=tomsk, until=UNTIL)
    clock("2019-09-01 10:00")
    assert is_school_open(campaign, school.pk) is False
    clock("2019-09-20 10:00")
    assert is_school_open(campaign, school.pk) is True
    assert is_school_open(campaign, school.pk, REPORTING_PHASES) is False
    assert is_municipality_open(campaign, tomsk) is False


def test_many_schools_are_asked_about_in_one_query(campaign, school, second_school, village_school, clock, queries_of):
    ExtensionFactory(campaign=campaign, school=school, until=UNTIL)
    clock("2019-11-10 10:00")
    ids = [school.pk, second_school.pk, village_school.pk]
    assert open_schools(campaign, ids) == {school.pk}
    assert len(queries_of(lambda: open_schools(campaign, ids))) == 1


def test_home_finds_the_campaigns_that_are_open_again_for_a_school(campaign, school, second_school, tomsk, clock):
    ExtensionFactory(campaign=campaign, school=school, until=UNTIL)
    assert [row["campaign_id"] for row in reopened_for(school)] == [campaign.pk]
    assert list(reopened_for(second_school)) == []
    ExtensionFactory(campaign=campaign, municipality=tomsk, until=UNTIL)
    assert [row["campaign_id"] for row in reopened_for(second_school)] == [campaign.pk]
    clock("2019-11-21 00:00:01")
    assert list(reopened_for(school)) == []
