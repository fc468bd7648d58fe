"""Lays out charts as SVG geometry. Templates draw it with class names alone, so a stylesheet dresses it and no
inline style is needed. Every chart has its numbers beside it as text or as a table.
"""

from dataclasses import dataclass
from datetime import timedelta

from portal.numbers import spaced

WIDTH, HEIGHT = 460, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 16, 26


def _at(value: float) -> str:
    """Return a place as SVG writes it, whatever the language of the page: with a point, to a tenth."""
    return f"{round(value, 1):g}"


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

    y: str
    label: str


@dataclass(frozen=True)
class Label:
    """A text at a place; ``anchor`` as SVG has it."""

    x: str
    y: str
    text: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Curve:
    """A curve by day: ``now`` the accepted, ``area`` those held, ``past`` the campaign compared with."""

    width: int
    height: int
    grid: tuple[Line, ...]
    days: tuple[Label, ...]
    now: str
    area: str
    past: str
    label_now: Label | None
    label_past: Label | None
    left: int
    right: int

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
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * offset / span

    def y(value):
        return bottom - (bottom - _TOP) * value / top

    def path(values):
        points = (f"{_at(x(offset))} {_at(y(value))}" for offset, value in enumerate(values))
        return f"M{'L'.join(points)}" if values else ""

    return Curve(
        WIDTH,
        HEIGHT,
        tuple(Line(_at(y(top * step // 4)), spaced(top * step // 4)) for step in range(5)),
        tuple(
            Label(
                _at(x(offset)),
                str(HEIGHT - 8),
                f"{campaign.starts_on + timedelta(offset):%d.%m}",
                _anchor(offset, span),
            )
            for offset in _days_to_name(reached, length, span)
        ),
        path(accepted),
        f"{path(held)}L{_at(x(reached))} {bottom}L{_at(x(0))} {bottom}Z",
        path(past),
        *_labels(campaign, accepted, past, x, y, span),
        _LEFT,
        WIDTH - _RIGHT,
    )


def _days_to_name(reached, length, span) -> list[int]:
    """The first day, today and the last day, as far as their names do not touch."""
    near = span * 0.16
    names = [0, length]
    if near < reached < length - near:
        names.insert(1, reached)
    return names


def short_name(campaign) -> str:
    """Return a campaign's name where there is little room: «autumn 2019»."""
    return f"{campaign.get_season_display()} {campaign.starts_on.year}"


def _labels(campaign, accepted, past, x, y, span) -> tuple:
    """Place the names of both lines at their ends, the second out of the way of the first."""
    reached = len(accepted) - 1
    now_y = y(accepted[-1]) - 8
    if now_y < _TOP:
        now_y = y(accepted[-1]) + 16
    anchor = "end" if reached > span / 2 else "start"
    now = Label(_at(x(reached)), _at(now_y), f"{short_name(campaign)}: {spaced(accepted[-1])}", anchor)
    if not past:
        return now, None
    past_y = max(y(past[-1]) - 8, _TOP - 4)
    if reached > span / 2 and abs(past_y - now_y) < 16:  # both stand at the right end
        past_y = now_y + 18 if y(past[-1]) > y(accepted[-1]) else now_y - 18
    return now, Label(_at(x(len(past) - 1)), _at(past_y), short_name(campaign.previous), "end")


def _anchor(offset, span) -> str:
    return "start" if offset == 0 else "end" if offset == span else "middle"


@dataclass(frozen=True)
class Bar:
    """One bar of 100 parts: how far the accepted reach, and they with those under review. ``text`` says the numbers."""

    label: str
    accepted: str
    together: str
    text: str
    url: str = ""


def bars(rows) -> list[Bar]:
    """Lay out rows of ``(label, accepted, submitted, text, url)`` as bars against the largest."""
    rows = list(rows)
    most = max((accepted + submitted for _label, accepted, submitted, *_rest in rows), default=0) or 1
    return [
        Bar(label, _at(100 * accepted / most), _at(100 * (accepted + submitted) / most), text, url)
        for label, accepted, submitted, text, url in rows
    ]


@dataclass(frozen=True)
class ColumnBar:
    """One column of a chart by grade; its ``parts`` are ``(kind, y, height)``, from below."""

    x: str
    width: str
    parts: tuple[tuple[str, str, str], ...]
    label: str
    middle: str


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
        x, width = _LEFT + step * (number + 0.18), step * 0.64
        low, high = accepted * scale, submitted * scale
        parts = (
            ("accepted", _at(bottom - low), _at(low)),
            ("submitted", _at(bottom - low - high), _at(high)),
        )
        placed.append(ColumnBar(_at(x), _at(width), parts, label, _at(x + width / 2)))
    grid = tuple(Line(_at(bottom - (bottom - _TOP) * n / 4), spaced(top * n // 4)) for n in range(5))
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
