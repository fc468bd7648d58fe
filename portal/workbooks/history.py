"""Writes the lines of a region's log as an Excel workbook, row by row, so that memory stays small."""

from datetime import datetime
from io import BytesIO

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font

from portal import clock
from portal.numbers import spaced
from portal.workbooks.writing import put_text

MOST_ROWS = 10_000
_BOLD = Font(bold=True)
_TOP, _WRAPPED = Alignment(vertical="top"), Alignment(vertical="top", wrap_text=True)


def workbook(region, lines, is_cut: bool) -> BytesIO:
    """Return ``lines`` as a workbook; ``is_cut`` says in it that there are older entries which it leaves out."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("History"))
    columns = (
        (_("When"), 17),
        (_("Who"), 28),
        (_("For whom"), 24),
        (_("Did what"), 18),
        (_("Changed what"), 18),
        (_("Name"), 40),
        (_("Municipality"), 24),
        (_("School"), 28),
        (_("Changes"), 60),
        (_("Comment"), 40),
    )
    for number, (_title, width) in enumerate(columns):
        sheet.column_dimensions["ABCDEFGHIJ"[number]].width = width
    sheet.freeze_panes = "A4"
    title = _("%(region)s: who changed what") % {"region": region}
    note = _("as of %(moment)s") % {"moment": f"{localtime(clock.now()):%d.%m.%Y %H:%M}"}
    if is_cut:
        most = {"n": spaced(MOST_ROWS)}
        note = f"{note}. " + _("Only the newest %(n)s entries are here; narrow the filter for older ones.") % most
    heads = [name for name, _width in columns]
    for texts, font, alignment in (([title], _BOLD, _TOP), ([note], None, _TOP), (heads, _BOLD, _WRAPPED)):
        cells = _cells(sheet, len(texts), font, alignment)
        for cell, text in zip(cells, texts, strict=True):
            put_text(cell, text)
        sheet.append(cells)
    # A row is written as it is appended, so one row of cells serves for all, and its looks are set once.
    cells = _cells(sheet, len(columns))
    for line in lines:
        _put_moment(cells[0], line.entry.when)
        for cell, text in zip(cells[1:], _texts(line), strict=True):
            put_text(cell, text)
        sheet.append(cells)
    content = BytesIO()
    book.save(content)
    content.seek(0)
    return content


def _texts(line) -> tuple:
    entry = line.entry
    return (
        entry.who,
        entry.for_whom,
        entry.verb_label,
        line.kind,
        line.about,
        line.municipality,
        line.school,
        "\n".join(_change(*change) for change in entry.changes),
        entry.comment,
    )


def _change(label, before, after) -> str:
    return f"{label}: {before} → {after}" if before else f"{label}: {after}"


def _cells(sheet, number: int, font=None, alignment=_WRAPPED) -> list[WriteOnlyCell]:
    cells = [WriteOnlyCell(sheet) for _number in range(number)]
    for cell in cells:
        cell.alignment = alignment
        if font:
            cell.font = font
    return cells


def _put_moment(cell, when: datetime) -> None:
    # A cell holds no time zone: it shows the region's time, as the page does.
    cell.value = localtime(when).replace(tzinfo=None, microsecond=0)
    cell.number_format = "dd.mm.yyyy hh:mm:ss"
