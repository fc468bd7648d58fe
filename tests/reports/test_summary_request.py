"""Who asks for a summary, when there is something to sum up, and that one is at work at a time."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse

from portal.celery import app
from portal.errors import StateForbids
from portal.models import History
from reports import actions
from reports.models import Summary
from reports.summaries.building import build


@pytest.fixture
def sent(monkeypatch):
    """What would be sent to the broker."""
    found = []
    monkeypatch.setattr(app, "send_task", lambda name, args, **options: found.append((name, args)))
    return found


@pytest.mark.parametrize(
    "who", ["department", "municipal", "coordinator", "technical staff", "without membership", "foreign operator"]
)
def test_only_the_operator_of_the_region_asks(who, people, campaign):
    with pytest.raises(PermissionDenied):
        actions.request_summary(people[who], campaign)
    assert not Summary.objects.exists()


def test_the_operator_asks_and_history_says_so(operator, campaign, clock):
    summary = actions.request_summary(operator, campaign)
    assert (summary.status, summary.requested_by, summary.is_full) == ("queued", operator, False)
    entry = History.objects.get(object_id=summary.pk, content_type__model="summary")
    assert (entry.actor, entry.verb) == (operator, "build")


@pytest.mark.parametrize(
    ("day", "full"),
    [
        ("2019-09-13 00:00", False),
        ("2019-10-20 12:00", False),
        ("2019-11-05 23:59:59", False),
        ("2019-11-06 00:00", True),
    ],
)
def test_until_the_campaign_closes_it_is_so_far_and_then_in_full(operator, campaign, clock, day, full):
    clock(day)
    assert actions.request_summary(operator, campaign).is_full is full


def test_before_the_first_day_there_is_nothing_to_sum_up(operator, campaign, clock):
    clock("2019-09-12 23:59:59")
    with pytest.raises(StateForbids):
        actions.request_summary(operator, campaign)


def test_a_draft_is_not_summed_up(operator, campaign):
    campaign.published_at = None
    campaign.save()
    with pytest.raises(StateForbids):
        actions.request_summary(operator, campaign)


def test_while_one_is_at_work_it_is_the_answer(operator, campaign):
    first = actions.request_summary(operator, campaign)
    assert actions.request_summary(operator, campaign) == first
    actions.claim(first.pk)
    assert actions.request_summary(operator, campaign) == first
    assert Summary.objects.count() == 1


def test_asked_at_once_five_times_one_is_built(operator, campaign, at_once):
    found = at_once(*[lambda: actions.request_summary(operator, campaign)] * 5)
    assert {summary.pk for summary in found} == set(Summary.objects.values_list("pk", flat=True))
    assert Summary.objects.count() == 1


def test_the_database_itself_knows_one_at_work(operator, campaign):
    actions.request_summary(operator, campaign)
    with pytest.raises(IntegrityError), transaction.atomic():
        Summary.objects.create(campaign=campaign)


def test_the_message_is_sent_once_the_row_is_there(operator, campaign, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        summary = actions.request_summary(operator, campaign)
        assert sent == []
    assert sent == [(actions.BUILD_TASK, [summary.pk])]


def test_without_a_broker_the_row_waits_for_the_sweeper(
    operator, campaign, monkeypatch, clock, django_capture_on_commit_callbacks
):
    def gone(*args, **options):
        raise ConnectionError("no broker")

    monkeypatch.setattr(app, "send_task", gone)
    with django_capture_on_commit_callbacks(execute=True):
        summary = actions.request_summary(operator, campaign)
    assert Summary.objects.get(pk=summary.pk).status == "queued"


def test_the_button_asks_and_leads_to_the_build(client_of, operator, campaign):
    response = client_of(operator).post(reverse("build_summary"), {"campaign": campaign.slug})
    summary = Summary.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/summaries/{summary.pk}/")


def test_the_button_pressed_twice_leads_to_the_same_build(client_of, operator, campaign):
    client = client_of(operator)
    places = {client.post(reverse("build_summary"), {"campaign": campaign.slug})["Location"] for _ in range(2)}
    assert len(places) == Summary.objects.count() == 1


@pytest.mark.parametrize(
    ("who", "status"), [("department", 403), ("municipal", 403), ("coordinator", 403), ("foreign operator", 404)]
)
def test_the_button_is_not_everyones(who, status, people, client_of, campaign):
    assert client_of(people[who]).post(reverse("build_summary"), {"campaign": campaign.slug}).status_code == status
    assert not Summary.objects.exists()


@pytest.mark.parametrize("slug", ["", "nothing", "\x00", "9" * 49, "altai-2019"])
def test_an_unknown_campaign_is_not_found(slug, client_of, operator, campaign, foreign):
    assert client_of(operator).post(reverse("build_summary"), {"campaign": slug}).status_code in (400, 404)


def test_the_button_before_the_first_day_is_refused_with_the_reason(client_of, operator, campaign, clock):
    clock("2019-09-12 12:00")
    response = client_of(operator).post(reverse("build_summary"), {"campaign": campaign.slug})
    assert response.status_code == 409
    assert "nothing to sum up" in response.content.decode()


def test_reading_the_address_builds_nothing(client_of, operator, campaign):
    assert client_of(operator).get(reverse("build_summary")).status_code == 405
    assert not Summary.objects.exists()


def test_after_one_is_ready_the_next_is_a_new_build(operator, campaign, school):
    first = actions.request_summary(operator, campaign)
    build(first.pk)
    assert actions.request_summary(operator, campaign) != first
