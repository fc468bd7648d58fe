"""What figures show on other pages: on home, on the pages of campaigns and places, and to visitors."""

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import Campaign
from campaigns.phases import Phase
from campaigns.queries import current_campaign
from portal import clock, registry
from portal.access import region_of
from portal.numbers import spaced
from portal.registry import Panel, Task
from reports.dashboards import cache, cards, charts, page
from reports.dashboards.addresses import dashboard_url, rows_page
from reports.figures import FIGURES
from reports.models import Summary
from reports.queries import coverage, levels
from reports.queries.dashboard import fingerprint_of
from reports.queries.held import days, totals
from reports.queries.levels import Level
from reports.summaries.downloads import stored_figure

PUBLIC_FIGURES = (
    "events_accepted",
    "participations",
    "schools",
    "coverage",
    "coverage_low",
    "coverage_high",
    "partners",
)
BOUNDS = ("coverage_low", "coverage_high")


# --- Home ------------------------------------------------------------------------------------


@registry.home_panels.contribute
def figures_on_home(user, membership):
    """How the campaign stands at the level of the role chosen on screen."""
    if membership is None:
        return _results_for_visitors(user)
    campaign = current_campaign(user, region_of(membership))
    if campaign is None or campaign.phase not in levels.SUMMARY_PHASES:
        return []
    level = Level(campaign, membership.municipality, membership.school)
    if level.school:
        return [_panel(level, "_school_panel", _school, order=10, side=True)]
    fingerprint = fingerprint_of(level)
    panels = [_panel(level, "_figures_panel", _figures, order=30, fingerprint=fingerprint)]
    if level.is_region:
        panels.append(_panel(level, "_curve_panel", _curve, order=40, side=True, fingerprint=fingerprint))
    return panels


def _panel(level: Level, template: str, context, order: int, side: bool = False, fingerprint: str = "") -> Panel:
    """Return a panel of what ``context(level)`` says; it is cached, so it says nothing of who looks."""
    html = cache.render_cached(level, f"reports/{template}.html", lambda: context(level), fingerprint)
    return Panel("reports/_panel.html", {"html": html}, order=order, side=side)


def _figures(level: Level) -> dict:
    """The key figures of a region or municipality, in three queries."""
    rows = coverage.schools(level)
    counts = totals(level).counts
    expected, taking_part = sum(row.expected for row in rows), sum(row.took_part for row in rows)
    return {
        "title": level.municipality or level.campaign.region,
        "campaign": level.campaign,
        "cards": [
            cards.events_card(level, counts),
            cards.participations_card(level, counts),
            cards.coverage_card(level, coverage.coverage_of(rows)),
            cards.schools_card(level, expected, taking_part),
        ],
        "url": dashboard_url(level),
        "missing": [row for row in rows if row.expected and not row.counts.held] if level.municipality else [],
    }


def _curve(level: Level) -> dict:
    """The region's curve by day, in one query."""
    today = clock.local_today(level.campaign.region)
    curve = charts.curve(level.campaign, *days(level), today)
    return {"campaign": level.campaign, "curve": curve, "days_url": dashboard_url(level)}


def _school(level: Level) -> dict:
    """A school's figures and the lower bound of its coverage by grade, in three queries."""
    counts = totals(level).counts
    rows = coverage.schools(level)
    return {
        "title": level.school,
        "campaign": level.campaign,
        "cards": [
            cards.events_card(level, counts),
            cards.participations_card(level, counts),
            cards.coverage_card(level, coverage.coverage_of(rows)),
        ],
        "url": dashboard_url(level),
        "coverage_by_grade": page.coverage_bars(coverage.coverage_by_grade(level.campaign, rows)),
    }


MOST_RESULTS = 6
"""Of how many campaigns visitors see the results."""


def _results_for_visitors(user) -> list[Panel]:
    """The results of a region's closed campaigns, from their newest full summaries: of the region whose campaign
    matters most today."""
    current = current_campaign(user)
    if current is None:
        return []
    newer = Summary.objects.filter(
        campaign=OuterRef("campaign"), status=Summary.Status.READY, is_full=True, version__gt=OuterRef("version")
    )
    newest = (
        Summary.objects.filter(~Exists(newer), status=Summary.Status.READY, is_full=True)
        .filter(campaign__in=Campaign.objects.in_phase(Phase.CLOSED, current.region).order_by())
        .defer("tables")
        .select_related("campaign__region")
        .order_by("-campaign__starts_on", "-campaign")
    )
    results = []
    for summary in newest[:MOST_RESULTS]:
        is_exact = (summary.figures.get("coverage") or {}).get("value") is not None
        hidden = BOUNDS if is_exact else ("coverage",)
        codes = [code for code in PUBLIC_FIGURES if code not in hidden]
        shown = [(FIGURES[code], stored_figure(summary.figures.get(code))) for code in codes]
        results.append({"campaign": summary.campaign, "taken_at": summary.taken_at, "figures": shown})
    return [Panel("reports/_public_results.html", {"results": results}, order=5)] if results else []


# --- Pages of campaigns and places -----------------------------------------------------------


@registry.campaign_panels.contribute
def progress_of_campaign(user, campaign):
    """Where a campaign stands, for those who see its region's figures; for the others the way to their own."""
    if not user.is_authenticated or campaign.phase not in levels.SUMMARY_PHASES:
        return []
    if user.has_perm("reports.view_region_dashboard", campaign.region):
        return [_panel(Level(campaign), "_figures_panel", _figures, order=20)]
    own = [
        Level(campaign, membership.municipality, membership.school)
        for membership in user.scope.memberships
        if region_of(membership).pk == campaign.region_id
    ]
    links = [(level.school or level.municipality, dashboard_url(level)) for level in own]
    return [Panel("reports/_links_panel.html", {"links": links}, order=20, side=True)] if links else []


@registry.school_panels.contribute
def figures_of_school(user, school):
    """The figures of a school in the campaign that matters most."""
    campaign = current_campaign(user, school.municipality.region)
    if campaign is None or campaign.phase not in levels.SUMMARY_PHASES:
        return []
    return [_panel(Level(campaign, school=school), "_school_panel", _school, order=10, side=True)]


@registry.municipality_panels.contribute
def figures_of_municipality(user, municipality):
    """The figures of a municipality in the campaign that matters most, for those who may see them."""
    if not user.has_perm("reports.view_municipality_dashboard", municipality):
        return []
    campaign = current_campaign(user, municipality.region)
    if campaign is None or campaign.phase not in levels.SUMMARY_PHASES:
        return []
    return [_panel(Level(campaign, municipality=municipality), "_figures_panel", _figures, order=10)]


@registry.home_tasks.contribute
def schools_without_events(user, membership):
    """A municipal coordinator's schools that logged nothing since the window opened."""
    if membership.role != membership.Role.MUNICIPAL:
        return []
    campaign = current_campaign(user, region_of(membership))
    if campaign is None or campaign.phase not in levels.SUMMARY_PHASES or campaign.is_closed:
        return []
    level = Level(campaign, municipality=membership.municipality)
    held = level.events().values("school_id")
    missing = level.folders().expected().exclude(school__in=held).count()
    if not missing:
        return []
    title = ngettext("%(n)s school without events", "%(n)s schools without events", missing)
    return [
        Task(
            title=title % {"n": spaced(missing)},
            reason=_("look who it is and remind them"),
            url=f"{rows_page(level, 'schools')}&none=1",
            button=_("Show"),
            due=campaign.events_due,
            urgency=3,
        )
    ]
