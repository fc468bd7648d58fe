"""Inside a campaign a school is offered to the municipality where it belongs there, wherever it belongs today."""

import uuid
from datetime import date

import pytest

from events.models import Event
from events.queries.events import campaigns_open_to, schools_to_write_for
from events.queries.joint import schools_of, schools_to_add
from portal.actions import move_school
from tests.factories import ExtensionFactory, JointEventFactory
from tests.reporting import again


@pytest.fixture
def reopened(campaign, school, second_school, kolpashevo, operator, clock):
    """The campaign is closed, an extension reopened it for a school, and that has moved from Tomsk to Kolpashevo."""
    clock("2019-11-10 10:00")
    ExtensionFactory(school=school, campaign=campaign, until=date(2019, 12, 20), after_closing=True)
    return move_school(operator, school, 1, kolpashevo)


def offered(person) -> list[str]:
    return sorted(row.name for row in schools_to_write_for(again(person)))


def test_the_municipality_of_the_campaign_is_offered_the_school(
    reopened, campaign, second_school, municipal, village_municipal
):
    assert offered(municipal) == sorted([reopened.name, second_school.name])
    assert [row.pk for row in campaigns_open_to(again(municipal), reopened)] == [campaign.pk]
    assert campaigns_open_to(again(village_municipal), reopened) == []


def test_once_the_extension_is_over_the_school_is_its_new_municipalitys_alone(
    reopened, second_school, municipal, village_municipal, clock
):
    clock("2019-12-21 10:00")
    assert offered(municipal) == [second_school.name]
    assert offered(village_municipal) == [reopened.name]


def test_an_event_is_logged_there_by_the_municipality_of_the_campaign(
    reopened, campaign, lesson, municipal, village_municipal, client_of
):
    typed = {
        "token": str(uuid.uuid4()),
        "version": "1",
        "school": str(reopened.pk),
        "campaign": campaign.slug,
        "format": lesson.slug,
        "starts_on": "2019-09-20",
        "grade_7": "20",
        "intent": "submit",
    }
    choose = client_of(municipal).get("/events/new/").content.decode()
    assert reopened.name in choose
    assert client_of(village_municipal).post("/events/new/", typed).status_code == 409
    assert client_of(municipal).post("/events/new/", typed).status_code == 302
    event = Event.objects.get()
    assert (event.folder.municipality_id, event.on_behalf) == (municipal.memberships.get().municipality_id, True)


def test_a_joint_event_is_attended_through_the_municipality_of_the_campaign(
    reopened, campaign, tomsk, second_school, municipal, village_municipal
):
    fair = JointEventFactory(campaign=campaign, municipality=tomsk)
    assert {row.pk for row in schools_of(again(municipal), fair)} == {reopened.pk, second_school.pk}
    assert [row.pk for row in schools_to_add(again(municipal), fair)] == [reopened.pk]
    assert list(schools_of(again(village_municipal), fair)) == []
