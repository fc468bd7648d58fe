"""What is known of a school in a campaign before it reports: its events, its enrolment, and the bounds that follow.

Held events are the submitted and accepted ones. For each grade the unique pupils lie between the largest event and
the sum of all events, both within the enrolled; for a kind, between the largest events of the kind over the
campaign's grades and the sum of its events, within the unique pupils in all.
"""

from dataclasses import dataclass

from django.db.models import Count, Max, Q, Sum

from campaigns.due_dates import due_of
from campaigns.models import Format, Stage
from events.checks import enrolment_of
from events.models import HELD, Event
from portal.models import Enrolment, Partner
from reports.models import ReportQuestion, ReportStatus, SchoolReport
from reports.rules import sees_group_numbers

Status = Event.Status


@dataclass(frozen=True)
class Range:
    """The numbers that are possible, both ends included."""

    low: int
    high: int

    @property
    def only(self) -> int | None:
        """The number, where only one is possible."""
        return self.low if self.low == self.high else None

    def __contains__(self, number) -> bool:
        return self.low <= number <= self.high


@dataclass(frozen=True)
class GradeKnown:
    """One grade of the campaign: pupils enrolled (None: not known), participations, and what follows from them."""

    grade: int
    enrolled: int | None
    participations: int
    took_part: Range

    @property
    def never(self) -> Range | None:
        """How many may never have taken part; None without enrolment."""
        if self.enrolled is None:
            return None
        return Range(self.enrolled - self.took_part.high, self.enrolled - self.took_part.low)


@dataclass(frozen=True)
class KindKnown:
    """One kind of format that was held: ``low`` and ``together`` are over the campaign's grades."""

    kind: str
    label: str
    accepted: int
    submitted: int
    participations: int
    low: int
    together: int

    @property
    def only(self) -> int | None:
        """The number, where only one is possible whatever the unique pupils in all."""
        return self.low if self.low == self.together else None

    def within(self, pupils: int) -> Range:
        """Return the range of the kind's unique pupils, given the unique ``pupils`` of all kinds."""
        return Range(self.low, max(min(self.together, pupils), self.low))


@dataclass(frozen=True)
class FormatKnown:
    """One format that was held."""

    name: str
    accepted: int
    submitted: int
    participations: int

    @property
    def held(self) -> int:
        return self.accepted + self.submitted


@dataclass(frozen=True)
class Known:
    """All of it. ``left`` counts what the school has not sent: drafts, planned and returned events; ``waiting`` what
    is under review, ``flagged`` of it above enrolment."""

    enrolment: Enrolment | None
    grades: tuple[GradeKnown, ...]
    kinds: tuple[KindKnown, ...]
    formats: tuple[FormatKnown, ...]
    accepted: int
    participations: int
    drafts: int
    planned: int
    returned: int
    waiting: int
    flagged: int

    @property
    def held(self) -> int:
        return self.accepted + self.waiting

    def grade(self, number: int) -> GradeKnown:
        return next(row for row in self.grades if row.grade == number)


_TODAYS: dict = {}


