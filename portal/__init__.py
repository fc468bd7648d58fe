"""People and places, sign-in, home, and the project's settings."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
