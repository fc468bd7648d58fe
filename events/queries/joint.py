"""What people look at in joint events: the list, who attended, who may add an attendance."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum

from campaigns.due_dates import due_until, open_schools, reopened_for
from campaigns.models import Campaign, SchoolCampaign, Stage
from campaigns.phases import PLANNING_PHASES
from campaigns.queries import campaigns_for
from events.actions.folders import OPEN_PHASES
from events.models import HELD, Event, JointEvent
from events.queries.events import folders_to_write_in
from portal.access import Scope
from portal.models import Municipality, School
from portal.text import searchable, without_controls

Status = Event.Status
PAGE_SIZE = 25
MOST_COMING = 50
MOST_WORDS = 5
REMEMBERED_DAYS = 14
"""For so many days after it a joint event is what a school is asked about."""


@dataclass(frozen=True)
class Turnout:
    """Held attendances of a joint event that someone sees: how many schools, their participations, by state."""

    accepted_schools: int = 0
    accepted: int = 0
    submitted_schools: int = 0
    submitted: int = 0

    @property
    def schools(self) -> int:
        return self.accepted_schools + self.submitted_schools

    @property
    def participations(self) -> int:
        return self.accepted + self.submitted


_TURNOUT = {
    "accepted_schools": Count("pk", filter=Q(status=Status.ACCEPTED)),
    "accepted": Sum("participants", filter=Q(status=Status.ACCEPTED), default=0),
    "submitted_schools": Count("pk", filter=Q(status=Status.SUBMITTED)),
    "submitted": Sum("participants", filter=Q(status=Status.SUBMITTED), default=0),
}


def turnouts(user, joint_ids) -> dict[int, Turnout]:
    """Return the turnout of each joint event, counted over the attendances that ``user`` sees."""
    seen = Event.objects.visible_to(user).filter(joint__in=joint_ids, status__in=HELD)
    rows = seen.order_by().values("joint_id").annotate(**_TURNOUT)
    return {row.pop("joint_id"): Turnout(**row) for row in rows}


def sees_several_schools(user) -> bool:
    """Whether ``user`` looks at joint events from above the school."""
    scope = Scope.of(user)
    return bool(scope.region_ids or scope.municipality_ids)


def own_attendances(user, joint_ids) -> dict[int, list[Event]]:
    """Return the attendances of one's own schools by joint event, cancelled ones left out."""
    events = Event.objects.filter(joint__in=joint_ids, school__in=Scope.of(user).own_school_ids)
    found: dict[int, list[Event]] = {}
    for event in events.exclude(status=Status.CANCELLED).select_related("school").order_by("school__name", "pk"):
        found.setdefault(event.joint_id, []).append(event)
    return found


def found_in(user, campaign, q: str, municipality) -> QuerySet[JointEvent]:
    """Joint events of ``campaign`` in which every word of ``q`` stands, held for ``municipality`` if one is named.

    Those for the whole region are held for every municipality.
    """
    rows = JointEvent.objects.visible_to(user).filter(campaign=campaign)
    if municipality is not None:
        rows = rows.filter(Q(municipality=None) | Q(municipality=municipality))
    for word in searchable(without_controls(q)).split()[:MOST_WORDS]:
        rows = rows.filter(search__contains=word)
    return rows.select_related("format", "municipality", "host")


def coming_and_past(user, rows, today: date, number) -> tuple[list[JointEvent], Page]:
    """Return those that are still to come or go on, the nearest first, and a page of those that are over.

    Each has ``turnout`` and ``own``, the attendances of one's own schools.
    """
    coming = list(rows.filter(ends_on__gte=today).order_by("starts_on", "pk")[:MOST_COMING])
    page = Paginator(rows.filter(ends_on__lt=today).order_by("-starts_on", "-pk"), PAGE_SIZE).get_page(number)
    page.object_list = list(page.object_list)
    listed = [*coming, *page.object_list]
    ids = [joint.pk for joint in listed]
    above = turnouts(user, ids) if sees_several_schools(user) else {}
    own = own_attendances(user, ids) if Scope.of(user).own_school_ids else {}
    for joint in listed:
        joint.turnout = above.get(joint.pk, Turnout())
        joint.own = own.get(joint.pk, [])
    return coming, page


def attendances_of(joint) -> QuerySet[Event]:
    """Attendances of all schools, cancelled ones left out."""
    return Event.objects.filter(joint=joint).exclude(status=Status.CANCELLED).order_by()


