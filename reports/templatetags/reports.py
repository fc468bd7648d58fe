"""Filters of the chain of reports."""

from django import template

from reports.checks import range_text
from reports.models import ReportStatus
from reports.writers.page import percent_of

register = template.Library()


@register.filter
def possible(found) -> str:
    """Write the numbers that are possible: «from 18 to 25», or a dash where nothing is known."""
    return range_text(found) if found is not None else "–"


@register.filter
def report_status(status) -> str:
    """Return in words where a report stands."""
    return ReportStatus(status).label


register.filter("share_of", percent_of)
