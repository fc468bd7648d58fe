"""What was held: events and participations of a level by day, grade, format, kind and place.

Everything is aggregated by the database; a level costs the same number of queries whatever its size. Events held
are counted anew by each query (``events_held()``) and never added up from another's rows.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q, Sum

from campaigns.models import Campaign, Format
from events.figures import events_held
from events.models import Event
from portal import clock
from portal.grades import GRADES
from portal.models import Partner
from reports.queries.levels import Level

ACCEPTED, SUBMITTED = Event.Status.ACCEPTED, Event.Status.SUBMITTED
WAITS_LONG = timedelta(days=3)


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
    "held": events_held(),
    "people": Sum("participants", filter=_IS_ACCEPTED, default=0),
    "people_submitted": Sum("participants", filter=_IS_SUBMITTED, default=0),
}


def _counts(accepted, held, people, people_submitted) -> Counts:
    """Put the values of :data:`_COUNTS` together. A joint event with one accepted attendance is an accepted one,
    whatever waits beside it: so those under review are what is held without being accepted."""
    return Counts(accepted, held - accepted, people, people_submitted)


def by(events, key, **more) -> dict:
    """Count ``events`` by the column ``key``: ``{value: (Counts, *more)}``."""
    rows = events.values_list(key).annotate(**_COUNTS, **more)
    return {value: (_counts(*counted[:4]), *counted[4:]) for value, *counted in rows}


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
    """A level's own figures. ``flagged`` and ``waiting_long`` are events to look at, attendances one by one."""

    counts: Counts
    teachers: int
    parents: int
    flagged: int
    waiting_long: int
    grades: tuple[GradeCount, ...]


def _measures() -> dict:
    return {
        **_COUNTS,
        "taught": Sum("teachers", filter=_IS_ACCEPTED, default=0),
        "parented": Sum("parents", filter=_IS_ACCEPTED, default=0),
        "doubtful": Count("pk", filter=_IS_SUBMITTED & Q(flagged=True)),
        "waiting": Count("pk", filter=_IS_SUBMITTED & Q(submitted_at__lt=clock.now() - WAITS_LONG)),
        **{f"sum_{grade}": Sum(f"grade_{grade}", filter=_IS_ACCEPTED, default=0) for grade in GRADES},
        **{f"under_{grade}": Sum(f"grade_{grade}", filter=_IS_SUBMITTED, default=0) for grade in GRADES},
    }


def _totals(rows) -> Totals:
    """Put the rows of a query with :func:`_measures` together: parts that share no event."""
    found = Counter()
    for row in rows:
        found.update({name: value for name, value in row.items() if name != "format_id"})
    return Totals(
        _counts(*(found[name] for name in _COUNTS)),
        found["taught"],
        found["parented"],
        found["doubtful"],
        found["waiting"],
        tuple(GradeCount(grade, found[f"sum_{grade}"], found[f"under_{grade}"]) for grade in GRADES),
    )


def totals(level: Level) -> Totals:
    """Return the level's own figures: one query."""
    return _totals([level.events().aggregate(**_measures())])


def grades_with_events(level: Level) -> list[GradeCount]:
    """Return participations and events held by grade: an event of several grades counts in each of them."""
    measures = {}
    for grade in GRADES:
        took_part = Q(**{f"grade_{grade}__gt": 0})
        measures[f"accepted_{grade}"] = Sum(f"grade_{grade}", filter=_IS_ACCEPTED, default=0)
        measures[f"submitted_{grade}"] = Sum(f"grade_{grade}", filter=_IS_SUBMITTED, default=0)
        measures[f"events_accepted_{grade}"] = events_held(_IS_ACCEPTED & took_part)
        measures[f"events_{grade}"] = events_held(took_part)
    row = level.events().aggregate(**measures)
    return [
        GradeCount(
            grade,
            row[f"accepted_{grade}"],
            row[f"submitted_{grade}"],
            row[f"events_accepted_{grade}"],
            row[f"events_{grade}"] - row[f"events_accepted_{grade}"],
        )
        for grade in GRADES
    ]


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
        .annotate(accepted=events_held(Q(event__status=ACCEPTED), event="event"), held=events_held(event="event"))
    )
    found = {row["partner_id"]: row | {"submitted": row["held"] - row["accepted"]} for row in counted}
    partners = Partner.objects.filter(pk__in=found).order_by("name", "pk")
    rows = [{"name": p.name, "kind": p.get_kind_display(), **found[p.pk]} for p in partners]
    return sorted(rows, key=lambda row: -(row["accepted"] + row["submitted"]))


@dataclass(frozen=True)
class DayCount:
    day: date
    counts: Counts


def days(level: Level) -> tuple[list[DayCount], list[DayCount]]:
    """Return what was held by first day, and what was accepted by first day in the campaign compared with, if there
    is one: one query."""
    previous = level.campaign.previous
    events = level.events(level.campaign, *([previous] if previous else []))
    counted = events.values_list("campaign_id", "starts_on").annotate(**_COUNTS).order_by("starts_on")
    now, past = [], []
    for campaign_id, day, *values in counted:
        counts = _counts(*values)
        if campaign_id == level.campaign.pk:
            now.append(DayCount(day, counts))
        elif counts.accepted:
            past.append(DayCount(day, Counts(counts.accepted, 0, counts.participations, 0)))
    return now, past


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
    counted = list(level.events().values("format_id").annotate(**_measures()))
    by_format = {row["format_id"]: _counts(*(row[name] for name in _COUNTS)) for row in counted}
    offered = level.campaign.formats.order_by("name", "pk")
    rows = [FormatRow(format_, by_format.get(format_.pk, Counts())) for format_ in offered]
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
    rows = level.events().values_list("folder__municipality_id", "format_id").annotate(**_COUNTS)
    return {(place, format_): _counts(*counted) for place, format_, *counted in rows}
