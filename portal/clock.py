"""What time it is: the one place that asks.

``timezone.now().date()`` is yesterday in Tomsk from midnight to seven, so every rule about days asks
:func:`local_today` of a region.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


def now() -> datetime:
    """Return the current moment, aware, in UTC (shifted by ``CLOCK_OFFSET`` in tests)."""
    return timezone.now() + settings.CLOCK_OFFSET


def local_date(moment: datetime, zone: str) -> date:
    """Return the calendar day of ``moment`` in the time zone named ``zone``."""
    return moment.astimezone(ZoneInfo(zone)).date()


def local_today(region) -> date:
    """Return today's date where ``region`` is."""
    return local_date(now(), region.time_zone)
