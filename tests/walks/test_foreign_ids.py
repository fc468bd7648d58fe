"""Numbers and addresses of another region, sent in every field and every filter, lead nowhere."""

import uuid

import pytest

from campaigns.models import Campaign
from events.models import Event
from portal.membership import SESSION_KEY
from tests.factories import EventFactory


@pytest.fixture
def foreign_event(foreign):
    return EventFactory(school=foreign.school, campaign=foreign.campaign)


def send(client, own_school, own_campaign, **changes):
    values = {
        "token": str(uuid.uuid4()),
        "version": "1",
        "school": own_school.pk,
        "campaign": own_campaign.slug,
        "format": "lesson",
        "starts_on": "2019-09-20",
        "grade_7": "20",
        "intent": "submit",
    }
    return client.post("/events/new/", values | changes)


@pytest.mark.parametrize(
    ("field", "value", "status"),
    [
        ("school", lambda foreign: foreign.school.pk, 404),
        ("campaign", lambda foreign: foreign.campaign.slug, 404),
        ("format", lambda foreign: foreign.lesson.slug, 400),
    ],
)
def test_a_field_of_the_event_form(field, value, status, foreign, school, campaign, coordinator, client_of):
    response = send(client_of(coordinator), school, campaign, **{field: value(foreign)})
    assert (response.status_code, Event.objects.count()) == (status, 0)


def test_an_additional_number_of_a_foreign_format_is_not_stored(foreign, school, campaign, coordinator, client_of):
    indicator = foreign.lesson.indicators.get()
    send(client_of(coordinator), school, campaign, **{f"indicator_{indicator.pk}": "7"})
    assert list(Event.objects.get().indicator_values.all()) == []


def test_a_foreign_events_token_does_not_open_it(foreign_event, school, campaign, coordinator, client_of):
    response = send(client_of(coordinator), school, campaign, token=str(foreign_event.token))
    assert response.status_code == 302
    assert Event.objects.exclude(pk=foreign_event.pk).get().school == school


def test_a_foreign_event_is_not_copied(foreign_event, coordinator, campaign, school, client_of):
    form = client_of(coordinator).get(f"/events/new/?copy={foreign_event.pk}").context["form"]
    assert form["title"].value() is None


@pytest.mark.parametrize("name", ["campaign", "municipality", "school", "format"])
def test_a_filter_of_the_list_is_ignored_with_a_word(
    name, foreign, foreign_event, school, campaign, operator, client_of
):
    own = EventFactory(school=school, campaign=campaign)
    value = {
        "campaign": foreign.campaign.slug,
        "municipality": foreign.municipality.slug,
        "school": foreign.school.pk,
        "format": foreign.lesson.slug,
    }[name]
    response = client_of(operator).get("/events/", {name: value})
    assert response.context["ignored"] == [name.capitalize()]
    assert [event.pk for event in response.context["page"].object_list] == [own.pk]


def test_a_foreign_event_is_neither_shown_nor_accepted_in_review(foreign_event, operator, client_of):
    client = client_of(operator)
    assert client.get("/review/", {"event": foreign_event.pk}).context["selected"] is None
    client.post("/review/accept/", {"event": f"{foreign_event.pk}:1"})
    foreign_event.refresh_from_db()
    assert foreign_event.status == "submitted"


def test_another_persons_membership_is_not_chosen(foreign, coordinator, client_of):
    client = client_of(coordinator)
    membership = foreign.coordinator.memberships.get()
    assert client.post("/membership/", {"membership": membership.pk}).status_code == 302
    assert SESSION_KEY not in client.session


@pytest.mark.parametrize("name", ["formats", "previous"])
def test_a_field_of_the_campaign_form(name, foreign, operator, region, client_of):
    values = {
        "name": "Весна 2020",
        "season": "spring",
        "grade_from": "5",
        "grade_to": "11",
        "starts_on": "2020-04-01",
        "ends_on": "2020-05-15",
        "events_due": "2020-05-18",
        "school_reports_due": "2020-05-22",
        "municipal_reports_due": "2020-05-29",
        "closes_on": "2020-06-05",
        name: {"formats": foreign.lesson.pk, "previous": foreign.campaign.pk}[name],
    }
    response = client_of(operator).post("/campaigns/new/", values)
    assert (response.status_code, list(response.context["form"].errors)) == (400, [name])
    assert not Campaign.objects.filter(region=region).exists()


def test_a_foreign_campaigns_summary_is_not_asked_for(foreign, operator, client_of):
    assert client_of(operator).post("/summaries/build/", {"campaign": foreign.campaign.slug}).status_code == 404


@pytest.mark.parametrize("name", ["formats", "previous"])
@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**40])
def test_a_number_that_no_column_holds_is_no_choice(name, number, operator, region, client_of):
    response = client_of(operator).post("/campaigns/new/", {name: [str(number)]})
    assert (response.status_code, name in response.context["form"].errors) == (400, True)
