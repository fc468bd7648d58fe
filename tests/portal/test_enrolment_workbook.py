"""The template comes filled with what is known, and what is written into it is read back, or named cell by cell."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from portal.models import School
from portal.queries.enrolment import known_enrolment, schools_to_write_for
from portal.workbooks import WorkbookError, enrolment
from portal.workbooks.enrolment import HEAD_ROW
from tests.factories import MunicipalityFactory, SchoolFactory

YEAR = "2019/2020"
HEAD = ["Code", "Municipality", "School", *(f"grade {grade}" for grade in range(1, 12))]
pytestmark = pytest.mark.usefixtures("english", "clock")


@pytest.fixture
def schools(operator, region, school, second_school, village_school):
    """The operator's three."""
    return list(schools_to_write_for(operator, region, YEAR))


def template(schools):
    known = known_enrolment([row.pk for row in schools], YEAR)
    return enrolment.template_for(schools, known, YEAR)


def table_of(rows, head=HEAD, act=None) -> io.BytesIO:
    """A workbook as someone makes it: the head in the first row, then ``rows``."""
    book = Workbook()
    book.active.append(head)
    for row in rows:
        book.active.append(row)
    if act:
        act(book.active)
    content = io.BytesIO()
    book.save(content)
    return content


def read(content, schools):
    return enrolment.read(content, schools, YEAR)


def problems(content, schools):
    return [str(problem) for problem in read(content, schools).problems]


def refused(content, schools) -> str:
    with pytest.raises(WorkbookError) as error:
        read(content, schools)
    return str(error.value)


def row_of(code="perspektiva", counts=(25,) * 11, municipality=None, name=None):
    return [code, municipality, name, *counts]


# --- The template ----------------------------------------------------------------------------


def test_the_template_holds_a_row_a_school_with_what_is_known(schools):
    sheet = load_workbook(io.BytesIO(template(schools))).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=HEAD_ROW + 1)]
    assert rows == [
        ["perspektiva", "город Томск", "Школа «Перспектива»", *[25] * 11],
        ["tomsk-2", "город Томск", "Школа № 2", *[None] * 11],
        ["kolpashevo-3", "Колпашевский район", "Школа № 3", *[None] * 11],
    ]


def test_the_template_can_be_scrolled_read_and_printed(schools):
    sheet = load_workbook(io.BytesIO(template(schools))).active
    assert (sheet.freeze_panes, sheet["B2"].value, sheet.print_title_rows) == ("D9", YEAR, "$8:$8")
    assert {sheet.column_dimensions[letter].hidden for letter in "ABCDEFGHIJKLMN"} == {False}
    assert (sheet["A9"].number_format, sheet["D9"].number_format) == ("@", "0")
    assert [str(rule.sqref) for rule in sheet.data_validations.dataValidation] == ["D9:N11"]


@pytest.mark.parametrize("name", ["=1+1", "+7", "-школа", "@школа", "Школа\x07 № 9"])
def test_text_stays_text_whatever_it_begins_with(tomsk, operator, region, name):
    SchoolFactory(municipality=tomsk, code="0012", name=name)
    schools = list(schools_to_write_for(operator, region, YEAR))
    sheet = load_workbook(io.BytesIO(template(schools))).active
    cells = sheet[HEAD_ROW + 1]
    assert [(cell.data_type, cell.value) for cell in (cells[0], cells[2])] == [
        ("s", "0012"),
        ("s", name.replace("\x07", "")),
    ]


def test_a_template_comes_back_as_it_went(schools, school):
    reading = read(io.BytesIO(template(schools)), schools)
    assert (reading.numbers, reading.problems, reading.left_out) == ({school.pk: [25] * 11}, [], 2)


def test_each_fills_in_their_own_schools(
    municipal, operator, coordinator, region, school, second_school, village_school, unrun_school
):
    SchoolFactory(municipality=school.municipality, code="closed", closed_on="2019-09-01")
    SchoolFactory(municipality=school.municipality, code="closing", closed_on="2019-09-02")
    SchoolFactory(municipality=school.municipality, code="opening", opened_on="2020-08-31")
    SchoolFactory(municipality=school.municipality, code="later", opened_on="2020-09-01")
    SchoolFactory(municipality=MunicipalityFactory(), code="foreign")

    def codes(user):
        return sorted(row.code for row in schools_to_write_for(user, region, YEAR))

    tomsk = ["closing", "opening", "perspektiva", "tomsk-2"]
    assert codes(municipal) == tomsk
    assert codes(operator) == sorted([*tomsk, "kolpashevo-3", "internat"])
    assert codes(coordinator) == ["perspektiva"]


# --- Reading it back -------------------------------------------------------------------------

