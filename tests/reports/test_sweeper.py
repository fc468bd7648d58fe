"""The sweeper: what is lost is sent again, campaigns that closed get their summary, once."""

from datetime import date

import pytest

from portal.celery import app
from portal.clock import now
from reports import actions
from reports.models import Summary
from reports.summaries import building
from tests.factories import CampaignFactory, ExtensionFactory, MunicipalityFactory, RegionFactory


@pytest.fixture
def sent(monkeypatch, django_capture_on_commit_callbacks):
    """Sweep, and return the numbers of the rows whose message was sent."""

    def run():
        found = []
        monkeypatch.setattr(app, "send_task", lambda name, args, **options: found.append((name, *args)))
        with django_capture_on_commit_callbacks(execute=True):
            actions.sweep()
        return found

    return run


def message(summary):
    return (actions.BUILD_TASK, summary.pk)


def test_a_waiting_row_whose_message_vanished_is_sent_again_after_a_minute(sent, operator, campaign, clock):
    summary = actions.request_summary(operator, campaign, send=False)
    clock("2019-09-24 14:21:00")
    assert sent() == []
    clock("2019-09-24 14:21:01")
    assert sent() == [message(summary)]


def test_and_then_not_before_another_minute(sent, operator, campaign, clock):
    summary = actions.request_summary(operator, campaign, send=False)
    clock("2019-09-24 14:22:00")
    assert sent() == [message(summary)]
    clock("2019-09-24 14:22:20")
    assert sent() == []
    clock("2019-09-24 14:23:01")
    assert sent() == [message(summary)]


def test_a_build_that_is_alive_is_left_alone(sent, operator, campaign, clock):
    summary = actions.request_summary(operator, campaign, send=False)
    attempt = actions.claim(summary.pk)
    for moment in ("2019-09-24 14:20:50", "2019-09-24 14:21:40"):
        clock(moment)
        actions.heartbeat(summary.pk, attempt, 10)
        assert sent() == []


def test_a_silent_build_is_queued_again(sent, operator, campaign, clock):
    summary = actions.request_summary(operator, campaign, send=False)
    actions.claim(summary.pk)
    clock("2019-09-24 14:22")
    assert sent() == [message(summary)]
    assert Summary.objects.get().status == "queued"


def test_a_campaign_that_closed_gets_its_full_summary_by_itself(sent, campaign, clock):
    clock("2019-11-05 23:59:59")
    assert sent() == []
    clock("2019-11-06 00:00:00")
    assert len(sent()) == 1
    summary = Summary.objects.get()
    assert (summary.campaign, summary.requested_by, summary.is_full) == (campaign, None, True)


def test_once_and_not_again(sent, campaign, clock, school):
    clock("2019-11-06 09:00")
    assert len(sent()) == 1
    assert sent() == []
    building.build(Summary.objects.get().pk)
    clock("2019-12-01 09:00")
    assert sent() == []
    assert Summary.objects.get().status == "ready"


def test_a_version_so_far_does_not_stand_for_the_full_one(sent, operator, campaign, clock, school):
    summary = actions.request_summary(operator, campaign, send=False)
    building.build(summary.pk)
    clock("2019-11-06 09:00")
    assert len(sent()) == 1


def test_drafts_get_none(sent, campaign, clock):
    campaign.published_at = None
    campaign.save()
    clock("2019-11-06 09:00")
    assert sent() == []


def test_each_region_closes_by_its_own_clock(sent, campaign, foreign, clock):
    foreign.region.time_zone = "Europe/Kaliningrad"
    foreign.region.save()
    clock("2019-11-06 00:30")
    assert len(sent()) == 1
    assert Summary.objects.get().campaign == campaign
    clock("2019-11-06 00:00", "Europe/Kaliningrad")
    sent()
    assert {row.campaign for row in Summary.objects.all()} == {campaign, foreign.campaign}


def test_several_campaigns_that_closed_long_ago_get_theirs_together(sent, campaign, clock):
    CampaignFactory(region=campaign.region, slug="earlier", season="spring")
    clock("2020-01-10 09:00")
    assert len(sent()) == 2


def test_swept_at_once_nothing_is_doubled(campaign, clock, at_once):
    clock("2019-11-06 09:00")
    at_once(*[actions.sweep] * 4)
    assert Summary.objects.count() == 1


def test_an_extension_that_ran_past_the_closing_brings_another_full_summary_when_it_is_over(
    sent, campaign, clock, school
):
    clock("2019-11-06 09:00")
    assert len(sent()) == 1
    building.build(Summary.objects.get().pk)
    ExtensionFactory(campaign=campaign, school=school, stage="school_report", until=date(2019, 11, 20))
    clock("2019-11-20 23:59:59")
    assert sent() == []
    clock("2019-11-21 00:00:00")
    assert len(sent()) == 1
    building.build(Summary.objects.latest("pk").pk)
    clock("2019-12-01 09:00")
    assert sent() == []


def test_an_extension_that_was_only_asked_for_brings_none(sent, campaign, clock, school):
    clock("2019-11-06 09:00")
    sent()
    building.build(Summary.objects.get().pk)
    ExtensionFactory(campaign=campaign, school=school, stage="events", until=date(2019, 11, 20), status="asked")
    clock("2019-11-21 09:00")
    assert sent() == []


def test_a_sweep_asks_the_same_however_many_regions_and_closed_campaigns_there_are(
    campaign, clock, foreign, queries_of, school
):
    clock("2019-11-06 09:00")
    actions.sweep()
    Summary.objects.update(status="failed")
    few = len(queries_of(actions.sweep))
    for number in range(5):
        region = RegionFactory()
        for season in ("spring", "autumn"):
            other = CampaignFactory(region=region, slug=f"{season}-{number}", name=season, season=season)
            Summary.objects.create(campaign=other, status="failed", is_full=True, requested_at=now())
            ExtensionFactory(
                campaign=other, municipality=MunicipalityFactory(region=region), until=date(2019, 11, 1), stage="events"
            )
    many = len(queries_of(actions.sweep))
    # Campaigns, and builds that are silent (within a savepoint of the test's transaction).
    assert (few, many) == (few, few)
    assert few <= 4
