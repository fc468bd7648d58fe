"""The chain as a whole: a school reports, a municipality accepts and sends up, the operator accepts; what is reopened
below reopens what stands above."""

from datetime import date

import pytest

from campaigns.models import SchoolCampaign
from reports.actions import (
    accept_municipal_report,
    accept_school_report,
    return_school_report,
    write_municipal_report,
    write_school_report,
)
from tests.factories import EventFactory

GRADES = dict.fromkeys(range(5, 12), 0)


@pytest.fixture
def write(coordinator, school, campaign):
    """Send the school's report: 20 of 24 eighth-graders who came, more with ``changes``."""

    def write(actor=coordinator, version=0, send=True, **changes):
        values = {
            "grades": GRADES | {8: 24},
            "kinds": {"open_lesson": 24},
            "answers": {},
            "answered_by": "took_part",
            "basis": "lists",
            "conclusions": "",
            "difficulties": "",
            "proposals": "",
            "signed_name": "Иванова А. П.",
            "signed_post": "директор",
        } | changes
        return write_school_report(actor, school, campaign, version, send=send, **values)

    return write


@pytest.fixture
def event(school, campaign):
    return EventFactory(school=school, campaign=campaign)


def test_from_the_school_to_the_operator_and_back(
    write, event, reporting_day, campaign, school, tomsk, municipal, operator, english
):
    report = write()
    assert (report.status, report.version, report.pupils, report.enrolled) == ("submitted", 1, 24, 175)
    assert report.submitted_on == date(2019, 10, 17)

    report = accept_school_report(municipal, report, 1)
    event.refresh_from_db()
    assert (report.status, event.status, event.reviewed_by) == ("accepted", "accepted", municipal)
    assert SchoolCampaign.objects.get(school=school, campaign=campaign).frozen_at is not None

    texts = {"conclusions": "Все приняли участие.", "signed_name": "Петров П. П.", "signed_post": "начальник"}
    above = write_municipal_report(municipal, tomsk, campaign, 0, send=True, **texts)
    above = accept_municipal_report(operator, above, 1)
    assert (above.status, above.version) == ("accepted", 2)

    report = return_school_report(municipal, report, 2, "Уточните 8 класс.", date(2019, 10, 20), [event.pk])
    event.refresh_from_db()
    above.refresh_from_db()
    assert (report.status, report.correct_by) == ("returned", date(2019, 10, 20))
    assert (event.status, event.comment) == ("returned", "Уточните 8 класс.")
    assert SchoolCampaign.objects.get(school=school, campaign=campaign).frozen_at is None
    assert (above.status, above.version, above.correct_by) == ("returned", 3, date(2019, 10, 20))
    assert above.comment == "The report of Школа «Перспектива» was reopened: Уточните 8 класс."