SPACES = st.sampled_from([" ", "\u00a0", "\u2009", "\u202f"])


@st.composite
def written(draw):
    """A number of pupils and one of the ways in which it may stand in a cell."""
    number = draw(st.integers(0, 9_999))
    grouped = f"{number:,}".replace(",", draw(SPACES))
    return number, draw(st.sampled_from([number, float(number), str(number), f" {number} ", grouped]))


@given(st.lists(st.lists(written(), min_size=11, max_size=11), min_size=1, max_size=8), st.randoms())
def test_any_table_of_numbers_is_read_back_as_it_was_written(table, random):
    schools = [School(pk=11_000 + n, code=f"school-{n}", name=f"Школа № {n}") for n in range(len(table))]
    rows = [
        [school.code, None, school.name, *(cell for _number, cell in row)]
        for school, row in zip(schools, table, strict=True)
    ]
    order = list(range(len(HEAD)))
    random.shuffle(order)
    random.shuffle(rows)
    content = table_of([[row[place] for place in order] for row in rows], [HEAD[place] for place in order])
    expected = {school.pk: [number for number, _cell in row] for school, row in zip(schools, table, strict=True)}
    zeros = {pk for pk, numbers in expected.items() if not any(numbers)}
    reading = read(content, schools)
    assert reading.numbers == {pk: numbers for pk, numbers in expected.items() if pk not in zeros}
    assert len(reading.problems) == len(zeros)


def test_an_empty_cell_in_a_filled_row_is_nobody(schools, school):
    counts = [30, None, "", *[25] * 6, None, "  "]
    assert read(table_of([row_of(counts=counts)]), schools).numbers == {school.pk: [30, 0, 0, *[25] * 6, 0, 0]}


def test_heads_are_known_in_russian_in_english_and_as_bare_numbers(schools, school):
    for head in (["code", *range(1, 12)], ["CODE ", *(f"Grade  {n}" for n in range(1, 12))]):
        assert read(table_of([["perspektiva", *[25] * 11]], head), schools).numbers == {school.pk: [25] * 11}


def test_further_columns_and_what_stands_above_the_head_are_not_read(schools, school):
    def act(sheet):
        sheet.insert_rows(1, 5)
        sheet["A1"] = "Сводная таблица"
        sheet["P6"], sheet["P7"], sheet["P8"] = "Примечание", "не число", "и здесь"

    assert read(table_of([row_of()], act=act), schools).numbers == {school.pk: [25] * 11}


def test_every_bad_cell_is_named_by_row_and_grade(schools):
    counts = ["много", -1, 10_000, 2.5, True, *[25] * 4, "#REF!", 25]
    assert problems(table_of([row_of(counts=counts)]), schools) == [
        "row 2, grade 1: “много” is not a whole number in digits.",
        "row 2, grade 2: -1 is less than 0.",
        "row 2, grade 3: 10000 is too large: at most 9\u00a0999.",
        "row 2, grade 4: 2.5 is not a whole number.",
        "row 2, grade 5: “yes” or “no” stands here: write a number.",
        "row 2, grade 10: Excel shows the error #REF! here: write the number.",
    ]


def test_a_problem_names_its_cell(schools):
    [problem] = read(table_of([row_of(counts=["x", *[25] * 10])]), schools).problems
    assert (problem.row, problem.column, problem.cell) == (2, "grade 1", "D2")


def test_every_bad_row_is_named(schools, foreign):
    rows = [
        row_of(code=None),
        row_of(code="nowhere"),
        row_of(code=foreign.school.code),
        row_of(code="tomsk-2", name="Школа № 3"),
        row_of(),
        row_of(),
        row_of(code="kolpashevo-3", counts=[0] * 11),
    ]
    assert problems(table_of(rows), schools) == [
        "row 2, Code: the code is missing: without it nobody knows which school it is.",
        "row 3, Code: there is no school with the code “nowhere” that you may write for in this year.",
        "row 4, Code: there is no school with the code “barnaul-1” that you may write for in this year.",
        "row 5, Code: the code “tomsk-2” is of “Школа № 2”, but “Школа № 3” stands in the row.",
        "row 7, Code: the school stands in row 6 already.",
        "row 8: all grades are 0: write at least one pupil.",
    ]


def test_a_code_of_digits_is_found_when_excel_made_it_a_number(tomsk, operator, region):
    school = SchoolFactory(municipality=tomsk, code="7012")
    schools = schools_to_write_for(operator, region, YEAR)
    assert read(table_of([row_of(code=7012.0)]), schools).numbers == {school.pk: [25] * 11}


