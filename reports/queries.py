"""What dashboards and summaries count. Everything is aggregated by the database; a level costs the same number
of queries whatever its size.

Events held are counted anew by each query (``events_held()``) and never added up from another's rows.
Participations, pupils enrolled and coverage bounds do add up.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import BigIntegerField, Count, ExpressionWrapper, F, FilteredRelation, Max, Q, QuerySet, Sum
from django.db.models.functions import Least

from campaigns.models import Campaign, Format
from campaigns.phases import Phase
from events.figures import events_held
from events.models import Event
from portal import clock
from portal.grades import GRADES
from portal.models import Municipality, Partner, School

ACCEPTED, SUBMITTED = Event.Status.ACCEPTED, Event.Status.SUBMITTED
WAITS_LONG = timedelta(days=3)


@dataclass(frozen=True)
class Level:
    """What a dashboard is about: a campaign in its region, in one municipality or in one school."""

    campaign: Campaign
    municipality: Municipality | None = None
    school: School | None = None

    @property
    def is_region(self) -> bool:
        return self.municipality is None and self.school is None

    @property
    def params(self) -> dict:
        """The part of the event list's address that narrows it to this level."""
        params = {"campaign": self.campaign.slug}
        if self.school:
            params["school"] = self.school.pk
        elif self.municipality:
            params["municipality"] = self.municipality.slug
        return params

    def events(self, *campaigns) -> QuerySet[Event]:
        """Held events of the level, in its campaign or in ``campaigns``."""
        events = Event.objects.order_by().held().filter(campaign__in=campaigns or [self.campaign])
        if self.school:
            return events.filter(school=self.school)
        if self.municipality:
            return events.filter(school__municipality=self.municipality)
        return events

    def schools(self) -> QuerySet[School]:
        """All schools of the level, those that closed included."""
        if self.school:
            return School.objects.filter(pk=self.school.pk)
        if self.municipality:
            return School.objects.filter(municipality=self.municipality)
        return School.objects.filter(municipality__region_id=self.campaign.region_id)


@dataclass(frozen=True)
class Counts:
    """Events held and participations, accepted and under review told apart."""

    accepted: int = 0
    submitted: int = 0
    participations: int = 0
    participations_submitted: int = 0

    @property
    def held(self) -> int:
        return self.accepted + self.submitted

    def __add__(self, other):
        """Add parts that share no event: days, formats or kinds of one level, never places."""
        return Counts(
            self.accepted + other.accepted,
            self.submitted + other.submitted,
            self.participations + other.participations,
            self.participations_submitted + other.participations_submitted,
        )


_IS_ACCEPTED, _IS_SUBMITTED = Q(status=ACCEPTED), Q(status=SUBMITTED)
_COUNTS = {
    "accepted": events_held(_IS_ACCEPTED),
    "submitted": events_held(_IS_SUBMITTED),
    "participations": Sum("participants", filter=_IS_ACCEPTED, default=0),
    "participations_submitted": Sum("participants", filter=_IS_SUBMITTED, default=0),
}


def _by(events, key, **more) -> dict:
    """Count ``events`` by the column ``key``: ``{value: (Counts, *more)}``."""
    rows = events.values_list(key).annotate(**_COUNTS, **more)
    return {value: (Counts(*counted[:4]), *counted[4:]) for value, *counted in rows}


_NOTHING = (Counts(),)


def mark_of(level: Level) -> str:
    """Return a mark that changes whenever a held event of the level does: each action gives it a new version."""
    versions = ExpressionWrapper(F("pk") * F("version"), output_field=BigIntegerField())
    row = level.events().aggregate(
        n=Count("pk"), accepted=Count("pk", filter=_IS_ACCEPTED), people=Sum("participants"), versions=Sum(versions)
    )
    return "-".join(str(value or 0) for value in row.values())


# --- Whole levels ----------------------------------------------------------------------------


@dataclass(frozen=True)
class GradeCount:
    """Participations of one grade; ``events`` counts are filled only where they were asked for."""

    grade: int
    accepted: int
    submitted: int
    events_accepted: int = 0
    events_submitted: int = 0


@dataclass(frozen=True)
class Totals:
    """A level's own figures."""

    counts: Counts
    teachers: int
    parents: int
    flagged: int
    waiting_long: int
    grades: tuple[GradeCount, ...]


