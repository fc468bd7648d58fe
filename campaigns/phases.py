"""Phases of a campaign. They follow from its dates and from one stored fact, whether it is published.

:func:`phase_on` (one object) and :func:`phase_condition` (a query) agree on every day; a test holds them.
"""

from datetime import date

from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _


class Phase(TextChoices):
    DRAFT = "draft", _("draft")
    ANNOUNCED = "announced", _("announced")
    RUNNING = "running", _("events are held")
    REPORTING = "reporting", _("schools report")
    REVIEW = "review", _("municipalities report")
    DECISION = "decision", _("the operator sums up")
    CLOSED = "closed", _("closed")


_ENDS = (
    (Phase.RUNNING, "ends_on"),
    (Phase.REPORTING, "school_reports_due"),
    (Phase.REVIEW, "municipal_reports_due"),
    (Phase.DECISION, "closes_on"),
)
"""Phases of a started campaign with the field that holds each one's last day."""

LOGGING_PHASES = (Phase.RUNNING, Phase.REPORTING, Phase.REVIEW, Phase.DECISION)
"""When events are logged, edited, submitted, accepted and returned."""
REPORTING_PHASES = (Phase.REPORTING, Phase.REVIEW, Phase.DECISION)
"""When reports are written, sent, accepted and returned."""
PLANNING_PHASES = (Phase.ANNOUNCED, Phase.RUNNING)
"""When events are planned."""


def phase_on(campaign, day: date) -> Phase:
    """Return the phase of ``campaign`` on ``day``, a date of its region's calendar."""
    if campaign.published_at is None:
        return Phase.DRAFT
    if day < campaign.starts_on:
        return Phase.ANNOUNCED
    for phase, last in _ENDS:
        if day <= getattr(campaign, last):
            return phase
    return Phase.CLOSED


def phase_condition(phase: Phase, day: date) -> Q:
    """Return the condition on campaigns that are in ``phase`` on ``day``."""
    if phase == Phase.DRAFT:
        return Q(published_at=None)
    published = Q(published_at__isnull=False)
    if phase == Phase.ANNOUNCED:
        return published & Q(starts_on__gt=day)
    after = "starts_on__lte"
    for known, last in _ENDS:
        if known == phase:
            return published & Q(**{after: day, f"{last}__gte": day})
        after = f"{last}__lt"
    return published & Q(**{after: day})
