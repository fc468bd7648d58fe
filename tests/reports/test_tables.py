"""Tables keep what they say through storing, and the same data are the same bytes."""

import json
from datetime import date

from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from reports.tables import summary
from reports.tables.table import Column, Row, Table, Type, canonical, sha256_of

CELLS = {
    Type.TEXT: st.text(max_size=20) | st.none(),
    Type.INT: st.integers(-10_000, 10_000_000) | st.none(),
    Type.DECIMAL: st.floats(0, 1_000, allow_nan=False),
    Type.DATE: st.dates(date(2000, 1, 1), date(2100, 1, 1)) | st.none(),
    Type.SHARE: st.tuples(st.integers(0, 500), st.integers(1, 500)) | st.none(),
    Type.SHARE_UP: st.tuples(st.integers(0, 500), st.integers(1, 500)),
}


@st.composite
def any_table(draw):
    types = draw(st.lists(st.sampled_from(list(Type)), min_size=1, max_size=5))
    columns = tuple(
        Column(
            f"c{place}",
            draw(st.text(max_size=10)),
            type_,
            12,
            draw(st.booleans()),
            draw(st.none() | st.just({"a": "b"})),
        )
        for place, type_ in enumerate(types)
    )
    row = st.builds(Row, st.tuples(*(CELLS[type_] for type_ in types)), st.just({"school": 10_001}))
    return Table("t", "Таблица", columns, tuple(draw(st.lists(row, max_size=4))), draw(st.none() | row), "note")


@given(any_table())
def test_what_is_stored_is_what_is_read(table):
    written = json.loads(canonical(table.to_json()))
    assert Table.from_json(written) == table
    assert sha256_of(written) == sha256_of(table.to_json())


def test_a_summary_holds_its_tables_and_its_key_figures(log, campaign):
    found = summary.summary_tables(campaign)
    assert [table.code for table in found] == [
        "key_figures",
        "municipalities",
        "schools",
        "formats",
        "kinds",
        "grades",
        "municipality_by_format",
        "days",
        "completeness",
        "definitions",
    ]
    stored = summary.stored(found)
    assert stored["figures"] == {
        "events_accepted": {"value": 5, "of": None},
        "events_submitted": {"value": 3, "of": None},
        "participations": {"value": 89, "of": None},
        "participations_submitted": {"value": 74, "of": None},
        "schools": {"value": 4, "of": 5},
        "reports_accepted": {"value": 0, "of": 5},
        "coverage": {"value": None, "of": None},
        "coverage_low": {"value": 100, "of": 700},
        "coverage_high": {"value": 111, "of": 700},
        "partners": {"value": 2, "of": None},
        "teachers": {"value": 10, "of": None},
        "parents": {"value": 5, "of": None},
    }
    assert summary.read(json.loads(canonical(stored))) == found


def test_the_same_data_give_the_same_bytes_on_another_day_and_in_another_language(log, campaign, clock):
    first = sha256_of(summary.stored(summary.summary_tables(campaign)))
    clock("2020-03-01 10:00")
    with translation.override("en"):
        assert sha256_of(summary.stored(summary.summary_tables(campaign))) == first


def test_every_share_stands_beside_what_it_is_a_share_of(log, campaign):
    for table in summary.summary_tables(campaign):
        for column in table.columns:
            if column.type in (Type.SHARE, Type.SHARE_UP):
                for cell in table.column(column.key):
                    assert cell is None or (len(cell) == 2 and cell[1] > 0)


def test_totals_of_columns_that_add_up_are_the_sums_of_their_rows(log, campaign):
    checked = 0
    for table in summary.summary_tables(campaign):
        for place, column in enumerate(table.columns):
            if table.total and column.adds_up and table.total.cells[place] is not None:
                assert table.total.cells[place] == sum(row.cells[place] or 0 for row in table.rows), column
                checked += 1
    assert checked > 20


def test_events_by_place_are_never_summed(log, campaign):
    """An event of several schools will count once in each: such a total is counted, and the table says so."""
    for table in summary.summary_tables(campaign):
        if table.code in ("municipalities", "schools", "municipality_by_format"):
            assert not [
                column.key for column in table.columns if column.adds_up and column.key in ("accepted", "submitted")
            ]
            assert table.note


def test_days_run_through_the_window_and_cumulate(log, campaign):
    table = next(table for table in summary.summary_tables(campaign) if table.code == "days")
    assert table.column("day") == [date(2019, 9, day) for day in range(13, 24)]
    assert table.column("cumulative") == [0, 1, 2, 3, 3, 3, 3, 5, 5, 5, 5]
    assert table.column("cumulative_held")[-1] == 8


def test_a_coordinators_part_is_their_rows_and_the_definitions(log, campaign, school):
    found = summary.summary_tables(campaign)
    part = {table.code: table for table in summary.part_of(found, {"tomsk"}, set())}
    assert list(part) == ["municipalities", "schools", "municipality_by_format", "completeness", "definitions"]
    assert part["municipalities"].column("municipality") == ["город Томск"]
    assert part["schools"].column("municipality") == ["город Томск"] * 2
    own = {table.code: table for table in summary.part_of(found, set(), {school.pk})}
    assert list(own) == ["schools", "definitions"]
    assert own["schools"].column("school") == ["Школа «Перспектива»"]


def test_a_part_has_no_total_of_the_region(log, campaign):
    part = summary.part_of(summary.summary_tables(campaign), {"tomsk"}, set())
    schools = next(table for table in part if table.code == "schools")
    place = [column.key for column in schools.columns].index("participations")
    assert schools.total.cells[place] == sum(schools.column("participations")) == 78
    assert next(table for table in part if table.code == "municipalities").total is None
