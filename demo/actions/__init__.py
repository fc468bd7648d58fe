"""Writes the demo, all of it in one transaction.

``people`` writes schools, people and partners, ``campaigns`` the campaigns with their questions; of what happened in
them ``rows`` loads the most, and ``plays`` plays the rest.
"""

import random

from django.db import transaction

from campaigns.actions import load_pack, write_folders
from campaigns.models import Extension
from demo.actions.campaigns import SHARES, write_campaigns
from demo.actions.people import SINCE, write_coordinators, write_enrolment, write_partners, write_schools, write_staff
from demo.actions.plays import play
from demo.actions.rows import load_rows
from demo.stories import schools
from demo.stories.campaigns import tell_campaign
from demo.stories.world import World
from demo.words import events as texts
from events.models import Event, JointEvent
from portal import clock
from portal.models import Partner, User
from reports.models import MunicipalReport, SchoolReport

__all__ = ["load_demo"]


@transaction.atomic
def load_demo(pack, *, seed: int, schools_total: int, events_total: int) -> dict[str, int]:
    """Write the pack and everything invented around it; return how many rows of each there are.

    The same seed at the same moment gives the same data.
    """
    rng = random.Random(seed)  # noqa: S311 - invented data, no secret
    now = clock.now()
    _put_texts(pack)
    with clock.set_to(SINCE):
        load_pack(None, pack)
        region = pack.region
        municipalities = list(region.municipalities.order_by("pk"))
        rows = write_schools(rng, municipalities, schools.shares(pack.demo_schools, schools_total))
        operator, reviewers = write_staff(rng, region, municipalities)
        capital = next((row for row in municipalities if row.slug == schools.CAPITAL), municipalities[0])
        directory = write_partners(region, municipalities, capital)
    campaigns = write_campaigns(operator, region, pack.running_formats)
    places = schools.settle(rng, rows, [campaign.academic_year for campaign in campaigns])
    write_enrolment(places, campaigns)
    with clock.set_to(SINCE):
        write_coordinators(rng, places)
        write_folders(None, campaigns)
    world = World(rng, region, municipalities, places, operator, reviewers, directory, now)
    for campaign, share in zip(campaigns, _split(events_total), strict=True):
        told = tell_campaign(world, campaign, share, running=campaign is campaigns[-1])
        load_rows(world, told)
        play(world, told)
    return {
        "municipalities": len(municipalities),
        "schools": len(places),
        "users": User.objects.filter(is_demo=True).count(),
        "partners": Partner.objects.count(),
        **{f"events of {c.slug}": Event.objects.filter(campaign=c).count() for c in campaigns},
        "joint events": JointEvent.objects.count(),
        "school reports": SchoolReport.objects.count(),
        "municipal reports": MunicipalReport.objects.count(),
        "extensions": Extension.objects.count(),
    }


def _split(total: int) -> list[int]:
    closed = [round(total * share) for share in SHARES.values()]
    return [*closed, total - sum(closed)]


def _put_texts(pack) -> None:
    for format_ in pack.formats:
        format_.description = texts.FORMATS.get(format_.slug, "")
    for campaign in pack.campaigns:
        campaign.description = texts.CAMPAIGNS.get(campaign.slug, "")
    for _slug, goal in pack.goals:
        goal["ground"] = texts.GOAL_GROUND
