"""Pages of figures: what each means, dashboards, the lists behind them."""

from django.contrib.auth.decorators import login_required
from django.core.validators import slug_re
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from campaigns.queries import campaigns_for
from portal import clock
from portal.access import region_of
from portal.membership import current_membership
from portal.models import School
from reports.dashboards.addresses import dashboard_url, rows_page
from reports.dashboards.cache import render_cached
from reports.dashboards.page import dashboard_context
from reports.figures import ALL
from reports.queries import coverage, held, levels
from reports.queries.levels import Level
from reports.tables.figures import partners_table, schools_table
from reports.views.levels import level_of
from reports.writers import page


@require_safe
def figures(request):
    """What each figure means."""
    return render(request, "reports/figures.html", {"figures": ALL})


def _dashboard(request, level, picker):
    up = []
    if not level.is_region and request.user.has_perm("reports.view_region_dashboard", level.campaign.region):
        up.append(Level(level.campaign))
    if level.folder and request.user.has_perm("reports.view_municipality_dashboard", level.folder.municipality):
        up.append(Level(level.campaign, municipality=level.folder.municipality))
    # Before the first day there is nothing to count, and zeros would read like failures.
    begun = level.campaign.phase in levels.SUMMARY_PHASES
    context = {
        "level": level,
        "campaign": level.campaign,
        "body": render_cached(level, "reports/_dashboard.html", lambda: dashboard_context(level)) if begun else "",
        "now": clock.now(),
        "all_events": page.rows_address(level.params),
        "picker": [(campaign, dashboard_url(Level(campaign, level.municipality, level.school))) for campaign in picker],
        "up": [(one.municipality or one.campaign.region, dashboard_url(one)) for one in up],
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
    return redirect(dashboard_url(Level(campaign, membership.municipality, membership.school)))


@require_safe
@login_required
def dashboard(request, campaign):
    """The figures of a campaign in its region."""
    return _dashboard(request, *level_of(request, campaign))


@require_safe
@login_required
def dashboard_municipality(request, campaign, municipality):
    """The figures of a campaign in one municipality."""
    return _dashboard(request, *level_of(request, campaign, municipality=municipality))


@require_safe
@login_required
def dashboard_school(request, campaign, school):
    """The figures of a campaign in one school."""
    return _dashboard(request, *level_of(request, campaign, school=school))


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
    level, _picker = level_of(request, campaign, municipality, int(school) if school else None)
    only_none = code == "schools" and request.GET.get("none") == "1"
    variant = f"{code}-none" if only_none else code
    context = {
        "level": level,
        "campaign": level.campaign,
        "title": _TITLES[variant],
        "body": render_cached(level, "reports/_table.html", lambda: {"table": _rows(level, variant)}, variant=variant),
        "back": dashboard_url(level),
        "all_rows": rows_page(level, "schools") if only_none else "",
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
        return page.shown(partners_table(level, held.partner_rows(level)), level.params)
    rows, totals = coverage.schools(level), None
    if variant == "schools":
        totals = held.totals(level)
    else:
        rows = [row for row in rows if row.expected and not row.counts.held]
    table = schools_table(level, rows, totals)
    return page.shown(table, level.params, lambda row: dashboard_url(_school_level(level, row)), opens="school")


def _school_level(level, row) -> Level:
    return Level(level.campaign, school=School(pk=row.params["school"]))
