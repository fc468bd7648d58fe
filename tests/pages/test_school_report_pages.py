"""The school's report in a browser: the page, the form, what is refused and kept, the decision."""

import pytest
from django.urls import reverse

from reports.models import SchoolReport
from tests.factories import EventFactory


@pytest.fixture
def reporting(clock):
    clock("2019-10-17 10:00")


@pytest.fixture
def event(school, campaign):
    return EventFactory(school=school, campaign=campaign)


@pytest.fixture
def page(campaign, school):
    return reverse("school_report", args=[campaign.slug, school.pk])


FORM = {
    "version": "0",
    "answered_by": "took_part",
    "grade_8": "24",
    "kind_open_lesson": "24",
    "basis": "lists",
    "signed_name": "Иванова А. П.",
    "signed_post": "директор",
}


def test_what_is_typed_is_sent(client_of, coordinator, page, event, reporting):
    client = client_of(coordinator)
    assert client.get(page).status_code == 200
    assert client.get(f"{page}edit/").status_code == 200
    response = client.post(f"{page}edit/", FORM)
    assert (response.status_code, response["Location"]) == (302, page)
    report = SchoolReport.objects.get()
    assert (report.status, report.pupils, report.grade_8, report.grade_5) == ("submitted", 24, 24, 0)
    assert client.get(page).status_code == 200