def known_of(school, campaign, roll: dict | None = _TODAYS, grades=None) -> Known:
    """Return what is known of ``school`` in ``campaign``: two queries. ``roll`` is the enrolment that an accepted
    report was measured on, taken in place of today's; None where it was measured on none. ``grades`` are those of a
    report that is read, in place of the campaign's."""
    asked = campaign.grades if grades is None else grades
    enrolment = enrolment_of(school, campaign)
    if roll is _TODAYS:
        roll = enrolment.by_grade if enrolment else None
    held = Q(status__in=HELD)
    measures = {f"largest_{g}": Max(f"grade_{g}", filter=held, default=0) for g in asked}
    measures |= {f"together_{g}": Sum(f"grade_{g}", filter=held, default=0) for g in asked}
    measures |= {status: Count("pk", filter=Q(status=status)) for status in Status.values}
    measures |= {"flags": Count("pk", filter=Q(status=Status.SUBMITTED, flagged=True))}
    measures |= {"people": Sum("participants", filter=held, default=0)}
    rows = list(
        Event.objects.order_by()
        .filter(school=school, campaign=campaign)
        .values("format_id", "format__name", "format__kind")
        .annotate(**measures)
    )

    def total(name):
        return sum(row[name] for row in rows)

    def bounds(of, grade):
        enrolled = roll[grade] if roll else None
        largest = max((row[f"largest_{grade}"] for row in of), default=0)
        together = sum(row[f"together_{grade}"] for row in of)
        return largest if enrolled is None else min(largest, enrolled), (
            together if enrolled is None else min(together, enrolled)
        )

    grades = tuple(
        GradeKnown(grade, roll[grade] if roll else None, total(f"together_{grade}"), Range(*bounds(rows, grade)))
        for grade in asked
    )
    was_held = [row for row in rows if row[Status.SUBMITTED] + row[Status.ACCEPTED]]
    kinds = []
    for kind in Format.Kind:
        own = [row for row in was_held if row["format__kind"] == kind]
        if not own:
            continue
        together = sum(row[f"together_{grade}"] for row in own for grade in asked)
        if not together:
            continue  # a club of grades outside the campaign's covers nobody
        kinds.append(
            KindKnown(
                kind.value,
                kind.label,
                sum(row[Status.ACCEPTED] for row in own),
                sum(row[Status.SUBMITTED] for row in own),
                sum(row["people"] for row in own),
                sum(bounds(own, grade)[0] for grade in asked),
                together,
            )
        )
    formats = sorted(
        (
            FormatKnown(row["format__name"], row[Status.ACCEPTED], row[Status.SUBMITTED], row["people"])
            for row in was_held
        ),
        key=lambda row: (-row.accepted - row.submitted, row.name),
    )
    return Known(
        enrolment,
        grades,
        tuple(kinds),
        tuple(formats),
        total(Status.ACCEPTED),
        total("people"),
        total(Status.DRAFT),
        total(Status.PLANNED),
        total(Status.RETURNED),
        total(Status.SUBMITTED),
        total("flags"),
    )


def partners_of(school, campaign) -> list[Partner]:
    """Return the organisations that the school's held events name."""
    events = Event.objects.order_by().held().filter(school=school, campaign=campaign)
    through = Event.partners.through.objects.filter(event__in=events.values("pk")).order_by()
    return list(Partner.objects.filter(pk__in=through.values("partner_id")))


def questions_for(user, school, campaign) -> tuple[list[ReportQuestion], list[ReportQuestion]]:
    """Return what the campaign asks ``school``: the questions whose answers ``user`` may see and so may write, and the
    others."""
    sees_all = sees_group_numbers(user, school)
    seen, unseen = [], []
    for question in ReportQuestion.objects.filter(campaign=campaign, retired_at=None):
        (seen if sees_all or not question.hides_small else unseen).append(question)
    return seen, unseen


def previous_report(school, campaign) -> SchoolReport | None:
    """Return the school's accepted report of the campaign compared with, if there is one."""
    if campaign.previous_id is None:
        return None
    return SchoolReport.objects.filter(
        school=school, campaign_id=campaign.previous_id, status=ReportStatus.ACCEPTED
    ).first()


def report_of(folder) -> SchoolReport:
    """Return the report of a school in a campaign, by its folder, with its due dates: an unsaved open one (``version``
    0) where it was not begun."""
    school, campaign = folder.school, folder.campaign
    found = SchoolReport.objects.with_places().with_due().filter(school=school, campaign=campaign).first()
    if found is None:
        places = {"school": school, "campaign": campaign, "folder": folder}
        found = SchoolReport(**places, version=0, signed_name=school.director)
        found.due, found.until = due_of(Stage.SCHOOL_REPORT, campaign, folder.municipality, school)
    return found
