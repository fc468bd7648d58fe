"""What the chain of reports wants done, on home: who has a report to write, to correct, to decide on, to ask for."""

from django.db.models import Count, F, FilteredRelation, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.due_dates import covered_today, due_until, reopened_for, reopened_in
from campaigns.models import Campaign, SchoolCampaign, Stage
from events.panels import altered_task
from portal import clock, registry
from portal.access import region_of
from portal.models import Municipality
from portal.registry import Task
from reports.models import MunicipalReport, ReportStatus, SchoolReport
from reports.panels import overdue


def _reporting(region, reopened):
    """Campaigns of ``region`` whose reports are written today; ``reopened`` are closed ones that an extension opens."""
    today = clock.local_today(region)
    campaigns = Campaign.objects.filter(region=region, published_at__isnull=False, ends_on__lt=today)
    return campaigns.filter(Q(closes_on__gte=today) | Q(pk__in=reopened)).order_by("closes_on", "pk")


def _count(reports) -> Coalesce:
    """Count ``reports`` (filtered by the outer campaign) as a subquery."""
    counted = reports.order_by().values("campaign").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


@registry.home_tasks.contribute
def report_of_school(user, membership):
    """A school's report: to be written, to be corrected."""
    if membership.role != membership.Role.SCHOOL:
        return []
    school = membership.school
    campaigns = _reporting(region_of(membership), reopened_for(school)).order_by()
    rows = (
        SchoolCampaign.objects.expected()
        .filter(school=school, campaign__in=campaigns)
        .annotate(
            slug=F("campaign__slug"),
            name=F("campaign__name"),
            until=due_until(Stage.SCHOOL_REPORT, municipality="municipality"),
        )
        .order_by("campaign__closes_on", "campaign_id")
        .values("slug", "name", "until", "report__status", "report__comment", "report__correct_by")
    )
    today = clock.local_today(region_of(membership))
    tasks = []
    for row in rows:
        url = reverse("school_report", args=[row["slug"], school.pk])
        title = _("School report: %(name)s") % {"name": row["name"]}
        task = _to_write(title, url, row, today)
        if task is not None:
            tasks.append(task)
    return tasks


@registry.home_tasks.contribute
def reports_changed_by_others(user, membership):
    """A school's reports that others than its own coordinators changed lately."""
    if membership.role != membership.Role.SCHOOL:
        return []
    return [
        altered_task(row, _("%(who)s changed your report on %(day)s"), row.campaign.name)
        for row in SchoolReport.altered_lately(membership.school)
    ]


def _to_write(title, url, row, today) -> Task | None:
    """Return what the author of a report has to do with it; nothing once it is sent."""
    status = row["report__status"] or ReportStatus.OPEN
    if status == ReportStatus.RETURNED:
        day = row["report__correct_by"]
        late = day is not None and today > day
        tag = _("overdue") if late else ReportStatus.RETURNED.label
        reason = f"«{row['report__comment']}»"
        if day is not None:
            by = _("correct by %(day)s") % {"day": f"{day:%d.%m.%Y}"}
            reason = f"{reason} – {by}"
        return Task(title, reason, url, _("Correct"), day, tag, "trouble", 1)
    if status != ReportStatus.OPEN:
        return None
    until = row["until"]
    reason = _("due by %(day)s") % {"day": f"{until:%d.%m.%Y}"}
    late = today > until
    button = _("Fill in") if row["report__status"] is None else _("Go on")
    urgency = 1 if late or (until - today).days <= 2 else 2
    return Task(title, reason, url, button, until, _("overdue") if late else "", "trouble", urgency)


@registry.home_tasks.contribute
def reports_of_municipality(user, membership):
    """A municipality's reports: its schools' to decide on, its own to write or correct."""
    if membership.role != membership.Role.MUNICIPAL:
        return []
    municipality = membership.municipality
    today = clock.local_today(municipality.region)
    # After closing those alone that an extension covers: nothing is decided on the others.
    decidable = Q(campaign__closes_on__gte=today) | covered_today(today)
    waiting = SchoolReport.objects.filter(
        decidable, campaign=OuterRef("pk"), folder__municipality=municipality, status=ReportStatus.SUBMITTED
    )
    own = FilteredRelation("municipal_reports", condition=Q(municipal_reports__municipality=municipality))
    rows = (
        _reporting(municipality.region, reopened_in(municipality))
        .annotate(
            report=own,
            waiting=_count(waiting),
            until=due_until(Stage.MUNICIPAL_REPORT, "", None, municipality.pk),
            **overdue.outstanding_schools(municipality),
        )
        .values(
            "slug",
            "name",
            "until",
            "waiting",
            "report__status",
            "report__comment",
            "report__correct_by",
            *overdue.FIELDS,
        )
    )
    tasks = []
    for row in rows:
        url = reverse("municipal_report", args=[row["slug"], municipality.slug])
        if row["waiting"]:
            tasks.append(_to_decide(row["waiting"], row["name"], url))
        tasks += overdue.schools_task(row, municipality, today)
        # Its turn comes after the schools': until then only what was begun or came back is a thing to do.
        if row["report__status"] is None and today <= row["school_reports_due"]:
            continue
        task = _to_write(_("Municipal report: %(name)s") % {"name": row["name"]}, url, row, today)
        if task is not None:
            tasks.append(task)
    return tasks


def _to_decide(number, name, url) -> Task:
    title = ngettext("Decide on %(n)d school report", "Decide on %(n)d school reports", number) % {"n": number}
    return Task(title, name, url, _("Look through"), None, "", "wait", 1)


@registry.home_tasks.contribute
def reports_of_region(user, membership):
    """The operator's: municipal reports to decide on, and those of schools that no municipality runs."""
    if membership.role != membership.Role.OPERATOR:
        return []
    region = membership.region
    today = clock.local_today(region)
    sent = Q(campaign=OuterRef("pk"), status=ReportStatus.SUBMITTED)
    is_open = Q(campaign__closes_on__gte=today)
    municipal = MunicipalReport.objects.filter(sent, is_open | covered_today(today, None, "municipality"))
    regional = Q(folder__municipality__kind=Municipality.Kind.REGIONAL)
    unrun = SchoolReport.objects.filter(sent, regional, is_open | covered_today(today))
    rows = (
        _reporting(region, reopened_in(region))
        .annotate(
            waiting=_count(municipal),
            unrun=_count(unrun),
            **overdue.outstanding_municipalities(),
        )
        .values("slug", "name", "waiting", "unrun", *overdue.FIELDS)
    )
    tasks = []
    for row in rows:
        if row["waiting"]:
            number = row["waiting"]
            title = ngettext("Decide on %(n)d municipal report", "Decide on %(n)d municipal reports", number)
            url = reverse("completeness", args=[row["slug"]])
            tasks.append(Task(title % {"n": number}, row["name"], url, _("Look through"), None, "", "wait", 1))
        if row["unrun"]:
            url = reverse("completeness", args=[row["slug"]])
            tasks.append(_to_decide(row["unrun"], _("schools that no municipality runs"), url))
        tasks += overdue.municipalities_task(row, today)
    return tasks
