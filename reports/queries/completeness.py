"""Completeness: who has reported, out of whom it is expected, and when.

The terms are those of health information systems: the reporting rate is what was received out of what is expected,
timeliness what was received in time out of the same. Schools are expected as their folders in the campaign say,
municipalities if such a school belongs to them there and they coordinate it themselves. A report counts once however
often it was sent.
"""

from collections import defaultdict
from dataclasses import dataclass, fields
from datetime import date

from django.db.models import Exists, FilteredRelation, OuterRef, Q

from campaigns.due_dates import Lateness, due_until, lateness_of
from campaigns.models import SchoolCampaign, Stage
from events.figures import events_held
from portal import clock
from portal.models import Membership, Municipality
from reports.models import ReportStatus
from reports.queries.held import ACCEPTED
from reports.queries.levels import Level

OUTSTANDING = (ReportStatus.OPEN, ReportStatus.RETURNED)
"""Reports that wait for their author: not sent yet, or to be corrected."""


# --- One report ------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ReportLine:
    """How one expected report stands; ``status`` is "open" where it was not begun.

    ``due`` is the campaign's date, ``until`` the same with extensions; ``lateness`` says how the first sending stands
    to them on the day of asking.
    """

    pk: int
    name: str
    status: str = ReportStatus.OPEN
    submitted_on: date | None = None
    due: date
    until: date
    lateness: Lateness
    correct_by: date | None = None
    on_behalf: bool = False

    @property
    def is_received(self) -> bool:
        """Whether it was sent at least once; a return does not undo that."""
        return self.submitted_on is not None

    @property
    def is_accepted(self) -> bool:
        return self.status == ReportStatus.ACCEPTED

    @property
    def is_returned(self) -> bool:
        return self.status == ReportStatus.RETURNED

    @property
    def is_extended(self) -> bool:
        return self.until > self.due

    @property
    def last_day(self) -> date | None:
        """The day by which its author is to send it, or to correct it once it was sent."""
        return self.correct_by if self.is_received else self.until


@dataclass(frozen=True, kw_only=True)
class SchoolLine(ReportLine):
    """An expected school: its events in the campaign, accepted and under review, and its report, with the unique
    pupils that it says, the enrolled they were measured on, and who other than the school changed it last, and when."""

    municipality_id: int
    municipality: str
    municipality_slug: str
    events_accepted: int = 0
    events_submitted: int = 0
    events_due: date
    events_until: date
    is_begun: bool = False
    altered_by: str = ""
    altered_on: date | None = None
    pupils: int | None = None
    enrolled: int | None = None

    @property
    def events_held(self) -> int:
        return self.events_accepted + self.events_submitted


@dataclass(frozen=True, kw_only=True)
class MunicipalLine(ReportLine):
    """A municipality that reports itself, and its report."""

    slug: str


# --- Many reports ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Completeness:
    """How many reports are expected and how they stand.

    ``on_time``, ``extended``, ``late``, ``missing`` and ``awaited`` (not due yet) make up the expected;
    ``under_review``, ``returned`` and ``accepted`` are parts of the received.
    """

    expected: int = 0
    on_time: int = 0
    extended: int = 0
    late: int = 0
    missing: int = 0
    awaited: int = 0
    returned: int = 0
    under_review: int = 0
    accepted: int = 0

    @property
    def received(self) -> int:
        """Reports that were sent at least once."""
        return self.on_time + self.extended + self.late

    @property
    def not_received(self) -> int:
        return self.missing + self.awaited

    @property
    def in_time(self) -> int:
        """Received by the due date, that of an extension included."""
        return self.on_time + self.extended

    @property
    def reporting_rate(self):
        """The received as ``(n, of)``, or None where nothing is expected."""
        return (self.received, self.expected) if self.expected else None

    @property
    def timeliness(self):
        """The received in time as ``(n, of)``, or None where nothing is expected."""
        return (self.in_time, self.expected) if self.expected else None

    def __add__(self, other):
        return Completeness(*(getattr(self, part.name) + getattr(other, part.name) for part in fields(self)))


