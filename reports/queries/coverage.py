"""Coverage: how many different pupils were reached, out of how many enrolled.

A school whose report is accepted says the number itself. Of the others the log of events gives bounds alone: no
figure is invented, and each level says how many of its schools' reports it rests on.
"""

from collections import defaultdict
from dataclasses import dataclass, replace

from django.db.models import Count, FilteredRelation, Max, Q, QuerySet, Sum
from django.db.models.functions import Least

from events.models import Event
from portal.models import School
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

    @property
    def took_part(self) -> bool:
        return self.expected and self.counts.held > 0


def _with_roll(events, campaign) -> QuerySet[Event]:
    """Join the enrolment of each event's school in the campaign's academic year: one row a school, or none."""
    year = Q(school__enrolments__academic_year=campaign.academic_year)
    return events.annotate(roll=FilteredRelation("school__enrolments", condition=year))


def _low(grade):
    """The fewest pupils of a school's grade who can have come: its largest event, within the enrolled."""
    return Least(Max(f"grade_{grade}"), Max(f"roll__grade_{grade}"))


def _high(grade):
    """The most pupils who can have come: all its events together, within the enrolled."""
    return Least(Sum(f"grade_{grade}"), Max(f"roll__grade_{grade}"))


def _with_sources(schools, campaign) -> QuerySet[School]:
    """Join to each school its enrolment of the campaign's year (``roll``) and its accepted report (``told``): one row
    a school, each or neither there."""
    year = Q(enrolments__academic_year=campaign.academic_year)
    accepted = Q(reports__campaign=campaign, reports__status=ReportStatus.ACCEPTED)
    return schools.annotate(
        roll=FilteredRelation("enrolments", condition=year), told=FilteredRelation("reports", condition=accepted)
    )


def schools(level: Level) -> list[SchoolRow]:
    """Return the level's schools by municipality and name, with their counts and coverage: two queries.

    A school that closed before the window's last day stands here only if it held something.
    """
    campaign = level.campaign
    largest = {f"largest_{grade}": Max(f"grade_{grade}") for grade in campaign.grades}
    together = {f"together_{grade}": Sum(f"grade_{grade}") for grade in campaign.grades}
    held = by(level.events(), "school_id", **largest, **together)
    rows = (
        _with_sources(level.schools(), campaign)
        .order_by("municipality__name", "municipality_id", "name", "pk")
        .values_list(
            "pk",
            "name",
            "municipality_id",
            "municipality__name",
            "municipality__slug",
            "municipality__grid_row",
            "municipality__grid_col",
            "opened_on",
            "closed_on",
            "told__pupils",
            "told__enrolled",
            *(f"roll__grade_{grade}" for grade in campaign.grades),
        )
    )
    found = []
    for pk, name, municipality_id, municipality, slug, tile_row, tile_col, opened, closed, *numbers in rows:
        told, roll = numbers[:2], numbers[2:]
        expected = (opened is None or opened <= campaign.ends_on) and (closed is None or closed > campaign.ends_on)
        if not expected and pk not in held:
            continue
        counts, *reached = held.get(pk, (Counts(),))
        place = (municipality_id, municipality, slug, (tile_row, tile_col))
        coverage = _coverage_of_school(roll, reached, told) if expected else Coverage()
        found.append(SchoolRow(pk, name, *place, expected, counts, coverage))
    return found


def _coverage_of_school(roll, reached, told) -> Coverage:
    """Return what an expected school bears: what its accepted report ``told`` (pupils and enrolled), or the bounds of
    the events: ``reached`` holds the largest event of each grade and then the sum of each."""
    pupils, enrolled = told
    if pupils is not None:
        return Coverage(without=1) if enrolled is None else Coverage(pupils, pupils, enrolled, reported=1)
    if roll[0] is None:
        return Coverage(without=1)
    width = len(roll)
    low = sum(map(min, reached[:width], roll))
    high = sum(map(min, reached[width:], roll))
    return Coverage(low, high, sum(roll), awaited=1)


def coverage_by_grade(level: Level) -> list[tuple[int, Coverage]]:
    """Return the coverage of each grade of the campaign, added up over the schools that bear it: two queries."""
    campaign = level.campaign
    expected = _with_sources(level.schools().open_on(campaign.ends_on), campaign)
    is_told = Q(told__enrolled__isnull=False)
    is_awaited = Q(told__isnull=True, roll__isnull=False)
    sums = {f"n_{grade}": Sum(f"told__grade_{grade}", filter=is_told, default=0) for grade in campaign.grades}
    sums |= {f"of_{grade}": Sum(f"told__roll_{grade}", filter=is_told, default=0) for grade in campaign.grades}
    sums |= {f"more_{grade}": Sum(f"roll__grade_{grade}", filter=is_awaited, default=0) for grade in campaign.grades}
    schools = {"told_by": Count("pk", filter=is_told), "awaited": Count("pk", filter=is_awaited)}
    known = expected.aggregate(**schools, **sums)
    awaited = expected.filter(is_awaited)
    events = _with_roll(level.events().filter(school__in=awaited.values("pk")), campaign)
    bounds = {f"low_{grade}": _low(grade) for grade in campaign.grades}
    bounds |= {f"high_{grade}": _high(grade) for grade in campaign.grades}
    reached = (
        events.values("school_id")
        .annotate(**bounds)
        .aggregate(**{f"{name}_sum": Sum(name, default=0) for name in bounds})
    )
    return [
        (
            grade,
            Coverage(
                known[f"n_{grade}"] + reached[f"low_{grade}_sum"],
                known[f"n_{grade}"] + reached[f"high_{grade}_sum"],
                known[f"of_{grade}"] + known[f"more_{grade}"],
                reported=known["told_by"],
                awaited=known["awaited"],
            ),
        )
        for grade in campaign.grades
    ]


def whole_coverage(by_grade) -> Coverage:
    """Add up the grades of one level (:func:`coverage_by_grade`): pupils add up, the schools are the same in each."""
    parts = [coverage for _grade, coverage in by_grade]
    whole = sum(parts, Coverage())
    return replace(whole, reported=parts[0].reported, awaited=parts[0].awaited) if parts else whole


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