def _measures() -> dict:
    return {
        "held": events_held(),
        "people": Sum("participants"),
        "taught": Sum("teachers"),
        "parented": Sum("parents"),
        "doubtful": events_held(Q(flagged=True)),
        "waiting": events_held(Q(submitted_at__lt=clock.now() - WAITS_LONG)),
        **{f"sum_{grade}": Sum(f"grade_{grade}") for grade in GRADES},
    }


def _totals(rows) -> Totals:
    """Put the rows of a query with :func:`_measures` together: by status, and by parts that share no event."""
    accepted, submitted = Counter(), Counter()
    for row in rows:
        found = accepted if row.pop("status") == ACCEPTED else submitted
        row.pop("format_id", None)
        found.update(row)
    return Totals(
        Counts(accepted["held"], submitted["held"], accepted["people"], submitted["people"]),
        accepted["taught"],
        accepted["parented"],
        submitted["doubtful"],
        submitted["waiting"],
        tuple(GradeCount(grade, accepted[f"sum_{grade}"], submitted[f"sum_{grade}"]) for grade in GRADES),
    )


def totals(level: Level) -> Totals:
    """Return the level's own figures: one query."""
    return _totals(level.events().values("status").annotate(**_measures()))


def grades_with_events(level: Level) -> list[GradeCount]:
    """Return participations and events held by grade: an event of several grades counts in each of them."""
    measures = {}
    for grade in GRADES:
        took_part = Q(**{f"grade_{grade}__gt": 0})
        for name, state in (("accepted", _IS_ACCEPTED), ("submitted", _IS_SUBMITTED)):
            measures[f"{name}_{grade}"] = Sum(f"grade_{grade}", filter=state, default=0)
            measures[f"events_{name}_{grade}"] = events_held(state & took_part)
    row = level.events().aggregate(**measures)
    names = ("accepted", "submitted", "events_accepted", "events_submitted")
    return [GradeCount(grade, *(row[f"{name}_{grade}"] for name in names)) for grade in GRADES]


def partners_by_kind(level: Level) -> dict[str, int]:
    """Return how many different organisations the held events name, by kind (an organisation has one)."""
    through = Event.partners.through.objects.filter(event__in=level.events().values("pk")).order_by()
    return dict(through.values_list("partner__kind").annotate(n=Count("partner_id", distinct=True)))


def partner_rows(level: Level) -> list[dict]:
    """Return each organisation with the events held with it, most first."""
    through = Event.partners.through.objects.filter(event__in=level.events().values("pk"))
    counted = (
        through.order_by()
        .values("partner_id")
        .annotate(
            accepted=Count("event_id", distinct=True, filter=Q(event__status=ACCEPTED)),
            submitted=Count("event_id", distinct=True, filter=Q(event__status=SUBMITTED)),
        )
    )
    found = {row["partner_id"]: row for row in counted}
    partners = Partner.objects.filter(pk__in=found).order_by("name", "pk")
    rows = [{"name": p.name, "kind": p.get_kind_display(), **found[p.pk]} for p in partners]
    return sorted(rows, key=lambda row: -(row["accepted"] + row["submitted"]))


@dataclass(frozen=True)
class DayCount:
    day: date
    counts: Counts


def days(level: Level) -> list[DayCount]:
    """Return what was held by first day: one query."""
    rows = level.events().values_list("starts_on").annotate(**_COUNTS).order_by("starts_on")
    return [DayCount(day, Counts(*counted)) for day, *counted in rows]


def past_days(level: Level) -> list[DayCount]:
    """Return what was accepted by first day in the campaign compared with, if there is one: one query."""
    if level.campaign.previous is None:
        return []
    events = level.events(level.campaign.previous).filter(status=ACCEPTED)
    rows = events.values_list("starts_on").annotate(held=events_held(), people=Sum("participants"))
    return [DayCount(day, Counts(held, 0, people, 0)) for day, held, people in rows.order_by("starts_on")]


@dataclass(frozen=True)
class Past:
    """The campaign compared with; ``until`` is the day that stands as far from its start as today does from
    this one's, None once a window is over: then it is compared as a whole."""

    campaign: Campaign
    until: date | None
    counts: Counts


