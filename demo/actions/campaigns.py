"""Campaigns of the demo: published in their own time, each with the questions that its school reports ask."""

from datetime import timedelta

from django.contrib.contenttypes.models import ContentType

from campaigns.actions import create_campaign
from campaigns.models import Campaign, CampaignFormat, Goal
from demo import report_texts, texts
from demo.actions.people import noon
from portal import clock
from portal.history import Belonging, entry_of, state_of
from portal.models import History
from reports.models import ReportQuestion

SHARES = {"spring-2019": 0.335, "autumn-2019": 0.44}


def write_campaigns(operator, region, running_slugs, now) -> list[Campaign]:
    """Publish the pack's campaigns in their own time and open one around today; return them in order."""
    campaigns = list(Campaign.objects.filter(region=region, slug__in=SHARES).order_by("starts_on"))
    spring, autumn = campaigns
    autumn.previous = spring
    today = clock.local_date(now, region.time_zone)
    starts_on, ends_on = today - timedelta(days=18), today + timedelta(days=14)
    season = Campaign.Season.AUTUMN if starts_on.month >= 7 else Campaign.Season.SPRING
    word = "Осенняя" if season == Campaign.Season.AUTUMN else "Весенняя"
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
    campaigns.append(running)
    kind = ContentType.objects.get_for_model(Campaign)
    entries = []
    for campaign in campaigns:
        campaign.region = region
        loaded = noon(campaign.starts_on - timedelta(days=24))
        History.objects.filter(content_type=kind, object_id=campaign.pk).update(moment=loaded)
        CampaignFormat.objects.filter(campaign=campaign).update(added_at=loaded)
        before = {"published_at": None, "previous": None}
        campaign.published_at = loaded + timedelta(days=4, hours=2)
        campaign.version += 1
        after = {"published_at": campaign.published_at.isoformat(), "previous": None}
        if campaign is autumn:
            after["previous"] = spring.pk
        entries.append(entry_of(operator, "publish", campaign, before, after, "", None, campaign.published_at, kind))
    Campaign.objects.bulk_update(campaigns, ["published_at", "version", "previous"])
    History.objects.bulk_create(entries)
    _write_questions(operator, campaigns)
    return campaigns


def _write_questions(operator, campaigns) -> None:
    """Ask the campaigns' own questions, in the days after they were published."""
    rows, moments = [], []
    for campaign in campaigns:
        asked = report_texts.QUESTIONS.get(campaign.slug, report_texts.RUNNING_QUESTIONS)
        for number, fields in enumerate(asked, start=1):
            rows.append(ReportQuestion(campaign=campaign, position=number, **fields))
            moments.append(campaign.published_at + timedelta(days=3, minutes=9 * number))
    ReportQuestion.objects.bulk_create(rows)
    kind = ContentType.objects.get_for_model(ReportQuestion)
    place = Belonging(region=campaigns[0].region_id)
    History.objects.bulk_create(
        [
            entry_of(operator, "create", row, None, state_of(row), "", None, moment, kind, place)
            for row, moment in zip(rows, moments, strict=True)
        ]
    )
