"""Who has reported: the page of a level, its workbook, the list of those to remind."""

from dataclasses import dataclass
from io import BytesIO
from urllib.parse import quote, urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.validators import slug_re
from django.http import FileResponse, Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaigns.models import Stage
from campaigns.phases import REPORTING_PHASES, Phase
from portal import accesslog, clock
from portal.access import Scope, region_of
from portal.files import file_name
from portal.membership import current_membership
from portal.models import Membership, Municipality
from portal.rules import operates
from portal.workbooks.writing import XLSX
from reports.dashboards.addresses import dashboard_url
from reports.queries import completeness
from reports.queries.levels import Level
from reports.summaries.building import local
from reports.tables.completeness import (
    explanation,
    how_late,
    report_accepted,
    report_returned,
    report_sent,
    stages,
    workbook_tables,
)
from reports.views.levels import campaigns_of, level_of
from reports.writers import completeness as html
from reports.writers import excel, page

MOST_IN_A_LETTER = 50
"""Addresses in one letter: more are taken for spam."""
LONGEST_LINK = 1_900
"""Windows cuts a link to the mail program that is longer than some two thousand characters."""


def _page_url(name: str, level: Level, **more) -> str:
    """Return the address of a page of completeness at ``level``."""
    params = {"municipality": level.municipality.slug} if level.municipality else {}
    query = urlencode(params | more)
    return reverse(name, args=[level.campaign.slug]) + (f"?{query}" if query else "")


def _level(request, slug):
    """Return the level of the address and the campaigns to pick from, None for the level where the person's own
    municipality is to be named first."""
    municipality = request.GET.get("municipality", "")
    if municipality and not slug_re.match(municipality):
        raise Http404
    try:
        return level_of(request, slug, municipality)
    except PermissionDenied:
        if municipality or not _municipality_on_screen(request, slug):
            raise
        return None, []


def _municipality_on_screen(request, slug) -> Municipality | None:
    """Return a municipality of the campaign's region that the person coordinates, that of the role on screen first."""
    campaign, _picker = campaigns_of(request, slug)
    memberships = [current_membership(request), *Scope.of(request.user).memberships]
    own = (
        row.municipality
        for row in memberships
        if row and row.role == Membership.Role.MUNICIPAL and region_of(row).pk == campaign.region_id
    )
    return next(own, None)


def _lead_home(request, name: str, slug: str, **more):
    """Lead to the same page of the person's own municipality."""
    params = {"municipality": _municipality_on_screen(request, slug).slug, **more}
    return redirect(f"{reverse(name, args=[slug])}?{urlencode(params)}")


# --- Who has reported ------------------------------------------------------------------------


@require_safe
@login_required
def completeness_page(request, campaign):
    """Who has reported: by municipality in a region, school by stage in a municipality."""
    level, picker = _level(request, campaign)
    if level is None:
        return _lead_home(request, "completeness", campaign)
    lines, reports = completeness.school_lines(level), completeness.municipal_lines(level)
    slug = level.campaign.slug
    reminds = {stage: _page_url("remind", level, stage=stage.value) for stage in _stages_to_remind(request, level)}
    context = {
        "level": level,
        "campaign": level.campaign,
        "now": clock.now(),
        "begun": level.campaign.phase in (*REPORTING_PHASES, Phase.CLOSED),
        "schools": _figures(completeness.completeness_of(lines), reminds.get(Stage.SCHOOL_REPORT, "")),
        "picker": [(one, _page_url("completeness", Level(one, level.municipality))) for one in picker],
        "workbook": _page_url("completeness_workbook", level),
        "dashboard": dashboard_url(level),
        "reminds": [(stage.label, url) for stage, url in reminds.items()],
        "explanation": explanation(),
    }
    if level.is_region:
        places = completeness.places(lines, reports)
        context |= {
            "municipal": _figures(completeness.completeness_of(reports), reminds.get(Stage.MUNICIPAL_REPORT, "")),
            "places": [_place_row(level, place) for place in places],
        }
    else:
        may_see_region = request.user.has_perm("reports.view_region_dashboard", level.campaign.region)
        context |= {
            "rows": _school_rows(level, lines),
            "own": [_own_cells(line) for line in reports],
            "own_url": reverse("municipal_report", args=[slug, level.municipality.slug]),
            "up": _page_url("completeness", Level(level.campaign)) if may_see_region else "",
        }
    return render(request, "reports/completeness.html", context)