def same_day_of(campaign: Campaign, past: Campaign, today: date) -> date | None:
    """Return the day of ``past`` that is as far from its start as ``today`` from the start of ``campaign``;
    None when either window is over by then."""
    if today >= campaign.ends_on:
        return None
    day = past.starts_on + max(today - campaign.starts_on, timedelta(0))
    return day if day < past.ends_on else None


def past_of(campaign: Campaign, past: list[DayCount], today: date) -> Past | None:
    """Return what of the previous campaign had been held by the same day, as accepted since. An event has one first
    day, so days add up."""
    if campaign.previous is None:
        return None
    until = same_day_of(campaign, campaign.previous, today)
    counted = (day.counts for day in past if until is None or day.day <= until)
    return Past(campaign.previous, until, sum(counted, Counts()))


# --- Schools, enrolment and coverage ---------------------------------------------------------


@dataclass(frozen=True)
class Coverage:
    """Bounds of the different pupils who took part, out of the enrolled ones of the schools that count.

    ``of`` is 0 where no enrolment is known: then there is no share. ``without`` schools are left out of both
    sides, their enrolment not being known.
    """

    low: int = 0
    high: int = 0
    of: int = 0
    without: int = 0

    @property
    def low_share(self):
        """The lower bound as ``(n, of)``, or None where nothing is known to measure it on."""
        return (self.low, self.of) if self.of else None

    @property
    def high_share(self):
        return (self.high, self.of) if self.of else None

    def __add__(self, other):
        return Coverage(self.low + other.low, self.high + other.high, self.of + other.of, self.without + other.without)


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


def schools(level: Level) -> list[SchoolRow]:
    """Return the level's schools by municipality and name, with their counts and bounds: two queries.

    A school that closed before the window's last day stands here only if it held something.
    """
    campaign = level.campaign
    largest = {f"largest_{grade}": Max(f"grade_{grade}") for grade in campaign.grades}
    together = {f"together_{grade}": Sum(f"grade_{grade}") for grade in campaign.grades}
    held = _by(level.events(), "school_id", **largest, **together)
    roll = FilteredRelation("enrolments", condition=Q(enrolments__academic_year=campaign.academic_year))
    rows = (
        level.schools()
        .annotate(roll=roll)
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
            *(f"roll__grade_{grade}" for grade in campaign.grades),
        )
    )
    found = []
    width = len(campaign.grades)
    for pk, name, municipality_id, municipality, slug, tile_row, tile_col, opened, closed, *pupils in rows:
        expected = (opened is None or opened <= campaign.ends_on) and (closed is None or closed > campaign.ends_on)
        if not expected and pk not in held:
            continue
        counts, *reached = held.get(pk, _NOTHING)
        coverage = Coverage()
        if expected and pupils[0] is None:
            coverage = Coverage(without=1)
        elif expected:
            low = sum(map(min, reached[:width], pupils))
            high = sum(map(min, reached[width:], pupils))
            coverage = Coverage(low, high, sum(pupils))
        place = (municipality_id, municipality, slug, (tile_row, tile_col))
        found.append(SchoolRow(pk, name, *place, expected, counts, coverage))
    return found


def coverage_by_grade(level: Level) -> list[tuple[int, Coverage]]:
    """Return the bounds of each grade of the campaign, added up over the schools that bear coverage: two queries."""
    campaign = level.campaign
    roll = FilteredRelation("enrolments", condition=Q(enrolments__academic_year=campaign.academic_year))
    bearing = level.schools().open_on(campaign.ends_on).annotate(roll=roll).filter(roll__isnull=False)
    enrolled = bearing.aggregate(**{f"of_{grade}": Sum(f"roll__grade_{grade}", default=0) for grade in campaign.grades})
    events = _with_roll(level.events().filter(school__in=bearing.values("pk")), campaign)
    bounds = {f"low_{grade}": _low(grade) for grade in campaign.grades}
    bounds |= {f"high_{grade}": _high(grade) for grade in campaign.grades}
    reached = (
        events.values("school_id")
        .annotate(**bounds)
        .aggregate(**{f"{name}_sum": Sum(name, default=0) for name in bounds})
    )
    return [
        (grade, Coverage(reached[f"low_{grade}_sum"], reached[f"high_{grade}_sum"], enrolled[f"of_{grade}"]))
        for grade in campaign.grades
    ]


