"""What may be opened as a workbook. Nothing in a file that a stranger sends is trusted.

:func:`refuse_unsafe` looks at a file without believing it: what kind it is, what its archive says of itself, and then
every part of it as a stream, counting what it would cost to read. Only what passes is given to openpyxl, which keeps
styles, texts and names in memory. Parts are told apart by their content and not by their names, because a workbook
may call its texts a picture; the names of sheets alone give room for many cells, and a reader of such a part must
read it as a stream.
"""

import math
import re
import zipfile
from collections import Counter
from xml.parsers import expat

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from django.utils.translation import gettext as _

from portal.numbers import spaced

MEGABYTE = 1024 * 1024
LARGEST_FILE = 5 * MEGABYTE
LARGEST_UNPACKED = 64 * MEGABYTE
LARGEST_PART = 16 * MEGABYTE
"""Of parts other than sheets: openpyxl keeps the texts and the styles of a workbook in memory."""
MOST_TIMES_PACKED = 150
"""How many times its packed size a part may have. Sheets of empty formatted cells reach 50; a bomb has 1000."""
ALWAYS_UNPACKED = MEGABYTE
"""A part of this size may be packed ever so well."""
MOST_PARTS = 500
MOST_CELLS = 610_000
"""Rows, cells, values and formulas in all sheets: 40,000 rows of a table that is as wide as ours, though empty."""
MOST_OTHERS = 100_000
"""All other elements in all parts: styles, texts, names, relationships, validations, notes, drawings."""
MOST_OF = {
    # The format of a number, by Excel's own count of those that a workbook may add.
    "numFmt": 1_000,
    # What the cells of a format share: Excel's own limit, for cells and for styles, which are bloated most often.
    "xf": 65_490,
    # A name in formulas: copied sheets bring theirs along, thousands in old workbooks.
    "definedName": 5_000,
    # What a part refers to: a link in a cell takes one.
    "Relationship": 5_000,
    # The kind of a part, and of an ending.
    "Override": MOST_PARTS,
    "Default": MOST_PARTS,
    # A sheet has a part, and so have other workbooks and pivot tables that a workbook refers to.
    "sheet": MOST_PARTS,
    "externalReference": MOST_PARTS,
    "pivotCache": MOST_PARTS,
    # How a workbook was looked at: a window or a person has one.
    "workbookView": 1_000,
    "customWorkbookView": 1_000,
    "functionGroup": 1_000,
    "smartTagType": 1_000,
    "webPublishObject": 1_000,
    # Of these a workbook has one.
    "workbookPr": 10,
    "workbookProtection": 10,
    "calcPr": 10,
    "fileVersion": 10,
    "fileSharing": 10,
    "fileRecoveryPr": 10,
}
"""By element: of each of these openpyxl makes an object, which costs far more than to count it. ``MOST_OTHERS`` holds
for the rest, of which a name is as good as any."""
MOST_ATTRIBUTES = 100
"""Of one element."""
ATTRIBUTES_OF_AN_ELEMENT = 5
"""On the average: all attributes of a part may be so many times as many as its elements may be."""
DEEPEST = 64
LONGEST = MEGABYTE
"""A tag, or what stands between two tags."""
LONGEST_ATTRIBUTE = 32_767
"""Excel's longest text. A cell's attributes are not measured: what reads them takes as long as they are."""
LONGEST_OF = {
    # Excel's own limit. openpyxl looks for the end of each bracket in it.
    "formatCode": 255,
    # The places of a rule or of a validation, each by its name.
    "sqref": LONGEST,
}

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CHUNK = 64 * 1024
_HEADER = 30  # of an entry in an archive, before its name
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_CELLS = frozenset(f"{MAIN}}}{name}" for name in ("row", "c", "v", "f", "is", "t"))
_SHEET_PART = re.compile(r"^xl/worksheets/[^/]+\.xml$")


class WorkbookError(Exception):
    """The file cannot be taken; ``str(error)`` says why and what to do, in the user's language."""


def refuse_unsafe(file) -> None:
    """Raise :class:`WorkbookError` unless ``file`` is a workbook that is safe to open and to read."""
    _refuse_kind(file)
    _refuse_archive(file)


def is_streamed(part_name: str) -> bool:
    """Whether a part has a sheet's name, and so may hold more than may be kept in memory."""
    return bool(_SHEET_PART.match(part_name))


def safe_parser():
    """Return an expat parser that refuses document types and entities, for handlers of one's own."""
    parser = DefusedXMLParser(forbid_dtd=True).parser
    parser.DefaultHandlerExpand = parser.CommentHandler = parser.ProcessingInstructionHandler = None
    parser.StartElementHandler = parser.EndElementHandler = parser.CharacterDataHandler = None
    parser.ordered_attributes = False
    return parser


def damaged() -> str:
    return _("The file is damaged or unusual. Open it in Excel, save it as “Excel workbook (.xlsx)” and try again.")


def too_many_cells() -> str:
    return _("The sheet holds too many empty formatted cells. Copy the numbers into a fresh template.")


def _too_much_besides() -> str:
    return _(
        "The workbook holds too much besides the numbers: formats, texts, names, notes or drawings. "
        "Copy the numbers into a fresh template."
    )


def _unheard_of() -> str:
    return _(
        "The workbook is built as no office program builds one, so it was not opened. "
        "Copy the numbers into a fresh template."
    )


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


# --- What the archive says of itself ----------------------------------------------------------


