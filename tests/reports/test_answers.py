"""What the accepted reports answered to the campaign's own questions: sums, counts, and small numbers that stay
hidden."""

from itertools import product

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from portal import clock as clock_of_portal
from reports.models import QuestionAnswer
from reports.queries.answers import Hidden, answers, hide_small, rows_by_place, texts
from reports.queries.levels import Level
from reports.tables.questions import answers_by_place_table, answers_table
from reports.tables.table import Table, Type
from reports.writers import page
from reports.writers.excel import Head, write
from tests.factories import MunicipalityFactory, QuestionFactory, SchoolFactory, SchoolReportFactory

SMALL, WITHHELD = Hidden.SMALL, Hidden.WITHHELD


@pytest.fixture
def reports(campaign, school, second_school, village_school):
    """Accepted reports of three schools."""
    return {
        row: SchoolReportFactory(school=row, campaign=campaign, status="accepted")
        for row in (school, second_school, village_school)
    }


@pytest.fixture
def answer(reports):
    def answer(question, of, **values):
        return QuestionAnswer.objects.create(report=reports[of], question=question, **values)

    return answer


@pytest.fixture
def region_level(campaign):
    return Level(campaign)


@pytest.fixture
def town(campaign, tomsk):
    return Level(campaign, municipality=tomsk)


def summed(row):
    return (row.answered, row.of, row.number, row.whole, row.yes, row.no, row.texts)


def by_place(level, question=None):
    return {row.name: [summed(one) for one in row.sums] for row in rows_by_place(level, question).rows}


# --- Sums ------------------------------------------------------------------------------------


def test_numbers_are_summed_and_words_counted(campaign, school, second_school, village_school, answer, region_level):
    number, part, choice, text = (
        QuestionFactory(campaign=campaign, kind=kind) for kind in ("number", "part", "yes_no", "text")
    )
    answer(number, school, number=7)
    answer(number, village_school, number=0)
    answer(part, school, number=3, whole=10)
    answer(part, second_school, number=5, whole=8)
    answer(choice, school, yes=True)
    answer(choice, second_school, yes=False)
    answer(choice, village_school, yes=True)
    answer(text, second_school, text="Нужны автобусы.")
    found = answers(region_level)
    assert [summed(row) for row in found] == [
        (2, 3, 7, None, 0, 0, 0),
        (2, 3, 8, 18, 0, 0, 0),
        (3, 3, None, None, 2, 1, 0),
        (1, 3, None, None, 0, 0, 1),
    ]
    assert [row.share for row in found] == [None, (8, 18), None, None]
    assert by_place(region_level) == {
        "город Томск": [
            (1, 2, 7, None, 0, 0, 0),
            (2, 2, 8, 18, 0, 0, 0),
            (2, 2, None, None, 1, 1, 0),
            (1, 2, None, None, 0, 0, 1),
        ],
        "Колпашевский район": [
            (1, 1, 0, None, 0, 0, 0),
            (0, 1, None, None, 0, 0, 0),
            (1, 1, None, None, 1, 0, 0),
            (0, 1, None, None, 0, 0, 0),
        ],
    }


def test_only_accepted_reports_of_expected_schools_count(
    campaign, school, second_school, village_school, reports, answer, region_level, clock
):
    question = QuestionFactory(campaign=campaign)
    village_school.folders.update(is_expected=False)
    for of, number in ((school, 10), (second_school, 20), (village_school, 40)):
        answer(question, of, number=number)
    reports[second_school].status = "returned"
    reports[second_school].save()
    assert [summed(row) for row in answers(region_level)] == [(1, 1, 10, None, 0, 0, 0)]


def test_a_municipality_is_summed_by_school_and_a_school_by_itself(
    campaign, tomsk, school, second_school, village_school, answer, town
):
    question = QuestionFactory(campaign=campaign)
    for of, number in ((school, 10), (second_school, 20), (village_school, 40)):
        answer(question, of, number=number)
    assert [summed(row) for row in answers(town)] == [(2, 2, 30, None, 0, 0, 0)]
    assert by_place(town) == {
        "Школа «Перспектива»": [(1, 1, 10, None, 0, 0, 0)],
        "Школа № 2": [(1, 1, 20, None, 0, 0, 0)],
    }
    assert [summed(row) for row in answers(Level(campaign, school=school))] == [(1, 1, 10, None, 0, 0, 0)]


