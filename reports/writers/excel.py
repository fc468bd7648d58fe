"""Writes tables as an Excel workbook that is ready to print.

Totals that are sums are formulas and carry their value too: openpyxl writes a formula without one, so
:func:`_with_values` puts the values into the finished sheets. Any reader then sees the number, and Excel still
follows the cells. Totals that do not add up from their rows (events held, shares) are plain values.
The same tables and the same :class:`Head` give the same bytes.
"""

import re
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from portal.workbooks.writing import cell_text, put_text
from reports.tables.table import Table, Type

LONGEST_SHEET_NAME = 31
_NO_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")
_MODIFIED = re.compile(r"(<dcterms:modified[^>]*>)[^<]*")

_INK, _QUIET, _ACCENT, _SOFT, _RULE = "1C2733", "5D6875", "1D5C4D", "E4EFE9", "E2DFD6"
_FONT = "Arial"
_WHOLE, _ONE_PLACE, _DAY = "#,##0", "#,##0.0", "dd.mm.yyyy"
# «# ##0» in a Russian Excel: a file holds number formats in their international spelling.

_TITLE = Font(name=_FONT, size=15, bold=True, color=_INK)
_LEAD = Font(name=_FONT, size=9, color=_QUIET)
_HEAD = Font(name=_FONT, size=9, bold=True, color="FFFFFF")
_HEAD_FILL = PatternFill("solid", fgColor=_ACCENT)
_BODY = Font(name=_FONT, size=10, color=_INK)
_TOTAL = Font(name=_FONT, size=10, bold=True, color=_INK)
_TOTAL_FILL = PatternFill("solid", fgColor=_SOFT)
_NOTE = Font(name=_FONT, size=9, italic=True, color=_QUIET)
_LINE = Border(bottom=Side("thin", color=_RULE))
_TOTAL_LINE = Border(top=Side("medium", color=_ACCENT))
_HEAD_ROW = 4


@dataclass(frozen=True)
class Head:
    """What stands above every sheet: of what, when and in which version the figures were taken."""

    title: str
    campaign: str
    taken_at: datetime
    version: str
    fingerprint: str = ""

    @property
    def line(self) -> str:
        return " · ".join(
            (self.campaign, _("figures as of %(day)s") % {"day": f"{self.taken_at:%d.%m.%Y %H:%M}"}, self.version)
        )


def sheet_name(title: str, taken=()) -> str:
    """Return ``title`` as a sheet may be called: 31 characters, none of ``[]:*?/\\``, no name twice."""
    name = _NO_SHEET_NAME.sub(" ", cell_text(title)).strip().strip("'")[:LONGEST_SHEET_NAME].strip() or "1"
    number, free = 1, name
    while free.casefold() in {other.casefold() for other in taken}:
        number += 1
        free = f"{name[: LONGEST_SHEET_NAME - len(str(number)) - 1]} {number}"
    return free


def write(tables: list[Table], head: Head, path, on_progress=lambda: None) -> None:
    """Write ``tables``, a sheet each, to the file ``path``; ``on_progress`` is called after every sheet."""
    book = Workbook()
    book.remove(book.active)
    book.properties.title = cell_text(f"{head.title}. {head.campaign}")
    book.properties.creator = ""
    book.properties.created = book.properties.modified = head.taken_at.replace(tzinfo=None)
    values = {}
    for number, table in enumerate(tables, start=1):
        sheet = book.create_sheet(sheet_name(_short_title(table), book.sheetnames))
        values[f"xl/worksheets/sheet{number}.xml"] = _write_sheet(sheet, table, head)
        on_progress()
    with TemporaryDirectory() as folder:
        raw = Path(folder) / "raw.xlsx"
        book.save(raw)
        _with_values(raw, path, values, head.taken_at)
    on_progress()


def _short_title(table: Table) -> str:
    short = {
        "municipality_by_format": _("Municipality by format"),
        "definitions": _("Definitions"),
    }
    return short.get(table.code, table.title)


# --- One sheet -------------------------------------------------------------------------------


