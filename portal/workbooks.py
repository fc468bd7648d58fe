"""Reads workbooks that people send. Nothing in such a file is trusted.

:func:`read_sheet` returns the filled rows of one sheet, or raises :class:`WorkbookError` with what is wrong and
what to do, in the user's language. The order matters: what kind of file it is, how much it unpacks to, whether any
part declares entities; then one streaming look at the sheet for what openpyxl does not tell (merged cells,
formulas without a value, how many rows are filled); only then openpyxl reads the values, cell by cell.
"""

import math
import re
import warnings
import zipfile
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from xml.parsers import expat

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.utils import get_column_letter, range_boundaries

from portal.numbers import spaced, unspaced

MEGABYTE = 1024 * 1024
LARGEST_FILE = 5 * MEGABYTE
LARGEST_UNPACKED = 64 * MEGABYTE
LARGEST_PART = 16 * MEGABYTE
"""Of parts other than sheets: openpyxl keeps the texts and the styles of a workbook in memory."""
MOST_PARTS = 500
MOST_ROWS = 5_000
MOST_COLUMNS = 50
MOST_ELEMENTS = 2_000_000
"""Of a sheet's XML, empty formatted cells among them: 100,000 rows of a table that is as wide as ours."""
_LAST_ROW = 1_048_576

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CHUNK = 64 * 1024
_SHEET_PART = re.compile(r"^xl/worksheets/[^/]+\.xml$")
_PLACE = re.compile(r"^([A-Z]{1,3})[0-9]{1,7}$")
_WHOLE = re.compile(r"^[+-]?[0-9]{1,15}$")


class WorkbookError(Exception):
    """The file cannot be taken; ``str(error)`` says why and what to do, in the user's language."""


@dataclass(frozen=True)
class Sheet:
    """The filled rows of a sheet.

    ``rows`` are ``(number, values)`` with as many values as the widest row has, None for an empty cell.
    ``merged`` are the corners ``(first row, first column, last row, last column)`` of merged cells;
    ``unknown`` the ``(row, column)`` of formulas that carry no value; ``passed_over`` the names of hidden sheets.
    """

    title: str
    rows: list[tuple[int, tuple]]
    merged: tuple[tuple[int, int, int, int], ...] = ()
    unknown: frozenset[tuple[int, int]] = frozenset()
    passed_over: tuple[str, ...] = ()


def place(row: int, column: int) -> str:
    """Return the name of a cell as Excel shows it: «C14»."""
    return f"{get_column_letter(column)}{row}"


def read_sheet(file, titles=(), most_rows: int = MOST_ROWS) -> Sheet:
    """Read the sheet called one of ``titles``, else the first one that is not hidden.

    ``file`` is open for reading and can seek; ``most_rows`` filled rows are read at most.
    """
    _refuse_kind(file)
    _refuse_archive(file)
    try:
        with warnings.catch_warnings():
            # openpyxl warns of what it leaves out (rules of validation, styles): none of it is read here.
            warnings.simplefilter("ignore")
            file.seek(0)
            with closing(load_workbook(file, read_only=True, data_only=True, keep_links=False)) as book:
                return _read(book, titles, most_rows)
    except WorkbookError:
        raise
    except Exception as error:  # whatever a file made by hand makes the libraries stumble over
        raise WorkbookError(_damaged()) from error


def _damaged() -> str:
    return _("The file is damaged or unusual. Open it in Excel, save it as “Excel workbook (.xlsx)” and try again.")


# --- What kind of file it is ------------------------------------------------------------------