def completeness_of(lines) -> Completeness:
    """Count reports, each once."""
    whole = dict.fromkeys((part.name for part in fields(Completeness)), 0)
    of_status = {
        ReportStatus.SUBMITTED: "under_review",
        ReportStatus.RETURNED: "returned",
        ReportStatus.ACCEPTED: "accepted",
    }
    for line in lines:
        whole["expected"] += 1
        whole[line.lateness.value] += 1
        if line.is_received and line.status in of_status:
            whole[of_status[line.status]] += 1
    return Completeness(**whole)


@dataclass(frozen=True)
class PlaceLine:
    """A municipality: the completeness of its schools, and its own report (None where it has none to write)."""

    pk: int
    name: str
    slug: str
    schools: Completeness
    report: MunicipalLine | None


# --- What is expected of a level -------------------------------------------------------------


def school_lines(level: Level, today: date | None = None) -> list[SchoolLine]:
    """Return the expected schools of a level by municipality and name, each with its events and its report: two
    queries."""
    campaign, today = level.campaign, today or clock.local_today(level.campaign.region)
    counted = level.events().values_list("school_id").annotate(n=events_held(Q(status=ACCEPTED)), held=events_held())
    events = {pk: (accepted, held - accepted) for pk, accepted, held in counted}
    rows = (
        level.folders()
        .expected()
        .annotate(
            events_until=due_until(Stage.EVENTS, campaign, municipality="municipality"),
            until=due_until(Stage.SCHOOL_REPORT, campaign, municipality="municipality", sent_on="report__submitted_on"),
        )
        .order_by("municipality__name", "municipality_id", "school__name", "school_id")
        .values_list(
            "school_id",
            "school__name",
            "municipality_id",
            "municipality__name",
            "municipality__slug",
            "events_until",
            "until",
            "report__status",
            "report__submitted_on",
            "report__correct_by",
            "report__on_behalf",
            "report__altered_at",
            "report__altered_by__name",
            "report__altered_by__email",
            "report__pupils",
            "report__enrolled",
        )
    )
    lines = []
    for pk, name, place, place_name, slug, events_until, until, status, sent_on, correct_by, on_behalf, *said in rows:
        altered_at, altered_name, altered_email, pupils, enrolled = said
        accepted, submitted = events.get(pk, (0, 0))
        lines.append(
            SchoolLine(
                pk=pk,
                name=name,
                municipality_id=place,
                municipality=place_name,
                municipality_slug=slug,
                events_accepted=accepted,
                events_submitted=submitted,
                events_due=campaign.events_due,
                events_until=events_until,
                status=status or ReportStatus.OPEN,
                submitted_on=sent_on,
                due=campaign.school_reports_due,
                until=until,
                lateness=lateness_of(sent_on, campaign.school_reports_due, until, today),
                correct_by=correct_by,
                on_behalf=bool(on_behalf),
                is_begun=status is not None,
                altered_by=(altered_name or altered_email) if altered_at else "",
                altered_on=clock.local_date(altered_at, campaign.region.time_zone) if altered_at else None,
                pupils=pupils,
                enrolled=enrolled,
            )
        )
    return lines


def expected_municipalities(campaign):
    """Return the municipalities that report themselves in ``campaign`` (it may be an expression): those to which a
    school belongs there that a report is expected of."""
    folders = SchoolCampaign.objects.expected().filter(municipality=OuterRef("pk"), campaign=campaign)
    return Municipality.objects.filter(Exists(folders)).exclude(kind=Municipality.Kind.REGIONAL)


