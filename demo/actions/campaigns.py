"""Campaigns of the demo: published in their own time, each with the questions that its school reports ask."""

from datetime import timedelta

from campaigns.actions import create_campaign, edit_campaign, publish_campaign
from campaigns.models import Campaign, Goal
from demo.actions.people import noon
from demo.words import events as texts
from demo.words import reports as report_texts
from portal import clock
from reports.actions import create_question

SHARES = {"spring-2019": 0.335, "autumn-2019": 0.44}


def write_campaigns(operator, region, running_slugs) -> list[Campaign]:
    """Publish the pack's campaigns in their own time and open one around today; return them in order."""
    spring, autumn = Campaign.objects.filter(region=region, slug__in=SHARES).order_by("starts_on")
    today = clock.local_today(region)
    starts_on, ends_on = today - timedelta(days=18), today + timedelta(days=14)
    season = Campaign.Season.AUTUMN if starts_on.month >= 7 else Campaign.Season.SPRING
    word = "Осенняя" if season == Campaign.Season.AUTUMN else "Весенняя"
    with clock.set_to(_prepared(autumn.starts_on)):
        goals = list(autumn.goals.order_by("pk").values("measure", "target", "ground"))
        formats = list(autumn.formats.all())
        autumn = edit_campaign(operator, autumn, autumn.version, formats=formats, goals=goals, previous=spring)
    with clock.set_to(_prepared(starts_on)):
        running = create_campaign(
            operator,
            region,
            formats=list(region.formats.filter(slug__in=running_slugs).order_by("pk")),
            goals=[
                {"measure": Goal.Measure.COVERAGE, "target": 90, "ground": texts.GOAL_GROUND},
                {"measure": Goal.Measure.SCHOOLS, "target": 100, "ground": texts.GOAL_GROUND},
            ],
            name=f"{word} профориентационная кампания {starts_on.year} года",
            season=season,
            starts_on=starts_on,
            ends_on=ends_on,
            events_due=ends_on + timedelta(days=3),
            school_reports_due=ends_on + timedelta(days=7),
            municipal_reports_due=ends_on + timedelta(days=14),
            closes_on=ends_on + timedelta(days=22),
            grade_from=autumn.grade_from,
            grade_to=autumn.grade_to,
            description=texts.RUNNING_CAMPAIGN,
            previous=autumn,
        )
    return [_open(operator, campaign) for campaign in (spring, autumn, running)]


def _prepared(starts_on):
    """When a campaign that starts on a day was prepared."""
    return noon(starts_on - timedelta(days=24))


def _open(operator, campaign) -> Campaign:
    """Publish a campaign and ask its own questions in the days after that."""
    published = _prepared(campaign.starts_on) + timedelta(days=4, hours=2)
    with clock.set_to(published):
        campaign = publish_campaign(operator, campaign)
    for number, fields in enumerate(report_texts.QUESTIONS.get(campaign.slug, report_texts.RUNNING_QUESTIONS), start=1):
        with clock.set_to(published + timedelta(days=3, minutes=9 * number)):
            create_question(operator, campaign, **fields)
    return campaign
