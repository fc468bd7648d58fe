"""A workbook that would cost much to read is refused while it is counted, before anything of it is kept."""

import io
import struct
import zipfile
from datetime import datetime, timedelta

import pytest

from portal.workbooks import archive, read_sheet, reading
from tests.portal.test_enrolment_bad_files import DAMAGED, MAIN, SHEET, TOO_MUCH, book_of, outcome, refused, with_part

pytestmark = pytest.mark.usefixtures("english")

BESIDES = (
    "The workbook holds too much besides the numbers: formats, texts, names, notes or drawings. "
    "Copy the numbers into a fresh template."
)
CELLS = "The sheet holds too many empty formatted cells. Copy the numbers into a fresh template."
UNHEARD_OF = (
    "The workbook is built as no office program builds one, so it was not opened. "
    "Copy the numbers into a fresh template."
)
MACROS = "This workbook holds macros (.xlsm). Open it in Excel, save it as .xlsx and try again."
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
EMPTY = '<c s="#"/>'
A_CELL = '<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>'


def many(element: str, count: int) -> str:
    """``count`` elements with numbers in the place of ``#``, which pack no better than those of a real workbook."""
    return "".join(element.replace("#", str(n * 7_919 % 1_000_003)) for n in range(count))


def put(part: str, text: str) -> bytes:
    return with_part(book_of(), part, lambda _old: text.encode())


def sheet(body: str) -> bytes:
    return put(SHEET, f"<worksheet {MAIN}>{body}</worksheet>")


@pytest.fixture
def unread(monkeypatch):
    """Fail if openpyxl is given anything."""

    def read(_reader):
        raise AssertionError("it was opened")

    monkeypatch.setattr(reading._Reader, "read", read)


MORE = archive.MOST_OTHERS + 1
PARTS = {
    "styles": ("xl/styles.xml", f"<styleSheet {MAIN}><cellXfs>%s</cellXfs></styleSheet>", '<xf numFmtId="#"/>'),
    "texts": ("xl/sharedStrings.xml", f"<sst {MAIN}>%s</sst>", "<si>#</si>"),
    "texts that call themselves a picture": ("xl/media/i.png", f"<sst {MAIN}>%s</sst>", "<si>#</si>"),
    "names": ("xl/workbook.xml", f"<workbook {MAIN}>%s</workbook>", '<definedName name="n#"/>'),
    "relationships": ("xl/_rels/workbook.xml.rels", "<Relationships>%s</Relationships>", '<Relationship Id="r#"/>'),
    "kinds of parts": ("[Content_Types].xml", "<Types>%s</Types>", '<Override PartName="/#"/>'),
    "notes": ("xl/comments1.xml", f"<comments {MAIN}>%s</comments>", '<comment ref="A#"/>'),
    "drawings": ("xl/drawings/drawing1.xml", "<wsDr>%s</wsDr>", "<anchor>#</anchor>"),
    "validations": (SHEET, f"<worksheet {MAIN}>{A_CELL}%s</worksheet>", '<dataValidation sqref="A#"/>'),
    "rules of colour": (SHEET, f"<worksheet {MAIN}>%s{A_CELL}</worksheet>", '<conditionalFormatting sqref="A#"/>'),
    "merged cells": (SHEET, f"<worksheet {MAIN}>{A_CELL}%s</worksheet>", '<mergeCell ref="A#:XFD#"/>'),
    "cells where no sheet is": ("xl/styles.xml", f"<styleSheet {MAIN}>%s</styleSheet>", '<c s="#"/>'),
}


@pytest.mark.parametrize("what", PARTS)
def test_elements_of_every_part_are_counted(what, unread):
    part, around, element = PARTS[what]
    assert refused(put(part, around % many(element, MORE))) == BESIDES