def test_merged_cells_among_the_numbers_are_named(schools):
    content = table_of([row_of(), row_of(code="tomsk-2")], act=lambda sheet: sheet.merge_cells("D2:E3"))
    assert problems(content, schools) == [
        "row 2: the cells D2:E3 are merged: unmerge them and write a number into each."
    ]


def test_merged_municipalities_and_titles_do_no_harm(schools, school):
    def act(sheet):
        sheet.merge_cells("B2:B3")
        sheet.merge_cells("P1:Q9")

    content = table_of([row_of(), row_of(code="tomsk-2", counts=[None] * 11)], act=act)
    assert read(content, schools).numbers == {school.pk: [25] * 11}


def test_a_formula_that_carries_no_value_is_named(schools):
    content = table_of([row_of(counts=[*[25] * 8, "=8+8", 25, 25])])
    assert problems(content, schools) == [
        "row 2, grade 9: a formula without a value: open the file in Excel and save it, or write the number."
    ]


# --- What is refused as a whole --------------------------------------------------------------


def test_a_template_beside_another_filled_sheet_is_not_taken(schools):
    book = load_workbook(io.BytesIO(template(schools)))
    book.create_sheet("Заметки", 0).append(["не то"])
    content = io.BytesIO()
    book.save(content)
    assert refused(content, schools).startswith("More than one sheet is filled: “Заметки”, “Контингент”.")


def test_a_template_of_another_year_is_not_taken(schools):
    content = io.BytesIO(template(schools))
    with pytest.raises(WorkbookError) as error:
        enrolment.read(content, schools, "2020/2021")
    assert str(error.value) == "The workbook is of the academic year 2019/2020, but you chose 2020/2021."


def of_year(*above) -> io.BytesIO:
    """A filled table below rows of one's own."""
    book = Workbook()
    for row in (*above, HEAD, row_of()):
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content


@pytest.mark.parametrize(
    ("above", "written"),
    [
        ([["Учебный год", "2018/2019"]], "2018/2019"),
        ([["Учебный год", None, "2018/2019"]], "2018/2019"),
        ([["Учебный год 2018/2019"]], "2018/2019"),
        ([["Учебный год: 2018-2019"]], "2018/2019"),
        ([["Academic year", "2018–19"]], "2018/2019"),
        ([["Контингент на 2018/2019 учебный год"]], "2018/2019"),
        ([["Учебный год"], ["2018/2019"]], "2018/2019"),
        ([["Учебный год", "2019/2020", "2018/2019"]], "2018/2019"),
        ([["Сравнение с 2019/2020"], ["Учебный год", "2018/2019"]], "2018/2019"),
        ([["Учебный год", 2018]], "2018"),
        ([["Учебный год", "прошлый"]], "прошлый"),
    ],
)
def test_another_year_is_seen_wherever_it_stands_above_the_table(above, written, schools):
    said = f"The workbook is of the academic year {written}, but you chose 2019/2020."
    assert refused(of_year(*above), schools) == said


@pytest.mark.parametrize(
    "above",
    [
        [["Учебный год", "2019/2020"]],
        [["Учебный год", "2019-2020"]],
        [["Учебный год", None, None, "2019 – 2020 уч. г."]],
        [["УЧЕБНЫЙ ГОД: 2019—2020"]],
        [["Учебный год", "2019/20"]],
        [["Контингент на 2019-2020 учебный год"]],
        [["Учебный год"]],
        [["Контингент"], ["на 01.09.2018"]],
        [["Программа 2018-2025"]],
        [["Учебный год", "2019/2020"], ["Сравнение с 2018/2019"]],
    ],
)
def test_the_year_that_was_chosen_may_be_written_as_people_write_it(above, schools, school):
    assert read(of_year(*above), schools).numbers == {school.pk: [25] * 11}


def test_a_table_without_the_heads_is_not_the_template(schools):
    said = "This is not the template of enrolment: no row has the heads “Code”, “grade 1” and so on. Download it."
    assert refused(table_of([["perspektiva", 25]], ["Школа", "Учеников"]), schools) == said
    assert refused(table_of([], []), schools) == said


def test_missing_and_doubled_columns_are_named(schools):
    assert refused(table_of([], HEAD[:-2]), schools) == (
        "These columns are missing: grade 10, grade 11. Take a fresh template and copy the numbers into it."
    )
    assert refused(table_of([], [*HEAD, "grade 5", "code"]), schools) == (
        "These columns stand in the table twice: Code, grade 5."
    )


def test_a_table_without_any_number_is_not_taken(schools):
    said = "The table holds no numbers: fill in the columns of the grades."
    assert refused(table_of([row_of(counts=[None] * 11)]), schools) == said
    assert refused(table_of([]), schools) == said