def _refuse_kind(file) -> None:
    """Raise unless the file begins as an .xlsx does and is not too large; name what it is instead."""
    size = file.seek(0, 2)
    file.seek(0)
    if size > LARGEST_FILE:
        message = _("The file is larger than %(most)d MB. Delete pictures, other sheets and empty rows, and try again.")
        raise WorkbookError(message % {"most": LARGEST_FILE // MEGABYTE})
    head = file.read(2048)
    if not head:
        raise WorkbookError(_("The file is empty."))
    if head.startswith(b"PK"):
        return
    if head.startswith(_OLE):
        raise WorkbookError(_what_ole_is(head + file.read()))
    if b"<html" in head.lower() or b"<table" in head.lower() or head.lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"<"):
        raise WorkbookError(_("This is a web page or XML, not a workbook. Open it in Excel and save it as .xlsx."))
    if _looks_like_csv(head):
        raise WorkbookError(_("This is a text file (.csv), not a workbook. Open it in Excel and save it as .xlsx."))
    raise WorkbookError(_("This is not an Excel workbook. Choose a file whose name ends with .xlsx."))


def _what_ole_is(content: bytes) -> str:
    """Say what an OLE container holds; the names of its streams stand in it as UTF-16."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        return _("The workbook is protected by a password. Remove the password in Excel, save it and try again.")
    if any(name.encode("utf-16-le") in content for name in ("Workbook", "Book")):
        return _("This is an old workbook (.xls). Open it in Excel, save it as .xlsx and try again.")
    return _("This is a file of an old office program, not a workbook. Save the table as .xlsx and try again.")


def _looks_like_csv(head: bytes) -> bool:
    encodings = ("utf-16",) if head[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1251")
    for encoding in encodings:
        text = head.decode(encoding, errors="replace")
        if all(char.isprintable() or char in "\r\n\t" for char in text):
            return any(mark in text for mark in ";,\t")
    return False


# --- What the archive holds -------------------------------------------------------------------


def _refuse_archive(file) -> None:
    """Raise unless the archive holds a workbook, unpacks to a reasonable size and declares no entities.

    Python's zipfile never unpacks more of a part than its stated size, so the stated sizes can be relied on.
    """
    try:
        file.seek(0)
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            if any(part.flag_bits & 1 for part in parts):
                raise WorkbookError(_("The archive is protected by a password. Save the workbook without one."))
            _refuse_other_documents(archive, {part.filename for part in parts})
            _refuse_large(parts)
            for part in parts:
                _refuse_entities(archive, part)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, RuntimeError, zipfile.zlib.error):
        raise WorkbookError(_damaged()) from None


def _refuse_other_documents(archive, names) -> None:
    if "xl/workbook.bin" in names:
        raise WorkbookError(_("This is a binary workbook (.xlsb). Open it in Excel, save it as .xlsx and try again."))
    if "content.xml" in names and "mimetype" in names:
        raise WorkbookError(_("This is a LibreOffice file (.ods). Save it as “Excel 2007–365 (.xlsx)” and try again."))
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise WorkbookError(_("This is not an Excel workbook. Choose a file whose name ends with .xlsx."))


def _refuse_large(parts) -> None:
    whole = sum(part.file_size for part in parts)
    largest = max((part.file_size for part in parts if not _is_kept_aside(part.filename)), default=0)
    if len(parts) > MOST_PARTS or whole > LARGEST_UNPACKED or largest > LARGEST_PART:
        raise WorkbookError(
            _(
                "The workbook holds too much: unpacked it takes %(size)s MB. Delete the empty rows below the table, "
                "pictures and other sheets, or copy the numbers into a fresh template."
            )
            % {"size": spaced(math.ceil(whole / MEGABYTE))}
        )


def _is_kept_aside(name: str) -> bool:
    """Whether a part is read as a stream, or not at all."""
    return bool(_SHEET_PART.match(name)) or name.startswith("xl/media/")


def _refuse_entities(archive, part) -> None:
    """Raise if a part declares a document type: a workbook has none, an attack on the reader of XML has.

    A document type can stand only before the first element, so no more than that is read.
    """
    parser = expat.ParserCreate()
    begun = []

    def refuse(*_declaration):
        raise WorkbookError(_("The workbook holds declarations that no workbook has, so it was not opened."))

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda *_element: begun.append(True)
    with archive.open(part) as stream:
        while not begun:
            chunk = stream.read(_CHUNK)
            try:
                parser.Parse(chunk, not chunk)
            except expat.ExpatError:
                # Not XML: a picture, or a part that openpyxl will stumble over the same way.
                return
            if not chunk:
                return


# --- One look at the sheet's XML --------------------------------------------------------------


@dataclass
class _Look:
    """What a streaming look at a sheet finds: how far it is filled, merged cells, formulas without a value."""

    last_row: int = 0
    last_column: int = 0
    merged: list = field(default_factory=list)
    unknown: set = field(default_factory=set)


def _look_at(stream, most_rows) -> _Look:
    """Read a sheet's XML once, keeping nothing but counts and places."""
    look = _Look()
    parser = expat.ParserCreate(namespace_separator="}")
    row_tag, cell_tag, formula_tag, merge_tag = (f"{_MAIN}}}{name}" for name in ("row", "c", "f", "mergeCell"))
    value_tags = {f"{_MAIN}}}v", f"{_MAIN}}}t"}
    seen = row = before = filled = 0
    # The cell that is being read: its attributes, and what of it has been seen so far.
    cell: dict = {}
    has_formula = has_value = in_value = False

    def end_cell():
        nonlocal filled, has_formula, has_value
        # A formula whose result is an empty text has an empty value all the same.
        if has_value or cell.get("t") != "str":
            column = _column(cell["r"]) if "r" in cell else before
            filled += look.last_row != row
            look.last_row, look.last_column = row, max(look.last_column, column)
            if not has_value:
                look.unknown.add((row, column))
        if filled > most_rows:
            raise WorkbookError(_too_many_rows(most_rows))
        has_formula = has_value = False

    def start(name, attributes):
        nonlocal seen, row, before, cell, has_formula, in_value
        seen += 1
        if seen > MOST_ELEMENTS:
            raise WorkbookError(
                _("The sheet holds too many empty formatted cells. Copy the numbers into a fresh template.")
            )
        in_value = name in value_tags
        if in_value:
            return
        if name == formula_tag:
            has_formula = True
            return
        if has_value or has_formula:
            end_cell()
        if name == cell_tag:
            if "r" not in attributes:  # it stands beside the one before
                before = (_column(cell["r"]) if "r" in cell else before) + 1
            cell = attributes
        elif name == row_tag:
            number = int(attributes["r"]) if "r" in attributes else row + 1
            if not row < number <= _LAST_ROW:
                raise ValueError(f"row {number} after row {row}")  # openpyxl would lose it without a word
            row, before, cell = number, 0, {}
        elif name == merge_tag and len(look.merged) < MOST_ROWS:
            left, top, right, bottom = range_boundaries(attributes["ref"])
            look.merged.append((top, left, bottom, right))

    def characters(data):
        nonlocal has_value
        if in_value and not data.isspace():
            has_value = True

    parser.StartElementHandler = start
    parser.CharacterDataHandler = characters
    while chunk := stream.read(_CHUNK):
        parser.Parse(chunk)
    parser.Parse(b"", True)
    if has_value or has_formula:
        end_cell()
    return look


def _column(cell: str) -> int:
    """Return the number of the column of a cell's name: 3 of «C14»."""
    number = 0
    for letter in _PLACE.match(cell)[1]:
        number = number * 26 + ord(letter) - 64
    return number


def _too_many_rows(most: int) -> str:
    return _("More than %(most)s rows are filled. Divide the table among several files.") % {"most": spaced(most)}


# --- The values -------------------------------------------------------------------------------


def _read(book, titles, most_rows) -> Sheet:
    sheet = _chosen(book, titles)
    with book._archive.open(sheet._worksheet_path) as stream:  # openpyxl's own way to the part
        look = _look_at(stream, most_rows)
    if look.last_column > MOST_COLUMNS:
        message = _("Column %(column)s is filled; at most %(most)d columns are read. Delete what is beside the table.")
        raise WorkbookError(message % {"column": get_column_letter(look.last_column), "most": MOST_COLUMNS})
    rows = []
    if look.last_row:
        # What the file says of its own size is not believed.
        sheet.reset_dimensions()
        width = max(look.last_column, 1)
        values = sheet.iter_rows(min_row=1, max_row=look.last_row, max_col=width, values_only=True)
        bare = {row for row, _column_number in look.unknown}
        for number, cells in enumerate(values, start=1):
            if any(cell is not None for cell in cells) or number in bare:
                rows.append((number, tuple(cells)))
    hidden = tuple(other.title for other in book.worksheets if other.sheet_state != "visible" and other is not sheet)
    return Sheet(sheet.title, rows, tuple(look.merged), frozenset(look.unknown), hidden)


def _chosen(book, titles):
    wanted = {title.casefold() for title in titles}
    named = [sheet for sheet in book.worksheets if sheet.title.strip().casefold() in wanted]
    visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if not named and not visible:
        raise WorkbookError(_("The workbook has no sheet with a table."))
    return (named or visible)[0]


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
    if not math.isfinite(value) or value != int(value):
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