@pytest.mark.parametrize("name", archive.MOST_OF)
def test_what_openpyxl_makes_objects_of_is_limited_by_name(name, unread):
    """Whatever the part is called, whatever the namespace."""
    text = many(f'<x:{name} b="#"/>', archive.MOST_OF[name] + 1)
    assert refused(put("customXml/item1.xml", f'<x:a xmlns:x="other">{text}</x:a>')) == BESIDES


def test_elements_of_many_parts_are_counted_together(unread):
    content = book_of()
    for number in range(3):
        text = f"<a>{many('<b>#</b>', MORE // 3)}</a>"
        content = with_part(content, f"customXml/item{number}.xml", lambda _old, text=text: text.encode())
    assert refused(content) == BESIDES


def test_what_packs_as_no_workbook_does_is_not_unpacked(unread):
    text = f"<styleSheet {MAIN}><cellXfs>{'<xf/>' * 3_000_000}</cellXfs></styleSheet>"
    content = put("xl/styles.xml", text)
    assert len(content) < 30_000
    assert refused(content).startswith(f"{TOO_MUCH}: unpacked it takes 15 MB.")


def test_cells_of_all_sheets_are_counted(unread):
    row = f"<row>{many(EMPTY, 9_999)}</row>"
    assert refused(sheet(f"<sheetData>{row * (archive.MOST_CELLS // 10_000 + 1)}</sheetData>")) == CELLS


def test_a_row_has_no_more_cells_than_excel_gives_it():
    def row(count):
        return sheet(f"<sheetData><row><c><v>7</v></c></row><row>{many(EMPTY, count)}</row></sheetData>")

    most = reading.MOST_CELLS_OF_A_ROW
    assert (outcome(row(most)), outcome(row(most + 1))) == ([(1, (7,))], CELLS)


def test_a_large_table_of_empty_cells_is_read():
    rows = "".join(f'<row r="{n}">{many(EMPTY, 14)}</row>' for n in range(2, 40_000))
    content = sheet(f'<sheetData><row r="1"><c><v>7</v></c></row>{rows}</sheetData>')
    assert outcome(content) == [(1, (7,))]


ODD = {
    "depth": "<a>" * (archive.DEEPEST + 1),
    "attributes": "<a " + " ".join(f'a{n}=""' for n in range(archive.MOST_ATTRIBUTES + 1)) + "/>",
    "a long name": f"<{many('n#', 250_000)}/>",
    "a long attribute": f'<a b="{many("#", 250_000)}"/>',
    "a long text": many("#", 250_000),
    "a long comment": f"<!--{many('#', 250_000)}-->",
    "a long instruction": f"<?x {many('#', 250_000)}?>",
}


@pytest.mark.parametrize("what", ODD)
def test_what_no_office_program_writes_is_refused(what, unread):
    assert refused(put("xl/styles.xml", f"<styleSheet {MAIN}>{ODD[what]}</styleSheet>")) == UNHEARD_OF


FORMATS = f"<styleSheet {MAIN}><numFmts><numFmt numFmtId='164' formatCode='%s'/></numFmts>%s</styleSheet>"
XFS = "<cellXfs><xf numFmtId='0'/><xf numFmtId='164'/></cellXfs>"


@pytest.mark.parametrize("code", ["[Red" * 100_000, "0" * 256])
def test_a_format_is_no_longer_than_excels(code, unread):
    """A search for the ends of its brackets takes a time that grows with the square of their number."""
    assert refused(put("xl/styles.xml", FORMATS % (code, XFS))) == UNHEARD_OF


