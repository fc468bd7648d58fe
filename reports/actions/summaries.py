"""What is done with summaries: asked for by people, built by workers, swept when a worker or a message is lost.

The row is the truth, the queue only a hint. A build is claimed by one attempt, says from time to time that it
is alive, and writes only while the attempt is still its own: whoever lost it leaves without a trace. So a
worker may die at any line, and a message may come twice or never.
"""

import hashlib
from datetime import timedelta, timezone

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, TruncDate
from django.utils.translation import gettext as _

from campaigns.models import Campaign, Extension
from campaigns.phases import Phase, phase_condition
from portal import clock
from portal.celery import send_on_commit
from portal.errors import StateForbids
from portal.history import record
from reports.models import Summary
from reports.queries.levels import SUMMARY_PHASES

BUILD_TASK = "reports.tasks.build_summary"
MOST_ATTEMPTS = 5

Status = Summary.Status
AT_WORK = (Status.QUEUED, Status.BUILDING)


class AttemptLost(Exception):
    """The build was taken over by another attempt, or given up: this one writes nothing more."""


def _send_on_commit(summary) -> None:
    """Send the message once the row is there. Without a broker it is not sent: the sweeper does that later."""
    send_on_commit(BUILD_TASK, summary.pk)


def _lock_campaign(campaign_id) -> Campaign:
    return Campaign.objects.select_related("region").select_for_update(of=("self",), no_key=True).get(pk=campaign_id)


# --- Asking ----------------------------------------------------------------------------------


@transaction.atomic
def request_summary(actor, campaign, send=True) -> Summary:
    """Ask for a new version; None as ``actor`` is the portal itself. While one is at work, that one is returned.

    ``send=False`` leaves the building to the caller.
    """
    campaign = _lock_campaign(campaign.pk)
    if actor is not None and not actor.has_perm("reports.build_summary", campaign):
        raise PermissionDenied
    if campaign.phase not in SUMMARY_PHASES:
        raise StateForbids(_("There is nothing to sum up before the campaign's first day."))
    at_work = campaign.summaries.filter(status__in=AT_WORK).first()
    if at_work:
        return at_work
    summary = Summary.objects.create(
        campaign=campaign, requested_by=actor, requested_at=clock.now(), is_full=campaign.is_closed
    )
    record(actor, "build", summary, after={"campaign": campaign.pk, "is_full": summary.is_full})
    if send:
        _send_on_commit(summary)
    return summary


# --- Building --------------------------------------------------------------------------------


def _is_stale() -> Q:
    return Q(heartbeat_at__lt=clock.now() - settings.SUMMARY_STALE_AFTER)


@transaction.atomic
def claim(summary_id: int) -> int | None:
    """Take a waiting build, or one whose worker has fallen silent. Returns the number of the attempt, or None
    where there is nothing to take: it is done, or another is at it."""
    free = Q(status=Status.QUEUED) | (Q(status=Status.BUILDING) & _is_stale())
    found = Summary.objects.select_related("campaign").filter(free, pk=summary_id)
    summary = found.select_for_update(of=("self",), no_key=True).first()
    if summary is None:
        return None
    summary.status = Status.BUILDING
    summary.attempt += 1
    summary.heartbeat_at = clock.now()
    summary.progress = 0
    summary.save(update_fields=["status", "attempt", "heartbeat_at", "progress"])
    _forget_files(summary, before=summary.attempt)
    return summary.attempt


def _own(summary_id, attempt):
    return Summary.objects.filter(pk=summary_id, status=Status.BUILDING, attempt=attempt)


def heartbeat(summary_id: int, attempt: int, progress: int) -> None:
    """Say that the build is alive and how far it is, 0 to 100."""
    if not _own(summary_id, attempt).update(heartbeat_at=clock.now(), progress=progress):
        raise AttemptLost


@transaction.atomic
def store_tables(summary_id: int, attempt: int, *, tables: dict, sha256: str, taken_at, is_full: bool) -> Summary:
    """Store what the snapshot said. Where the newest version says the same, the build ends here, as that version."""
    own = _own(summary_id, attempt).select_related("campaign__region")
    summary = own.select_for_update(of=("self",), no_key=True).first()
    if summary is None:
        raise AttemptLost
    newest = _newest(summary.campaign_id)
    if newest and newest.data_sha256 == sha256 and newest.is_full == is_full:
        summary.status, summary.same_as, summary.progress = Status.SAME, newest, 100
        summary.tables, summary.ready_at = None, clock.now()
    else:
        summary.tables, summary.figures = tables, tables["figures"]
    summary.data_sha256, summary.taken_at, summary.is_full = sha256, taken_at, is_full
    summary.heartbeat_at, summary.error = clock.now(), ""
    summary.save()
    return summary


def _newest(campaign_id) -> Summary | None:
    ready = Summary.objects.filter(campaign_id=campaign_id, status=Status.READY)
    return ready.defer("tables").order_by("-version").first()


def next_version(campaign_id: int) -> int:
    """Return the number that the next ready version of a campaign gets."""
    last = Summary.objects.filter(campaign_id=campaign_id).aggregate(last=Max("version"))["last"]
    return (last or 0) + 1


