"""Academic years: which one a day belongs to, how one is written in an address, the days it spans."""

import re
from datetime import date

from portal import clock

_SLUG = re.compile(r"^(20[0-9]{2})-(20[0-9]{2})$")


def academic_year_of(day: date) -> str:
    """Return the academic year of a day: it begins on 1 September, July and August belong to the coming one."""
    first = day.year if day.month >= 7 else day.year - 1
    return f"{first}/{first + 1}"


def current_year(region) -> str:
    return academic_year_of(clock.local_today(region))


def next_year(academic_year: str) -> str:
    first = int(academic_year[:4]) + 1
    return f"{first}/{first + 1}"


def slug_of(academic_year: str) -> str:
    """Return a year as it stands in an address: 2019-2020."""
    return academic_year.replace("/", "-")


def year_in(slug: str) -> str | None:
    """Return the year that an address names, None where it names none."""
    found = _SLUG.match(slug)
    if found is None or int(found[2]) != int(found[1]) + 1:
        return None
    return f"{found[1]}/{found[2]}"


def days_of(academic_year: str) -> tuple[date, date]:
    """Return the days that a year's enrolment may be as of: from the January before it, when plans are made."""
    first = int(academic_year[:4])
    return date(first, 1, 1), date(first + 1, 8, 31)
