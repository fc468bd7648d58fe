"""Background work of reports: each task fetches nothing and calls one function."""

from celery import shared_task
from celery.signals import worker_ready
from django.conf import settings

from portal.celery import LETTER
from reports import actions, emails
from reports.summaries import building


@shared_task
def build_summary(summary_id):
    """Build one summary."""
    building.build(summary_id)


@shared_task
def sweep_summaries():
    """Send again what was lost; ask for the summaries of campaigns that closed."""
    actions.sweep()


@shared_task(**LETTER)
def send_letters(addresses, subject, body):
    """Send a letter to each address."""
    emails.send(addresses, subject, body)


@worker_ready.connect
def sweep_at_start(sender, **kwargs):
    """A worker that is back looks at once for what it left, and again when that has gone stale."""
    stale = settings.SUMMARY_STALE_AFTER.total_seconds()
    for seconds in (0, stale + 1):
        sweep_summaries.apply_async(countdown=seconds)
