"""What people look at in campaigns and formats."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from campaigns.models import Campaign, SchoolCampaign
from campaigns.phases import Phase
from portal import clock
from portal.models import School

_ORDER = [Phase.RUNNING, Phase.REPORTING, Phase.REVIEW, Phase.DECISION, Phase.ANNOUNCED, Phase.CLOSED, Phase.DRAFT]


def campaigns_for(user, region=None) -> list[Campaign]:
    """Return the campaigns that ``user`` sees, the one that matters most today first.

    They are read once a request, as the person's memberships are: several panels of a page ask for them.
    """
    known = user.__dict__.get("known_campaigns")
    if known is None:
        known = list(Campaign.objects.visible_to(user).select_related("region", "previous"))
        user.__dict__["known_campaigns"] = known
    campaigns = [campaign for campaign in known if region is None or campaign.region_id == region.pk]
    return sorted(campaigns, key=lambda campaign: _ORDER.index(campaign.phase))


def current_campaign(user, region=None) -> Campaign | None:
    """Return the campaign that matters most today: running, else being reported, announced, closed, a draft."""
    return next(iter(campaigns_for(user, region)), None)


def folder_for(user, campaign, school_id) -> SchoolCampaign | None:
    """Return the folder of a school in a campaign, if ``user`` may see it: by where the school belongs there.

    Where there is none (the campaign is a draft, or was closed before the school was made), one that is not stored says
    where the school is today.
    """
    folders = SchoolCampaign.objects.filter(school=school_id, campaign=campaign)
    found = folders.visible_to(user).select_related("school", "municipality__region").first()
    if found is None:
        seen = School.objects.visible_to(user).select_related("municipality__region")
        school = seen.filter(pk=school_id, municipality__region=campaign.region_id).first()
        if school is None or folders.exists():
            return None
        found = SchoolCampaign(school=school, municipality=school.municipality, is_expected=False)
    found.campaign = campaign
    return found


def schools_seen_by(user):
    """Return the schools that ``user`` sees today, and those that they see in some campaign."""
    in_campaigns = SchoolCampaign.objects.visible_to(user).values("school")
    return School.objects.filter(Q(pk__in=School.objects.visible_to(user).values("pk")) | Q(pk__in=in_campaigns))


@dataclass(frozen=True)
class Step:
    """One segment of the bar of phases; ``state`` is done, now or next, ``part`` 0 to 100 of the current one."""

    label: str
    until: date
    state: str
    part: int
    note: str


def phase_steps(campaign) -> list[Step]:
    """Return the bar of a published campaign: preparation, events, school reports, municipal ones, summing up."""
    today = clock.local_today(campaign.region)
    total = (campaign.ends_on - campaign.starts_on).days + 1
    day = (today - campaign.starts_on).days + 1
    bounds = [
        (_("Preparation"), Phase.ANNOUNCED, None, campaign.starts_on),
        (_("Events are held"), Phase.RUNNING, campaign.starts_on, campaign.ends_on),
        (_("School reports"), Phase.REPORTING, campaign.ends_on, campaign.school_reports_due),
        (_("Municipal reports"), Phase.REVIEW, campaign.school_reports_due, campaign.municipal_reports_due),
        (_("Summing up"), Phase.DECISION, campaign.municipal_reports_due, campaign.closes_on),
    ]
    order = list(Phase)
    now = order.index(campaign.phase)
    steps = []
    for label, phase, first, last in bounds:
        place = order.index(phase)
        state = "now" if place == now else "done" if place < now else "next"
        part, note = 0, ""
        if state == "now" and first is not None:
            part = round(100 * ((today - first).days + (phase == Phase.RUNNING)) / max((last - first).days + 1, 1))
        if state == "now" and phase == Phase.RUNNING:
            note = _("day %(day)d of %(total)d") % {"day": day, "total": total}
        steps.append(Step(label, last, state, min(part, 100), note))
    return steps