def _figures(whole, missing_url="") -> dict:
    """Return completeness with its shares in words: none goes without what it is a share of. ``missing_url`` leads to
    those to remind."""
    return {
        "missing_url": missing_url,
        "whole": whole,
        "rate": page.percent_of(whole.reporting_rate),
        "timeliness": page.percent_of(whole.timeliness),
    }


def _place_row(level, place) -> dict:
    own_url = reverse("municipal_report", args=[level.campaign.slug, place.slug])
    return {
        "place": place,
        "url": _page_url("completeness", Level(level.campaign, municipality=Municipality(slug=place.slug))),
        "figures": _figures(place.schools),
        "own": _own_cells(place.report, own_url) if place.report else None,
    }


def _own_cells(line, url="") -> dict:
    """Return how a municipality's own report stands; the last of its stages that was reached leads to ``url``."""
    sent, accepted = report_sent(line), report_accepted(line)
    reached = bool(accepted.kind)
    return {
        "sent": html.cell(sent, "" if reached else url),
        "accepted": html.cell(accepted, url if reached else ""),
        "reached": reached,
    }


def _school_rows(level, lines) -> list[dict]:
    today, slug = clock.local_today(level.campaign.region), level.campaign.slug
    rows = []
    for line in lines:
        events, *later = stages(line, today)
        held = page.rows_address({"campaign": slug, "school": line.pk}) if line.events_held else ""
        cells = [html.cell(events, held), *map(html.cell, later)]
        rows.append({"name": line.name, "url": reverse("school_report", args=[slug, line.pk]), "cells": cells})
    return rows


@require_safe
@login_required
def completeness_workbook(request, campaign):
    """The same as a workbook, in the reader's language."""
    level, _picker = _level(request, campaign)
    if level is None:
        return _lead_home(request, "completeness_workbook", campaign)
    lines, reports = completeness.school_lines(level), completeness.municipal_lines(level)
    tables = workbook_tables(level, lines, reports, completeness.places(lines, reports))
    place = level.municipality or level.campaign.region
    head = excel.Head(
        title=_("Completeness"),
        campaign=f"{level.campaign.name}, {place.name}",
        taken_at=local(clock.now(), level.campaign),
        version=str(level.campaign.phase.label),
    )
    content = BytesIO()
    excel.write(tables, head, content)
    content.seek(0)
    accesslog.note("download", request)
    return FileResponse(content, as_attachment=True, filename=_file_name(level, place), content_type=XLSX)


def _file_name(level, place) -> str:
    """Return a name that Windows takes."""
    return file_name(f"{_('Completeness')}. {level.campaign.name}. {place.name}", "xlsx")


# --- Whom to remind --------------------------------------------------------------------------


def _may_remind(user, level, stage=Stage.SCHOOL_REPORT) -> bool:
    """The operator, of all stages; a municipality's coordinator its own schools."""
    if operates(user, level.campaign.region_id):
        return True
    if level.municipality is None or stage == Stage.MUNICIPAL_REPORT:
        return False
    return level.municipality.pk in Scope.of(user).municipality_ids


def _stages_to_remind(request, level) -> list[Stage]:
    """Return the stages of which the person may remind someone at ``level``."""
    has_own = level.municipality is None or not level.municipality.is_run_by_operator
    return [
        stage
        for stage in Stage
        if _may_remind(request.user, level, stage) and (has_own or stage != Stage.MUNICIPAL_REPORT)
    ]


