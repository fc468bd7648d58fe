"""Prepares tables for pages: every cell as text, and with the address of the rows that it was counted from."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from portal.numbers import NO_BREAK_SPACE, decimal, spaced
from reports.tables import Table, Type

NOTHING = "–"


@dataclass(frozen=True)
class Cell:
    """One cell of a page's table."""

    text: str
    url: str = ""
    is_number: bool = False


@dataclass(frozen=True)
class PageTable:
    """A table as a template shows it: ``heads`` are pairs of title and whether numbers stand below."""

    code: str
    title: str
    heads: tuple
    rows: tuple
    total: tuple
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
    if type_ == Type.TEXT:
        return str(value)
    if type_ == Type.DATE:
        return f"{value:%d.%m.%Y}"
    if type_ in (Type.SHARE, Type.SHARE_UP):
        return percent_of(value, type_ == Type.SHARE_UP)
    return decimal(value) if type_ == Type.DECIMAL else spaced(value)


def rows_address(*params: dict) -> str:
    """Return the address of the event list narrowed by ``params``."""
    merged = {name: value for part in params for name, value in part.items()}
    return f"{reverse('events')}?{urlencode(merged)}"


def shown(table: Table, params: dict, open_row=None, opens: str = "") -> PageTable:
    """Return ``table`` for a page. ``params`` are those of its level; ``open_row`` gives a row's own address, which
    stands at its cell of the column ``opens`` (the first by default)."""
    opens = opens or table.columns[0].key

    def cells(row, own=""):
        made = []
        for column, value in zip(table.columns, row.cells, strict=True):
            url = ""
            if column.params is not None and value:
                url = rows_address(params, row.params, column.params)
            if own and column.key == opens:
                url = own
            made.append(Cell(_text(value, column.type), url, column.type not in (Type.TEXT, Type.DATE)))
        return tuple(made)

    return PageTable(
        table.code,
        table.title,
        tuple((column.title, column.type not in (Type.TEXT, Type.DATE)) for column in table.columns),
        tuple(cells(row, open_row(row) if open_row else "") for row in table.rows),
        cells(table.total) if table.total else (),
        table.note,
    )