def _file_name(summary, attempt) -> str:
    return f"summaries/{summary.campaign.slug}-{summary.pk}-{attempt}.xlsx"


def _forget_files(summary, before: int) -> None:
    """Delete what earlier attempts, killed while storing, may have left behind."""
    for attempt in range(1, before):
        default_storage.delete(_file_name(summary, attempt))


def finish(summary_id: int, attempt: int, path, version: int) -> Summary:
    """Store the workbook at ``path`` and make the build a ready version, which never changes again.

    ``version`` is the number that stands in the workbook; the file is kept only if the row becomes ready.
    """
    summary = Summary.objects.select_related("campaign").get(pk=summary_id)
    with open(path, "rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        size = content.tell()
        content.seek(0)
        name = default_storage.save(_file_name(summary, attempt), File(content))
    try:
        return _make_ready(summary, attempt, name, sha256, size, version)
    except BaseException:
        default_storage.delete(name)
        raise


@transaction.atomic
def _make_ready(summary, attempt, name, sha256, size, version) -> Summary:
    _lock_campaign(summary.campaign_id)
    current = _own(summary.pk, attempt).select_for_update(no_key=True).first()
    if current is None or next_version(summary.campaign_id) != version:
        raise AttemptLost
    current.status, current.version, current.progress = Status.READY, version, 100
    current.file, current.file_sha256, current.file_size = name, sha256, size
    current.ready_at, current.error = clock.now(), ""
    current.save()
    return current


@transaction.atomic
def release(summary_id: int, attempt: int, error: str) -> None:
    """Give a build back after an error: it is tried again when the sweeper comes, or given up after
    :data:`MOST_ATTEMPTS`."""
    summary = _own(summary_id, attempt).select_for_update(no_key=True).first()
    if summary is None:
        return
    summary.error, summary.heartbeat_at = error[:2_000], clock.now()
    summary.status = Status.FAILED if summary.attempt >= MOST_ATTEMPTS else Status.QUEUED
    summary.save(update_fields=["status", "error", "heartbeat_at"])


# --- Sweeping --------------------------------------------------------------------------------


def sweep() -> list[Summary]:
    """Send again what was lost, and ask for the full summary of campaigns that have closed. Returns what was sent."""
    return [*_summaries_of_closed_campaigns(), *_send_again()]


BEHIND_ALL = timezone(timedelta(hours=-12))
AHEAD_OF_ALL = timezone(timedelta(hours=14))
"""The zones in which a day begins last and first: no region's calendar is behind or ahead of theirs."""


def _summaries_of_closed_campaigns() -> list[Summary]:
    """Ask for the full summaries that are due: once a campaign has closed, and once more when an extension that ran
    since the last one has come to its end."""
    # One that failed or found nothing new was asked for too: it is not asked for again each time.
    full = Summary.objects.filter(campaign=OuterRef("pk"), is_full=True).order_by("-requested_at")
    # Days in all zones at once, a few too many; each campaign is then judged by its own region's calendar.
    latest_day = clock.now().astimezone(AHEAD_OF_ALL).date()
    ended = Extension.objects.filter(
        campaign=OuterRef("pk"),
        status=Extension.Status.GRANTED,
        until__gte=OuterRef("asked_on"),
        until__lt=latest_day,
    )
    due = (
        Campaign.objects.filter(phase_condition(Phase.CLOSED, latest_day))
        .annotate(asked_at=Subquery(full.values("requested_at")[:1]))
        .annotate(asked_on=TruncDate("asked_at", tzinfo=BEHIND_ALL))
        .filter(Q(asked_at=None) | Exists(ended))
        .select_related("region")
        .order_by("region_id", "pk")
    )
    return [
        request_summary(None, campaign)
        for campaign in due
        if campaign.is_closed and (campaign.asked_at is None or _an_extension_ended(campaign))
    ]


def _an_extension_ended(campaign) -> bool:
    """Whether an extension was still running when the last full summary was asked for, and is over now."""
    asked_on = clock.local_date(campaign.asked_at, campaign.region.time_zone)
    granted = campaign.extensions.filter(status=Extension.Status.GRANTED)
    return granted.filter(until__gte=asked_on, until__lt=clock.local_today(campaign.region)).exists()


@transaction.atomic
def _send_again() -> list[Summary]:
    """Queue again builds that have been silent for ``SUMMARY_STALE_AFTER``; give up those that failed too often."""
    lost = (
        Summary.objects.select_related("campaign")
        .select_for_update(of=("self",), no_key=True)
        .filter(status__in=AT_WORK)
        .alias(heard_at=Coalesce("heartbeat_at", "requested_at"))
        .filter(heard_at__lt=clock.now() - settings.SUMMARY_STALE_AFTER)
        .defer("tables")
    )
    sent = []
    for summary in lost:
        summary.heartbeat_at = clock.now()
        if summary.attempt >= MOST_ATTEMPTS:
            summary.status = Status.FAILED
            summary.error = summary.error or "The worker stopped without a word each time."
            _forget_files(summary, before=summary.attempt + 1)
        else:
            summary.status = Status.QUEUED
            _send_on_commit(summary)
            sent.append(summary)
        summary.save(update_fields=["status", "error", "heartbeat_at"])
    return sent
