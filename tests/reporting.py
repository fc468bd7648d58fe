"""Short ways to what tests of the chain of reports say again and again."""

from datetime import date

import pytest

from portal.models import User
from portal.queries.history import history_of
from reports.actions import accept_school_report, return_school_report, write_municipal_report, write_school_report

REPORTING = "2019-10-17 10:00"
"""The third day on which schools report."""
CORRECT_BY = date(2019, 10, 24)


@pytest.fixture
def reporting_day(clock, campaign):
    """The letter's campaign on the third day on which schools report."""
    clock(REPORTING)


def report_fields(**changes) -> dict:
    """What a filled-in school report hands to the action: 24 eighth-graders, who had an open lesson."""
    return {
        "grades": dict.fromkeys(range(5, 12), 0) | {8: 24},
        "kinds": {"open_lesson": 24},
        "answers": {},
        "answered_by": "took_part",
        "basis": "lists",
        "conclusions": "",
        "difficulties": "",
        "proposals": "",
        "signed_name": "Иванова А. П.",
        "signed_post": "директор",
        **changes,
    }


def write_school(actor, school, campaign, version=0, *, send=True, **changes):
    """Send a school's report, or save it with ``send=False``; ``changes`` are over :func:`report_fields`."""
    return write_school_report(again(actor), school, campaign, version, send=send, **report_fields(**changes))


def write_municipality(actor, municipality, campaign, version=0, *, send=True, **changes):
    """Send a municipality's report, or save it with ``send=False``."""
    fields = {"conclusions": "Все приняли участие.", "signed_name": "Петров П. П.", **changes}
    return write_municipal_report(again(actor), municipality, campaign, version, send=send, **fields)


def accept_school(actor, report):
    """Accept a school's report as it is now."""
    current = row_again(report)
    return accept_school_report(again(actor), current, current.version)


def return_school(actor, report, event_ids=(), comment="Уточните 8 класс."):
    """Return a school's report as it is now, or reopen it, and the events named."""
    current = row_again(report)
    return return_school_report(again(actor), current, current.version, comment, CORRECT_BY, event_ids)


def again(user) -> User:
    """The person as the next request reads them: memberships are looked up once a request."""
    return User.objects.get(pk=user.pk)


def row_again(row):
    """The row as the next request reads it, with its places."""
    return type(row).objects.with_places().get(pk=row.pk)


def told(row) -> list[tuple[str, str, str]]:
    """What history tells of ``row``, oldest first: who, verb, for whom."""
    return [(entry.who, entry.verb, entry.for_whom) for entry in reversed(history_of(row))]
