"""What people look at in the log: what waits for review, an event's numbers beside enrolment, what is to be done."""

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet, Sum

from campaigns.due_dates import covered_today, is_school_open, reopened_for
from campaigns.models import Campaign, Format, SchoolCampaign
from campaigns.phases import LOGGING_PHASES, PLANNING_PHASES
from campaigns.queries import campaigns_for
from events.checks import enrolment_of
from events.figures import events_held
from events.models import Event
from portal import clock
from portal.access import Scope
from portal.models import Municipality, School

Status = Event.Status


PAGE_SIZE = 25
_LISTED = (
    "title",
    "starts_on",
    "status",
    "participants",
    "flagged",
    "on_behalf",
    "altered_at",
    "altered_by__name",
    "altered_by__email",
    "submitted_on",
    "format__kind",
    "school__name",
    "folder__municipality__name",
    "campaign__events_due",
)


def page_of(events: QuerySet[Event], number, adds_up: bool = False, grade: int | None = None) -> Page:
    """Return a page of ``events``, newest first, with just what the list shows.

    With ``adds_up``, ``page.participations`` is the sum over all pages and ``page.different`` how many different
    events the rows are, the attendances of a joint event being one; with ``grade``, of that grade alone, and
    each row has ``of_grade`` beside its whole number.

    Ids first: a join carried through the rows of the pages before costs more than the page itself.
    """
    ids = events.order_by("-starts_on", "-pk").values_list("pk", flat=True)
    counted = f"grade_{grade}" if grade else "participants"
    paginator = Paginator(ids, PAGE_SIZE)
    if adds_up:
        totals = events.order_by().aggregate(n=Count("pk"), different=events_held(), people=Sum(counted, default=0))
        paginator.count = totals["n"]
    page = paginator.get_page(number)
    page.participations = totals["people"] if adds_up else None
    page.different = totals["different"] if adds_up else None
    wanted = list(page.object_list)
    joined = Event.objects.select_related("school", "folder__municipality", "campaign", "format", "altered_by").only(
        *_LISTED, counted
    )
    rows = joined.with_due().in_bulk(wanted)
    page.object_list = [rows[pk] for pk in wanted if pk in rows]
    for row in page.object_list:
        row.of_grade = getattr(row, counted) if grade else None
    return page


def waiting_for_review(user) -> QuerySet[Event]:
    """Submitted events that ``user`` is the one to review, oldest first.

    A municipal coordinator reviews its schools; the operator those that no municipality runs. That the
    operator may stand in for a municipality is seen by :func:`standing_in`.
    """
    scope = Scope.of(user)
    mine = Q(folder__municipality_id__in=scope.municipality_ids) | Q(
        folder__municipality__region_id__in=scope.operated_region_ids,
        folder__municipality__kind=Municipality.Kind.REGIONAL,
    )
    waiting = Event.objects.visible_to(user).filter(mine, status=Status.SUBMITTED)
    return waiting.with_places().order_by("submitted_at", "pk")


def standing_in(user, municipality: Municipality) -> QuerySet[Event]:
    """Submitted events of one municipality of the operator's region, oldest first."""
    scope = Scope.of(user)
    if municipality.region_id not in scope.operated_region_ids:
        return Event.objects.none()
    waiting = Event.objects.visible_to(user).filter(folder__municipality=municipality, status=Status.SUBMITTED)
    return waiting.with_places().order_by("submitted_at", "pk")


@dataclass(frozen=True)
class GradeRow:
    """Participants of one grade beside the pupils enrolled (None where not known); ``part`` is 0 to 100."""

    grade: int
    count: int
    enrolled: int | None

    @property
    def is_above(self) -> bool:
        return self.enrolled is not None and self.count > self.enrolled

    @property
    def part(self) -> int:
        if not self.enrolled:
            return 100
        return min(round(100 * self.count / self.enrolled), 100)


def grade_rows(event) -> list[GradeRow]:
    """Return the grades that took part, each beside its enrolment."""
    enrolment = enrolment_of(event.school, event.campaign)
    enrolled = enrolment.by_grade if enrolment else {}
    return [GradeRow(grade, count, enrolled.get(grade)) for grade, count in event.by_grade.items() if count]


