"""What dashboards and summaries count. Everything is aggregated by the database; a level costs the same number
of queries whatever its size.

Events held are counted anew by each query (``events_held()``) and never added up from another's rows.
Participations, pupils enrolled and coverage bounds do add up.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from django.db.models import Count, FilteredRelation, Max, Q, QuerySet, Sum

from campaigns.models import Campaign, Format
from campaigns.phases import Phase
from events.figures import events_held
from events.models import Event
from portal import clock
from portal.grades import GRADES
from portal.models import Municipality, Partner, School

ACCEPTED = Q(status=Event.Status.ACCEPTED)
SUBMITTED = Q(status=Event.Status.SUBMITTED)
WAITS_LONG = timedelta(days=3)


@dataclass(frozen=True)
class Level:
    """What a dashboard is about: a campaign in its region, in one municipality or in one school."""

    campaign: Campaign
    municipality: Municipality | None = None
    school: School | None = None

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


_COUNTS = {
    "accepted": events_held(ACCEPTED),
    "submitted": events_held(SUBMITTED),
    "participations": Sum("participants", filter=ACCEPTED, default=0),
    "participations_submitted": Sum("participants", filter=SUBMITTED, default=0),
}


def _counts(row: dict) -> Counts:
    return Counts(**{name: row[name] for name in _COUNTS})


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

    counts: Counts = Counts()
    teachers: int = 0
    parents: int = 0
    flagged: int = 0
    waiting_long: int = 0
    grades: tuple[GradeCount, ...] = ()


@dataclass(frozen=True)
class Past:
    """The campaign compared with; ``until`` is the day that stands as far from its start as today does from
    this one's, None once this one's window is over: then it is compared as a whole."""

    campaign: Campaign
    until: date | None
    counts: Counts = Counts()


def same_day_of(campaign: Campaign, past: Campaign, today: date) -> date | None:
    """Return the day of ``past`` that is as far from its start as ``today`` from the start of ``campaign``;
    None when either window is over by then."""
    if today >= campaign.ends_on:
        return None
    day = past.starts_on + max(today - campaign.starts_on, timedelta(0))
    return day if day < past.ends_on else None


def totals(level: Level, today: date | None = None) -> tuple[Totals, Past | None]:
    """Return the level's figures and, beside them, those of the previous campaign by the same day: one query."""
    campaign, previous = level.campaign, level.campaign.previous
    today = today or clock.local_today(campaign.region)
    until = same_day_of(campaign, previous, today) if previous else None
    wanted = Q(campaign=campaign)
    if previous:
        wanted |= Q(campaign=previous, starts_on__lte=until) if until else Q(campaign=previous)
    by_grade = {}
    for grade in GRADES:
        by_grade[f"accepted_{grade}"] = Sum(f"grade_{grade}", filter=ACCEPTED, default=0)
        by_grade[f"submitted_{grade}"] = Sum(f"grade_{grade}", filter=SUBMITTED, default=0)
    events = level.events(campaign, previous) if previous else level.events()
    rows = events.filter(wanted).values("campaign_id").annotate(
        **_COUNTS,
        **by_grade,
        taught=Sum("teachers", filter=ACCEPTED, default=0),
        parented=Sum("parents", filter=ACCEPTED, default=0),
        doubtful=events_held(SUBMITTED & Q(flagged=True)),
        waiting=events_held(SUBMITTED & Q(submitted_at__lt=clock.now() - WAITS_LONG)),
    )
    found = {row["campaign_id"]: row for row in rows}
    own = found.get(campaign.pk)
    past = None
    if previous:
        row = found.get(previous.pk)
        past = Past(previous, until, _counts(row) if row else Counts())
    if own is None:
        return Totals(grades=tuple(GradeCount(grade, 0, 0) for grade in GRADES)), past
    grades = tuple(GradeCount(grade, own[f"accepted_{grade}"], own[f"submitted_{grade}"]) for grade in GRADES)
    return Totals(_counts(own), own["taught"], own["parented"], own["doubtful"], own["waiting"], grades), past