def test_a_retired_question_stands_there_only_with_its_answers(campaign, school, answer, region_level, clock):
    answered, bare = (QuestionFactory(campaign=campaign, retired_at=clock("2019-09-24 14:20")) for _ in range(2))
    answer(answered, school, number=9)
    assert [row.question for row in answers(region_level)] == [answered]


def test_without_reports_nothing_is_known(campaign, region_level):
    QuestionFactory(campaign=campaign)
    assert [summed(row) for row in answers(region_level)] == [(0, 0, None, None, 0, 0, 0)]
    assert rows_by_place(region_level).rows == ()


def test_texts_are_listed_by_school(campaign, school, second_school, village_school, answer, town):
    question, other = (QuestionFactory(campaign=campaign, kind="text") for _ in range(2))
    answer(question, second_school, text="Второе")
    answer(question, school, text="Первое")
    answer(question, village_school, text="Чужое")
    answer(other, school, text="Другое")
    assert [(row.report.school.name, row.text) for row in texts(town, question)] == [
        ("Школа «Перспектива»", "Первое"),
        ("Школа № 2", "Второе"),
    ]


def test_sums_take_two_queries_and_places_three_however_many(campaign, school, answer, region_level, queries_of):
    question = QuestionFactory(campaign=campaign)
    answer(question, school, number=9)
    few = (len(queries_of(lambda: answers(region_level))), len(queries_of(lambda: rows_by_place(region_level))))
    for number in range(6):
        place = MunicipalityFactory(region=campaign.region)
        report = SchoolReportFactory(school=SchoolFactory(municipality=place), campaign=campaign, status="accepted")
        for row in [question, QuestionFactory(campaign=campaign)]:
            QuestionAnswer.objects.create(report=report, question=row, number=number)
    many = (len(queries_of(lambda: answers(region_level))), len(queries_of(lambda: rows_by_place(region_level))))
    assert few == many == (2, 3)


# --- Small numbers ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "cells", "total"),
    [
        ([], [], None),
        ([0, 5, 40], [None, None, None], None),
        ([3, 0, 0], [SMALL, None, None], SMALL),
        ([3, 2, 40], [SMALL, SMALL, None], None),
        ([3, 0, 20, 50], [SMALL, None, WITHHELD, None], None),
        ([1, 1, 9], [SMALL, SMALL, WITHHELD], None),
        ([1, 5, 50], [SMALL, WITHHELD, WITHHELD], None),
        ([4, 20, 20], [SMALL, WITHHELD, WITHHELD], None),
        ([4, 4], [SMALL, SMALL], WITHHELD),
        ([1, 1, 1, 1], [SMALL] * 4, WITHHELD),
        ([1, 5], [SMALL, WITHHELD], WITHHELD),
    ],
)
def test_small_numbers_are_hidden_and_so_is_what_would_give_them_away(values, cells, total):
    found = hide_small(values)
    assert (list(found.cells), found.total) == (cells, total)


def _possible(values, found, most):
    """Return, for each hidden cell, the numbers that fit all that a reader sees: tried one by one."""
    shown_nonzero = [value for value, cell in zip(values, found.cells, strict=True) if cell is None and value]
    ceiling = min(shown_nonzero, default=most)
    ranges = {None: None, SMALL: range(1, 5), WITHHELD: range(5, min(ceiling, most) + 1)}
    wheres = [place for place, cell in enumerate(found.cells) if cell]
    fits = {place: set() for place in wheres}
    for guess in product(*(ranges[found.cells[place]] for place in wheres)):
        whole = sum(guess) + sum(v for v, cell in zip(values, found.cells, strict=True) if cell is None)
        if (found.total is None and whole != sum(values)) or (found.total == SMALL and whole >= 5):
            continue
        for place, number in zip(wheres, guess, strict=True):
            fits[place].add(number)
    return fits


@given(st.lists(st.integers(0, 9), max_size=5))
def test_no_hidden_number_can_be_recovered_from_the_total_and_the_shown_ones(values):
    found = hide_small(values)
    for place, fits in _possible(values, found, most=sum(values)).items():
        assert values[place] in fits
        if found.total is None or found.cells[place] == SMALL:
            assert len(fits) >= 2


@given(st.lists(st.one_of(st.integers(0, 12), st.integers(0, 5_000)), max_size=40))
def test_every_small_number_is_hidden_and_zero_never(values):
    found = hide_small(values)
    for value, cell in zip(values, found.cells, strict=True):
        if value == 0:
            assert cell is None
        elif value < 5:
            assert cell == SMALL
        else:
            assert cell != SMALL
    assert (found.total == SMALL) <= (0 < sum(values) < 5)
    assert (found.total is None) or (0 < min(v for v in values if v) < 5)
    if not any(0 < value < 5 for value in values):
        assert not any(found.cells)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=8), st.data())
