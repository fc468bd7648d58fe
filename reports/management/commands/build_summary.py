"""``manage.py build_summary CAMPAIGN --output FILE.xlsx``: the same build as the portal's, waited for."""

import os
import shutil
import time
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from portal.errors import StateForbids
from reports import actions
from reports.models import Summary
from reports.summaries import building


class Command(BaseCommand):
    help = "Build the summary of a campaign and write its workbook to a file."

    def add_arguments(self, parser):
        parser.add_argument("campaign", help="the campaign's address, for example autumn-2019")
        parser.add_argument("--output", required=True, help="the workbook to write, for example summary.xlsx")

    def handle(self, campaign, output, **options):
        target = Path(output)
        if not target.parent.is_dir():
            raise CommandError(_("There is no folder %(folder)s.") % {"folder": target.parent})
        found = Campaign.objects.filter(slug=campaign).first()
        if found is None:
            known = ", ".join(Campaign.objects.order_by("slug").values_list("slug", flat=True)) or "–"
            message = _("There is no campaign “%(slug)s”. There are: %(known)s.")
            raise CommandError(message % {"slug": campaign, "known": known})
        try:
            summary = actions.request_summary(None, found, send=False)
        except StateForbids as error:
            raise CommandError(str(error)) from None
        summary = self._built(summary)
        _copy(summary, target)
        done = _("Version %(version)d of “%(campaign)s” is in %(file)s (SHA-256 %(sha256)s).")
        values = {"version": summary.version, "campaign": found.name, "file": target, "sha256": summary.file_sha256}
        self.stdout.write(done % values)

    def _built(self, summary) -> Summary:
        """Build here, or wait while a worker that took it first builds."""
        while summary.is_at_work:
            if not building.build(summary.pk):
                time.sleep(0.5)
            summary.refresh_from_db()
        if summary.status == Summary.Status.FAILED:
            raise CommandError(_("The summary could not be built: %(error)s") % {"error": summary.error})
        return summary.same_as or summary


def _copy(summary, target: Path) -> None:
    """Copy the stored workbook to ``target`` as a whole or not at all."""
    with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as beside:
        try:
            with summary.file.open("rb") as stored:
                shutil.copyfileobj(stored, beside)
            beside.flush()
            os.fsync(beside.fileno())
            os.chmod(beside.name, 0o640)
            os.replace(beside.name, target)
        except BaseException:
            os.unlink(beside.name)
            raise