def grades_with_events(level: Level) -> list[GradeCount]:
    """Return participations and events held by grade: an event of several grades counts in each of them."""
    wanted = {}
    for grade in GRADES:
        took_part = Q(**{f"grade_{grade}__gt": 0})
        wanted[f"accepted_{grade}"] = Sum(f"grade_{grade}", filter=ACCEPTED, default=0)
        wanted[f"submitted_{grade}"] = Sum(f"grade_{grade}", filter=SUBMITTED, default=0)
        wanted[f"events_accepted_{grade}"] = events_held(ACCEPTED & took_part)
        wanted[f"events_submitted_{grade}"] = events_held(SUBMITTED & took_part)
    row = level.events().aggregate(**wanted)
    parts = ("accepted", "submitted", "events_accepted", "events_submitted")
    return [GradeCount(grade, *(row[f"{part}_{grade}"] for part in parts)) for grade in GRADES]


def partners_by_kind(level: Level) -> dict[str, int]:
    """Return how many different organisations the held events name, by kind (an organisation has one)."""
    through = Event.partners.through.objects.filter(event__in=level.events().values("pk")).order_by()
    return dict(through.values_list("partner__kind").annotate(n=Count("partner_id", distinct=True)))


def partner_rows(level: Level) -> list[dict]:
    """Return each organisation with the events held with it, most first."""
    through = Event.partners.through.objects.filter(event__in=level.events().values("pk"))
    counted = through.order_by().values("partner_id").annotate(
        accepted=Count("event_id", distinct=True, filter=Q(event__status=Event.Status.ACCEPTED)),
        submitted=Count("event_id", distinct=True, filter=Q(event__status=Event.Status.SUBMITTED)),
    )
    found = {row["partner_id"]: row for row in counted}
    partners = Partner.objects.filter(pk__in=found).order_by("name", "pk")
    rows = [{"name": p.name, "kind": p.get_kind_display(), **found[p.pk]} for p in partners]
    return sorted(rows, key=lambda row: -(row["accepted"] + row["submitted"]))


@dataclass(frozen=True)
class DayCount:
    day: date
    counts: Counts


def days(level: Level, with_previous=False) -> dict[int, list[DayCount]]:
    """Return what was held by first day, as ``{campaign id: days in order}``."""
    previous = level.campaign.previous if with_previous else None
    events = level.events(level.campaign, previous) if previous else level.events()
    found = defaultdict(list)
    for row in events.values("campaign_id", "starts_on").annotate(**_COUNTS).order_by("starts_on"):
        found[row["campaign_id"]].append(DayCount(row["starts_on"], _counts(row)))
    return found


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
        return Coverage(
            self.low + other.low, self.high + other.high, self.of + other.of, self.without + other.without
        )


@dataclass(frozen=True)
class GradeBounds:
    """The bounds of one grade of one school: its largest event, all events, the pupils enrolled (None: not known)."""

    grade: int
    largest: int
    together: int
    enrolled: int | None

    @property
    def low(self) -> int:
        return min(self.largest, self.enrolled or 0)

    @property
    def high(self) -> int:
        return min(self.together, self.enrolled or 0)


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
    counts: Counts = Counts()
    grades: tuple[GradeBounds, ...] = field(default=(), repr=False)

    @property
    def took_part(self) -> bool:
        return self.expected and self.counts.held > 0

    @cached_property
    def coverage(self) -> Coverage:
        if not self.expected:
            return Coverage()
        if any(grade.enrolled is None for grade in self.grades):
            return Coverage(without=1)
        return Coverage(
            sum(grade.low for grade in self.grades),
            sum(grade.high for grade in self.grades),
            sum(grade.enrolled for grade in self.grades),
        )