def _write_sheet(sheet, table: Table, head: Head) -> dict:
    """Write one table and return the values of its formulas, as ``{cell: value}``."""
    _text(
        sheet, 1, 1, table.title if table.code != "definitions" else _("What the figures mean and when they were taken")
    )
    sheet.cell(1, 1).font = _TITLE
    _text(sheet, 2, 1, head.line).font = _LEAD
    sheet.row_dimensions[1].height = 24
    for place, column in enumerate(table.columns, start=1):
        cell = _text(sheet, _HEAD_ROW, place, column.title)
        is_text = column.type in (Type.TEXT, Type.DATE)
        cell.font, cell.fill = _HEAD, _HEAD_FILL
        cell.alignment = Alignment(horizontal="left" if is_text else "right", vertical="center", wrap_text=True)
        sheet.column_dimensions[get_column_letter(place)].width = column.width
    sheet.row_dimensions[_HEAD_ROW].height = _head_height(table)
    number = _HEAD_ROW
    for number, row in enumerate(table.rows, start=_HEAD_ROW + 1):
        for place, (value, column) in enumerate(zip(row.cells, table.columns, strict=True), start=1):
            _value(sheet, number, place, value, column)
        if any(column.type == Type.TEXT and column.width > 30 for column in table.columns):
            sheet.row_dimensions[number].height = _row_height(row, table)
    formulas, last = {}, number
    if table.total:
        number += 1
        formulas = _write_total(sheet, number, last, table)
    if table.code == "definitions":
        number = _write_taken(sheet, number + 2, head) - 1
    if table.note:
        number += 2
        _text(sheet, number, 1, table.note).font = _NOTE
        sheet.cell(number, 1).alignment = Alignment(vertical="top", wrap_text=True)
        sheet.merge_cells(start_row=number, end_row=number, start_column=1, end_column=min(len(table.columns), 6))
        sheet.row_dimensions[number].height = 40
    if table.chart and len(table.rows) > 1:
        _draw(sheet, table, last, number + 2)
    _print_setup(sheet, table, head)
    return formulas


def _text(sheet, row, place, text):
    return put_text(sheet.cell(row, place), text)


def _value(sheet, row, place, value, column):
    cell = sheet.cell(row, place)
    if value is None:
        pass
    elif column.type == Type.TEXT:
        _text(sheet, row, place, value)
    elif column.type in (Type.SHARE, Type.SHARE_UP):
        n, of = value
        cell.value = _share(n, of, column.type)
        # The share of what is part of the cell's own format: the number never goes without it.
        words = _("out of")
        cell.number_format = f'0.0%" {words} {of:,}"'.replace(",", "\u00a0")
    elif column.type == Type.DATE:
        cell.value, cell.number_format = value, _DAY
    else:
        cell.value, cell.number_format = value, _ONE_PLACE if column.type == Type.DECIMAL else _WHOLE
    is_text = column.type in (Type.TEXT, Type.DATE)
    cell.font, cell.border = _BODY, _LINE
    cell.alignment = Alignment(horizontal="left" if is_text else "right", vertical="top", wrap_text=is_text)
    return cell


