"""Reads the table of a workbook that people send.

:func:`read_sheet` returns the filled rows of the one filled sheet, or raises :class:`WorkbookError` with what is wrong
and what to do, in the user's language. Which sheet is meant is never guessed. The order matters: first whether the
file may be opened at all (``archive``); then openpyxl reads what a sheet refers to, its texts and formats of dates;
the sheets themselves are read as streams, so that only filled cells take memory.
"""

import logging
import re
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain

from defusedxml.ElementTree import fromstring
from django.utils.translation import gettext as _
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils import column_index_from_string, get_column_letter, range_boundaries
from openpyxl.utils.datetime import from_excel, from_ISO8601
from openpyxl.xml.constants import ARC_STYLE

from portal.numbers import spaced, unspaced
from portal.workbooks.archive import (
    MAIN,
    WorkbookError,
    damaged,
    is_streamed,
    refuse_unsafe,
    safe_parser,
    too_many_cells,
)

logger = logging.getLogger("portal.workbooks")

MOST_ROWS = 5_000
MOST_COLUMNS = 50
MOST_CELLS_OF_A_ROW = 16_384
"""Excel's own limit."""
MOST_MERGED = 5_000
MOST_NAMED = 5
_LAST_ROW = 1_048_576

_CHUNK = 64 * 1024
_PLACE = re.compile(r"^([A-Z]{1,3})([0-9]{1,7})$")
_WHOLE = re.compile(r"^[+-]?[0-9]{1,15}$")
_ROW, _CELL, _VALUE, _FORMULA, _TEXT, _READING, _MERGED = (
    f"{MAIN}}}{name}" for name in ("row", "c", "v", "f", "t", "rPh", "mergeCell")
)
_UNKNOWN = object()
"""The value of a formula that carries none."""


@dataclass(frozen=True)
class Sheet:
    """The filled rows of a sheet.

    ``rows`` are ``(number, values)`` with as many values as the widest row has, None for an empty cell.
    ``merged`` are the corners ``(first row, first column, last row, last column)`` of merged cells;
    ``unknown`` the ``(row, column)`` of formulas that carry no value.
    """

    title: str
    rows: list[tuple[int, tuple]]
    merged: tuple[tuple[int, int, int, int], ...] = ()
    unknown: frozenset[tuple[int, int]] = frozenset()


def place(row: int, column: int) -> str:
    """Return the name of a cell as Excel shows it: «C14»."""
    return f"{get_column_letter(column)}{row}"


@contextmanager
def stumbling_is_damage():
    """Call the file damaged, and note it in the log, whatever a file made by hand makes its readers stumble over.

    Only what reads the file belongs in here: trouble of the database, say, is no damage.
    """
    try:
        yield
    except WorkbookError:
        raise
    except Exception as error:
        logger.warning("a workbook made its reader stumble", exc_info=True)
        raise WorkbookError(damaged()) from error


def read_sheet(file, most_rows: int = MOST_ROWS) -> Sheet:
    """Read the only filled sheet; raise if several are filled, or the only one is hidden.

    ``file`` is open for reading and can seek; ``most_rows`` filled rows are read at most.
    """
    with stumbling_is_damage(), warnings.catch_warnings():
        # openpyxl warns of what it leaves out (styles, invalid names): none of it is read here.
        warnings.simplefilter("ignore")
        refuse_unsafe(file)
        file.seek(0)
        reader = _Reader(file)
        with reader.archive:
            reader.read()
            return _read(reader, most_rows)


# --- The workbook around the sheets -----------------------------------------------------------


@dataclass(frozen=True)
class _Tab:
    """A sheet as the workbook lists it."""

    title: str
    part: str
    is_hidden: bool


