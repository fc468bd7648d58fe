"""What is laid out from a level's events is cached while they are unchanged, a minute at most, and is the same
for all who may see it."""

import pytest
from django.conf import settings
from django.urls import reverse

from events import actions as event_actions
from events.models import Event
from reports.queries import dashboard
from reports.queries.levels import Level
from tests.factories import EnrolmentFactory, EventFactory


@pytest.fixture
def address(campaign, log):
    return reverse("dashboard", args=[campaign.slug])


def shown(client, address) -> str:
    body = client.get(address).content.decode()
    return body[body.index('<div class="figures">') :].split("<footer")[0]


def accepted(client, address) -> str:
    return shown(client, address).split('status=accepted">')[1].split("<")[0]


def test_a_second_look_counts_nothing_again(address, client_of, operator, queries_of):
    client = client_of(operator)
    client.get(address)
    assert len(queries_of(lambda: client.get(address))) == 5


def test_it_shows_the_same_as_the_first(address, client_of, operator):
    client = client_of(operator)
    assert shown(client, address) == shown(client, address)


def test_what_is_accepted_shows_at_once(address, client_of, operator, log):
    client = client_of(operator)
    assert accepted(client, address) == "5"
    waiting = next(event for event in log.events if event.status == "submitted" and not event.flagged)
    event_actions.accept_event(operator, waiting, waiting.version)
    assert accepted(client, address) == "6"


def test_and_what_is_returned(address, client_of, operator, log):
    client = client_of(operator)
    assert accepted(client, address) == "5"
    event = next(event for event in log.events if event.status == "accepted")
    event_actions.return_event(operator, event, event.version, "Уточните.")
    assert accepted(client, address) == "4"


def test_every_change_of_a_held_event_changes_the_fingerprint(log, campaign, school):
    level, fingerprints = Level(campaign), set()

    def changed():
        fingerprint = dashboard.fingerprint_of(level)
        assert fingerprint not in fingerprints
        fingerprints.add(fingerprint)

    changed()
    event = EventFactory(school=school, campaign=campaign)
    changed()
    Event.objects.filter(pk=event.pk).update(version=2)
    changed()
    Event.objects.filter(pk=event.pk).update(status="accepted")
    changed()
    Event.objects.filter(pk=event.pk).update(grade_8=25, participants=25)
    changed()
    event.delete()
    assert dashboard.fingerprint_of(level) in fingerprints


def test_two_events_that_change_places_change_the_fingerprint(log, campaign, school):
    first, second = (EventFactory(school=school, campaign=campaign) for _ in range(2))
    Event.objects.filter(pk=second.pk).update(status="returned", comment="?")
    before = dashboard.fingerprint_of(Level(campaign))
    Event.objects.filter(pk=first.pk).update(status="returned", comment="?")
    Event.objects.filter(pk=second.pk).update(status="submitted")
    assert dashboard.fingerprint_of(Level(campaign)) != before


def test_enrolment_that_is_loaded_shows_within_a_minute(address, client_of, operator, second_school, clock):
    client = client_of(operator)
    assert "1 school without known enrolment" in shown(client, address)
    EnrolmentFactory(school=second_school)
    clock("2019-09-24 14:21:01")
    assert "without known enrolment" not in shown(client, address)


def test_another_day_is_another_page(address, client_of, operator, clock):
    clock("2019-09-24 23:59:50")
    client = client_of(operator)
    before = shown(client, address)
    clock("2019-09-25 00:00:01")
    assert shown(client, address) != before


def test_languages_are_not_mixed(address, client_of, operator):
    client = client_of(operator)
    assert "Events by municipality" in shown(client, address)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "ru"
    assert "Events by municipality" not in shown(client, address)


def test_levels_are_not_mixed(log, campaign, client_of, operator, tomsk, school):
    client = client_of(operator)
    pages = [
        shown(client, reverse("dashboard", args=[campaign.slug])),
        shown(client, reverse("dashboard_municipality", args=[campaign.slug, "tomsk"])),
        shown(client, reverse("dashboard_municipality", args=[campaign.slug, "kolpashevskiy"])),
        shown(client, reverse("dashboard_school", args=[campaign.slug, school.pk])),
    ]
    assert len(set(pages)) == 4


def test_everyone_who_may_see_a_level_sees_the_same(client_of, people, campaign, log):
    address = reverse("dashboard_municipality", args=[campaign.slug, "tomsk"])

    def body(who):
        return shown(client_of(people[who]), address)

    assert body("operator") == body("department") == body("municipal")


def test_what_one_may_see_is_asked_before_anything_is_cached(client_of, people, campaign, address):
    client_of(people["operator"]).get(address)
    assert client_of(people["municipal"]).get(address).status_code == 403