def schools(level: Level) -> list[SchoolRow]:
    """Return the level's schools by municipality and name, with their counts and bounds: two queries.

    A school that closed before the window's last day stands here only if it held something.
    """
    campaign = level.campaign
    bounds = {}
    for grade in campaign.grades:
        bounds[f"largest_{grade}"] = Max(f"grade_{grade}")
        bounds[f"together_{grade}"] = Sum(f"grade_{grade}")
    held = {row["school_id"]: row for row in level.events().values("school_id").annotate(**_COUNTS, **bounds)}
    roll = FilteredRelation("enrolments", condition=Q(enrolments__academic_year=campaign.academic_year))
    columns = (
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
    order = ("municipality__name", "municipality_id", "name", "pk")
    found = []
    for row in level.schools().annotate(roll=roll).order_by(*order).values_list(*columns):
        pk, name, municipality_id, municipality, slug, tile_row, tile_col, opened, closed, *enrolled = row
        expected = (opened is None or opened <= campaign.ends_on) and (closed is None or closed > campaign.ends_on)
        counted = held.get(pk)
        if not expected and counted is None:
            continue
        grades = tuple(
            GradeBounds(
                grade,
                counted[f"largest_{grade}"] if counted else 0,
                counted[f"together_{grade}"] if counted else 0,
                pupils,
            )
            for grade, pupils in zip(campaign.grades, enrolled, strict=True)
        )
        counts = _counts(counted) if counted else Counts()
        place = (municipality_id, municipality, slug, (tile_row, tile_col))
        found.append(SchoolRow(pk, name, *place, expected, counts, grades))
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


def municipalities(level: Level, rows: list[SchoolRow]) -> list[MunicipalityRow]:
    """Return the municipalities of ``rows`` (as :func:`schools` gave them), with events counted anew: one query."""
    place = "school__municipality_id"
    counted = {row[place]: _counts(row) for row in level.events().values(place).annotate(**_COUNTS)}
    grouped = defaultdict(list)
    for row in rows:
        grouped[row.municipality_id].append(row)
    return [
        MunicipalityRow(
            pk,
            own[0].municipality,
            own[0].municipality_slug,
            own[0].tile,
            counted.get(pk, Counts()),
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
    schools: int


def formats(level: Level) -> list[FormatRow]:
    """Return the offered formats, most used first; the unused stand last: two queries."""
    counted = {
        row["format_id"]: row
        for row in level.events()
        .values("format_id")
        .annotate(**_COUNTS, schools=Count("school_id", distinct=True))
    }
    rows = []
    for offered in level.campaign.formats.order_by("name", "pk"):
        row = counted.get(offered.pk)
        rows.append(FormatRow(offered, _counts(row) if row else Counts(), row["schools"] if row else 0))
    return sorted(rows, key=lambda row: (-row.counts.held, -row.counts.participations))


@dataclass(frozen=True)
class KindRow:
    kind: str
    label: str
    counts: Counts
    schools: int


def kinds(level: Level) -> list[KindRow]:
    """Return the kinds of format that were used, most used first."""
    counted = level.events().values("format__kind").annotate(**_COUNTS, schools=Count("school_id", distinct=True))
    rows = [
        KindRow(row["format__kind"], Format.Kind(row["format__kind"]).label, _counts(row), row["schools"])
        for row in counted
    ]
    return sorted(rows, key=lambda row: (-row.counts.held, row.kind))


def municipality_by_format(level: Level) -> dict[tuple[int, int], Counts]:
    """Return what was held, by municipality and format, as ``{(municipality id, format id): counts}``."""
    keys = ("school__municipality_id", "format_id")
    rows = level.events().values(*keys).annotate(accepted=events_held(ACCEPTED), submitted=events_held(SUBMITTED))
    return {(row[keys[0]], row[keys[1]]): Counts(row["accepted"], row["submitted"]) for row in rows}


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

    @property
    def expected(self) -> int:
        return sum(row.expected for row in self.schools)

    @property
    def taking_part(self) -> int:
        return sum(row.took_part for row in self.schools)

    @property
    def missing(self) -> int:
        return self.expected - self.taking_part

    @cached_property
    def coverage(self) -> Coverage:
        return coverage_of(self.schools)

    @property
    def coverage_by_grade(self) -> list[tuple[int, Coverage]]:
        """The bounds of each grade of the campaign, added up over the schools that bear coverage."""
        rows = [row for row in self.schools if row.coverage.of]
        return [
            (
                grade,
                Coverage(
                    sum(row.grades[place].low for row in rows),
                    sum(row.grades[place].high for row in rows),
                    sum(row.grades[place].enrolled for row in rows),
                ),
            )
            for place, grade in enumerate(self.level.campaign.grades)
        ]


def dashboard(level: Level) -> Dashboard:
    """Count everything that the dashboard of ``level`` shows: nine queries for a school, eleven for a region."""
    campaign = level.campaign
    today = clock.local_today(campaign.region)
    own, past = totals(level, today)
    by_day = days(level, with_previous=True)
    rows = schools(level)
    is_region = level.school is None and level.municipality is None
    return Dashboard(
        level,
        today,
        own,
        past,
        by_day[campaign.pk],
        by_day[campaign.previous_id] if campaign.previous_id else [],
        rows,
        municipalities(level, rows) if is_region else [],
        formats(level),
        kinds(level),
        partners_by_kind(level),
        municipality_by_format(level) if is_region else {},
    )


SUMMARY_PHASES = (Phase.RUNNING, Phase.REPORTING, Phase.REVIEW, Phase.DECISION, Phase.CLOSED)
"""When a summary is built: "so far" until the campaign closes, then in full."""