def whole_coverage(by_grade) -> Coverage:
    """Return a school's coverage as the sum of its grades' (:func:`coverage_by_grade`)."""
    whole = sum((coverage for _grade, coverage in by_grade), Coverage())
    return whole if whole.of else Coverage(without=1)


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


# --- Formats and kinds -----------------------------------------------------------------------


@dataclass(frozen=True)
class FormatRow:
    """A format that the campaign offers, with its use."""

    format: Format
    counts: Counts


def formats(level: Level) -> tuple[list[FormatRow], Totals]:
    """Return the offered formats, most used first, the unused last; and the level's own figures: two queries.

    An event has one format, so the formats of a level add up to it.
    """
    counted = list(level.events().values("format_id", "status").annotate(**_measures()))
    by_format = defaultdict(Counts)
    for row in counted:
        parts = (row["held"], 0, row["people"], 0) if row["status"] == ACCEPTED else (0, row["held"], 0, row["people"])
        by_format[row["format_id"]] += Counts(*parts)
    offered = level.campaign.formats.order_by("name", "pk")
    rows = [FormatRow(format_, by_format[format_.pk]) for format_ in offered]
    return sorted(rows, key=lambda row: (-row.counts.held, -row.counts.participations)), _totals(counted)


@dataclass(frozen=True)
class KindRow:
    kind: str
    label: str
    counts: Counts


def kinds(rows: list[FormatRow]) -> list[KindRow]:
    """Return the kinds of the formats ``rows`` that were used, most used first.

    An event has one format and a format one kind, so within a level the formats of a kind do add up.
    """
    grouped = defaultdict(list)
    for row in rows:
        if row.counts.held:
            grouped[row.format.kind].append(row.counts)
    found = [KindRow(kind, Format.Kind(kind).label, sum(counts, Counts())) for kind, counts in grouped.items()]
    return sorted(found, key=lambda row: (-row.counts.held, row.kind))


def municipality_by_format(level: Level) -> dict[tuple[int, int], Counts]:
    """Return what was held, by municipality and format, as ``{(municipality id, format id): counts}``: one query."""
    rows = level.events().values_list("school__municipality_id", "format_id").annotate(**_COUNTS)
    return {(place, format_): Counts(*counted) for place, format_, *counted in rows}


# --- Pages -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Dashboard:
    """Everything that a dashboard shows."""

    level: Level
    today: date
    totals: Totals
    past: Past | None
    days: list[DayCount]
    past_days: list[DayCount]
    schools: list[SchoolRow]
    municipalities: list[MunicipalityRow]
    formats: list[FormatRow]
    kinds: list[KindRow]
    partners: dict[str, int]
    matrix: dict
    coverage: Coverage
    coverage_by_grade: list[tuple[int, Coverage]]

    @property
    def expected(self) -> int:
        return sum(row.expected for row in self.schools)

    @property
    def taking_part(self) -> int:
        return sum(row.took_part for row in self.schools)

    @property
    def missing(self) -> int:
        return self.expected - self.taking_part


def dashboard(level: Level) -> Dashboard:
    """Count everything that the dashboard of ``level`` shows: seven queries, eight for a region."""
    campaign = level.campaign
    today = clock.local_today(campaign.region)
    past = past_days(level)
    by_grade = coverage_by_grade(level) if level.school else []
    rows = [] if level.school else schools(level)
    used, own = formats(level)
    matrix = municipality_by_format(level) if level.is_region else {}
    return Dashboard(
        level=level,
        today=today,
        totals=own,
        past=past_of(campaign, past, today),
        days=days(level),
        past_days=past,
        schools=rows,
        municipalities=municipalities(rows, matrix) if level.is_region else [],
        formats=used,
        kinds=kinds(used),
        partners=partners_by_kind(level),
        matrix=matrix,
        coverage=whole_coverage(by_grade) if level.school else coverage_of(rows),
        coverage_by_grade=by_grade,
    )


SUMMARY_PHASES = (Phase.RUNNING, Phase.REPORTING, Phase.REVIEW, Phase.DECISION, Phase.CLOSED)
"""When a summary is built: "so far" until the campaign closes, then in full."""
SUMMARY_IS_NEWS = timedelta(days=14)
"""How long a ready full summary stands among the things to do."""
