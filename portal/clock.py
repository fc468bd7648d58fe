"""What time it is: the one place that asks.

``timezone.now().date()`` is yesterday in Tomsk from midnight to seven, so every rule about days asks
:func:`local_today` of a region.
"""

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

_set_to: ContextVar[datetime | None] = ContextVar("clock_set_to", default=None)


def now() -> datetime:
    """Return the current moment, aware, in UTC (shifted by ``CLOCK_OFFSET`` in tests)."""
    return _set_to.get() or timezone.now() + settings.CLOCK_OFFSET


@contextmanager
def set_to(moment: datetime):
    """Let the clock stand at ``moment`` inside the block, in this thread alone.

    For the demo alone, which tells of past weeks through the portal's own actions. What people do is never dated back.
    """
    token = _set_to.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _set_to.reset(token)


def local_date(moment: datetime, zone: str) -> date:
    """Return the calendar day of ``moment`` in the time zone named ``zone``."""
    return moment.astimezone(ZoneInfo(zone)).date()


def local_today(region) -> date:
    """Return today's date where ``region`` is."""
    return local_date(now(), region.time_zone)
