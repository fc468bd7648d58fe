"""A joint event is one event held at each level, as soon as one attendance is accepted, and the sum of its
participations: on every page, in every table and in the workbook."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.models import Event, JointEvent
from reports.actions import accept_school_report
from reports.queries import coverage
from reports.queries.held import (
    Counts,
    days,
    formats,
    grades_with_events,
    kinds,
    municipality_by_format,
    partner_rows,
    partners_by_kind,
    totals,
)
from reports.queries.levels import Level
from reports.queries.school import known_of
from reports.tables.summary import summary_tables
from tests.factories import EnrolmentFactory, EventFactory, JointEventFactory, PartnerFactory
from tests.reporting import REPORTING, write_school


@pytest.fixture
def fair(campaign, lesson):
    """A fair of the region on 20 September."""
    return JointEventFactory(campaign=campaign, format=lesson, title="Ярмарка")


@pytest.fixture
def attend(fair, campaign, lesson, operator):
    """Add a school's attendance."""

    def attend(school, status="accepted", joint=None, **grades):
        grades = {"grade_8": 0} | (grades or {"grade_8": 10})
        return EventFactory(
            school=school,
            campaign=campaign,
            format=lesson,
            joint=joint or fair,
            status=status,
            author=operator,
            **grades,
        )

    return attend


@pytest.fixture
def log(attend, school, second_school, village_school, unrun_school, campaign, lesson, operator):
    """The fair of two schools in town and one of the village, accepted and under review; and one school's lesson."""
    attend(school, grade_8=10)
    attend(second_school, "submitted", grade_8=5, grade_9=4)
    attend(village_school, "submitted", grade_8=7)
    attend(unrun_school, "planned", grade_8=9)
    EventFactory(school=school, campaign=campaign, format=lesson, status="accepted", author=operator, grade_8=20)


def test_one_fair_of_three_schools_is_one_event_and_the_sum_of_its_participations(log, campaign):
    assert totals(Level(campaign)).counts == Counts(2, 0, 30, 16)


def test_each_level_counts_it_anew(log, campaign, tomsk, kolpashevo, school, second_school, village_school):
    assert totals(Level(campaign, municipality=tomsk)).counts == Counts(2, 0, 30, 9)
    assert totals(Level(campaign, municipality=kolpashevo)).counts == Counts(0, 1, 0, 7)
    assert totals(Level(campaign, school=school)).counts == Counts(2, 0, 30, 0)
    assert totals(Level(campaign, school=second_school)).counts == Counts(0, 1, 0, 9)


def test_the_rows_of_schools_and_municipalities_do_not_add_up_and_participations_do(log, campaign):
    rows = coverage.schools(Level(campaign))
    assert sum(row.counts.held for row in rows) == 4
    assert sum(row.counts.participations + row.counts.participations_submitted for row in rows) == 46
    found = coverage.municipalities(rows, municipality_by_format(Level(campaign)))
    assert sorted((row.slug, row.counts) for row in found if row.counts.held) == [
        ("kolpashevskiy", Counts(0, 1, 0, 7)),
        ("tomsk", Counts(2, 0, 30, 9)),
    ]


def test_days_formats_and_kinds_count_it_once(log, campaign):
    now, _past = days(Level(campaign))
    assert [(row.day, row.counts) for row in now] == [(date(2019, 9, 20), Counts(2, 0, 30, 16))]
    rows, whole = formats(Level(campaign))
    assert [(row.format.slug, row.counts) for row in rows if row.counts.held] == [("lesson", Counts(2, 0, 30, 16))]
    assert whole == totals(Level(campaign))
    assert [(row.kind, row.counts) for row in kinds(rows)] == [("open_lesson", Counts(2, 0, 30, 16))]


def test_a_grade_counts_it_once_and_under_review_where_only_those_came(log, campaign):
    by_grade = {row.grade: row for row in grades_with_events(Level(campaign))}
    eight, nine = by_grade[8], by_grade[9]
    assert (eight.accepted, eight.submitted, eight.events_accepted, eight.events_submitted) == (30, 12, 2, 0)
    assert (nine.accepted, nine.submitted, nine.events_accepted, nine.events_submitted) == (0, 4, 0, 1)


def test_a_partner_of_the_fair_held_one_event(log, campaign, region, fair):
    college = PartnerFactory(region=region, kind="college")
    for event in Event.objects.filter(joint=fair):
        event.partners.add(college)
    rows = partner_rows(Level(campaign))
    assert [(row["name"], row["accepted"], row["submitted"]) for row in rows] == [(college.name, 1, 0)]
    assert partners_by_kind(Level(campaign)) == {"college": 1}


@pytest.mark.parametrize(
    ("statuses", "counts"),
    [
        (("submitted", "submitted"), Counts(0, 1, 0, 20)),
        (("accepted", "submitted"), Counts(1, 0, 10, 10)),
        (("accepted", "accepted"), Counts(1, 0, 20, 0)),
        (("accepted", "returned"), Counts(1, 0, 10, 0)),
        (("returned", "returned"), Counts(0, 0, 0, 0)),
        (("planned", "cancelled"), Counts(0, 0, 0, 0)),
        (("draft", "submitted"), Counts(0, 1, 0, 10)),
    ],
)
def test_it_counts_as_soon_as_one_attendance_is_accepted(statuses, counts, attend, school, second_school, campaign):
    for of, status in zip((school, second_school), statuses, strict=True):
        attend(of, status)
    assert totals(Level(campaign)).counts == counts


def test_two_fairs_are_two_events(attend, campaign, lesson, school, second_school):
    other = JointEventFactory(campaign=campaign, format=lesson)
    attend(school)
    attend(second_school, joint=other)
    assert totals(Level(campaign)).counts == Counts(2, 0, 20, 0)