def test_the_places_of_a_rule_may_be_many_other_attributes_are_short():
    places = " ".join(f"A{n}" for n in range(1, 20_000))
    rule = f'<conditionalFormatting sqref="{places}"/>'
    assert outcome(sheet(A_CELL + rule)) == [(1, (1,))]
    assert refused(sheet(A_CELL + rule.replace("sqref", "ref"))) == UNHEARD_OF


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("yyyy-mm-dd", datetime(2019, 9, 1)),
        ("[h]:mm", timedelta(days=43_709)),
        ("0", 43_709),
        ("[Red]0.0", 43_709),
        ("[Red" * 63, datetime(2019, 9, 1)),
    ],
)
def test_the_format_of_a_cell_makes_its_number_a_moment(code, value):
    content = sheet(
        '<sheetData><row r="1"><c s="1"><v>43709</v></c><c s="0"><v>1</v></c><c s="9"><v>2</v></c></row></sheetData>'
    )
    styles = (FORMATS % (code, XFS)).encode()
    assert outcome(with_part(content, "xl/styles.xml", lambda _old: styles)) == [(1, (value, 1, 2))]


def test_a_workbook_without_styles_is_read():
    assert outcome(with_part(book_of([(7,)]), "xl/styles.xml", lambda _old: None)) == [(1, (7,))]


def test_five_thousand_rows_among_four_thousand_styles_are_read():
    """Office programs multiply styles when sheets are copied from file to file."""

    def bloat(_old):
        fonts = "".join(f'<font><sz val="{n % 30}"/><name val="F{n}"/></font>' for n in range(500))
        numbers = "".join(f'<numFmt numFmtId="{164 + n}" formatCode="0.0&quot;{n}&quot;"/>' for n in range(500))
        xf = many('<xf numFmtId="165" fontId="#" applyFont="1"><alignment indent="1"/><protection/></xf>', 4_000)
        names = "".join(f'<cellStyle name="Стиль {n}" xfId="{n}"/>' for n in range(4_000))
        return (
            f"<styleSheet {MAIN}><numFmts>{numbers}</numFmts><fonts>{fonts}</fonts><cellStyleXfs>{xf}</cellStyleXfs>"
            f"<cellXfs>{xf}</cellXfs><cellStyles>{names}</cellStyles></styleSheet>"
        ).encode()

    rows = [(f"school-{n}", "Томск", f"Школа № {n}", *range(11)) for n in range(reading.MOST_ROWS)]
    assert outcome(with_part(book_of(rows), "xl/styles.xml", bloat)) == list(enumerate(rows, start=1))


@pytest.mark.parametrize("body", ['<dimension ref="A1:XFD1048576"/>' + A_CELL, A_CELL])
def test_a_size_that_a_sheet_claims_costs_nothing(body):
    assert outcome(sheet(body)) == [(1, (1,))]


def test_a_merged_place_may_be_as_large_as_the_sheet():
    content = sheet(f'{A_CELL}<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>')
    assert read_sheet(io.BytesIO(content)).merged == ((1, 1, 1_048_576, 16_384),)


def test_thousands_of_merged_places_are_refused():
    content = sheet(A_CELL + many('<mergeCell ref="A1:B2"/>', reading.MOST_MERGED + 1))
    said = "More than 5\u00a0000 places are merged in the sheet. Unmerge the cells and try again."
    assert refused(content) == said


def test_a_number_in_the_last_row_is_read():
    assert outcome(sheet('<sheetData><row r="1048576"><c><v>1</v></c></row></sheetData>')) == [(1_048_576, (1,))]


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>',
        '<row r="1"><c r="A7"><v>1</v></c></row>',
        '<c r="A1"><v>1</v></c>',
    ],
)
def test_a_cell_in_two_places_or_in_another_row_is_damage(rows):
    assert refused(sheet(f"<sheetData>{rows}</sheetData>")) == DAMAGED


def test_two_sheets_never_share_a_part():
    sheets = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="rId1"/>' for n in (1, 2))
    content = put("xl/workbook.xml", f'<workbook {MAIN} xmlns:r="{RELATIONSHIPS}"><sheets>{sheets}</sheets></workbook>')
    assert refused(content) == DAMAGED


