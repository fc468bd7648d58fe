"""Municipal reports: written and sent by the municipality or on its behalf, returned, accepted, reopened from below.

Every verb locks the municipality's row first, then its report.
"""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.due_dates import is_municipality_open
from campaigns.models import Campaign
from portal import clock
from portal.access import Scope
from portal.errors import StateForbids
from portal.history import record, state_of
from portal.models import Municipality
from portal.rules import require
from portal.text import without_controls
from reports import emails
from reports.actions.chain import changed, clean_return, refuse_closed
from reports.models import MunicipalReport, ReportStatus
from reports.queries.municipality import municipal_report_of

REPORT_FIELDS = ("conclusions", "difficulties", "proposals", "signed_name", "signed_post")
"""Fields that a form writes."""


def municipal_report_state(report) -> dict:
    """Return what history compares of a municipal report."""
    return state_of(report, {"correct_by": report.correct_by})


def _for_whom(actor, municipality):
    """Return the municipality that ``actor`` acts for, None where it is their own."""
    return None if municipality.pk in Scope.of(actor).municipality_ids else municipality


def _lock(municipality_id) -> Municipality:
    rows = Municipality.objects.select_related("region").select_for_update(of=("self",), no_key=True)
    return rows.get(pk=municipality_id)


def _assign(report, fields) -> None:
    for name in REPORT_FIELDS:
        if name in fields:
            setattr(report, name, without_controls(fields[name]).strip())


def _check(report) -> None:
    """Raise ``ValidationError`` by field unless the report may be sent. Schools that are missing stop nothing: the
    report names them."""
    errors = {}
    if not report.conclusions:
        errors["conclusions"] = [_("Write at least one sentence: what the municipality concludes.")]
    if not report.signed_name:
        errors["signed_name"] = [_("Write who signs the report.")]
    if errors:
        raise ValidationError(errors)


@transaction.atomic
def write_municipal_report(actor, municipality, campaign, version: int, *, send: bool, **fields) -> MunicipalReport:
    """Save a municipality's report, read as ``version`` (0: not begun), or send it to the operator."""
    municipality = _lock(municipality.pk)
    campaign = Campaign.objects.select_related("region").get(pk=campaign.pk)
    require(actor, "reports.write_municipal_report", municipality)
    if municipality.region_id != campaign.region_id:
        raise ValidationError({"__all__": _("The campaign belongs to another region.")})
    report = municipal_report_of(municipality, campaign)
    refuse_closed(campaign, is_municipality_open(campaign, municipality))
    is_sent = report.status == ReportStatus.SUBMITTED
    before = municipal_report_state(report) if report.pk else None
    _assign(report, fields)
    if before == municipal_report_state(report) and (is_sent or not send):
        return report
    if report.version != version:
        raise changed(municipal_report_of(municipality, campaign), version)
    if report.status == ReportStatus.ACCEPTED:
        raise StateForbids(_("The report is accepted. The operator can reopen it."))
    report.clean_fields()
    verb = "write" if before is None else "edit"
    if send or is_sent:
        _check(report)
    if send and not is_sent:
        verb = "submit"
        report.status, report.comment, report.correct_by = ReportStatus.SUBMITTED, "", None
        report.submitted_by, report.submitted_at = actor, clock.now()
        report.submitted_on = report.submitted_on or clock.local_today(campaign.region)
        report.on_behalf = _for_whom(actor, municipality) is not None
    report.version += 1
    report.save()
    after = municipal_report_state(report)
    record(actor, verb, report, before=before, after=after, for_whom=_for_whom(actor, municipality))
    return report


def _open(actor, report) -> MunicipalReport:
    _lock(report.municipality_id)
    current = MunicipalReport.objects.with_places().with_due().get(pk=report.pk)
    require(actor, "reports.review_municipal_report", current)
    return current


@transaction.atomic
def accept_municipal_report(actor, report, version: int) -> MunicipalReport:
    """Accept a municipal report that was read as ``version``."""
    current = _open(actor, report)
    repeated = current.status == ReportStatus.ACCEPTED and current.version == version + 1
    if repeated and current.reviewed_by_id == actor.pk:
        return current
    refuse_closed(current.campaign, is_municipality_open(current.campaign, current.municipality))
    if current.version != version:
        raise changed(current, version)
    if current.status != ReportStatus.SUBMITTED:
        raise StateForbids(_("The report is %(status)s, not under review.") % {"status": current.get_status_display()})
    if current.submitted_by_id == actor.pk and not current.on_behalf:
        raise StateForbids(_("Nobody accepts what they sent themselves: ask a colleague."))
    before = municipal_report_state(current)
    current.status = ReportStatus.ACCEPTED
    current.reviewed_by, current.reviewed_at = actor, clock.now()
    current.version += 1
    current.save(update_fields=["status", "reviewed_by", "reviewed_at", "version"])
    record(actor, "accept", current, before=before, after=municipal_report_state(current))
    return current


@transaction.atomic
def return_municipal_report(actor, report, version: int, comment: str, correct_by: date | None) -> MunicipalReport:
    """Return a sent or accepted municipal report with a comment and a day to correct by."""
    current = _open(actor, report)
    repeated = current.status == ReportStatus.RETURNED and current.version == version + 1
    if repeated and current.reviewed_by_id == actor.pk and current.comment == without_controls(comment).strip():
        return current
    refuse_closed(current.campaign, is_municipality_open(current.campaign, current.municipality))
    if current.version != version:
        raise changed(current, version)
    if current.status not in (ReportStatus.SUBMITTED, ReportStatus.ACCEPTED):
        raise StateForbids(_("The report is %(status)s, not under review.") % {"status": current.get_status_display()})
    comment = clean_return(comment, correct_by, clock.local_today(current.campaign.region))
    verb = "reopen" if current.status == ReportStatus.ACCEPTED else "return"
    _return(actor, current, verb, comment, correct_by)
    return current


def _return(actor, report, verb, comment, correct_by, for_whom=None) -> None:
    before = municipal_report_state(report)
    report.status, report.comment, report.correct_by = ReportStatus.RETURNED, comment, correct_by
    report.reviewed_by, report.reviewed_at = actor, clock.now()
    report.version += 1
    report.save(update_fields=["status", "comment", "correct_by", "reviewed_by", "reviewed_at", "version"])
    after = municipal_report_state(report)
    record(actor, verb, report, before=before, after=after, comment=comment, for_whom=for_whom)
    emails.tell_municipality(report)


def reopen_above(actor, school_report, reason: str) -> None:
    """Reopen the municipal report above a school's whose acceptance changed the sum, if it was sent; ``reason`` tells
    its writers why. Called inside the transaction of that change."""
    municipality = _lock(school_report.folder.municipality_id)
    sent = MunicipalReport.objects.with_places().filter(
        campaign_id=school_report.campaign_id,
        municipality=municipality,
        status__in=(ReportStatus.SUBMITTED, ReportStatus.ACCEPTED),
    )
    for report in sent:
        was_accepted = report.status == ReportStatus.ACCEPTED
        _return(actor, report, "reopen", reason, school_report.correct_by)
        if was_accepted:
            emails.tell_operator(report)
