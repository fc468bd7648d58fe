"""Figures against sums of plain Python over the rows, another way to the same numbers."""

from collections import Counter

import pytest

from portal.actions import save_school
from reports.queries import coverage, dashboard, held
from reports.queries.held import Counts
from reports.queries.levels import Level
from tests.factories import EventFactory, FormatFactory


def counted(events) -> Counts:
    """Count events one by one."""
    accepted = [event for event in events if event.status == "accepted"]
    submitted = [event for event in events if event.status == "submitted"]
    return Counts(
        len(accepted),
        len(submitted),
        sum(event.participants for event in accepted),
        sum(event.participants for event in submitted),
    )


@pytest.fixture
def level(log, campaign):
    return Level(campaign)


def test_the_region_counts_accepted_and_submitted_events_apart(level, log):
    assert held.totals(level).counts == counted(log.events) == Counts(5, 3, 89, 74)


def test_a_municipality_and_a_school_count_their_own_events(campaign, log, school, tomsk):
    own = [event for event in log.events if event.school.municipality_id == tomsk.pk]
    assert held.totals(Level(campaign, municipality=tomsk)).counts == counted(own)
    of_school = [event for event in log.events if event.school_id == school.pk]
    assert held.totals(Level(campaign, school=school)).counts == counted(of_school)


def test_teachers_parents_and_grades_are_summed_over_accepted_events(level, log):
    totals = held.totals(level)
    accepted = [event for event in log.events if event.status == "accepted"]
    submitted = [event for event in log.events if event.status == "submitted"]
    assert (totals.teachers, totals.parents) == (10, 5)
    for row in totals.grades:
        assert row.accepted == sum(event.by_grade[row.grade] for event in accepted)
        assert row.submitted == sum(event.by_grade[row.grade] for event in submitted)


def test_what_waits_long_and_what_is_flagged_is_counted_among_the_submitted(level, clock):
    assert held.totals(level).flagged == 1
    clock("2019-09-24 10:59")
    assert held.totals(level).waiting_long == 0
    clock("2019-09-24 11:01")
    assert held.totals(level).waiting_long == 3


def test_an_event_with_two_partners_and_an_indicator_is_counted_once(level, log):
    rows = {row["name"]: row for row in held.partner_rows(level)}
    assert sorted((row["accepted"], row["submitted"]) for row in rows.values()) == [(2, 0), (2, 0)]
    assert held.partners_by_kind(level) == {"enterprise": 1, "college": 1}
    assert held.totals(level).counts.accepted == 5


def test_municipalities_formats_kinds_and_days_count_what_the_rows_say(level, log):
    rows = coverage.schools(level)
    for place in coverage.municipalities(rows, held.municipality_by_format(level)):
        assert place.counts == counted([e for e in log.events if e.school.municipality_id == place.pk])
    used, totals = held.formats(level)
    assert totals == held.totals(level)
    for row in used:
        assert row.counts == counted([e for e in log.events if e.format_id == row.format.pk])
    for kind in held.kinds(used):
        assert kind.counts == counted([e for e in log.events if e.format.kind == kind.kind])
    assert {row.day: row.counts for row in held.days(level)[0]} == {
        day: counted([e for e in log.events if e.starts_on == day])
        for day in {e.starts_on for e in log.events if e.status in ("accepted", "submitted")}
    }


def test_municipality_by_format_counts_what_the_rows_say(level, log):
    counted_events = [event for event in log.events if event.status in ("accepted", "submitted")]
    expected = Counter((event.school.municipality_id, event.format_id) for event in counted_events)
    found = held.municipality_by_format(level)
    assert {key: counts.held for key, counts in found.items()} == expected


def test_an_event_of_two_grades_is_held_in_each_of_them(level, log):
    by_grade = {row.grade: row for row in held.grades_with_events(level)}
    assert (by_grade[8].events_accepted, by_grade[9].events_accepted, by_grade[9].events_submitted) == (2, 1, 1)


def test_a_format_that_nobody_used_stands_last_with_nothing(level, campaign, offer):
    unused = FormatFactory(region=campaign.region, kind="fair")
    offer(campaign, unused)
    last = held.formats(level)[0][-1]
    assert (last.format, last.counts) == (unused, Counts())


def test_schools_expected_are_those_open_on_the_last_day_of_the_window(level, log, village_school):
    village_school.closed_on = level.campaign.ends_on
    save_school(None, village_school)
    rows = {row.pk: row for row in coverage.schools(level)}
    assert (rows[village_school.pk].expected, rows[village_school.pk].took_part) == (False, False)
    assert rows[village_school.pk].counts == Counts(1, 0, 11, 0)
    assert (rows[log.silent.pk].expected, rows[log.silent.pk].took_part) == (True, False)


def test_a_school_that_closed_and_held_nothing_is_not_named(level, log):
    log.silent.closed_on = level.campaign.starts_on
    save_school(None, log.silent)
    assert log.silent.pk not in {row.pk for row in coverage.schools(level)}


def test_schools_taking_part_are_a_part_of_those_expected(level, log):
    found = dashboard.read_dashboard(level)
    assert (found.taking_part, found.expected, found.missing) == (4, 5, 1)


def test_another_regions_events_are_not_counted(level, foreign):
    before = held.totals(level).counts
    EventFactory(school=foreign.school, campaign=foreign.campaign, status="accepted")
    assert held.totals(Level(foreign.campaign)).counts == Counts(1, 0, 24, 0)
    assert held.totals(level).counts == before