def attendances_seen(user, joint) -> QuerySet[Event]:
    """Attendances that ``user`` sees, by school, cancelled ones left out."""
    events = Event.objects.visible_to(user).filter(joint=joint).exclude(status=Status.CANCELLED)
    return events.with_places().order_by("folder__municipality__name", "school__name", "pk")


def standing(joint) -> set[str]:
    """Return the states that the attendances of all schools are in."""
    return set(attendances_of(joint).values_list("status", flat=True).distinct())


def schools_of(user, joint) -> QuerySet[School]:
    """Schools that ``user`` writes for in the joint event's campaign and that it is held for."""
    folders = folders_to_write_in(user).filter(campaign=joint.campaign_id)
    if joint.municipality_id:
        folders = folders.filter(municipality=joint.municipality_id)
    return School.objects.filter(pk__in=folders.values("school")).select_related("municipality__region")


def schools_to_add(user, joint) -> list[School]:
    """Return the schools whose attendance ``user`` may add today: not added yet, not frozen, the campaign open."""
    if joint.cancelled_at:
        return []
    present = attendances_of(joint).values("school")
    frozen = SchoolCampaign.objects.filter(campaign=joint.campaign_id, frozen_at__isnull=False)
    rows = schools_of(user, joint).exclude(pk__in=present).exclude(pk__in=frozen.values("school"))
    schools = list(rows)
    if joint.campaign.phase in PLANNING_PHASES or not schools:
        return schools
    reopened = open_schools(joint.campaign, [school.pk for school in schools])
    return [school for school in schools if school.pk in reopened]


def _not_attended(school) -> QuerySet[JointEvent]:
    """Joint events held for ``school`` to which it has not added its attendance."""
    present = Event.objects.filter(joint=OuterRef("pk"), school=school).exclude(status=Status.CANCELLED)
    folder = SchoolCampaign.objects.filter(school=school, campaign=OuterRef("campaign"))
    rows = JointEvent.objects.annotate(of_municipality=Subquery(folder.values("municipality")[:1])).filter(
        Q(municipality=None) | Q(municipality=F("of_municipality")),
        of_municipality__isnull=False,
        cancelled_at=None,
    )
    return rows.exclude(Exists(present))


def around_now(school, campaign, today: date) -> QuerySet[JointEvent]:
    """Joint events of these weeks to which the school may add its attendance, so that nobody types them again."""
    near = timedelta(days=REMEMBERED_DAYS)
    rows = _not_attended(school).filter(campaign=campaign, starts_on__lte=today + near, ends_on__gte=today - near)
    return rows.order_by("-starts_on", "-pk")[:5]


def to_add(school, today: date) -> QuerySet[JointEvent]:
    """Joint events over for at most two weeks in campaigns that are open to the school, its attendance missing.

    Each has ``until``, the last day on which its attendance is in time, extensions included.
    """
    rows = _not_attended(school).filter(
        Q(campaign__closes_on__gte=today) | Q(campaign__in=reopened_for(school)),
        campaign__starts_on__lte=today,
        ends_on__lte=today,
        ends_on__gte=today - timedelta(days=REMEMBERED_DAYS),
    )
    frozen = SchoolCampaign.objects.filter(school=school, frozen_at__isnull=False)
    until = due_until(Stage.EVENTS, school=school.pk, municipality="of_municipality")
    return rows.exclude(campaign__in=frozen.values("campaign")).annotate(until=until).order_by("-ends_on", "-pk")[:3]


# --- Making them -----------------------------------------------------------------------------


def takes_joint_events(campaign) -> bool:
    """Whether joint events are made and changed in the campaign today."""
    return campaign.phase in OPEN_PHASES


def campaigns_to_make_in(user) -> list[Campaign]:
    """Return the campaigns that take joint events today, the one that matters most first."""
    return [campaign for campaign in campaigns_for(user) if takes_joint_events(campaign)]


def municipalities_to_make_for(user, region_id: int) -> list[Municipality]:
    """Return the municipalities whose schools ``user`` holds joint events for."""
    scope = Scope.of(user)
    if region_id in scope.operated_region_ids:
        return list(Municipality.objects.filter(region_id=region_id))
    places = [membership.municipality for membership in scope.memberships if membership.municipality_id]
    return [place for place in places if place.region_id == region_id]


def joint_history_labels(joint) -> dict:
    """Words for the ids that stand in a joint event's history."""
    formats = {format_.pk: format_.name for format_ in joint.campaign.formats.all()}
    municipality = {joint.municipality_id: joint.municipality.name} if joint.municipality_id else {}
    return {"format": formats, "campaign": {joint.campaign_id: joint.campaign.name}, "municipality": municipality}
