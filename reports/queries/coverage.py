"""Coverage: how many different pupils were reached, out of how many enrolled.

A school whose report is accepted says the number itself. Of the others the log of events gives bounds alone: no
figure is invented, and each level says how many of its schools' reports it rests on.
"""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import FilteredRelation, Max, Q, QuerySet, Sum

from campaigns.models import SchoolCampaign
from reports.models import ReportStatus
from reports.queries.held import Counts, by
from reports.queries.levels import Level


@dataclass(frozen=True)
class Coverage:
    """Bounds of the different pupils who took part, out of the enrolled ones of the schools that count.

    ``of`` is 0 where no enrolment is known: then there is no share. ``without`` schools are left out of both
    sides, their enrolment not being known. ``reported`` schools have an accepted report, whose number stands in
    both bounds; ``awaited`` ones give the bounds of their events.
    """

    low: int = 0
    high: int = 0
    of: int = 0
    without: int = 0
    reported: int = 0
    awaited: int = 0

    @property
    def is_exact(self) -> bool:
        """Whether the accepted reports of all schools that count say it: then it is a figure, no bounds."""
        return bool(self.of) and not self.awaited

    @property
    def low_share(self):
        """The lower bound as ``(n, of)``, or None where nothing is known to measure it on."""
        return (self.low, self.of) if self.of else None

    @property
    def high_share(self):
        return (self.high, self.of) if self.of else None

    def __add__(self, other):
        return Coverage(
            self.low + other.low,
            self.high + other.high,
            self.of + other.of,
            self.without + other.without,
            self.reported + other.reported,
            self.awaited + other.awaited,
        )


@dataclass(frozen=True)
class SchoolRow:
    """A school in a campaign. ``expected``: open on the window's last day; only expected ones bear coverage."""

    pk: int
    name: str
    municipality_id: int
    municipality: str
    municipality_slug: str
    tile: tuple[int, int]
    expected: bool
    counts: Counts
    coverage: Coverage
    reported: bool = False
    """Whether its report is accepted."""
    grades: tuple[tuple[int, int, int], ...] = ()
    """Of each grade of the campaign the bounds and the enrolled: they add up to the coverage."""

    @property
    def took_part(self) -> bool:
        return self.expected and self.counts.held > 0


def _with_accepted(folders) -> QuerySet[SchoolCampaign]:
    """Join to each folder its accepted report (``accepted``), if there is one: one row a school."""
    return folders.annotate(accepted=FilteredRelation("report", condition=Q(report__status=ReportStatus.ACCEPTED)))


def schools(level: Level) -> list[SchoolRow]:
    """Return the level's schools by municipality and name, with their counts and coverage: two queries.

    A school of which no report is expected stands here only if it held something.
    """
    campaign, width = level.campaign, len(level.campaign.grades)
    largest = {f"largest_{grade}": Max(f"grade_{grade}") for grade in campaign.grades}
    together = {f"together_{grade}": Sum(f"grade_{grade}") for grade in campaign.grades}
    held = by(level.events(), "school_id", **largest, **together)
    rows = (
        _with_accepted(level.folders())
        .order_by("municipality__name", "municipality_id", "school__name", "school_id")
        .values_list(
            "school_id",
            "school__name",
            "municipality_id",
            "municipality__name",
            "municipality__slug",
            "municipality__grid_row",
            "municipality__grid_col",
            "is_expected",
            "accepted__pk",
            *(f"accepted__grade_{grade}" for grade in campaign.grades),
            *(f"accepted__roll_{grade}" for grade in campaign.grades),
            *(f"roll_{grade}" for grade in campaign.grades),
        )
    )
    found = []
    for pk, name, municipality_id, municipality, slug, tile_row, tile_col, expected, report, *numbers in rows:
        if not expected and pk not in held:
            continue
        counts, *reached = held.get(pk, (Counts(),))
        place = (municipality_id, municipality, slug, (tile_row, tile_col))
        coverage, grades = Coverage(), ()
        if expected:
            pupils, measured, roll = numbers[:width], numbers[width : 2 * width], numbers[2 * width :]
            if report is not None:
                grades = _reported(pupils, measured)
            else:
                grades = _bounds(reached, roll)
            if not grades:
                coverage = Coverage(without=1)
            else:
                sums = (sum(column) for column in zip(*grades, strict=True))
                coverage = Coverage(*sums, reported=int(report is not None), awaited=int(report is None))
        found.append(SchoolRow(pk, name, *place, expected, counts, coverage, expected and report is not None, grades))
    return found


def _reported(pupils, measured) -> tuple:
    """Return what an accepted report says of each grade, nothing if it was measured on no enrolment. A grade that it
    was not asked for bears nothing on either side."""
    if measured[0] is None:
        return ()
    return tuple((0, 0, 0) if n is None else (n, n, of) for n, of in zip(pupils, measured, strict=True))


def _bounds(reached, roll) -> tuple:
    """Return the bounds of each grade from events alone, nothing without enrolment; ``reached`` holds the largest
    event of each grade and then the sum of each."""
    if roll[0] is None:
        return ()
    if not reached:
        return tuple((0, 0, of) for of in roll)
    width = len(roll)
    return tuple(
        (min(largest, of), min(together, of), of)
        for largest, together, of in zip(reached[:width], reached[width:], roll, strict=True)
    )


def coverage_by_grade(campaign, rows: list[SchoolRow]) -> list[tuple[int, Coverage]]:
    """Return the coverage of each grade of the campaign, added up over the schools that bear it."""
    bearing = [row for row in rows if row.grades]
    whole = coverage_of(bearing)
    found = []
    for at, grade in enumerate(campaign.grades):
        sums = (sum(row.grades[at][place] for row in bearing) for place in range(3))
        found.append((grade, Coverage(*sums, reported=whole.reported, awaited=whole.awaited)))
    return found


def coverage_of(rows) -> Coverage:
    """Add up the coverage of ``rows`` of schools."""
    return sum((row.coverage for row in rows), Coverage())


@dataclass(frozen=True)
class MunicipalityRow:
    """A municipality in a campaign."""

    pk: int
    name: str
    slug: str
    tile: tuple[int, int]
    counts: Counts
    expected: int
    taking_part: int
    coverage: Coverage

    @property
    def missing(self) -> int:
        """Schools that logged nothing."""
        return self.expected - self.taking_part


def municipalities(rows: list[SchoolRow], matrix: dict) -> list[MunicipalityRow]:
    """Return the municipalities of ``rows`` (as :func:`schools` gave them) with what ``matrix`` says of them.

    ``matrix`` counts events held in each municipality by format; an event has one format, so those add up to the
    municipality. Schools would not: several may hold one event together.
    """
    counted = defaultdict(Counts)
    for (place, _format), counts in matrix.items():
        counted[place] += counts
    grouped = defaultdict(list)
    for row in rows:
        grouped[row.municipality_id].append(row)
    return [
        MunicipalityRow(
            pk,
            own[0].municipality,
            own[0].municipality_slug,
            own[0].tile,
            counted[pk],
            sum(row.expected for row in own),
            sum(row.took_part for row in own),
            coverage_of(own),
        )
        for pk, own in grouped.items()
    ]