def municipal_lines(level: Level, today: date | None = None) -> list[MunicipalLine]:
    """Return the municipalities of a level that report themselves, by name: one query."""
    campaign, today = level.campaign, today or clock.local_today(level.campaign.region)
    places = expected_municipalities(campaign)
    if level.municipality:
        places = places.filter(pk=level.municipality.pk)
    rows = (
        places.annotate(
            report=FilteredRelation("reports", condition=Q(reports__campaign=campaign)),
            until=due_until(
                Stage.MUNICIPAL_REPORT, campaign, school=None, municipality="pk", sent_on="report__submitted_on"
            ),
        )
        .order_by("name", "pk")
        .values_list(
            "pk",
            "name",
            "slug",
            "until",
            "report__status",
            "report__submitted_on",
            "report__correct_by",
            "report__on_behalf",
        )
    )
    return [
        MunicipalLine(
            pk=pk,
            name=name,
            slug=slug,
            status=status or ReportStatus.OPEN,
            submitted_on=sent_on,
            due=campaign.municipal_reports_due,
            until=until,
            lateness=lateness_of(sent_on, campaign.municipal_reports_due, until, today),
            correct_by=correct_by,
            on_behalf=bool(on_behalf),
        )
        for pk, name, slug, until, status, sent_on, correct_by, on_behalf in rows
    ]


def places(schools: list[SchoolLine], reports: list[MunicipalLine]) -> list[PlaceLine]:
    """Put together the municipalities of ``schools`` (as :func:`school_lines` gave them) with their own ``reports``."""
    own, grouped = {line.pk: line for line in reports}, defaultdict(list)
    for line in schools:
        grouped[line.municipality_id].append(line)
    return [
        PlaceLine(pk, lines[0].municipality, lines[0].municipality_slug, completeness_of(lines), own.get(pk))
        for pk, lines in grouped.items()
    ]


# --- Whom to remind --------------------------------------------------------------------------


@dataclass(frozen=True)
class Contact:
    """A coordinator: how to reach them."""

    name: str
    email: str
    phone: str


@dataclass(frozen=True)
class Reminder:
    """Who is to be reminded: the last day (None: no day is named), how many days ago that was, whom to write to."""

    line: ReportLine
    last_day: date | None
    days: int
    contacts: tuple[Contact, ...]


def outstanding(level: Level, stage: Stage) -> list[ReportLine]:
    """Return the lines of a level where ``stage`` is not done: no event logged, a report not sent or returned."""
    if stage == Stage.EVENTS:
        return [line for line in school_lines(level) if not line.events_held]
    lines = municipal_lines(level) if stage == Stage.MUNICIPAL_REPORT else school_lines(level)
    return [line for line in lines if line.status in OUTSTANDING]


def reminders(level: Level, stage: Stage) -> list[Reminder]:
    """Return who is to be reminded of ``stage``, the longest overdue first: one query more than :func:`outstanding`."""
    today, lines = clock.local_today(level.campaign.region), outstanding(level, stage)
    place = "municipality" if stage == Stage.MUNICIPAL_REPORT else "school"
    role = Membership.Role.MUNICIPAL if stage == Stage.MUNICIPAL_REPORT else Membership.Role.SCHOOL
    contacts, found = _contacts(place, role, [line.pk for line in lines]), []
    for line in lines:
        last = line.events_until if stage == Stage.EVENTS else line.last_day
        days = max((today - last).days, 0) if last else 0
        found.append(Reminder(line, last, days, contacts.get(line.pk, ())))
    return sorted(found, key=lambda row: -row.days)


def _contacts(place: str, role, ids) -> dict[int, tuple[Contact, ...]]:
    """Return those who hold ``role`` today in the places ``ids``: ``{id: contacts}``."""
    rows = (
        Membership.objects.active()
        .filter(role=role, user__is_active=True, **{f"{place}__in": ids})
        .order_by("user__name", "pk")
        .values_list(f"{place}_id", "user__name", "user__email", "user__phone")
    )
    found = defaultdict(list)
    for pk, *who in rows:
        # A membership that ends may overlap the one that follows it.
        if (contact := Contact(*who)) not in found[pk]:
            found[pk].append(contact)
    return {pk: tuple(contacts) for pk, contacts in found.items()}