def test_an_event_and_a_joint_event_of_the_same_number_are_two(campaign, lesson, school, second_school, operator):
    """Their keys come from two tables."""
    event = EventFactory(school=school, campaign=campaign, format=lesson, status="accepted", author=operator)
    joint = JointEventFactory(pk=event.pk, campaign=campaign, format=lesson)
    EventFactory(
        school=second_school, campaign=campaign, format=lesson, joint=joint, status="accepted", author=operator
    )
    assert totals(Level(campaign)).counts == Counts(2, 0, 48, 0)


def test_a_school_s_own_page_knows_it_as_one_of_its_events(log, school, campaign):
    known = known_of(school, campaign)
    assert (known.accepted, known.waiting, known.participations) == (2, 0, 30)
    assert [(row.kind, row.accepted, row.low, row.together) for row in known.kinds] == [("open_lesson", 2, 20, 30)]


def test_accepting_one_school_s_report_makes_the_fair_an_accepted_one(
    attend, campaign, tomsk, school, second_school, coordinator, municipal, clock
):
    attend(school, "submitted", grade_8=10)
    other = attend(second_school, "submitted", grade_8=5)
    assert totals(Level(campaign)).counts == Counts(0, 1, 0, 15)
    clock(REPORTING)
    report = write_school(
        coordinator, school, campaign, grades=dict.fromkeys(range(5, 12), 0) | {8: 10}, kinds={"open_lesson": 10}
    )
    accept_school_report(municipal, report, 1)
    other.refresh_from_db()
    assert other.status == "submitted"
    assert totals(Level(campaign)).counts == Counts(1, 0, 10, 5)
    assert totals(Level(campaign, municipality=tomsk)).counts == Counts(1, 0, 10, 5)


WHY = "an event held by several schools together counts once in each, so the column need not add up."


@pytest.mark.parametrize(
    ("who", "path", "says"),
    [
        ("operator", "/dashboards/autumn-2019/", True),
        ("operator", "/dashboards/autumn-2019/rows/schools/", True),
        ("municipal", "/dashboards/autumn-2019/municipalities/tomsk/", True),
        ("municipal", "/dashboards/autumn-2019/rows/schools/?municipality=tomsk", True),
        ("coordinator", "/dashboards/autumn-2019/schools/{school}/", False),
    ],
)
def test_a_page_says_why_its_column_does_not_add_up(who, path, says, log, people, client_of, school):
    response = client_of(people[who]).get(path.format(school=school.pk))
    assert response.status_code == 200
    assert (WHY in " ".join(response.content.decode().split())) == says


@pytest.mark.parametrize("code", ["municipalities", "schools"])
def test_so_does_the_workbook_with_the_level_s_own_number_as_its_total(code, log, campaign):
    table = next(table for table in summary_tables(campaign) if table.code == code)
    assert (sum(table.column("accepted")), sum(table.column("submitted"))) == (
        (2, 1) if code == "municipalities" else (2, 2)
    )
    names = [column.key for column in table.columns]
    total = dict(zip(names, table.total.cells, strict=True))
    assert (total["accepted"], total["submitted"]) == (2, 0)
    assert (total["participations"], total["participations_submitted"]) == (30, 16)
    assert sum(table.column("participations")) == 30
    assert table.note.startswith("Мероприятия в каждой строке и в общем числе считаются заново")


PLACES = st.integers(0, 3)
HELD = st.tuples(
    PLACES, st.none() | st.integers(0, 2), st.sampled_from(["accepted", "submitted", "returned"]), st.integers(1, 30)
)


@given(rows=st.lists(HELD, max_size=8))
def test_every_level_is_that_of_a_brute_force(
    rows, campaign, lesson, operator, school, second_school, village_school, unrun_school
):
    Event.objects.all().delete()
    JointEvent.objects.all().delete()
    places = [school, second_school, village_school, unrun_school]
    fairs = [JointEventFactory(campaign=campaign, format=lesson, author=operator) for _ in range(3)]
    made = []
    for number, (place, fair, status, count) in enumerate(rows):
        if fair is not None and any(row[:2] == (place, fair) for row in made):
            continue  # a school attends once
        EventFactory(
            school=places[place],
            campaign=campaign,
            format=lesson,
            joint=None if fair is None else fairs[fair],
            status=status,
            author=operator,
            grade_8=count,
        )
        made.append((place, fair, status, count, number))

    def counted(within) -> Counts:
        held = [row for row in made if row[0] in within and row[2] != "returned"]
        names = {("fair", fair) if fair is not None else ("own", number) for _p, fair, _s, _c, number in held}
        accepted = {
            ("fair", fair) if fair is not None else ("own", number)
            for _p, fair, status, _c, number in held
            if status == "accepted"
        }
        sums = [sum(row[3] for row in held if row[2] == status) for status in ("accepted", "submitted")]
        return Counts(len(accepted), len(names) - len(accepted), *sums)

    assert totals(Level(campaign)).counts == counted({0, 1, 2, 3})
    assert totals(Level(campaign, municipality=school.municipality)).counts == counted({0, 1})
    for number, place in enumerate(places):
        assert totals(Level(campaign, school=place)).counts == counted({number})


def test_enrolment_and_bounds_of_a_school_count_its_attendance_alone(log, school, campaign, second_school):
    EnrolmentFactory(school=second_school)
    rows = {row.pk: row.coverage for row in coverage.schools(Level(campaign))}
    assert (rows[school.pk].low, rows[school.pk].high) == (20, 25)
    assert (rows[second_school.pk].low, rows[second_school.pk].high) == (9, 9)
