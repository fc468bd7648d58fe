"""Filters of the chain of reports."""

from django import template

from reports.checks import range_text
from reports.models import ReportStatus
from reports.writers.page import percent_of

register = template.Library()

ROWS_ON_A_SCREEN = 25


@register.filter
def possible(found) -> str:
    """Write the numbers that are possible: «from 18 to 25», or a dash where nothing is known."""
    return range_text(found) if found is not None else "–"


@register.filter
def report_status(status) -> str:
    """Return in words where a report stands."""
    return ReportStatus(status).label


@register.filter
def tall(rows: int) -> str:
    """Return the class that lets a table of so many rows scroll by itself, where they are more than a screen shows."""
    return "tall" if rows > ROWS_ON_A_SCREEN else ""


register.filter("share_of", percent_of)