def _refuse_archive(file) -> None:
    """Raise unless the archive holds a workbook that may be unpacked and read."""
    try:
        file.seek(0)
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            if any(part.flag_bits & 1 for part in parts):
                raise WorkbookError(_("The archive is protected by a password. Save the workbook without one."))
            _refuse_other_documents({part.filename for part in parts})
            _refuse_large(parts)
            _refuse_crooked(parts, archive.start_dir)
            _refuse_costly(archive, parts)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, RuntimeError, zipfile.zlib.error):
        raise WorkbookError(damaged()) from None


def _refuse_other_documents(names) -> None:
    if "xl/workbook.bin" in names:
        raise WorkbookError(_("This is a binary workbook (.xlsb). Open it in Excel, save it as .xlsx and try again."))
    if "xl/vbaProject.bin" in names:
        raise WorkbookError(_("This workbook holds macros (.xlsm). Open it in Excel, save it as .xlsx and try again."))
    if "content.xml" in names and "mimetype" in names:
        raise WorkbookError(_("This is a LibreOffice file (.ods). Save it as “Excel 2007–365 (.xlsx)” and try again."))
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise WorkbookError(_("This is not an Excel workbook. Choose a file whose name ends with .xlsx."))


def _refuse_large(parts) -> None:
    """Judge by the stated sizes, which can be relied on: Python's zipfile never unpacks more of a part than that."""
    whole = sum(part.file_size for part in parts)
    largest = max((part.file_size for part in parts if not is_streamed(part.filename)), default=0)
    too_well_packed = any(
        part.file_size > max(ALWAYS_UNPACKED, MOST_TIMES_PACKED * part.compress_size) for part in parts
    )
    if len(parts) > MOST_PARTS or whole > LARGEST_UNPACKED or largest > LARGEST_PART or too_well_packed:
        raise WorkbookError(
            _(
                "The workbook holds too much: unpacked it takes %(size)s MB. Delete the empty rows below the table, "
                "pictures and other sheets, or copy the numbers into a fresh template."
            )
            % {"size": spaced(math.ceil(whole / MEGABYTE))}
        )


def _refuse_crooked(parts, end: int) -> None:
    """Raise if two parts share a name or bytes, or are packed as no workbook is: readers would not agree on them.

    ``end`` is where the parts end and the directory of the archive begins.
    """
    if len({part.filename.casefold() for part in parts}) < len(parts):
        raise WorkbookError(_unheard_of())
    if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts):
        raise WorkbookError(_unheard_of())
    before = 0
    for part in sorted(parts, key=lambda part: part.header_offset):
        if part.header_offset < before:
            raise WorkbookError(_unheard_of())
        before = part.header_offset + _HEADER + len(part.orig_filename) + part.compress_size
    if before > end:
        raise WorkbookError(_unheard_of())


# --- What its parts would cost ----------------------------------------------------------------


def _refuse_costly(archive, parts) -> None:
    """Read every part as a stream, whatever its name, and raise as soon as there is too much in it or in all."""
    tally = _Tally()
    for part in parts:
        with archive.open(part) as stream:
            _count(stream, tally, part.filename)


class _Tally:
    """What the parts that were looked at hold."""

    def __init__(self):
        self.cells = self.others = 0
        self.named = Counter()

    def add(self, tag: str, attributes: dict) -> None:
        """Count an element that is not a table's, or raise. Readers pass over the namespace of its name."""
        self.others += 1
        name = tag.rpartition("}")[2]
        if name in MOST_OF:
            self.named[name] += 1
            if self.named[name] > MOST_OF[name]:
                raise WorkbookError(_too_much_besides())
        for key, value in attributes.items():
            if len(value) > LONGEST_OF.get(key, LONGEST_ATTRIBUTE):
                raise WorkbookError(_unheard_of())


def _count(stream, tally: _Tally, name: str) -> None:
    """Add what a part holds to ``tally``, or raise.

    What is not XML, or is no longer, counts up to there: no reader gets further.
    """
    in_table = _CELLS if is_streamed(name) else frozenset()
    most_attributes = ATTRIBUTES_OF_AN_ELEMENT * (MOST_OTHERS + (MOST_CELLS if in_table else 0))
    cells = attributes_seen = depth = 0

    def start(tag, attributes):
        nonlocal cells, attributes_seen, depth
        depth += 1
        if tag in in_table:
            cells += 1
        else:
            tally.add(tag, attributes)
        attributes_seen += len(attributes)
        if depth > DEEPEST or len(attributes) > MOST_ATTRIBUTES:
            raise WorkbookError(_unheard_of())

    def end(_tag):
        nonlocal depth
        depth -= 1

    parser = safe_parser()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    silent, before = 0, None
    while True:
        chunk = stream.read(_CHUNK)
        try:
            parser.Parse(chunk, not chunk)
        except DefusedXmlException:
            message = _("The workbook holds declarations that no workbook has, so it was not opened.")
            raise WorkbookError(message) from None
        except (expat.ExpatError, ValueError, LookupError):
            chunk = b""
        # Once a chunk is soon enough.
        if tally.cells + cells > MOST_CELLS:
            raise WorkbookError(too_many_cells())
        if tally.others > MOST_OTHERS or attributes_seen > most_attributes:
            raise WorkbookError(_too_much_besides())
        if not chunk:
            tally.cells += cells
            return
        now = (cells, tally.others, depth)
        silent = silent + len(chunk) if now == before else 0
        before = now
        if silent > LONGEST:
            raise WorkbookError(_unheard_of())
