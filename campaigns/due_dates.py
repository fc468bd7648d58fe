"""Due dates of the three stages, with the extensions that the operator granted: one place that knows them.

A due date shuts no door; it marks what comes after it. :func:`due_until` is the one annotation that knows
extensions (the latest wins): lists, single objects, home and late marks all ask it. :func:`lateness_of` (one
object) and :func:`lateness_condition` (a query) agree; a test holds them.
"""

from datetime import date

from django.db.models import DateField, Exists, F, OuterRef, Q, QuerySet, Subquery, TextChoices, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, Extension, SchoolCampaign, Stage
from campaigns.phases import LOGGING_PHASES, PLANNING_PHASES, REPORTING_PHASES, Phase
from portal import clock
from portal.models import Region

DUE_FIELDS = {
    Stage.EVENTS: "events_due",
    Stage.SCHOOL_REPORT: "school_reports_due",
    Stage.MUNICIPAL_REPORT: "municipal_reports_due",
}
"""The campaign's own due date of each stage, the same for everyone."""


class Lateness(TextChoices):
    """How a first sending stands to its due date."""

    ON_TIME = "on_time", _("on time")
    EXTENDED = "extended", _("by extension")
    LATE = "late", _("late")
    MISSING = "missing", _("missing")
    AWAITED = "awaited", _("not due yet")


def _granted(stage: Stage, campaign, school, municipality) -> QuerySet[Extension]:
    """Extensions of ``stage`` that cover a school or a municipality: its own, and those of its municipality."""
    covers = Q(municipality=municipality)
    if school is not None:
        covers |= Q(school=school)
    return Extension.objects.order_by().filter(covers, campaign=campaign, stage=stage, status=Extension.Status.GRANTED)


def _outer(place):
    """Return a path as one of the rows that are annotated; a row, an id or None as it is."""
    return OuterRef(place) if isinstance(place, str) else place


def due_until(stage: Stage, campaign="campaign", school="school", municipality="folder__municipality", sent_on=None):
    """Return the expression for the last day on which a row of ``stage`` is in time, extensions included.

    Each place is a row itself or a path to it from the rows that are annotated; ``campaign`` is empty where these are
    campaigns, ``school`` None for what is the municipality's own. ``sent_on`` is the path to the day of the first
    sending: what was sent before the campaign closed is judged by the extensions granted until then, as the others open
    its chain anew and excuse nothing. As an annotation it costs one subquery a row.
    """
    field = DUE_FIELDS[stage]
    if isinstance(campaign, Campaign):
        own, of_campaign = Value(getattr(campaign, field)), campaign
    elif campaign:
        own, of_campaign = F(f"{campaign}__{field}"), OuterRef(f"{campaign}_id")
    else:
        own, of_campaign = F(field), OuterRef("pk")
    granted = _granted(stage, of_campaign, *(_outer(place) for place in (school, municipality)))
    if sent_on:
        granted = granted.filter(
            Q(after_closing=False)
            | Q(campaign__closes_on__lt=Coalesce(OuterRef(sent_on), Value(date.max), output_field=DateField()))
        )
    latest = Subquery(granted.order_by("-until").values("until")[:1], output_field=DateField())
    return Greatest(own, Coalesce(latest, own), output_field=DateField())


def due_of(stage: Stage, campaign: Campaign, municipality, school=None) -> tuple[date, date]:
    """Return ``(due, until)`` of a municipality, or of a ``school`` that belongs to it in the campaign: the campaign's
    due date, and the same with extensions."""
    own = getattr(campaign, DUE_FIELDS[stage])
    granted = _granted(stage, campaign, school, municipality)
    latest = granted.order_by("-until").values_list("until", flat=True).first()
    return own, max(own, latest or own)


def lateness_of(sent_on: date | None, due: date, until: date, today: date) -> Lateness:
    """Return how a sending first made on ``sent_on`` (None: not yet) stands to the campaign's ``due`` date and to
    ``until``, the same with extensions. All are dates of the region's calendar; the last day lasts to its end."""
    if sent_on is None:
        return Lateness.MISSING if today > until else Lateness.AWAITED
    if sent_on <= due:
        return Lateness.ON_TIME
    return Lateness.EXTENDED if sent_on <= until else Lateness.LATE