class _Reader(ExcelReader):
    """openpyxl's reader, of which only that is used which a sheet's cells refer to: texts, formats, the epoch."""

    def __init__(self, file):
        super().__init__(file, read_only=True, data_only=True, keep_links=False)

    def read(self) -> None:
        """Read all but the sheets. Of the styles only what makes a number a date: the looks of cells cost much."""
        self.read_manifest()
        # What has a sheet's name may be large: as texts or as the workbook itself it would be read whole.
        for part in self.package.Override:
            if is_streamed(part.PartName[1:]) and not part.ContentType.endswith(".worksheet+xml"):
                raise WorkbookError(damaged())
        self.read_strings()
        self.read_workbook()
        self.dates = self._read_dates()

    def _read_dates(self) -> dict[str, bool]:
        """Return the styles that make a number a moment, by what a cell calls them; of a duration it is True."""
        if ARC_STYLE not in self.valid_files:
            return {}
        styles = fromstring(self.archive.read(ARC_STYLE), forbid_dtd=True)
        codes = {str(number): code for number, code in BUILTIN_FORMATS.items()}
        for row in styles.iterfind(f"{{{MAIN}}}numFmts/{{{MAIN}}}numFmt"):
            codes[row.get("numFmtId")] = row.get("formatCode")
        dates = {number: is_timedelta_format(code) for number, code in codes.items() if is_date_format(code)}
        numbers = (row.get("numFmtId") for row in styles.iterfind(f"{{{MAIN}}}cellXfs/{{{MAIN}}}xf"))
        return {str(style): dates[number] for style, number in enumerate(numbers) if number in dates}

    def tabs(self) -> list[_Tab]:
        """The sheets that have cells; sheets of charts have none."""
        tabs = [
            _Tab(sheet.name, relation.target, sheet.state != "visible")
            for sheet, relation in self.parser.find_sheets()
            if relation.Type.endswith("/worksheet") and relation.target in self.valid_files
        ]
        if len({tab.part for tab in tabs}) < len(tabs):
            raise WorkbookError(damaged())
        return tabs

    def cells(self, tab: _Tab, merged: list):
        with self.archive.open(tab.part) as stream:
            yield from _filled_cells(stream, self._value, merged)

    def _value(self, kind: str, style: str, text: str):
        """Return what a cell's text means; None if nobody sees anything in the cell."""
        value: object = text
        if kind == "n":
            value = float(text) if set(".eE").intersection(text) else int(text)
            if style in self.dates:
                value = self._moment(value, self.dates[style])
        elif kind == "s":
            value = self.shared_strings[int(text)]
        elif kind == "b":
            value = bool(int(text))
        elif kind == "d":
            value = from_ISO8601(text)
        return None if isinstance(value, str) and not value.strip() else value

    def _moment(self, value, is_duration):
        try:
            return from_excel(value, self.wb.epoch, timedelta=is_duration)
        except (OverflowError, ValueError):
            return "#VALUE!"


# --- The cells of a sheet ---------------------------------------------------------------------


def _filled_cells(stream, value_of, merged: list):
    """Yield ``(row, column, value)`` of each filled cell while the sheet's XML is read; fill in ``merged``."""
    found: list[tuple[int, int, object]] = []
    row = column = cells = 0
    kind = style = ""
    texts: list[str] = []
    has_formula = is_collecting = in_reading = False

    def start(tag, attributes):
        nonlocal row, column, cells, kind, style, has_formula, is_collecting, in_reading
        if tag == _CELL:
            cells += 1
            if cells > MOST_CELLS_OF_A_ROW:
                raise WorkbookError(too_many_cells())
            # A cell without a name stands beside the one before.
            column = _column(attributes["r"], row) if "r" in attributes else column + 1
            kind, style = attributes.get("t", "n"), attributes.get("s", "")
            has_formula = False
            texts.clear()
        elif tag == _VALUE:
            is_collecting = kind != "inlineStr"
        elif tag == _TEXT:
            is_collecting = kind == "inlineStr" and not in_reading
        elif tag == _FORMULA:
            has_formula = True
        elif tag == _ROW:
            number = int(attributes["r"]) if "r" in attributes else row + 1
            if not row < number <= _LAST_ROW:
                raise ValueError(f"row {number} after row {row}")
            row, column, cells = number, 0, 0
        elif tag == _READING:
            in_reading = True
        elif tag == _MERGED:
            if len(merged) == MOST_MERGED:
                message = _("More than %(most)s places are merged in the sheet. Unmerge the cells and try again.")
                raise WorkbookError(message % {"most": spaced(MOST_MERGED)})
            merged.append(_corners(attributes["ref"]))

    def end(tag):
        nonlocal is_collecting, in_reading
        if tag in (_VALUE, _TEXT):
            is_collecting = False
        elif tag == _READING:
            in_reading = False
        elif tag == _CELL:
            text = "".join(texts)
            value = value_of(kind, style, text) if text.strip() else None
            # A formula whose result is an empty text has an empty value all the same.
            if value is None and has_formula and kind != "str" and not text:
                value = _UNKNOWN
            if value is not None:
                found.append((row, column, value))

    def characters(data):
        if is_collecting:
            texts.append(data)

    parser = safe_parser()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, characters
    chunk = None
    while chunk != b"":
        chunk = stream.read(_CHUNK)
        parser.Parse(chunk, not chunk)
        yield from found
        found.clear()


def _corners(cells: str) -> tuple[int, int, int, int]:
    """Return the corners of a place; «A:XFD» and «1:9» name whole columns and rows."""
    left, top, right, bottom = range_boundaries(cells)
    left, top, right, bottom = left or 1, top or 1, right or MOST_CELLS_OF_A_ROW, bottom or _LAST_ROW
    if not (left <= right <= MOST_CELLS_OF_A_ROW and top <= bottom <= _LAST_ROW):
        raise ValueError(f"no place {cells[:40]}")
    return top, left, bottom, right


