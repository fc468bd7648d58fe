"""Whatever people send as a workbook is named for what it is; nothing of it breaks the reader or fills the memory."""

import io
import struct
import tracemalloc
import zipfile
from datetime import date

import pytest
from openpyxl import Workbook

from portal.workbooks import WorkbookError, archive, as_count, read_sheet, reading

pytestmark = pytest.mark.usefixtures("english")

OLE = bytes.fromhex("d0cf11e0a1b11ae1") + b"\x00" * 504
SHEET = "xl/worksheets/sheet1.xml"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def ole_with(name: str) -> bytes:
    """An OLE container's magic and, in its directory, the name of a stream."""
    return OLE + name.encode("utf-16-le") + b"\x00" * 400


def book_of(rows=(("a", 1), ("b", 2)), act=None) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    if act:
        act(book)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def with_part(content: bytes, name: str, change) -> bytes:
    """The same archive with one part changed: ``change`` takes its bytes and returns others, or None to drop it."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            data = change(old.read(part)) if part == name else old.read(part)
            if data is not None:
                new.writestr(part, data)
        if name not in old.namelist():
            new.writestr(name, change(b""))
    return target.getvalue()


def archive_of(**parts) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return target.getvalue()


def sheet_xml(body: str) -> bytes:
    return f'<?xml version="1.0"?><worksheet {MAIN}>{body}</worksheet>'.encode()


def made_by_hand(body: str) -> bytes:
    return with_part(book_of(), SHEET, lambda _old: sheet_xml(body))


def read(content: bytes):
    return read_sheet(io.BytesIO(content))


def refused(content: bytes) -> str:
    with pytest.raises(WorkbookError) as error:
        read(content)
    return str(error.value)


def outcome(content: bytes):
    """The rows, or what is said in their place."""
    try:
        return read(content).rows
    except WorkbookError as error:
        return str(error)


DAMAGED = "The file is damaged or unusual. Open it in Excel, save it as “Excel workbook (.xlsx)” and try again."
NO_WORKBOOK = "This is not an Excel workbook. Choose a file whose name ends with .xlsx."
CSV = "This is a text file (.csv), not a workbook. Open it in Excel and save it as .xlsx."
TOO_MUCH = "The workbook holds too much"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty."),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), NO_WORKBOOK),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n\x00", NO_WORKBOOK),
        (b"\x00" * 3_000, NO_WORKBOOK),
        (b"\xef\xbb\xbf", NO_WORKBOOK),
        (b"\xff\xfe", NO_WORKBOOK),
        (b"hello", NO_WORKBOOK),
        ("код;5 класс\nперспектива;25\n".encode("cp1251"), CSV),
        ("код\t5 класс\r\nперспектива\t25\r\n".encode(), CSV),
        ("код,5 класс".encode("utf-16"), CSV),
        (
            b"<html><table><tr><td>1</td></tr></table>",
            "This is a web page or XML, not a workbook. Open it in Excel and save it as .xlsx.",
        ),
        (
            b"\xef\xbb\xbf<?xml version='1.0'?><Workbook/>",
            "This is a web page or XML, not a workbook. Open it in Excel and save it as .xlsx.",
        ),
        (
            ole_with("Workbook"),
            "This is an old workbook (.xls). Open it in Excel, save it as .xlsx and try again.",
        ),
        (
            ole_with("EncryptedPackage"),
            "The workbook is protected by a password. Remove the password in Excel, save it and try again.",
        ),
        (
            ole_with("WordDocument"),
            "This is a file of an old office program, not a workbook. Save the table as .xlsx and try again.",
        ),
        (
            archive_of(**{"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<a/>"}),
            "This is a LibreOffice file (.ods). Save it as “Excel 2007–365 (.xlsx)” and try again.",
        ),
        (
            archive_of(**{"[Content_Types].xml": "<a/>", "xl/workbook.bin": "x"}),
            "This is a binary workbook (.xlsb). Open it in Excel, save it as .xlsx and try again.",
        ),
        (archive_of(**{"[Content_Types].xml": "<a/>", "word/document.xml": "<a/>"}), NO_WORKBOOK),
        (archive_of(**{"readme.txt": "hello"}), NO_WORKBOOK),
        (b"PK\x03\x04 and nothing more", DAMAGED),
        (b"PK\x05\x06" + b"\x00" * 18, NO_WORKBOOK),
    ],
)
def test_a_file_that_is_no_workbook_is_called_what_it_is(content, said):
    assert refused(content) == said


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml", SHEET])
@pytest.mark.parametrize("change", [lambda _old: b"<not xml", lambda old: old[: len(old) // 2], lambda _old: b"<a/>"])
def test_a_damaged_part_is_no_accident(part, change):
    content = with_part(book_of(), part, change)
    assert outcome(content) in ([], DAMAGED, NO_WORKBOOK, "The workbook has no sheet with a table.")


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9, 0.99])
def test_a_file_that_was_cut_off_is_damaged(kept):
    content = book_of()
    assert refused(content[: int(len(content) * kept)]) == DAMAGED


def test_a_flipped_byte_in_the_compressed_sheet_is_damage():
    content = bytearray(book_of([(f"{n}" * 9, n) for n in range(300)]))
    offset = bytes(content).index(SHEET.encode()) + 200
    content[offset] ^= 0xFF
    assert refused(bytes(content)) == DAMAGED


def test_a_file_that_is_too_large_is_not_opened():
    said = "The file is larger than 5 MB. Delete pictures, other sheets and empty rows, and try again."
    assert refused(b"PK" + b"\x00" * archive.LARGEST_FILE) == said


def test_an_archive_with_a_password_is_told_from_a_damaged_one():
    content = bytearray(book_of())
    # The bit that says "encrypted", in the first entry of the central directory.
    place = bytes(content).index(b"PK\x01\x02") + 8
    content[place : place + 2] = struct.pack("<H", 1)
    assert refused(bytes(content)) == "The archive is protected by a password. Save the workbook without one."


# --- Attacks ---------------------------------------------------------------------------------


def test_a_bomb_is_not_unpacked():
    bomb = with_part(book_of(), "xl/media/picture.png", lambda _old: b"\x00" * (archive.LARGEST_UNPACKED + 1))
    assert len(bomb) < 100_000
    assert refused(bomb).startswith(TOO_MUCH)


def test_a_bomb_of_texts_is_not_unpacked_either():
    bomb = with_part(book_of(), "xl/sharedStrings.xml", lambda _old: b" " * (archive.LARGEST_PART + 1))
    assert refused(bomb).startswith(TOO_MUCH)


def test_an_archive_of_thousands_of_parts_is_not_opened():
    parts = {f"xl/{number}.xml": "<a/>" for number in range(archive.MOST_PARTS)}
    assert refused(archive_of(**{"[Content_Types].xml": "<a/>"} | parts)).startswith(TOO_MUCH)


LAUGHS = b"""<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>"""


@pytest.mark.parametrize(
    "part",
    [SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml", "[Content_Types].xml", "docProps/core.xml"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_declaration_of_entities_is_refused_in_any_part(part, encoding):
    def declare(old):
        text = old.decode().removeprefix('<?xml version="1.0"?>')
        return (LAUGHS.decode() + text).encode(encoding)

    content = with_part(book_of(), part, declare)
    assert refused(content) == "The workbook holds declarations that no workbook has, so it was not opened."


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="99999999999999999999"><c r="A1"><v>1</v></c></row>',
        '<row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>2</v></c></row>',
        '<row r="-1"><c><v>1</v></c></row>',
        '<row r="x"><c><v>1</v></c></row>',
        '<row r="1"><c r="1A"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>' + "9" * 5_000 + "</v></c></row>",
        '<row r="1"><c r="A1" t="s"><v>77</v></c></row>',
    ],
)
def test_rows_that_no_program_writes_are_damage(rows):
    assert refused(made_by_hand(f"<sheetData>{rows}</sheetData>")) == DAMAGED


def test_a_sheet_that_lies_about_its_size_is_read_whole():
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 4))
    sheet = read(made_by_hand(f'<dimension ref="A1:A1"/><sheetData>{rows}</sheetData>'))
    assert sheet.rows == [(1, (1,)), (2, (2,)), (3, (3,))]


# --- What Excel and people do ----------------------------------------------------------------


def test_a_hundred_thousand_empty_formatted_rows_take_little_memory():
    cells = "".join(f'<c r="{letter}%d" s="0"/>' for letter in "ABCDE")
    rows = "".join(f'<row r="{n}">{cells.replace("%d", str(n))}</row>' for n in range(3, 100_003))
    filled = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in (1, 2))
    content = made_by_hand(f'<dimension ref="A1:E100002"/><sheetData>{filled}{rows}</sheetData>')
    tracemalloc.start()
    assert read(content).rows == [(1, (1,)), (2, (2,))]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * archive.MEGABYTE


def test_cells_without_names_stand_side_by_side():
    row = '<row><c><v>1</v></c><c r="C1"><v>3</v></c><c><v>4</v></c></row><row><c/><c><f>1</f></c></row>'
    sheet = read(made_by_hand(f"<sheetData>{row}</sheetData>"))
    assert (sheet.rows, sheet.unknown) == ([(1, (1, None, 3, 4)), (2, (None,) * 4)], {(2, 2)})


def test_numbers_after_a_long_run_of_empty_rows_are_not_lost():
    assert read(book_of(act=lambda book: book.active.cell(3_000, 1, 7))).rows[-1] == (3_000, (7, None))


def test_more_rows_than_are_read_are_refused():
    content = book_of([(n,) for n in range(reading.MOST_ROWS + 1)])
    assert refused(content) == "More than 5\u00a0000 rows are filled. Divide the table among several files."


def test_more_columns_than_are_read_are_refused():
    said = "Column AZ is filled; at most 50 columns are read. Delete what is beside the table."
    assert refused(book_of(act=lambda book: book.active.cell(1, 52, "x"))) == said


def test_merged_cells_and_formulas_without_a_value_are_told():
    def act(book):
        book.active["C1"] = "=A1+1"
        book.active.merge_cells("A3:B4")

    sheet = read(book_of(act=act))
    assert (sheet.merged, sheet.unknown) == (((3, 1, 4, 2),), {(1, 3)})


@pytest.mark.parametrize("cell", ["<f>1+1</f><v>2</v>", "<f>1+1</f><v>2</v><extLst/>"])
def test_a_formula_with_its_value_is_that_value(cell):
    sheet = read(made_by_hand(f'<sheetData><row r="1"><c r="A1">{cell}</c></row></sheetData>'))
    assert (sheet.rows, sheet.unknown) == ([(1, (2,))], frozenset())


def test_a_formula_whose_value_is_an_empty_text_is_an_empty_cell():
    cell = '<c r="B1" t="str"><f>IF(A1="","",A1)</f><v></v></c>'
    sheet = read(made_by_hand(f'<sheetData><row r="1"><c r="A1"><v>1</v></c>{cell}</row></sheetData>'))
    assert sheet.unknown == frozenset()


def test_an_empty_sheet_has_no_rows():
    assert read(book_of([])).rows == []


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (25, 25),
        (25.0, 25),
        (0, 0),
        ("25", 25),
        (" 25 ", 25),
        ("1 234", 1234),
        ("1\u00a0234", 1234),
        ("1\u202f234", 1234),
        ("1\u2009234", 1234),
        ("+5", 5),
        ("", None),
        ("  \u00a0", None),
        (None, None),
    ],
)
def test_a_number_as_people_and_excel_write_it(value, count):
    assert as_count(value, 9_999) == count


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (-1, "-1 is less than 0."),
        ("-5", "-5 is less than 0."),
        (10_000, "10000 is too large: at most 9\u00a0999."),
        (1e300, f"{str(int(1e300))[:40]}… is too large: at most 9\u00a0999."),
        (float("inf"), "inf is not a whole number."),
        (float("nan"), "nan is not a whole number."),
        (25.5, "25.5 is not a whole number."),
        (True, "“yes” or “no” stands here: write a number."),
        (
            date(2019, 9, 1),
            "a date or a time stands here: set the cell's format to “number” and write the number.",
        ),
        ("#REF!", "Excel shows the error #REF! here: write the number."),
        ("много", "“много” is not a whole number in digits."),
        ("1 23", "“1 23” is not a whole number in digits."),
        ("25,5", "“25,5” is not a whole number in digits."),
        ("٣", "“٣” is not a whole number in digits."),
        ("9" * 40, f"“{'9' * 40}” is not a whole number in digits."),
        ("x" * 99, f"“{'x' * 40}…” is not a whole number in digits."),
    ],
)
def test_what_is_no_number_of_pupils_is_repeated_and_explained(value, said):
    with pytest.raises(WorkbookError) as error:
        as_count(value, 9_999)
    assert str(error.value) == said