@require_safe
@login_required
def remind(request, campaign):
    """Those to remind of a stage, ``?stage=``: how late they are, whom to write to, and what."""
    asked = request.GET.get("stage", "")
    if asked and asked not in Stage.values:
        raise Http404
    level, _picker = _level(request, campaign)
    if level is None:
        return _lead_home(request, "remind", campaign, **({"stage": asked} if asked else {}))
    reports_are_due = level.campaign.phase in (*REPORTING_PHASES, Phase.CLOSED)
    stage = Stage(asked) if asked else Stage.SCHOOL_REPORT if reports_are_due else Stage.EVENTS
    if not _may_remind(request.user, level, stage):
        raise PermissionDenied
    found = completeness.reminders(level, stage)
    addresses = list(dict.fromkeys(contact.email for row in found for contact in row.contacts))
    subject = f"{capfirst(stage.label)}: {level.campaign.name}"
    rows = [_reminder_row(level, stage, row) for row in found]
    context = {
        "level": level,
        "campaign": level.campaign,
        "stage": stage,
        "is_closed": level.campaign.phase == Phase.CLOSED,
        "stages": [
            (one, one.label, _page_url("remind", level, stage=one.value)) for one in _stages_to_remind(request, level)
        ],
        "rows": rows,
        "late": sum(1 for row in found if row.days),
        "without": [row for row in rows if not row["contacts"]],
        "addresses": ", ".join(addresses),
        "letters": _letters(addresses, subject),
        "subject": subject,
        "text": _text(request, level, stage, found),
        "back": _page_url("completeness", level),
    }
    return render(request, "reports/remind.html", context)


def _reminder_row(level, stage, row) -> dict:
    slug, line = level.campaign.slug, row.line
    if stage == Stage.MUNICIPAL_REPORT:
        url = reverse("municipal_report", args=[slug, line.slug])
    elif stage == Stage.EVENTS:
        url = reverse("school", args=[line.pk])
    else:
        url = reverse("school_report", args=[slug, line.pk])
    late = html.cell(how_late(row))
    if stage != Stage.EVENTS and line.is_returned:
        late = format_html("{} {}", html.cell(report_returned()), late)
    return {
        "name": line.name,
        "municipality": "" if level.municipality or stage == Stage.MUNICIPAL_REPORT else line.municipality,
        "url": url,
        "late": late,
        "contacts": [html.contact(person) for person in row.contacts],
    }


@dataclass(frozen=True)
class Letter:
    """A link to the mail program that opens a letter to ``count`` addresses, hidden from each other."""

    url: str
    count: int


def _letters(addresses: list[str], subject: str) -> list[Letter]:
    """Divide ``addresses`` among as many letters as it takes. The text is left out: a link would get too long."""
    head, letters, now = f"mailto:?subject={quote(subject)}&bcc=", [], []
    for address in (quote(address, safe="@") for address in addresses):
        too_long = len(head) + len(",".join([*now, address])) > LONGEST_LINK
        if now and (len(now) == MOST_IN_A_LETTER or too_long):
            letters.append(Letter(head + ",".join(now), len(now)))
            now = []
        now.append(address)
    return [*letters, Letter(head + ",".join(now), len(now))] if now else letters


def _text(request, level, stage, found) -> str:
    """Return a letter that suits everyone on the list, in the language of the page."""
    asks = {
        Stage.EVENTS: _(
            "Please log your school's events of the campaign “%(campaign)s”: the portal knows of none yet."
        ),
        Stage.SCHOOL_REPORT: _("Please send your school's report on the campaign “%(campaign)s”."),
        Stage.MUNICIPAL_REPORT: _("Please send your municipality's report on the campaign “%(campaign)s”."),
    }
    due = {
        Stage.EVENTS: level.campaign.events_due,
        Stage.SCHOOL_REPORT: level.campaign.school_reports_due,
        Stage.MUNICIPAL_REPORT: level.campaign.municipal_reports_due,
    }[stage]
    is_over = clock.local_today(level.campaign.region) > due
    dates = _("The due date was %(day)s.") if is_over else _("The due date is %(day)s.")
    later = _("If you were granted a later one, that holds.")
    lines = [
        _("Good day!"),
        "",
        asks[stage] % {"campaign": level.campaign.name},
        f"{dates % {'day': f'{due:%d.%m.%Y}'}} {later}",
    ]
    if stage != Stage.EVENTS and any(row.line.is_returned for row in found):
        lines.append(_("If your report was returned, correct it by the day that the comment names."))
    first_page = request.build_absolute_uri(reverse("home"))
    lines += [_("What is left to do stands on your first page: %(url)s") % {"url": first_page}, "", request.user.name]
    return "\n".join(lines)
