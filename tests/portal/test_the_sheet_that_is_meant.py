"""Which sheet of a workbook is meant is never guessed: one is filled and can be seen, or the workbook is refused."""

import io
from datetime import datetime

import pytest
from openpyxl import load_workbook
from openpyxl.chart import BarChart

from portal.queries.enrolment import known_enrolment, schools_to_write_for
from portal.workbooks import enrolment, read_sheet
from tests.portal.test_enrolment_bad_files import MAIN, SHEET, book_of, refused, with_part

pytestmark = pytest.mark.usefixtures("english", "clock")
SEVERAL = (
    "More than one sheet is filled: %s. Which one is meant cannot be guessed: leave one sheet in the workbook, "
    "or copy the numbers into a fresh template."
)
HIDDEN = (
    "The only filled sheet is hidden: “Черновик”. Show it in Excel, see whether it is the one that you mean, "
    "save the workbook and try again."
)


def named(book, title="Черновик", state="visible"):
    book.active.title, book.active.sheet_state = title, state


def test_two_filled_sheets_are_refused_by_name():
    def act(book):
        named(book)
        book.create_sheet("Контингент").append(["x", 5])

    assert refused(book_of(act=act)) == SEVERAL % "“Черновик”, “Контингент”"


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_beside_a_seen_one_counts(state):
    def act(book):
        named(book, state=state)
        book.create_sheet("Таблица").append(["x", 5])

    assert refused(book_of(act=act)) == SEVERAL % "“Черновик” (hidden), “Таблица”"


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_that_alone_is_filled_is_refused(state):
    def act(book):
        named(book, state=state)
        book.create_sheet("Пустой лист")

    assert refused(book_of(act=act)) == HIDDEN


def test_the_names_of_many_sheets_are_cut_short():
    def act(book):
        for number in range(1, 8):
            book.create_sheet(f"Лист{number}").append([number])

    assert refused(book_of([], act=act)) == SEVERAL % "“Лист1”, “Лист2”, “Лист3”, “Лист4”, “Лист5”, …"


@pytest.mark.parametrize("state", ["visible", "hidden", "veryHidden"])
def test_empty_sheets_and_sheets_of_charts_do_not_matter(state):
    def act(book):
        book.create_sheet("Лист2", 0).sheet_state = state
        book.create_sheet("Лист3").cell(9, 9).number_format = "0"
        book["Лист3"]["A1"] = " \u00a0 "
        book.create_chartsheet("Диаграмма").add_chart(BarChart())

    assert read_sheet(io.BytesIO(book_of([("a", 1)], act=act))).rows == [(1, ("a", 1))]


def test_a_formula_without_a_value_fills_a_sheet():
    def act(book):
        named(book)
        book.create_sheet("Формулы")["B2"] = "=1+1"

    assert refused(book_of(act=act)) == SEVERAL % "“Черновик”, “Формулы”"


# --- The template as programs save it again ----------------------------------------------------


@pytest.fixture
def schools(operator, region, school, second_school):
    return list(schools_to_write_for(operator, region, "2019/2020"))


@pytest.fixture
def template(schools):
    known = known_enrolment([row.pk for row in schools], "2019/2020")
    return enrolment.template_for(schools, known, "2019/2020")


def numbers(content, schools):
    return enrolment.read(io.BytesIO(content), schools, "2019/2020").numbers


def test_the_template_is_read_as_it_went(template, schools, school):
    assert numbers(template, schools) == {school.pk: [25] * 11}


def test_the_template_is_read_when_a_program_saved_it_with_more_sheets_and_names(template, schools, school):
    book = load_workbook(io.BytesIO(template))
    book.create_sheet("Лист2")
    book.active.auto_filter.ref = "A8:N10"
    content = io.BytesIO()
    book.save(content)
    assert numbers(content.getvalue(), schools) == {school.pk: [25] * 11}


def test_the_template_is_read_when_a_program_writes_prefixes_and_shared_texts():
    """Several programs do: names with a prefix, texts apart from the cells, texts in runs, with their reading."""
    prefix = MAIN.replace("xmlns=", "xmlns:x=")
    texts = f"<x:sst {prefix}><x:si><x:r><x:t>те</x:t></x:r><x:r><x:t>кст</x:t></x:r></x:si></x:sst>"
    cells = (
        '<x:c r="A1" t="s"><x:v>0</x:v></x:c><x:c r="B1" t="b"><x:v>1</x:v></x:c>'
        '<x:c r="C1" t="e"><x:v>#REF!</x:v></x:c>'
        '<x:c r="D1" t="inlineStr"><x:is><x:r><x:t>ря</x:t></x:r><x:r><x:t>дом</x:t></x:r>'
        '<x:rPh sb="0" eb="1"><x:t>чтение</x:t></x:rPh></x:is></x:c><x:c r="E1"><x:v>2.5E1</x:v></x:c>'
    )
    sheet = f'<x:worksheet {prefix}><x:sheetData><x:row r="1">{cells}</x:row></x:sheetData></x:worksheet>'

    def name(old):
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
        return old.replace(b"</Types>", f'<Override PartName="/xl/texts.xml" ContentType="{kind}"/></Types>'.encode())

    content = with_part(book_of(), SHEET, lambda _old: sheet.encode())
    content = with_part(content, "xl/texts.xml", lambda _old: texts.encode())
    content = with_part(content, "[Content_Types].xml", name)
    assert read_sheet(io.BytesIO(content)).rows == [(1, ("текст", True, "#REF!", "рядом", 25.0))]


def test_a_date_is_read_as_a_date():
    content = book_of([(datetime(2019, 9, 1), 7)])
    assert read_sheet(io.BytesIO(content)).rows == [(1, (datetime(2019, 9, 1), 7))]
