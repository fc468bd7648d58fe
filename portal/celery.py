"""The Celery application: tasks are found in each app's ``tasks.py``."""

import os

from celery import Celery
from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

LETTER = {
    "autoretry_for": (OSError, SoftTimeLimitExceeded),
    "retry_backoff": 60,
    "max_retries": 5,
    "soft_time_limit": 60,
    "time_limit": 90,
}
"""Options of a task that sends letters: a mail server that does not answer is left soon and asked again later."""


def send_on_commit(task: str, *args) -> None:
    """Queue a task by its name once what was written stands. Without a broker that is logged, and nothing else
    fails."""
    transaction.on_commit(lambda: app.send_task(task, args=list(args), retry=False), robust=True)
