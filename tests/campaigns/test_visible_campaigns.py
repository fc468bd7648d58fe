"""Who sees which campaigns and formats: drafts the operator alone, the published ones everyone of the region."""

from datetime import date

import pytest
from django.contrib.auth.models import AnonymousUser

from campaigns.models import Campaign, Format
from campaigns.queries import campaigns_for, current_campaign, phase_steps
from tests.factories import CampaignFactory, UserFactory

HOME = ["operator", "department", "municipal", "another municipal", "coordinator", "another coordinator"]
FOREIGN = ["foreign operator", "foreign department", "foreign municipal", "foreign coordinator"]
NOBODY = ["technical staff", "without membership"]


@pytest.fixture
def draft(region):
    return CampaignFactory(region=region, published_at=None)


@pytest.mark.parametrize("who", [*HOME, *FOREIGN, *NOBODY])
def test_a_person_sees_the_campaigns_of_their_region(who, people, campaign, draft, foreign):
    expected = {campaign} if who in HOME else {foreign.campaign} if who in FOREIGN else set()
    if who == "operator":
        expected.add(draft)
    assert set(Campaign.objects.visible_to(people[who])) == expected


@pytest.mark.parametrize("who", [*HOME, *FOREIGN, *NOBODY])
def test_a_person_sees_the_formats_of_their_region(who, people, campaign, lesson, club, contest, foreign):
    expected = {lesson, club, contest} if who in HOME else {foreign.lesson} if who in FOREIGN else set()
    assert set(Format.objects.visible_to(people[who])) == expected


def test_a_visitor_sees_published_campaigns_and_the_formats_they_offer(campaign, draft, lesson, club, contest, foreign):
    assert set(Campaign.objects.visible_to(AnonymousUser())) == {campaign, foreign.campaign}
    assert set(Format.objects.visible_to(AnonymousUser())) == {lesson, club, contest, foreign.lesson}
    Campaign.objects.filter(pk=campaign.pk).update(published_at=None)
    assert set(Format.objects.visible_to(AnonymousUser())) == {foreign.lesson}


def test_one_who_is_an_operator_in_one_region_and_a_coordinator_in_another(draft, region, foreign):
    hidden = CampaignFactory(region=foreign.region, published_at=None)
    person = UserFactory(operator_of=region, coordinator_of=foreign.school)
    assert set(Campaign.objects.visible_to(person)) == {draft, foreign.campaign}
    assert hidden not in Campaign.objects.visible_to(person)


def test_the_running_campaign_matters_most(operator, region, campaign, draft, clock):
    later = CampaignFactory(region=region, season="spring", **dict.fromkeys(Campaign.DATE_FIELDS, date(2020, 4, 1)))
    past = CampaignFactory(region=region, season="spring", **dict.fromkeys(Campaign.DATE_FIELDS, date(2019, 4, 1)))
    assert campaigns_for(operator, region) == [campaign, later, past, draft]
    assert current_campaign(operator, region) == campaign
    clock("2019-12-01 10:00")
    assert current_campaign(operator, region) == later


@pytest.mark.parametrize(
    ("day", "states", "note"),
    [
        ("2019-09-12", ["now", "next", "next", "next", "next"], ""),
        ("2019-09-24", ["done", "now", "next", "next", "next"], "day 12 of 32"),
        ("2019-10-14", ["done", "now", "next", "next", "next"], "day 32 of 32"),
        ("2019-10-15", ["done", "done", "now", "next", "next"], ""),
        ("2019-10-22", ["done", "done", "done", "now", "next"], ""),
        ("2019-10-29", ["done", "done", "done", "done", "now"], ""),
        ("2019-11-06", ["done", "done", "done", "done", "done"], ""),
    ],
)
def test_the_bar_of_phases_shows_where_the_campaign_is(campaign, clock, english, day, states, note):
    clock(f"{day} 01:30")
    steps = phase_steps(campaign)
    assert [step.state for step in steps] == states
    assert "".join(step.note for step in steps) == note
    assert all(0 <= step.part <= 100 for step in steps)
