"""The review: what waits for my decision, one by one or many at once."""

import pytest

from events.models import Event
from tests.client import lost_descriptions
from tests.factories import EventFactory


@pytest.fixture
def waiting(school, campaign):
    """Three events of the school: two plain ones and a flagged one."""
    plain = EventFactory.create_batch(2, school=school, campaign=campaign)
    flagged = EventFactory(school=school, campaign=campaign, flagged=True, note="Два потока")
    return [*plain, flagged]


def test_a_municipal_coordinator_sees_the_events_of_its_own_schools(waiting, municipal, village_municipal, client_of):
    seen = client_of(municipal).get("/review/").context["rows"]
    assert sorted(row.pk for row in seen) == [event.pk for event in waiting]
    assert client_of(village_municipal).get("/review/").context["rows"] == []


def test_the_ticked_are_accepted_together_and_the_flagged_is_named(waiting, municipal, client_of):
    ticked = [f"{event.pk}:{event.version}" for event in waiting]
    response = client_of(municipal).post("/review/accept/", {"event": ticked}, follow=True)
    assert list(Event.objects.order_by("pk").values_list("status", flat=True)) == ["accepted", "accepted", "submitted"]
    assert [str(message) for message in response.context["messages"]] == [
        "2 events are accepted.",
        f"Skipped “{waiting[2].title}”: flagged: look at it and accept it by itself.",
    ]


def test_nothing_ticked_is_said(waiting, municipal, client_of):
    response = client_of(municipal).post("/review/accept/", {}, follow=True)
    assert [str(message) for message in response.context["messages"]] == ["Select the events to accept first."]


def test_another_municipalitys_events_are_not_accepted_by_their_numbers(waiting, village_municipal, client_of):
    ticked = [f"{event.pk}:{event.version}" for event in waiting]
    client_of(village_municipal).post("/review/accept/", {"event": ticked})
    assert set(Event.objects.values_list("status", flat=True)) == {"submitted"}


@pytest.mark.parametrize("text", ["", "x", "1", "1:x", "-1:1", "9" * 50 + ":1", "1:" + "9" * 50, "\x00:\x00"])
def test_a_tick_that_is_no_event_is_passed_over(text, municipal, client_of):
    assert client_of(municipal).post("/review/accept/", {"event": text}).status_code == 302


def test_accepting_what_changed_since_it_was_opened_is_refused_and_shown(waiting, coordinator, municipal, client_of):
    event = waiting[0]
    Event.objects.filter(pk=event.pk).update(version=2)
    response = client_of(municipal).post(f"/events/{event.pk}/accept/", {"version": "1"})
    event.refresh_from_db()
    assert (response.status_code, event.status, response.context["conflict"]) == (409, "submitted", True)


def test_returning_without_a_comment_asks_for_one(waiting, municipal, client_of):
    event = waiting[0]
    response = client_of(municipal).post(f"/events/{event.pk}/return/", {"version": "1", "comment": "  "})
    event.refresh_from_db()
    assert (response.status_code, event.status) == (400, "submitted")
    assert response.context["problems"] == ["Say what to correct: the school sees nothing else."]
    assert lost_descriptions(response) == []


def test_the_comment_reaches_the_school(waiting, municipal, coordinator, client_of):
    event = waiting[0]
    client_of(municipal).post(f"/events/{event.pk}/return/", {"version": "1", "comment": "Укажите тему"})
    event.refresh_from_db()
    assert (event.status, event.comment) == ("returned", "Укажите тему")
    tasks = client_of(coordinator).get("/").context["tasks"]
    assert [(task.title, task.reason) for task in tasks] == [(f"Correct: “{event.title}”", "«Укажите тему»")]


def test_the_operator_reviews_schools_that_nobody_runs_and_stands_in_on_request(
    waiting, unrun_school, campaign, operator, client_of
):
    own = EventFactory(school=unrun_school, campaign=campaign)
    client = client_of(operator)
    assert [row.pk for row in client.get("/review/").context["rows"]] == [own.pk]
    seen = client.get("/review/?municipality=tomsk").context["rows"]
    assert sorted(row.pk for row in seen) == [event.pk for event in waiting]


def test_the_operator_standing_in_is_named_with_the_municipality(waiting, operator, client_of):
    event, client = waiting[0], client_of(operator)
    assert client.post(f"/events/{event.pk}/accept/", {"version": "1"}).status_code == 302
    entry = client.get(f"/events/{event.pk}/").context["history"][0]
    assert (entry.who, entry.for_whom, entry.verb) == ("Ольга Оператор", "город Томск", "accept")


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\x00"])
def test_the_way_back_leads_nowhere_else(waiting, municipal, client_of, address):
    response = client_of(municipal).post("/review/accept/", {"next": address})
    assert response.url == "/review/"
