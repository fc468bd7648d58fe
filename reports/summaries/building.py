"""Builds one summary: claims it, reads one snapshot, stores the tables, writes the workbook, makes it ready.

It can be killed at any line: see :mod:`reports.actions`.
"""

import logging
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from portal import clock
from portal.files import file_name
from reports import actions
from reports.models import Summary
from reports.summaries.snapshot import snapshot
from reports.tables import table
from reports.tables.summary import read, stored, summary_tables
from reports.writers import excel

logger = logging.getLogger(__name__)

_AFTER_READING, _AFTER_STORING, _AFTER_WRITING = 40, 50, 95


def build(summary_id: int) -> bool:
    """Build the summary, if it is free to take; return whether this call brought it to an end."""
    attempt = actions.claim(summary_id)
    if attempt is None:
        return False
    try:
        _build(summary_id, attempt)
    except actions.AttemptLost:
        logger.warning("summary %d: attempt %d was taken over", summary_id, attempt)
        return False
    except Exception as error:
        actions.release(summary_id, attempt, f"{type(error).__name__}: {error}")
        raise
    return True


def _build(summary_id: int, attempt: int) -> None:
    campaign = Campaign.objects.select_related("region", "previous").get(summaries=summary_id)
    with snapshot():
        taken_at = clock.now()
        campaign.refresh_from_db()
        found = summary_tables(campaign)
    actions.heartbeat(summary_id, attempt, _AFTER_READING)
    data = stored(found)
    summary = actions.store_tables(
        summary_id,
        attempt,
        tables=data,
        sha256=table.sha256_of(data),
        taken_at=taken_at,
        is_full=campaign.is_closed,
    )
    if summary.status == Summary.Status.SAME:
        return
    version = actions.next_version(campaign.pk)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "summary.xlsx"
        # The workbook is written from what was stored, as any later part of it.
        tables = read(summary.tables)
        steps = iter(range(_AFTER_STORING, _AFTER_WRITING, (_AFTER_WRITING - _AFTER_STORING) // (len(tables) + 1)))

        def heartbeat():
            actions.heartbeat(summary_id, attempt, next(steps, _AFTER_WRITING))

        write_workbook(summary, tables, version, path, heartbeat)
        actions.finish(summary_id, attempt, path, version)


def write_workbook(
    summary: Summary, shown: list, version: int, path, on_progress=lambda: None, part_of: str = ""
) -> None:
    """Write ``shown`` tables of ``summary`` to ``path``, in the portal's own language; ``part_of`` names the place
    whose part they are."""
    with translation.override(settings.LANGUAGE_CODE):
        excel.write(shown, _head(summary, version, part_of), path, on_progress)


def _head(summary: Summary, version: int, part_of: str) -> excel.Head:
    campaign = summary.campaign
    words = _("version %(n)d, in full") if summary.is_full else _("version %(n)d, so far")
    return excel.Head(
        title=_("Summary report"),
        campaign=f"{campaign.name}, {part_of or campaign.region.name}",
        taken_at=local(summary.taken_at, campaign),
        version=words % {"n": version},
        fingerprint=summary.data_sha256,
    )


def local(moment: datetime, campaign) -> datetime:
    """Return ``moment`` by the clocks of the campaign's region."""
    return moment.astimezone(ZoneInfo(campaign.region.time_zone))


def summary_file_name(summary: Summary, part_of: str = "") -> str:
    """Return the name that a download gets: Russian, and one that Windows takes."""
    with translation.override(settings.LANGUAGE_CODE):
        name = _("Summary report. %(campaign)s. Version %(version)d") % {
            "campaign": summary.campaign.name,
            "version": summary.version,
        }
    return file_name(f"{name}. {part_of}" if part_of else name, "xlsx")
