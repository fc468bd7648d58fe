"""The enrolment workbook: the template to fill in, and reading it back with every problem named.

One row a school. Columns are found by their heads, in any language of the portal and in any order, so that a
column that was moved or taken out does no harm; a row is a school's by its code. The day and the source are asked
in the form of the upload, once for the whole file.
"""

import re
from dataclasses import dataclass, field
from io import BytesIO

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties

from portal.files import file_name
from portal.grades import GRADES, MOST_IN_A_GRADE
from portal.text import searchable
from portal.workbooks import Sheet, WorkbookError, as_count, as_text, place, read_sheet, shown, stumbling_is_damage
from portal.workbooks.writing import put_text

_YEAR = re.compile(r"\b(20[0-9]{2}) ?[/\\‐‑‒–—−-] ?(20[0-9]{2}|[0-9]{2})\b")
HEAD_ROW = 8
_WIDTHS = {"code": 24, "municipality": 26, "school": 40}
_INK, _QUIET, _ACCENT, _RULE = "1C2733", "5D6875", "1D5C4D", "E2DFD6"
_FONT = "Arial"


def _heads() -> dict[str | int, str]:
    """Return the columns' heads in the language that is spoken now; a grade's key is its number."""
    heads: dict[str | int, str] = {"code": _("Code"), "municipality": _("Municipality"), "school": _("School")}
    return heads | {grade: _("grade {grade}").format(grade=grade) for grade in GRADES}


def _title() -> str:
    return _("Enrolment")


def _in_every_language(words) -> list:
    found = []
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found.append(words())
    return found


# --- The template -----------------------------------------------------------------------------


def template_for(schools, known: dict, academic_year: str) -> bytes:
    """Return the workbook to fill in, a row a school, with the numbers that are ``known`` by school.

    It speaks the portal's own language whoever asks for it: it is filled in by others than the one who downloads it.
    """
    with translation.override(settings.LANGUAGE_CODE):
        book = Workbook()
        sheet = book.active
        sheet.title = _title()
        book.properties.creator = ""
        _write_head(sheet, academic_year)
        last = HEAD_ROW
        for last, school in enumerate(schools, start=HEAD_ROW + 1):
            _write_school(sheet, last, school, known.get(school.pk))
        _set_up(sheet, last)
        content = BytesIO()
        book.save(content)
    return content.getvalue()


def template_file_name(academic_year: str, place_name: str) -> str:
    with translation.override(settings.LANGUAGE_CODE):
        return file_name(f"{_title()} {academic_year.replace('/', '-')} {place_name}", "xlsx")


def _write_head(sheet, academic_year) -> None:
    _text(sheet, 1, 1, _("Enrolment: pupils by grade"), Font(name=_FONT, size=15, bold=True, color=_INK))
    _text(sheet, 2, 1, _("Academic year"), Font(name=_FONT, size=10, bold=True, color=_INK))
    _text(sheet, 2, 2, academic_year, Font(name=_FONT, size=10, bold=True, color=_INK))
    lines = (
        _("Write how many pupils each grade has. An empty cell in a filled row means that there are none."),
        _("A row without any number changes nothing: the school keeps what is known of it."),
        _("Do not change codes. Rows and columns may be moved or deleted; further columns are not read."),
        _("The day that the numbers are as of, and their source, are asked when you upload the file."),
    )
    for number, line in enumerate(lines, start=3):
        _text(sheet, number, 1, line, Font(name=_FONT, size=9, color=_QUIET))
    fill, font = PatternFill("solid", fgColor=_ACCENT), Font(name=_FONT, size=9, bold=True, color="FFFFFF")
    for column, (key, words) in enumerate(_heads().items(), start=1):
        cell = _text(sheet, HEAD_ROW, column, words, font)
        cell.fill = fill
        is_number = isinstance(key, int)
        cell.alignment = Alignment(horizontal="right" if is_number else "left", vertical="center", wrap_text=True)
        sheet.column_dimensions[get_column_letter(column)].width = 9 if is_number else _WIDTHS[key]
    sheet.row_dimensions[HEAD_ROW].height = 24


_BODY = Font(name=_FONT, size=10, color=_INK)
_LINE = Border(bottom=Side("thin", color=_RULE))


def _write_school(sheet, row, school, enrolment) -> None:
    for column, text in enumerate((school.code, school.municipality.name, school.name), start=1):
        cell = _text(sheet, row, column, text, _BODY)
        cell.border, cell.number_format = _LINE, "@"
    for column, grade in enumerate(GRADES, start=4):
        cell = sheet.cell(row, column, enrolment.by_grade[grade] if enrolment else None)
        cell.font, cell.border, cell.number_format = _BODY, _LINE, "0"


