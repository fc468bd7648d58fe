"""Writes tables for pages: every number with the address of the rows that it was counted from.

Bodies are written here and not by a template: a dashboard has a thousand cells, and a template takes ten times
as long for each.
"""

from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from portal.numbers import NO_BREAK_SPACE, decimal, spaced
from reports.tables.table import Column, Row, Table, Type

NOTHING = "–"


@dataclass(frozen=True)
class PageTable:
    """A table as a template shows it: ``heads`` are pairs of title and whether numbers stand below; ``body`` and
    ``foot`` are its rows in HTML."""

    code: str
    title: str
    heads: tuple
    body: SafeString
    foot: SafeString
    length: int
    note: str


def percent_of(pair, up=False) -> str:
    """Return a share with what it is a share of: «43 % of 102 208»; rounded down, ``up`` for an "at most"."""
    if pair is None:
        return NOTHING
    n, of = pair
    whole = -(-n * 100 // of) if up else n * 100 // of
    return _("%(percent)s of %(of)s") % {"percent": f"{whole}{NO_BREAK_SPACE}%", "of": spaced(of)}


def _text(value, type_: Type) -> str:
    if value is None or value == "":
        return "" if type_ == Type.TEXT else NOTHING
    if type_ == Type.INT:
        return spaced(value)
    if type_ == Type.TEXT:
        return str(value)
    if type_ == Type.DATE:
        return f"{value:%d.%m.%Y}"
    if type_ == Type.DECIMAL:
        return decimal(value)
    return percent_of(value, type_ == Type.SHARE_UP)


def rows_address(*params: dict) -> str:
    """Return the address of the event list narrowed by ``params``."""
    merged = {name: value for part in params for name, value in part.items()}
    return f"{reverse('events')}?{urlencode(merged)}"


def link(text: str, url: str) -> str:
    """Return ``text`` as HTML, leading to ``url`` if there is one."""
    return f'<a href="{escape(url)}">{escape(text)}</a>' if url else escape(text)


def _row(row: Row, columns: tuple[Column, ...], bases: list, known: dict, opens: str, own: str, head: bool) -> str:
    """Return a row in HTML. ``bases`` are the addresses of the columns, which the row's own params narrow further."""
    more = urlencode({name: value for name, value in row.params.items() if name not in known})
    narrowed = f"&{more}" if more else ""
    cells = []
    for place, (column, base, value) in enumerate(zip(columns, bases, row.cells, strict=True)):
        url = f"{base}{narrowed}" if base and value else ""
        if own and column.key == opens:
            url = own
        tag = 'th scope="row"' if head and place == 0 else "td"
        number = "" if column.type in (Type.TEXT, Type.DATE) else ' class="num"'
        cells.append(f"<{tag}{number}>{link(_text(value, column.type), url)}</{tag[:2]}>")
    return f"<tr>{''.join(cells)}</tr>"


def shown(table: Table, params: dict, open_row=None, opens: str = "") -> PageTable:
    """Return ``table`` for a page. ``params`` are those of its level; ``open_row`` gives a row's own address, which
    stands at its cell of the column ``opens`` (the first by default)."""
    columns = table.columns
    bases = [rows_address(params, column.params) if column.params is not None else "" for column in columns]
    opens = opens or columns[0].key
    body = (
        _row(row, columns, bases, params, opens, open_row(row) if open_row else "", head=True) for row in table.rows
    )
    foot = _row(table.total, columns, bases, params, opens, "", head=False) if table.total else ""
    return PageTable(
        table.code,
        table.title,
        tuple((column.title, column.type not in (Type.TEXT, Type.DATE)) for column in columns),
        mark_safe("".join(body)),  # noqa: S308  (link() escapes every text and address)
        mark_safe(foot),  # noqa: S308
        len(table.rows),
        table.note,
    )


def heat_body(rows) -> SafeString:
    """Write rows of a heat table, ``(name, url, cells)`` with cells of ``(text, heat or None, url)``."""
    lines = []
    for name, url, cells in rows:
        tds = (
            f'<td class="heat-{heat}">{link(text, own)}</td>' if heat is not None else f"<td>{link(text, own)}</td>"
            for text, heat, own in cells
        )
        lines.append(f'<tr><th scope="row">{link(name, url)}</th>{"".join(tds)}</tr>')
    return mark_safe("".join(lines))  # noqa: S308  (link() escapes every text and address)