def lateness_condition(lateness: Lateness, today: date, sent_on="submitted_on", due="due", until="until") -> Q:
    """Return the condition on rows with the columns named that stand so (as :func:`lateness_of` says of one)."""
    sent = Q(**{f"{sent_on}__isnull": False})
    return {
        Lateness.ON_TIME: sent & Q(**{f"{sent_on}__lte": F(due)}),
        Lateness.EXTENDED: sent & Q(**{f"{sent_on}__gt": F(due), f"{sent_on}__lte": F(until)}),
        Lateness.LATE: sent & Q(**{f"{sent_on}__gt": F(until)}),
        Lateness.MISSING: ~sent & Q(**{f"{until}__lt": today}),
        Lateness.AWAITED: ~sent & Q(**{f"{until}__gte": today}),
    }[lateness]


# --- After closing ---------------------------------------------------------------------------


def _open_today(campaign) -> QuerySet[Extension]:
    """Granted extensions of ``campaign`` that have not run out, of whatever stage."""
    today = clock.local_today(campaign.region)
    return Extension.objects.filter(campaign=campaign, status=Extension.Status.GRANTED, until__gte=today)


def open_schools(campaign, school_ids, phases=LOGGING_PHASES) -> set[int]:
    """Return those of ``school_ids`` for which what ``phases`` allow may be done today.

    After closing an extension, a school's own or its municipality's, keeps open what was open while schools
    reported. Planning is over by then.
    """
    if campaign.phase in phases:
        return set(school_ids)
    if campaign.phase != Phase.CLOSED or phases is PLANNING_PHASES:
        return set()
    granted = _open_today(campaign)
    covered = Q(school__in=granted.exclude(school=None).values("school")) | Q(
        municipality__in=granted.exclude(municipality=None).values("municipality")
    )
    folders = SchoolCampaign.objects.filter(covered, campaign=campaign, school__in=school_ids)
    return set(folders.values_list("school_id", flat=True))


def is_school_open(campaign, school_id: int, phases=LOGGING_PHASES) -> bool:
    """Whether what ``phases`` allow may be done for one school today."""
    return bool(open_schools(campaign, [school_id], phases))


def _reopened(region, covers: Q) -> QuerySet:
    granted = Extension.objects.order_by().filter(
        covers, status=Extension.Status.GRANTED, until__gte=clock.local_today(region)
    )
    return granted.values("campaign_id")


def reopened_for(school) -> QuerySet:
    """Return the ids of campaigns in which an extension covers ``school`` today, of whatever stage."""
    there = SchoolCampaign.objects.filter(
        school=school, campaign=OuterRef("campaign"), municipality=OuterRef("municipality")
    )
    return _reopened(school.municipality.region, Q(school=school) | Exists(there))


def reopened_in(place) -> QuerySet:
    """Return the ids of campaigns in which an extension runs today in a municipality, its schools included, or in a
    region."""
    if isinstance(place, Region):
        return _reopened(place, Q(campaign__region=place))
    return _reopened(place.region, Q(municipality=place) | Q(folder__municipality=place))


def covered_today(today: date, school: str | None = "school", municipality: str = "folder__municipality") -> Exists:
    """Return the condition that an extension covers a row today, in the campaign of the row (``campaign_id``): the
    row's own school or municipality; where ``school`` is None, one of the municipality's schools too."""
    own = Q(school=OuterRef(school)) if school else Q(folder__municipality=OuterRef(municipality))
    covers = own | Q(municipality=OuterRef(municipality))
    granted = Extension.objects.order_by().filter(covers, status=Extension.Status.GRANTED, until__gte=today)
    return Exists(granted.filter(campaign=OuterRef("campaign_id")))


def is_municipality_open(campaign, municipality) -> bool:
    """Whether the municipality's report may be written today: while reports are, and after closing as long as an
    extension lasts, its own or that of one of its schools, whose report goes up through it."""
    if campaign.phase in REPORTING_PHASES:
        return True
    if campaign.phase != Phase.CLOSED:
        return False
    covered = Q(municipality=municipality) | Q(folder__municipality=municipality)
    return _open_today(campaign).filter(covered).exists()