def takes_events(campaign, school_id: int) -> bool:
    """Whether events of the school are planned or logged in the campaign today."""
    return campaign.phase in PLANNING_PHASES or is_school_open(campaign, school_id)


def campaigns_open_to(user, school) -> list[Campaign]:
    """Return the campaigns in which events of ``school`` are planned or logged today, the running one first; those
    that an extension reopened come last."""
    rows = list(campaigns_for(user, school.municipality.region))
    # One query for all that are closed, and none where none is.
    closed = any(row.is_closed for row in rows)
    reopened = set(reopened_for(school).values_list("campaign_id", flat=True)) if closed else set()
    phases = {*PLANNING_PHASES, *LOGGING_PHASES}
    open_ = [row for row in rows if row.phase in phases or (row.is_closed and row.pk in reopened)]
    folders = SchoolCampaign.objects.filter(school=school, campaign__in=open_).select_related("municipality")
    written = {row.campaign_id for row in folders if user.has_perm("events.create_event", row)}
    return [campaign for campaign in open_ if campaign.pk in written]


def frozen_since(school_id: int, campaign_id: int) -> datetime | None:
    """Return the moment since which the school's folder in the campaign is frozen, or None."""
    folders = SchoolCampaign.objects.filter(school_id=school_id, campaign_id=campaign_id)
    return folders.values_list("frozen_at", flat=True).first()


def folders_to_write_in(user) -> QuerySet[SchoolCampaign]:
    """Folders that ``user`` logs events in, as :func:`events.rules.writes_in_folder` says of one."""
    scope = Scope.of(user)
    return SchoolCampaign.objects.order_by().filter(
        Q(school__in=scope.own_school_ids)
        | Q(municipality__in=scope.municipality_ids)
        | Q(
            municipality__kind=Municipality.Kind.REGIONAL,
            municipality__region_id__in=scope.operated_region_ids,
        )
    )


def schools_to_write_for(user) -> QuerySet[School]:
    """Schools that ``user`` logs events for today: one's own, and those that one may enter for. Where a school belongs
    is asked of its folders in the campaigns that are open, and in those that an extension reopened for it."""
    scope, open_ = Scope.of(user), Q()
    for region in scope.regions:
        today = clock.local_today(region)
        reopened = covered_today(today, municipality="municipality")
        open_ |= Q(campaign__region=region) & (Q(campaign__closes_on__gte=today) | reopened)
    folders = folders_to_write_in(user).filter(open_) if scope.regions else SchoolCampaign.objects.none()
    # Where no campaign is open, one's schools of today: the page then says why nothing is logged.
    seen = Q(pk__in=folders.values("school")) | Q(pk__in=scope.school_ids)
    seen |= Q(municipality__kind=Municipality.Kind.REGIONAL, municipality__region_id__in=scope.operated_region_ids)
    return School.objects.filter(seen).select_related("municipality__region")


def last_event(school, campaign) -> Event | None:
    """Return the school's latest event in the campaign: its format, delivery and place are good defaults."""
    events = Event.objects.filter(school=school, campaign=campaign).exclude(status=Status.CANCELLED)
    return events.select_related("format").order_by("-pk").first()


def formats_with_use(school, campaign) -> list[Format]:
    """Return the formats that the campaign offers, each with ``times``: how often the school used it, most first."""
    used = dict(
        Event.objects.filter(school=school, campaign=campaign)
        .exclude(status=Status.CANCELLED)
        .order_by()
        .values_list("format_id")
        .annotate(times=Count("pk"))
    )
    formats = list(campaign.formats.prefetch_related("indicators").order_by("name"))
    for format_ in formats:
        format_.times = used.get(format_.pk, 0)
    return sorted(formats, key=lambda format_: -format_.times)


def history_labels(event) -> dict:
    """Words for the ids that stand in an event's history."""
    formats = {format_.pk: format_.name for format_ in Format.objects.filter(region_id=event.campaign.region_id)}
    return {
        "format": formats,
        "school": {event.school_id: event.school.name},
        "campaign": {event.campaign_id: event.campaign.name},
    }
