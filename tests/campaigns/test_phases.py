"""A phase follows from a campaign's dates and from its publication, by the region's own calendar."""

from datetime import date, timedelta

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from campaigns.models import Campaign
from campaigns.phases import Phase, phase_condition, phase_on
from tests.factories import CampaignFactory, RegionFactory

PHASE_BY_DAY = [
    ("2019-09-12", "announced"),
    ("2019-09-13", "running"),
    ("2019-10-14", "running"),
    ("2019-10-15", "reporting"),
    ("2019-10-17", "reporting"),
    ("2019-10-21", "reporting"),
    ("2019-10-22", "review"),
    ("2019-10-28", "review"),
    ("2019-10-29", "decision"),
    ("2019-11-05", "decision"),
    ("2019-11-06", "closed"),
    ("2031-01-01", "closed"),
]


def phases_found(campaign) -> list[str]:
    found = [phase for phase in Phase if campaign in Campaign.objects.in_phase(phase, campaign.region)]
    return [phase.value for phase in found]


@pytest.mark.parametrize(("day", "phase"), PHASE_BY_DAY)
@pytest.mark.parametrize("time", ["00:00:00", "01:30:00", "06:59:59", "14:20:00", "23:59:59"])
def test_a_phase_lasts_to_the_last_second_of_its_last_day_where_the_region_is(campaign, clock, day, phase, time):
    clock(f"{day} {time}")
    assert campaign.phase == phase
    assert phases_found(campaign) == [phase]


@pytest.mark.django_db
def test_one_object_and_the_query_agree_on_every_day_of_the_year():
    campaigns = [CampaignFactory(region__name="в"), CampaignFactory(published_at=None)]
    short = dict.fromkeys(Campaign.DATE_FIELDS, date(2019, 10, 1))
    campaigns.append(CampaignFactory(**short))
    for offset in range(-2, 368):
        day = date(2019, 1, 1) + timedelta(days=offset)
        by_query = {
            pk: phase
            for phase in Phase
            for pk in Campaign.objects.filter(phase_condition(phase, day)).values_list("pk", flat=True)
        }
        assert by_query == {campaign.pk: phase_on(campaign, day) for campaign in campaigns}


@pytest.mark.django_db
def test_one_object_and_the_query_agree_whatever_the_dates():
    region = RegionFactory()

    @given(
        st.lists(st.dates(date(2019, 1, 1), date(2019, 2, 28)), min_size=6, max_size=6).map(sorted),
        st.dates(date(2018, 12, 25), date(2019, 3, 5)),
        st.booleans(),
    )
    def agree(days, today, published):
        Campaign.objects.all().delete()
        fields = dict(zip(Campaign.DATE_FIELDS, days, strict=True))
        campaign = CampaignFactory(region=region, **fields, **({} if published else {"published_at": None}))
        found = [phase for phase in Phase if Campaign.objects.filter(phase_condition(phase, today)).exists()]
        assert found == [phase_on(campaign, today)]

    agree()


def test_a_draft_stays_a_draft_on_any_day(region, clock):
    draft = CampaignFactory(region=region, published_at=None)
    for day, _phase in PHASE_BY_DAY:
        clock(f"{day} 12:00")
        assert draft.phase == "draft"
        assert phases_found(draft) == ["draft"]


@pytest.mark.django_db
def test_two_regions_are_in_different_phases_in_the_same_minute(clock):
    west = CampaignFactory(region=RegionFactory(time_zone="Europe/Kaliningrad"))
    east = CampaignFactory(region=RegionFactory(time_zone="Asia/Kamchatka"))
    clock("2019-09-13 00:30", "Asia/Kamchatka")
    assert (west.phase, east.phase) == ("announced", "running")
    assert (phases_found(west), phases_found(east)) == (["announced"], ["running"])


def test_the_phase_is_of_this_moment_and_not_stored(campaign, clock):
    clock("2019-10-14 23:59:59")
    assert campaign.phase == "running"
    clock("2019-10-15 00:00:00")
    assert campaign.phase == "reporting"
    assert campaign.is_closed is False
    clock("2019-11-06 00:00:00")
    assert campaign.is_closed is True


def test_the_clock_may_be_shifted_for_a_process_of_its_own(campaign, clock, settings):
    settings.CLOCK_OFFSET = timedelta(days=60)
    assert campaign.phase == "closed"


def test_outside_tests_the_clock_is_not_shifted():
    assert timedelta(0) == settings.CLOCK_OFFSET
