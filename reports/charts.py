"""Lays out charts as SVG geometry. Templates draw it with class names alone, so a stylesheet dresses it and no
inline style is needed. Every chart has its numbers beside it as text or as a table.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from portal.numbers import spaced

WIDTH, HEIGHT = 460, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 16, 26


def nice_top(most: int) -> int:
    """Return a round number not below ``most`` that four lines of a grid divide into whole steps."""
    power = 1
    while True:
        for step in (1, 2, 3, 5):
            if 4 * step * power >= most:
                return 4 * step * power
        power *= 10


@dataclass(frozen=True)
class Line:
    """A horizontal line of the grid with its number."""

    y: float
    label: str


@dataclass(frozen=True)
class Mark:
    """A text at a place; ``anchor`` as SVG has it."""

    x: float
    y: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Curve:
    """A curve by day: ``now`` the accepted, ``area`` those held, ``past`` the campaign compared with."""

    width: int
    height: int
    grid: tuple[Line, ...]
    days: tuple[Mark, ...]
    now: str
    area: str
    past: str
    label_now: Mark | None
    label_past: Mark | None
    left: int
    right: int
    rows: tuple[tuple, ...]

    @property
    def axis_x(self) -> int:
        return self.left - 6


def _cumulative(counted, starts_on, last: int, value) -> list[int]:
    """Return the running total for each day from the window's first, ``last`` days on; what began earlier counts
    from the first day."""
    by_offset = {}
    for row in counted:
        offset = max((row.day - starts_on).days, 0)
        by_offset[offset] = by_offset.get(offset, 0) + value(row.counts)
    total, found = 0, []
    for offset in range(last + 1):
        total += by_offset.get(offset, 0)
        found.append(total)
    return found


def curve(campaign, days, past_days, today) -> Curve | None:
    """Lay out the events of a campaign by first day, cumulated, beside those of the campaign compared with.

    Both are placed by how far a day is from its own window's start. The line counts what is accepted; the area
    reaches up to what is accepted or under review. None before the first day.
    """
    length = (campaign.ends_on - campaign.starts_on).days
    reached = min((today - campaign.starts_on).days, length)
    if reached < 0:
        return None
    accepted = _cumulative(days, campaign.starts_on, reached, lambda counts: counts.accepted)
    held = _cumulative(days, campaign.starts_on, reached, lambda counts: counts.held)
    past, previous = [], campaign.previous
    if previous and past_days:
        past_length = (previous.ends_on - previous.starts_on).days
        past = _cumulative(past_days, previous.starts_on, past_length, lambda counts: counts.accepted)
    span = max(length, len(past) - 1, 1)
    top = nice_top(max([*held, *past, 1]))
    bottom = HEIGHT - _BOTTOM

    def x(offset):
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * offset / span, 1)

    def y(value):
        return round(bottom - (bottom - _TOP) * value / top, 1)

    def path(values):
        return "M" + "L".join(f"{x(offset)} {y(value)}" for offset, value in enumerate(values)) if values else ""

    area = f"{path(held)}L{x(reached)} {bottom}L{x(0)} {bottom}Z"
    shown = sorted({0, reached, length})
    if length - reached < span * 0.16 and reached != length:
        shown.remove(reached)
    if 0 < reached < span * 0.16 and reached in shown:
        shown.remove(reached)
    rows = tuple(
        (
            f"{campaign.starts_on + timedelta(offset):%d.%m.%Y}",
            accepted[offset],
            held[offset],
            past[offset] if offset < len(past) else None,
        )
        for offset in range(reached + 1)
    )
    above = y(accepted[-1]) - 8 if y(accepted[-1]) > _TOP + 14 else y(accepted[-1]) + 16
    anchor = "end" if reached > span / 2 else "start"
    label_now = Mark(x(reached), above, _("accepted: %(n)s") % {"n": spaced(accepted[-1])}, anchor)
    label_past = Mark(x(len(past) - 1), min(y(past[-1]) + 16, bottom - 4), previous.name, "end") if past else None
    if label_past and reached > span / 2 and abs(label_past.y - label_now.y) < 14:
        label_past = Mark(label_past.x, min(label_now.y + 30, bottom - 4), label_past.text, "end")
    return Curve(
        WIDTH,
        HEIGHT,
        tuple(Line(y(top * step // 4), spaced(top * step // 4)) for step in range(5)),
        tuple(
            Mark(x(offset), HEIGHT - 8, f"{campaign.starts_on + timedelta(offset):%d.%m}", _anchor(offset, span))
            for offset in shown
        ),
        path(accepted),
        area,
        path(past),
        label_now,
        label_past,
        _LEFT,
        WIDTH - _RIGHT,
        rows,
    )


def _anchor(offset, span) -> str:
    return "start" if offset == 0 else "end" if offset == span else "middle"


@dataclass(frozen=True)
class Bar:
    """One bar of 100 parts: ``accepted`` first, ``submitted`` after it. ``text`` says the numbers."""

    label: str
    accepted: float
    submitted: float
    text: str
    url: str = ""

    @property
    def together(self) -> float:
        return round(self.accepted + self.submitted, 1)


def bars(rows) -> list[Bar]:
    """Lay out rows of ``(label, accepted, submitted, text, url)`` as bars against the largest."""
    rows = list(rows)
    most = max((accepted + submitted for _label, accepted, submitted, *_rest in rows), default=0) or 1
    return [
        Bar(label, round(100 * accepted / most, 1), round(100 * submitted / most, 1), text, url)
        for label, accepted, submitted, text, url in rows
    ]


@dataclass(frozen=True)
class ColumnBar:
    """One column of a chart by grade, with the places of its two parts."""

    x: float
    width: float
    accepted_y: float
    accepted_height: float
    submitted_y: float
    submitted_height: float
    label: str
    middle: float


@dataclass(frozen=True)
class Columns:
    """Columns by grade, accepted below and under review above."""

    width: int
    height: int
    grid: tuple[Line, ...]
    columns: tuple[ColumnBar, ...]
    left: int
    right: int
    rows: tuple[tuple, ...]

    @property
    def axis_x(self) -> int:
        return self.left - 6


def columns(rows) -> Columns:
    """Lay out rows of ``(label, accepted, submitted)`` as stacked columns."""
    rows = tuple(rows)
    top = nice_top(max((accepted + submitted for _label, accepted, submitted in rows), default=1))
    bottom = HEIGHT - _BOTTOM
    step = (WIDTH - _LEFT - _RIGHT) / max(len(rows), 1)
    scale = (bottom - _TOP) / top
    placed = []
    for number, (label, accepted, submitted) in enumerate(rows):
        x, width = round(_LEFT + step * (number + 0.18), 1), round(step * 0.64, 1)
        low, high = round(accepted * scale, 1), round(submitted * scale, 1)
        column = ColumnBar(
            x, width, bottom - low, low, round(bottom - low - high, 1), high, label, round(x + width / 2, 1)
        )
        placed.append(column)
    grid = tuple(Line(bottom - (bottom - _TOP) * n / 4, spaced(top * n // 4)) for n in range(5))
    return Columns(WIDTH, HEIGHT, grid, tuple(placed), _LEFT, WIDTH - _RIGHT, rows)


@dataclass(frozen=True)
class Tile:
    """A place on the tile map; ``heat`` 0 to 9, None where nothing is known."""

    name: str
    text: str
    hint: str
    row: int
    col: int
    heat: int | None
    url: str


def heat_of(value, most) -> int | None:
    """Return the shade 0 to 9 of ``value`` out of ``most``; None for nothing."""
    if not value or not most:
        return None
    return min(int(10 * value / most), 9)