def _share(n: int, of: int, type_: Type) -> float:
    """A share to a tenth of a percent: rounded down, for an "at most" rounded up."""
    thousandths = -(-n * 1000 // of) if type_ == Type.SHARE_UP else n * 1000 // of
    return thousandths / 1000


def _write_total(sheet, number, last, table) -> dict:
    values = {}
    for place, (value, column) in enumerate(zip(table.total.cells, table.columns, strict=True), start=1):
        cell = _value(sheet, number, place, value, column)
        if column.type == Type.INT and column.adds_up and value is not None:
            letter = get_column_letter(place)
            cell.value = f"=SUM({letter}{_HEAD_ROW + 1}:{letter}{last})"
            values[cell.coordinate] = value
        cell.font, cell.fill, cell.border = _TOTAL, _TOTAL_FILL, _TOTAL_LINE
    if table.columns[0].type == Type.DATE:
        _text(sheet, number, 1, _("Together"))
    return values


def _write_taken(sheet, number, head) -> int:
    lines = (
        (_("Campaign"), head.campaign),
        (_("Figures as of"), f"{head.taken_at:%d.%m.%Y %H:%M}"),
        (_("Version"), head.version),
        (_("Fingerprint of the data (SHA-256)"), head.fingerprint),
    )
    for label, value in lines:
        if not value:
            continue
        _text(sheet, number, 1, label).font = _TOTAL
        _text(sheet, number, 2, value).font = _BODY
        for place in (1, 2):
            sheet.cell(number, place).alignment = Alignment(vertical="top", wrap_text=True)
        sheet.row_dimensions[number].height = _lines(label, 28) * 14
        number += 1
    return number


def _lines(text, width) -> int:
    """Return how many lines ``text`` takes in a column of ``width`` characters, words kept whole."""
    lines, used = 1, 0
    for word in str(text).split():
        if used and used + len(word) + 1 > width:
            lines, used = lines + 1, 0
        lines += max(len(word) - 1, 0) // max(int(width), 1)
        used += len(word) + 1
    return lines


def _head_height(table: Table) -> float:
    return max(_lines(column.title, column.width - 3) for column in table.columns) * 12.5 + 8


def _row_height(row, table: Table) -> float:
    texts = ((cell, column) for cell, column in zip(row.cells, table.columns, strict=True) if column.type == Type.TEXT)
    return max(_lines(cell, column.width - 2) for cell, column in texts) * 13.5 + 3


def _print_setup(sheet, table: Table, head: Head) -> None:
    first_text = 2 if table.code == "schools" and len(table.columns) > 1 and table.columns[1].type == Type.TEXT else 1
    sheet.freeze_panes = sheet.cell(_HEAD_ROW + 1, first_text + 1)
    sheet.sheet_view.showGridLines = False
    sheet.sheet_view.zoomScale = 100
    sheet.print_title_rows = f"{_HEAD_ROW}:{_HEAD_ROW}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.sheet_properties.tabColor = _ACCENT
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top, sheet.page_margins.bottom = 0.5, 0.7
    sheet.oddFooter.left.text = _footer(head.line)
    sheet.oddFooter.right.text = _footer(_("Page")) + " &P / &N"
    sheet.oddFooter.left.size = sheet.oddFooter.right.size = 8
    if len(table.rows) > 30 and table.code != "definitions":
        last = get_column_letter(len(table.columns))
        sheet.auto_filter.ref = f"A{_HEAD_ROW}:{last}{_HEAD_ROW + len(table.rows)}"


def _footer(text: str) -> str:
    """``&`` begins a code in a footer; a footer holds at most 255 characters."""
    return cell_text(text)[:200].replace("&", "&&")


def _draw(sheet, table: Table, last: int, at: int) -> None:
    places = [number for number, column in enumerate(table.columns, start=1) if column.key in table.chart["columns"]]
    line = table.chart["type"] == "line"
    chart = LineChart() if line else BarChart()
    for place, colour in zip(places, (_ACCENT, "9DC4B6"), strict=True):
        chart.add_data(Reference(sheet, min_col=place, min_row=_HEAD_ROW, max_row=last), titles_from_data=True)
        series = chart.series[-1]
        if line:
            series.graphicalProperties.line.solidFill = colour
            series.graphicalProperties.line.width = 28_000
            series.smooth = False
        else:
            series.graphicalProperties.solidFill = colour
    chart.set_categories(Reference(sheet, min_col=1, min_row=_HEAD_ROW + 1, max_row=last))
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.y_axis.number_format, chart.y_axis.majorGridlines.spPr = _WHOLE, None
    chart.legend.position = "b"
    chart.width, chart.height = 26, 9
    if line:
        chart.x_axis.number_format = "dd.mm"
    else:
        chart.type, chart.grouping, chart.overlap, chart.gapWidth = "col", "stacked", 100, 60
    sheet.add_chart(chart, f"A{at}")


# --- Values beside formulas ------------------------------------------------------------------


def _with_values(raw, path, values: dict, moment: datetime) -> None:
    """Copy the workbook ``raw`` to ``path`` with the value of each formula beside it, and one time on all parts."""
    stamp = (max(moment.year, 1980), moment.month, moment.day, moment.hour, moment.minute, 0)
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            for cell, value in values.get(name, {}).items():
                found = re.compile(
                    rf'(<c r="{cell}"[^>]*><f>[^<]*</f>)<v\s*/>|(<c r="{cell}"[^>]*><f>[^<]*</f>)<v></v>'
                )
                text, changed = found.subn(
                    lambda match, value=value: f"{match[1] or match[2]}<v>{value}</v>", content.decode()
                )
                if not changed:
                    raise ValueError(f"{name}: no formula in {cell}")
                content = text.encode()
            if name == "docProps/core.xml":  # openpyxl puts the moment of writing there
                content = _MODIFIED.sub(rf"\g<1>{moment:%Y-%m-%dT%H:%M:%SZ}", content.decode()).encode()
            entry = zipfile.ZipInfo(name, date_time=stamp)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, content)
