"""Pages of summaries: the list, one build, its workbook."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns.queries import campaigns_for
from portal import accesslog
from portal.errors import StateForbids
from portal.workbooks.writing import XLSX
from reports import actions
from reports.models import Summary
from reports.queries import levels
from reports.summaries import downloads
from reports.views.levels import campaigns_of

REFRESH_EVERY = 3
"""Seconds after which the page of a build at work loads itself again; a header, so that it needs no script."""


def _summaries_of(request):
    return Summary.objects.visible_to(request.user).defer("tables")


@require_safe
@login_required
def summaries(request):
    """The summaries of each campaign, the newest first."""
    campaigns = [row for row in campaigns_for(request.user) if row.phase in levels.SUMMARY_PHASES]
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
    campaign, _picker = campaigns_of(request, request.POST.get("campaign", ""))
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
        "changed_schools": downloads.changed_schools(row, previous) if whole and row.version else [],
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
    return FileResponse(content, as_attachment=True, filename=name, content_type=XLSX)
