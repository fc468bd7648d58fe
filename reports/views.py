"""Pages of figures, dashboards and summaries."""

from django.http import Http404
from django.shortcuts import render

from reports.figures import ALL


def figures(request):
    """What each figure means."""
    return render(request, "reports/figures.html", {"figures": ALL})


def _soon(request, **kwargs):
    raise Http404


dashboards = dashboard = dashboard_rows = dashboard_municipality = dashboard_school = _soon
summaries = build_summary = summary = summary_workbook = _soon
