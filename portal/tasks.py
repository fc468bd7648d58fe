"""Background work of people and places: each task fetches nothing and calls one function."""

from celery import shared_task

from portal import letters
from portal.celery import LETTER


@shared_task(**LETTER)
def send_letter(kind, user_id, language):
    """Send one letter about a person's own account."""
    letters.send(kind, user_id, language)