def _column(cell: str, row: int) -> int:
    """Return the number of the column of a cell's name, 3 of «C14», which must stand in ``row``."""
    letters, number = _PLACE.match(cell).groups()
    if int(number) != row:
        raise ValueError(f"cell {cell} in row {row}")
    return column_index_from_string(letters)


# --- The sheet that is meant ------------------------------------------------------------------


def _read(reader: _Reader, most_rows: int) -> Sheet:
    tab, found, merged = _meant(reader)
    rows: dict[int, dict[int, object]] = {}
    unknown = set()
    width = 0
    for row, column, value in found:
        cells = rows.setdefault(row, {})
        if len(rows) > most_rows:
            message = _("More than %(most)s rows are filled. Divide the table among several files.")
            raise WorkbookError(message % {"most": spaced(most_rows)})
        if column > MOST_COLUMNS:
            message = _(
                "Column %(column)s is filled; at most %(most)d columns are read. Delete what is beside the table."
            )
            raise WorkbookError(message % {"column": get_column_letter(column), "most": MOST_COLUMNS})
        if column in cells:
            raise ValueError(f"{place(row, column)} stands in the sheet twice")
        if value is _UNKNOWN:
            unknown.add((row, column))
            value = None
        cells[column] = value
        width = max(width, column)
    columns = range(1, width + 1)
    table = [(number, tuple(cells.get(column) for column in columns)) for number, cells in rows.items()]
    return Sheet(tab.title, table, tuple(merged), frozenset(unknown))


def _meant(reader: _Reader) -> tuple:
    """Return the only filled sheet, its cells and a list that they fill with its merged ones, while they are read.

    An empty sheet if none is filled. A hidden sheet may be meant as well as any.
    """
    tabs = reader.tabs()
    if not tabs:
        raise WorkbookError(_("The workbook has no sheet with a table."))
    filled, meant = [], (tabs[0], (), ())
    for tab in tabs:
        merged: list = []
        cells = reader.cells(tab, merged)
        first = next(cells, None)
        if first is not None:
            filled.append(tab)
            meant = (tab, chain([first], cells), merged)
    if len(filled) > 1:
        names = ", ".join(_named(tab) for tab in filled[:MOST_NAMED])
        if len(filled) > MOST_NAMED:
            names += ", …"
        message = _(
            "More than one sheet is filled: %(names)s. Which one is meant cannot be guessed: leave one sheet in the "
            "workbook, or copy the numbers into a fresh template."
        )
        raise WorkbookError(message % {"names": names})
    if filled and filled[0].is_hidden:
        message = _(
            "The only filled sheet is hidden: “%(name)s”. Show it in Excel, see whether it is the one that you mean, "
            "save the workbook and try again."
        )
        raise WorkbookError(message % {"name": shown(filled[0].title)})
    return meant


def _named(tab: _Tab) -> str:
    message = _("“%(name)s” (hidden)") if tab.is_hidden else _("“%(name)s”")
    return message % {"name": shown(tab.title)}


# --- What a cell says -------------------------------------------------------------------------


def as_text(value) -> str:
    """Return a cell as a line of text; a whole number without a point: a code typed as 12 is «12»."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value).split())


def as_count(value, most: int) -> int | None:
    """Return a cell as a whole number from 0 to ``most``, None if it is empty; else raise ``WorkbookError``.

    Numbers may be typed as text, with any kind of space between thousands, and come as 25.0.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool):
        raise WorkbookError(_("“yes” or “no” stands here: write a number."))
    if isinstance(value, date | datetime | time | timedelta):
        raise WorkbookError(_("a date or a time stands here: set the cell's format to “number” and write the number."))
    if not isinstance(value, int | float):
        value = _number_in(str(value))
    if isinstance(value, float) and not value.is_integer():
        raise WorkbookError(_("%(value)s is not a whole number.") % {"value": shown(value)})
    if value < 0:
        raise WorkbookError(_("%(value)s is less than 0.") % {"value": shown(value)})
    if value > most:
        message = _("%(value)s is too large: at most %(most)s.")
        raise WorkbookError(message % {"value": shown(value), "most": spaced(most)})
    return int(value)


def _number_in(text: str) -> int:
    if text.strip() in ERROR_CODES:
        raise WorkbookError(_("Excel shows the error %(value)s here: write the number.") % {"value": text.strip()})
    plain = unspaced(text)
    if not _WHOLE.match(plain):
        raise WorkbookError(_("“%(value)s” is not a whole number in digits.") % {"value": shown(text)})
    return int(plain)


def shown(value) -> str:
    """Return a cell's value as a message repeats it, not too long."""
    text = as_text(value)
    return text if len(text) <= 40 else f"{text[:40]}…"