def _text(sheet, row, column, text, font):
    cell = put_text(sheet.cell(row, column), text)
    cell.font = font
    return cell


def _set_up(sheet, last) -> None:
    sheet.freeze_panes = sheet.cell(HEAD_ROW + 1, 4)
    sheet.sheet_view.showGridLines = False
    sheet.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    if last > HEAD_ROW:
        rule = DataValidation(type="whole", operator="between", formula1="0", formula2=str(MOST_IN_A_GRADE))
        rule.error = _("Write a whole number in digits, for example 25.")
        rule.showErrorMessage = rule.allow_blank = True
        sheet.add_data_validation(rule)
        rule.add(f"D{HEAD_ROW + 1}:{get_column_letter(3 + len(GRADES))}{last}")


# --- Reading it back --------------------------------------------------------------------------


@dataclass(frozen=True)
class Problem:
    """What is wrong in a cell, or in a row where ``column`` is empty."""

    row: int
    column: str
    cell: str
    text: str

    def __str__(self):
        where = _("row %(row)d") % {"row": self.row}
        return f"{where}, {self.column}: {self.text}" if self.column else f"{where}: {self.text}"


@dataclass
class Reading:
    """What a workbook says: ``numbers`` by school id, and problems.

    Nothing is to be stored while there are problems. ``left_out`` counts the rows without any number.
    """

    numbers: dict[int, list[int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    left_out: int = 0


def read(file, schools, academic_year: str) -> Reading:
    """Read a filled-in template of one year; ``schools`` are those that its rows may be of.

    Raises ``WorkbookError`` where the file as a whole cannot be taken.
    """
    by_code = {school.code: school for school in schools}
    with stumbling_is_damage():
        reading = _interpret(read_sheet(file), by_code, academic_year)
    if not reading.problems and not reading.numbers:
        raise WorkbookError(_("The table holds no numbers: fill in the columns of the grades."))
    return reading


def _interpret(sheet, schools: dict, academic_year: str) -> Reading:
    head, columns = _find_columns(sheet)
    _refuse_other_year(sheet, head, academic_year)
    reading = Reading()
    below = Sheet(sheet.title, [row for row in sheet.rows if row[0] > head], sheet.merged, sheet.unknown)
    _find_merged(below, head, columns, reading)
    _read_rows(below, columns, schools, reading)
    reading.problems.sort(key=lambda problem: (problem.row, problem.cell))
    return reading


def _find_columns(sheet) -> tuple[int, dict]:
    """Return the number of the head's row and ``{key: index}`` of its columns."""
    keys = {searchable(words): key for heads in _in_every_language(_heads) for key, words in heads.items()} | {
        str(grade): grade for grade in GRADES
    }
    for number, cells in sheet.rows[:40]:
        found = [(keys.get(searchable(as_text(cell))), index) for index, cell in enumerate(cells)]
        found = [(key, index) for key, index in found if key is not None]
        columns = dict(reversed(found))
        if "code" not in columns or len(columns) < 3:
            continue
        twice = sorted({str(sheet_key) for sheet_key, index in found if columns[sheet_key] != index})
        if twice:
            heads = _heads()
            names = ", ".join(words for key, words in heads.items() if str(key) in twice)
            raise WorkbookError(_("These columns stand in the table twice: %(names)s.") % {"names": names})
        missing = [words for key, words in _heads().items() if isinstance(key, int) and key not in columns]
        if missing:
            message = _("These columns are missing: %(names)s. Take a fresh template and copy the numbers into it.")
            raise WorkbookError(message % {"names": ", ".join(missing)})
        return number, columns
    raise WorkbookError(
        _("This is not the template of enrolment: no row has the heads “%(code)s”, “%(grade)s” and so on. Download it.")
        % {"code": _heads()["code"], "grade": _heads()[1]}
    )


def _refuse_other_year(sheet, head, academic_year) -> None:
    """A template says which year it is of; numbers of one year must not end in another.

    Beside the label, or in its cell, stands that year and no other. Without a label any year above the table counts.
    """
    labels = tuple(searchable(words) for words in _in_every_language(lambda: _("Academic year")))
    years: set[str] = set()
    for number, cells in sheet.rows:
        if number >= head:
            break
        texts = [text for text in map(as_text, cells) if text]
        found = _years_in(" ".join(texts))
        label = next((at for at, text in enumerate(texts) if searchable(text).startswith(labels)), None)
        if label is not None:
            beside = searchable(*texts[label:])
            for words in labels:
                beside = beside.removeprefix(words).strip(" :")
            if not found and beside:
                found = {beside}
            if found:
                years = found if found == {academic_year} else found - {academic_year}
                break
        years |= found
    if years and academic_year not in years:
        message = _("The workbook is of the academic year %(written)s, but you chose %(chosen)s.")
        raise WorkbookError(message % {"written": shown(min(years)), "chosen": academic_year})


def _years_in(text: str) -> set[str]:
    """Return the academic years in a text, as the portal writes them: 2019/2020, of «2019–20» too."""
    pairs = ((int(first), int(second)) for first, second in _YEAR.findall(text))
    return {f"{first}/{first + 1}" for first, second in pairs if second in (first + 1, (first + 1) % 100)}


def _find_merged(sheet, head, columns, reading) -> None:
    read_columns = [index + 1 for key, index in columns.items() if key != "municipality"]
    for top, left, bottom, right in sheet.merged:
        if bottom > head and any(left <= column <= right for column in read_columns):
            cells = f"{place(top, left)}:{place(bottom, right)}"
            text = _("the cells %(cells)s are merged: unmerge them and write a number into each.") % {"cells": cells}
            reading.problems.append(Problem(max(top, head + 1), "", cells, text))


def _read_rows(sheet, columns, schools, reading) -> None:
    heads = _heads()
    # A school's first row, by its id.
    rows_of: dict[int, int] = {}
    for number, cells in sheet.rows:
        row = _Row(number, cells, columns, heads, sheet.unknown)
        if row.is_empty:
            continue
        counts = row.counts()
        reading.problems += row.problems
        school = row.school(schools, reading.problems)
        if school is None:
            continue
        if school.pk in rows_of:
            text = _("the school stands in row %(row)d already.") % {"row": rows_of[school.pk]}
            reading.problems.append(row.problem("code", text))
            continue
        rows_of[school.pk] = number
        if all(count is None for count in counts):
            reading.left_out += not row.problems
        elif not any(counts) and not row.problems:
            reading.problems.append(Problem(number, "", "", _("all grades are 0: write at least one pupil.")))
        else:
            reading.numbers[school.pk] = [count or 0 for count in counts]


@dataclass
class _Row:
    """One row of the table while it is read."""

    number: int
    cells: tuple
    columns: dict
    heads: dict
    unknown: frozenset
    problems: list = field(default_factory=list)

    def cell(self, key):
        index = self.columns.get(key)
        return None if index is None or index >= len(self.cells) else self.cells[index]

    def lacks_value(self, key) -> bool:
        """Whether the cell is a formula that carries no value."""
        return key in self.columns and (self.number, self.columns[key] + 1) in self.unknown

    @property
    def is_empty(self) -> bool:
        """Whether nothing that is read stands in the row: further columns may hold anything."""
        return all(not as_text(self.cell(key)) and not self.lacks_value(key) for key in ("code", *GRADES))

    def problem(self, key, text) -> Problem:
        return Problem(self.number, self.heads[key], place(self.number, self.columns[key] + 1), text)

    def counts(self) -> list[int | None]:
        found = []
        for grade in GRADES:
            try:
                if self.lacks_value(grade):
                    raise WorkbookError(
                        _("a formula without a value: open the file in Excel and save it, or write the number.")
                    )
                found.append(as_count(self.cell(grade), MOST_IN_A_GRADE))
            except WorkbookError as error:
                self.problems.append(self.problem(grade, str(error)))
                found.append(None)
        return found

    def school(self, schools, problems):
        """Return the school that the row's code names, or None with a problem noted.

        The name beside the code must be that school's: a table sorted by one column alone gives itself away so.
        """
        code = as_text(self.cell("code"))
        if not code:
            problems.append(self.problem("code", _("the code is missing: without it nobody knows which school it is.")))
            return None
        school = schools.get(code)
        if school is None:
            text = _("there is no school with the code “%(code)s” that you may write for in this year.")
            problems.append(self.problem("code", text % {"code": shown(code)}))
            return None
        name = as_text(self.cell("school"))
        if name and searchable(name) not in (searchable(school.name), searchable(school.official_name)):
            text = _("the code “%(code)s” is of “%(school)s”, but “%(name)s” stands in the row.")
            values = {"code": shown(code), "school": school.name, "name": shown(name)}
            problems.append(self.problem("code", text % values))
            return None
        return school