@pytest.mark.parametrize("kind", ["sharedStrings", "sheet.main"])
def test_texts_do_not_pass_for_a_sheet(kind):
    def name(old):
        kinds = f"application/vnd.openxmlformats-officedocument.spreadsheetml.{kind}+xml"
        override = f'<Override PartName="/xl/worksheets/sheet9.xml" ContentType="{kinds}"/></Types>'
        return old.replace(b"</Types>", override.encode())

    content = with_part(book_of(), "xl/worksheets/sheet9.xml", lambda _old: f"<sst {MAIN}/>".encode())
    assert refused(with_part(content, "[Content_Types].xml", name)) == DAMAGED


def test_macros_are_named():
    assert refused(put("xl/vbaProject.bin", "x")) == MACROS


def test_what_another_workbook_holds_is_not_fetched():
    """A cell shows what was last known of it."""
    links = f'<externalLink {MAIN}><externalBook xmlns:r="{RELATIONSHIPS}" r:id="rId1"/></externalLink>'
    content = with_part(book_of([(7,)]), "xl/externalLinks/externalLink1.xml", lambda _old: links.encode())
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="{RELATIONSHIPS}/externalLinkPath" Target="file:///etc/passwd" TargetMode="External"/></Relationships>'
    )
    content = with_part(content, "xl/externalLinks/_rels/externalLink1.xml.rels", lambda _old: relations.encode())
    assert outcome(content) == [(1, (7,))]


# --- The archive itself ----------------------------------------------------------------------


def directory_of(content: bytes) -> list[int]:
    """Where the entries of the archive's directory begin."""
    places, place = [], content.find(b"PK\x01\x02")
    while place >= 0:
        places.append(place)
        place = content.find(b"PK\x01\x02", place + 4)
    return places


def changed(content: bytes, entry: int, offset: int, value: bytes) -> bytes:
    """The archive with some bytes of one entry of its directory changed."""
    place = directory_of(content)[entry] + offset
    return content[:place] + value + content[place + len(value) :]


def test_two_entries_of_one_name_are_refused(unread):
    content = io.BytesIO(book_of())
    with zipfile.ZipFile(content, "a") as archive_again, pytest.warns(UserWarning, match="Duplicate name"):
        archive_again.writestr(SHEET, "<a/>")
    assert refused(content.getvalue()) == UNHEARD_OF


def test_two_entries_that_differ_in_capitals_are_refused(unread):
    assert refused(put(SHEET.upper(), "<a/>")) == UNHEARD_OF


def test_entries_that_share_bytes_are_refused(unread):
    content = book_of()
    first = content[directory_of(content)[0] + 42 :][:4]
    assert refused(changed(content, 1, 42, first)) == UNHEARD_OF
    # The first claims to reach into the second.
    assert refused(changed(content, 0, 20, struct.pack("<I", 3_000))) == UNHEARD_OF


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_entries_packed_in_another_way_are_refused(method, unread):
    content = io.BytesIO(book_of())
    with zipfile.ZipFile(content, "a", method) as archive_again:
        archive_again.writestr("xl/other.xml", "<a/>")
    assert refused(content.getvalue()) == UNHEARD_OF


@pytest.mark.parametrize("size", [0, 1, 100])
def test_a_part_that_is_larger_than_it_says_is_damaged(size):
    content = book_of()
    place = [n for n, at in enumerate(directory_of(content)) if content[at + 46 :].startswith(SHEET.encode())][0]
    assert refused(changed(content, place, 24, struct.pack("<I", size))) == DAMAGED


def test_a_part_that_says_it_is_huge_is_not_unpacked(unread):
    assert refused(changed(book_of(), 0, 24, struct.pack("<I", 2**32 - 2))).startswith(TOO_MUCH)


def test_an_archive_with_long_sizes_is_read_like_any():
    """Some programs write zip64 always."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book_of([(7,)]))) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            with new.open(name, "w", force_zip64=True) as part:
                part.write(old.read(name))
    assert outcome(target.getvalue()) == [(1, (7,))]
