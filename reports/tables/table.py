"""Frozen tables: what a summary stores, and what pages and workbooks are written from.

A table knows titles, types and where each number's rows are found; it knows nothing of HTML or Excel. The
texts of stored tables are in the portal's own language, whoever asks: :mod:`reports.tables.summary` sees to it.
"""

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from django.utils.translation import gettext as _


class Type(StrEnum):
    """What a column holds. A share is a pair ``(n, of)``: it never goes without what it is a share of."""

    TEXT = "text"
    INT = "int"
    DECIMAL = "decimal"
    DATE = "date"
    SHARE = "share"
    SHARE_UP = "share_up"
    """A share rounded up: an "at most" must not claim less."""


@dataclass(frozen=True)
class Column:
    """A column. ``width`` is in characters; ``adds_up``: its total is the sum of its rows; ``params`` narrow the
    event list to what its cells count (None: its cells are no numbers of events or participations)."""

    key: str
    title: str
    type: Type = Type.INT
    width: int = 14
    adds_up: bool = False
    params: dict | None = None


@dataclass(frozen=True)
class Row:
    """Cells in the order of the columns; ``params`` narrow the event list to the row."""

    cells: tuple
    params: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """A titled table. ``note`` says what a reader must know of its numbers; ``chart`` names the column that the
    workbook draws beside it, if any, and how: ``{"type": "bar" | "line", "columns": [key, …]}``."""

    code: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: Row | None = None
    note: str = ""
    chart: dict | None = None

    def to_json(self) -> dict:
        """Return the table as plain JSON values."""
        return {
            "code": self.code,
            "title": self.title,
            "columns": [
                {
                    "key": column.key,
                    "title": column.title,
                    "type": column.type.value,
                    "width": column.width,
                    "adds_up": column.adds_up,
                    "params": column.params,
                }
                for column in self.columns
            ],
            "rows": [self._row_to_json(row) for row in self.rows],
            "total": self._row_to_json(self.total) if self.total else None,
            "note": self.note,
            "chart": self.chart,
        }

    @staticmethod
    def _row_to_json(row) -> dict:
        return {
            "cells": [
                cell.isoformat() if isinstance(cell, date) else list(cell) if isinstance(cell, tuple) else cell
                for cell in row.cells
            ],
            "params": row.params,
        }

    @classmethod
    def from_json(cls, data: dict) -> "Table":
        """Return the table that :meth:`to_json` wrote."""
        columns = tuple(Column(**{**column, "type": Type(column["type"])}) for column in data["columns"])

        def row(stored):
            cells = (_cell_from_json(cell, column.type) for cell, column in zip(stored["cells"], columns, strict=True))
            return Row(tuple(cells), stored["params"])

        return cls(
            data["code"],
            data["title"],
            columns,
            tuple(row(stored) for stored in data["rows"]),
            row(data["total"]) if data["total"] else None,
            data["note"],
            data["chart"],
        )

    def only(self, wanted) -> "Table":
        """Return the table with the rows that ``wanted`` (a function of a row) takes; the total is that of what
        is left, and stands only in columns that add up."""
        rows = tuple(row for row in self.rows if wanted(row))
        total = None
        if self.total and len(rows) > 1:
            cells = [
                sum(row.cells[place] or 0 for row in rows) if column.adds_up else None
                for place, column in enumerate(self.columns)
            ]
            cells[0] = _("Together")
            total = Row(tuple(cells))
        return replace(self, rows=rows, total=total, chart=None)

    def column(self, key: str) -> list:
        """Return the cells of one column."""
        place = [column.key for column in self.columns].index(key)
        return [row.cells[place] for row in self.rows]


def _cell_from_json(cell, type_: Type):
    if cell is None:
        return None
    if type_ == Type.DATE:
        return date.fromisoformat(cell)
    return tuple(cell) if isinstance(cell, list) else cell


def canonical(data) -> bytes:
    """Return JSON data in one spelling, so that equal data have equal bytes."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sha256_of(data) -> str:
    """Return the SHA-256 of JSON data in its canonical spelling."""
    return hashlib.sha256(canonical(data)).hexdigest()
