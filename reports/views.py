"""Pages of figures, dashboards and summaries."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.validators import slug_re
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import Campaign
from campaigns.queries import campaigns_for
from portal import accesslog, clock
from portal.access import region_of
from portal.errors import StateForbids
from portal.membership import current_membership
from portal.models import Municipality, School
from reports import actions, downloads, queries, remembered, tables
from reports import dashboards as pages
from reports.figures import ALL
from reports.models import Summary
from reports.queries import Level
from reports.writers import page

REFRESH_EVERY = 3
"""Seconds after which the page of a build at work loads itself again; a header, so that it needs no script."""


@require_safe
def figures(request):
    """What each figure means."""
    return render(request, "reports/figures.html", {"figures": ALL})


# --- Dashboards ------------------------------------------------------------------------------


def _campaigns(request, slug) -> tuple[Campaign, list[Campaign]]:
    """Return the campaign of the address and, for the picker, all of its region that the person sees."""
    known = campaigns_for(request.user)
    found = next((campaign for campaign in known if campaign.slug == slug), None)
    if found is None:
        raise Http404
    picker = [campaign for campaign in known if campaign.region_id == found.region_id]
    return found, sorted(picker, key=lambda campaign: campaign.starts_on, reverse=True)


def _level(request, slug, municipality="", school=None) -> tuple[Level, list[Campaign]]:
    """Return the level of the address, if the person may see its figures, and the campaigns to pick from."""
    campaign, picker = _campaigns(request, slug)
    if school is not None:
        seen = School.objects.visible_to(request.user).select_related("municipality")
        row = get_object_or_404(seen, pk=school, municipality__region_id=campaign.region_id)
        return Level(campaign, school=row), picker
    if municipality:
        seen = Municipality.objects.visible_to(request.user)
        row = get_object_or_404(seen, slug=municipality, region_id=campaign.region_id)
        if not request.user.has_perm("reports.view_municipality_dashboard", row):
            raise PermissionDenied
        return Level(campaign, municipality=row), picker
    if not request.user.has_perm("reports.view_region_dashboard", campaign.region):
        raise PermissionDenied
    return Level(campaign), picker


def _dashboard(request, level, picker):
    up = []
    if not level.is_region and request.user.has_perm("reports.view_region_dashboard", level.campaign.region):
        up.append(Level(level.campaign))
    if level.school and request.user.has_perm("reports.view_municipality_dashboard", level.school.municipality):
        up.append(Level(level.campaign, municipality=level.school.municipality))
    # Before the first day there is nothing to count, and zeros would read like failures.
    begun = level.campaign.phase in queries.SUMMARY_PHASES
    context = {
        "level": level,
        "campaign": level.campaign,
        "body": remembered.render(level, "reports/_dashboard.html", lambda: pages.context(level)) if begun else "",
        "now": clock.now(),
        "all_events": page.rows_address(level.params),
        "picker": [
            (campaign, pages.address_of(Level(campaign, level.municipality, level.school))) for campaign in picker
        ],
        "up": [(one.municipality or one.campaign.region, pages.address_of(one)) for one in up],
    }
    return render(request, "reports/dashboard.html", context)


@require_safe
@login_required
def dashboards(request):
    """Lead to the dashboard of the campaign that matters most, at the level of the role chosen on screen."""
    membership = current_membership(request)
    if membership is None:
        return render(request, "portal/no_membership.html")
    campaign = next(iter(campaigns_for(request.user, region_of(membership))), None)
    if campaign is None:
        return render(request, "reports/no_campaign.html")
    return redirect(pages.address_of(Level(campaign, membership.municipality, membership.school)))


@require_safe
@login_required
def dashboard(request, campaign):
    """The figures of a campaign in its region."""
    return _dashboard(request, *_level(request, campaign))


@require_safe
@login_required
def dashboard_municipality(request, campaign, municipality):
    """The figures of a campaign in one municipality."""
    return _dashboard(request, *_level(request, campaign, municipality=municipality))


@require_safe
@login_required
def dashboard_school(request, campaign, school):
    """The figures of a campaign in one school."""
    return _dashboard(request, *_level(request, campaign, school=school))


@require_safe
@login_required
def dashboard_rows(request, campaign, code):
    """The schools or the organisations behind a figure: ``?municipality=`` or ``?school=`` narrow them, ``?none=1``
    leaves the schools that logged nothing."""
    if code not in ("schools", "partners"):
        raise Http404
    municipality, school = request.GET.get("municipality", ""), request.GET.get("school", "")
    if municipality and not slug_re.match(municipality):
        raise Http404
    if school and not (school.isascii() and school.isdigit() and len(school) < 16):
        raise Http404
    level, _picker = _level(request, campaign, municipality, int(school) if school else None)
    only_none = code == "schools" and request.GET.get("none") == "1"
    variant = f"{code}-none" if only_none else code
    context = {
        "level": level,
        "campaign": level.campaign,
        "title": _TITLES[variant],
        "body": remembered.render(
            level, "reports/_table.html", lambda: {"table": _rows(level, variant)}, variant=variant
        ),
        "back": pages.address_of(level),
        "all_rows": pages.rows_page(level, "schools") if only_none else "",
    }
    return render(request, "reports/rows.html", context)


_TITLES = {
    "schools": gettext_lazy("Schools"),
    "schools-none": gettext_lazy("Schools that logged nothing"),
    "partners": gettext_lazy("Partner organisations"),
}


def _rows(level, variant):
    """Return the table behind a figure."""
    if variant == "partners":
        return page.shown(tables.partners(level, queries.partner_rows(level)), level.params)
    rows, totals = queries.schools(level), None
    if variant == "schools":
        totals = queries.totals(level)
    else:
        rows = [row for row in rows if row.expected and not row.counts.held]
    table = tables.schools(level, rows, totals)
    return page.shown(table, level.params, lambda row: pages.address_of(_school_level(level, row)), opens="school")


def _school_level(level, row) -> Level:
    return Level(level.campaign, school=School(pk=row.params["school"]))


# --- Summaries -------------------------------------------------------------------------------


def _summaries_of(request):
    return Summary.objects.visible_to(request.user).defer("tables")


@require_safe
@login_required
def summaries(request):
    """The summaries of each campaign, the newest first."""
    campaigns = [row for row in campaigns_for(request.user) if row.phase in queries.SUMMARY_PHASES]
    campaigns.sort(key=lambda campaign: campaign.starts_on, reverse=True)
    found = {}
    rows = _summaries_of(request).exclude(status=Summary.Status.SAME).select_related("requested_by")
    for row in rows.filter(campaign__in=campaigns)[:500]:
        found.setdefault(row.campaign_id, []).append(row)
    shown = []
    for campaign in campaigns:
        own = found.get(campaign.pk, [])
        ready = sorted((row for row in own if row.version), key=lambda row: row.version, reverse=True)
        newest = own[0] if own else None
        shown.append(
            {
                "campaign": campaign,
                "ready": ready[:5],
                "more": len(ready) > 5,
                "at_work": next((row for row in own if row.is_at_work), None),
                "failed": newest if newest and newest.status == Summary.Status.FAILED else None,
                "may_build": request.user.has_perm("reports.build_summary", campaign),
                "whole": request.user.has_perm("reports.read_whole_summary", campaign),
            }
        )
    return render(request, "reports/summaries.html", {"shown": shown})


@require_POST
@login_required
def build_summary(request):
    """Ask for a new version; one that is at work already is shown instead."""
    campaign, _picker = _campaigns(request, request.POST.get("campaign", ""))
    return redirect(actions.request_summary(request.user, campaign))


def _summary(request, summary_id) -> Summary:
    seen = _summaries_of(request).select_related("campaign__region", "requested_by", "same_as")
    return get_object_or_404(seen, pk=summary_id)


@require_safe
@login_required
def summary(request, summary_id):
    """One build: its progress while at work; then its files, what changed, and the other versions."""
    row = _summary(request, summary_id)
    if row.status == Summary.Status.SAME:
        messages.info(request, _("Nothing has changed since this version, so it is still the newest."))
        return redirect(row.same_as)
    versions = list(
        _summaries_of(request)
        .filter(campaign=row.campaign, status=Summary.Status.READY)
        .select_related("requested_by")
        .order_by("-version")[:100]
    )
    whole = request.user.has_perm("reports.read_whole_summary", row.campaign)
    previous = next((other for other in versions if row.version and other.version < row.version), None)
    context = {
        "summary": row,
        "campaign": row.campaign,
        "versions": versions,
        "previous": previous,
        "changes": downloads.changes(row, previous) if whole and row.version else [],
        "whole": whole,
        "may_build": request.user.has_perm("reports.build_summary", row.campaign),
    }
    response = render(request, "reports/summary.html", context)
    if row.is_at_work:
        response.headers["Refresh"] = str(REFRESH_EVERY)
    return response


@require_safe
@login_required
def summary_workbook(request, summary_id):
    """The workbook: whole for operator and department, one's own part for coordinators. Judged at each download."""
    row = _summary(request, summary_id)
    if row.status == Summary.Status.SAME:
        row = row.same_as
    if row.status != Summary.Status.READY:
        raise StateForbids(_("The workbook is not ready yet: this version is still being built."))
    content, name = downloads.workbook_for(request.user, row)
    accesslog.note("download", request)
    return FileResponse(content, as_attachment=True, filename=name, content_type=downloads.XLSX)