def test_a_single_hidden_number_never_stands_beside_a_shown_total(values, data):
    also = data.draw(st.sets(st.integers(0, len(values) - 1)))
    found = hide_small(values, also)
    hidden = [place for place, cell in enumerate(found.cells) if cell]
    assert also <= set(hidden)
    assert found.total is not None or len(hidden) != 1


def test_small_numbers_of_groups_are_hidden_above_the_school(
    campaign, school, second_school, village_school, answer, region_level, town
):
    question = QuestionFactory(campaign=campaign, about_group=True)
    for of, number in ((school, 3), (second_school, 9), (village_school, 40)):
        answer(question, of, number=number)
    assert by_place(town) == {
        "Школа «Перспектива»": [(1, 1, WITHHELD, None, 0, 0, 0)],
        "Школа № 2": [(1, 1, WITHHELD, None, 0, 0, 0)],
    }
    assert [row.number for row in answers(town)] == [12]
    assert by_place(region_level)["город Томск"] == [(1 + 1, 2, WITHHELD, None, 0, 0, 0)]
    assert [row.number for row in answers(Level(campaign, school=school))] == [WITHHELD]


def test_a_small_sum_is_hidden_too(campaign, school, second_school, answer, region_level):
    question = QuestionFactory(campaign=campaign, about_group=True)
    for of in (school, second_school):
        answer(question, of, number=2)
    assert [row.number for row in answers(region_level)] == [SMALL]


@pytest.mark.parametrize("number", [4, 5, 20, 400])
def test_what_one_school_alone_answered_is_hidden_of_whatever_size_at_every_level(
    campaign, school, answer, region_level, town, number
):
    question = QuestionFactory(campaign=campaign, about_group=True)
    answer(question, school, number=number)
    for level in (Level(campaign, school=school), town, region_level):
        assert [row.number for row in answers(level)] == [WITHHELD]
    assert [number for _n, _of, number, *_rest in by_place(town)["Школа «Перспектива»"]] == [WITHHELD]
    assert [number for _n, _of, number, *_rest in by_place(region_level)["город Томск"]] == [WITHHELD]


def test_a_schools_own_number_does_not_come_back_by_subtraction(
    campaign, school, second_school, village_school, answer, region_level
):
    question = QuestionFactory(campaign=campaign, about_group=True)
    for of, number in ((school, 10), (second_school, 20), (village_school, 30)):
        answer(question, of, number=number)
    assert [row.number for row in answers(region_level)] == [60]
    assert by_place(region_level) == {
        "город Томск": [(2, 2, WITHHELD, None, 0, 0, 0)],
        "Колпашевский район": [(1, 1, WITHHELD, None, 0, 0, 0)],
    }


def test_a_ground_shows_small_numbers_and_other_questions_never_hide_them(campaign, school, answer, region_level):
    grounded = QuestionFactory(campaign=campaign, about_group=True, small_ground="Приказ от 01.09.2019 № 5")
    plain = QuestionFactory(campaign=campaign)
    for question in (grounded, plain):
        answer(question, school, number=2)
    assert [row.number for row in answers(region_level)] == [2, 2]


def test_of_a_part_both_numbers_are_hidden_together(
    campaign, school, second_school, village_school, answer, region_level, town
):
    question = QuestionFactory(campaign=campaign, kind="part", about_group=True)
    for of, number, whole in ((school, 2, 30), (second_school, 9, 20), (village_school, 40, 60)):
        answer(question, of, number=number, whole=whole)
    assert by_place(town) == {
        "Школа «Перспектива»": [(1, 1, WITHHELD, WITHHELD, 0, 0, 0)],
        "Школа № 2": [(1, 1, WITHHELD, WITHHELD, 0, 0, 0)],
    }
    assert [(row.number, row.whole, row.share) for row in answers(town)] == [(11, 50, (11, 50))]


def test_a_whole_that_is_small_hides_the_part_that_is_zero(campaign, school, second_school, answer, town):
    question = QuestionFactory(campaign=campaign, kind="part", about_group=True)
    answer(question, school, number=0, whole=2)
    answer(question, second_school, number=0, whole=0)
    assert by_place(town)["Школа «Перспектива»"] == [(1, 1, WITHHELD, WITHHELD, 0, 0, 0)]
    assert [(row.number, row.whole, row.share) for row in answers(town)] == [(WITHHELD, SMALL, None)]


