"""What the log shows on home and on a school's page: what is to be done, what is new."""

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.due_dates import reopened_for
from campaigns.models import SchoolCampaign
from campaigns.phases import Phase
from campaigns.queries import current_campaign
from events.models import Event
from events.queries import joint
from events.queries.events import frozen_since, takes_events, waiting_for_review
from portal import clock, registry
from portal.access import Scope, region_of
from portal.registry import Panel, Task

Status = Event.Status
MOST_TASKS = 6


@registry.home_tasks.contribute
def events_to_finish(user, membership):
    """A school's returned events, planned ones whose day has passed, and drafts."""
    if membership.role != membership.Role.SCHOOL:
        return []
    today = clock.local_today(region_of(membership))
    not_closed = Q(campaign__closes_on__gte=today) | Q(campaign__in=reopened_for(membership.school))
    frozen = SchoolCampaign.objects.filter(school_id=membership.school_id, frozen_at__isnull=False)
    unfinished = Event.objects.filter(not_closed, school_id=membership.school_id).filter(
        Q(status__in=[Status.RETURNED, Status.DRAFT]) | Q(status=Status.PLANNED, ends_on__lt=today)
    )
    rows = sorted(
        unfinished.exclude(campaign__in=frozen.values("campaign")).select_related("campaign").with_due()[:50],
        key=lambda row: [Status.RETURNED, Status.PLANNED, Status.DRAFT].index(row.status),
    )
    return [_task(row) for row in rows[:MOST_TASKS]]


def _task(row) -> Task:
    url = reverse("event_edit", args=[row.pk])
    due = row.until
    if row.status == Status.RETURNED:
        title, button = _("Correct: “%(title)s”"), _("Correct")
        return Task(
            title % {"title": row.title}, f"«{row.comment}»", url, button, due, row.get_status_display(), "trouble", 1
        )
    if row.status == Status.PLANNED:
        reason = _("planned for %(day)s, %(n)s") % {"day": f"{row.starts_on:%d.%m.%Y}", "n": _people(row.participants)}
        title = _("Mark as held: “%(title)s”") % {"title": row.title}
        return Task(title, reason, url, _("Mark"), due, urgency=2)
    reason = _("a draft of %(day)s") % {"day": f"{row.starts_on:%d.%m.%Y}"}
    return Task(_("Finish: “%(title)s”") % {"title": row.title}, reason, url, _("Finish"), due, urgency=3)


def _people(count) -> str:
    return ngettext("%(n)d person", "%(n)d people", count) % {"n": count}


@registry.home_tasks.contribute
def events_changed_by_others(user, membership):
    """A school's events that others than its own coordinators changed lately."""
    if membership.role != membership.Role.SCHOOL:
        return []
    return [
        altered_task(row, _("%(who)s changed your event on %(day)s"), row.title)
        for row in Event.altered_lately(membership.school)[:MOST_TASKS]
    ]


def altered_task(row, title, reason) -> Task:
    """Tell the school who changed ``row``, and when; ``title`` names both."""
    values = {"who": row.altered_by, "day": f"{row.altered_on:%d.%m.%Y}"}
    return Task(title % values, reason, row.get_absolute_url(), _("Look through"), urgency=4)


@registry.home_tasks.contribute
def attendances_to_add(user, membership):
    """Joint events of the last two weeks to which the school has not added its attendance."""
    if membership.role != membership.Role.SCHOOL:
        return []
    rows = joint.to_add(membership.school, clock.local_today(region_of(membership)))
    return [_attendance_task(row) for row in rows]


def _attendance_task(row) -> Task:
    values = {"day": f"{row.ends_on:%d.%m.%Y}", "place": row.place}
    return Task(
        _("Add your attendance: “%(title)s”") % {"title": row.title},
        _("held on %(day)s, %(place)s; a grade and a number are enough") % values,
        row.get_absolute_url(),
        _("Add"),
        row.until,
        urgency=3,
    )


@registry.home_tasks.contribute
def events_to_review(user, membership):
    """What waits for a reviewer's decision, and since when."""
    if membership.role not in (membership.Role.MUNICIPAL, membership.Role.OPERATOR):
        return []
    waiting = waiting_for_review(user)
    totals = waiting.order_by().aggregate(
        n=Count("pk"), flagged=Count("pk", filter=Q(flagged=True)), since=Min("submitted_at")
    )
    if not totals["n"]:
        return []
    days = (clock.now() - totals["since"]).days
    title = ngettext("Review %(n)d event", "Review %(n)d events", totals["n"]) % {"n": totals["n"]}
    reason = ngettext("the oldest waits for %(n)d day", "the oldest waits for %(n)d days", days) % {"n": days}
    if days == 0:
        reason = _("the oldest came today")
    if totals["flagged"]:
        flagged = ngettext("%(n)d is flagged", "%(n)d are flagged", totals["flagged"]) % {"n": totals["flagged"]}
        reason = f"{reason}; {flagged}"
    tag = _("waits long") if days > 3 else ""
    return [Task(title, reason, reverse("review"), _("Start reviewing"), None, tag, "wait", 1)]


@registry.home_panels.contribute
def recent_events(user, membership):
    """The button that everything is for, and a school's latest events."""
    if membership is None or membership.role != membership.Role.SCHOOL:
        return []
    events = Event.objects.filter(school_id=membership.school_id).select_related("campaign", "format")
    campaign = current_campaign(user, region_of(membership))
    panels = [Panel("events/_recent.html", {"events": events[:6], "school": membership.school}, order=20)]
    if campaign is not None and takes_events(campaign, membership.school_id):
        if campaign.phase != Phase.RUNNING and frozen_since(membership.school_id, campaign.pk):
            return panels
        context = {"school": membership.school, "campaign": campaign}
        panels.append(Panel("events/_log_button.html", context, order=0, side=True))
    return panels


@registry.school_panels.contribute
def events_of_school(user, school):
    """A school's latest events that the visitor may see."""
    events = Event.objects.visible_to(user).filter(school=school).select_related("campaign", "format")
    writes = school.pk in Scope.of(user).school_ids
    return [Panel("events/_recent.html", {"events": events[:10], "school": school, "writes": writes}, order=20)]