# --- Tables ----------------------------------------------------------------------------------


@pytest.fixture
def hidden_world(campaign, school, second_school, village_school, answer):
    """A group's number, small in Kolpashevo, and a part, a choice and a text that hide nothing."""
    group = QuestionFactory(campaign=campaign, text="С ОВЗ", about_group=True)
    part = QuestionFactory(campaign=campaign, text="Из сёл", kind="part", whole="всех")
    choice = QuestionFactory(campaign=campaign, text="Есть ли класс", kind="yes_no")
    text = QuestionFactory(campaign=campaign, text="Что нужно", kind="text")
    for of, number in ((school, 1_200), (second_school, 34), (village_school, 3)):
        answer(group, of, number=number)
    answer(part, school, number=3, whole=10)
    answer(choice, school, yes=True)
    answer(text, school, text="Тайна школы")
    return [group, part, choice, text]


def test_the_table_of_questions_says_what_they_sum_up_to(hidden_world, region_level, english):
    table = answers_table(region_level, answers(region_level))
    assert [column.title for column in table.columns] == [
        "Question",
        "Answered with",
        "Reports that answered",
        "Accepted reports",
        "Sum",
        "Out of, pupils",
        "Share",
        "Yes, schools",
        "No, schools",
        "Texts",
    ]
    assert [row.cells for row in table.rows] == [
        ("С ОВЗ", "a number", 3, 3, 1237, None, None, None, None, None),
        ("Из сёл", "a number out of another", 1, 3, 3, 10, (3, 10), None, None, None),
        ("Есть ли класс", "yes or no", 1, 3, None, None, None, 1, 0, None),
        ("Что нужно", "text", 1, 3, None, None, None, None, None, 1),
    ]


def test_the_table_by_place_hides_in_text_what_it_does_not_show(hidden_world, region_level, english):
    table = answers_by_place_table(region_level, rows_by_place(region_level))
    assert [(column.title, column.type) for column in table.columns] == [
        ("Municipality", Type.TEXT),
        ("Accepted reports", Type.INT),
        ("С ОВЗ", Type.TEXT),
        ("Из сёл", Type.INT),
        ("… всех", Type.INT),
        ("Есть ли класс – yes", Type.INT),
        ("Есть ли класс – no", Type.INT),
        ("Что нужно – texts", Type.INT),
    ]
    assert [row.cells for row in table.rows] == [
        ("город Томск", 2, "hidden", 3, 10, 1, 0, 1),
        ("Колпашевский район", 1, "hidden", None, None, None, None, None),
    ]
    assert table.total.cells == ("Together", 3, "1\u00a0237", 3, 10, 1, 0, 1)
    assert [row.params for row in table.rows] == [{"municipality": "tomsk"}, {"municipality": "kolpashevskiy"}]
    assert "Numbers of groups of pupils below 5 are hidden" in table.note


def test_the_same_is_hidden_on_the_page_and_in_the_workbook(hidden_world, region_level, tmp_path, clock):
    with translation.override("en"):
        tables = [
            answers_table(region_level, answers(region_level)),
            answers_by_place_table(region_level, rows_by_place(region_level)),
        ]
        assert [Table.from_json(table.to_json()) for table in tables] == tables
        body = page.shown(tables[1], {}).body
        write(tables, Head("Summary", "Autumn", clock_of_portal.now(), "version 1"), tmp_path / "book.xlsx")
    assert "<td>hidden</td>" in body
    sheet = load_workbook(tmp_path / "book.xlsx").worksheets[1]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5, max_row=7)]
    assert rows == [
        ["город Томск", 2, "hidden", 3, 10, 1, 0, 1],
        ["Колпашевский район", 1, "hidden", None, None, None, None, None],
        ["Together", "=SUM(B5:B6)", "1\u00a0237", 3, 10, 1, 0, 1],
    ]


def test_texts_of_schools_stand_in_no_table(hidden_world, region_level, town):
    tables = (
        answers_table(town, answers(town)),
        answers_by_place_table(town, rows_by_place(town)),
        answers_by_place_table(region_level, rows_by_place(region_level)),
    )
    assert all("Тайна" not in str(table) for table in tables)


def test_tables_without_questions_or_reports_are_empty(region_level):
    assert answers_table(region_level, answers(region_level)).rows == ()
    assert answers_by_place_table(region_level, rows_by_place(region_level)).rows == ()
