"""What campaigns show on home: where the campaign is."""

from django.utils.translation import gettext as _

from campaigns.models import Campaign, Format
from campaigns.queries import campaigns_for, current_campaign, phase_steps
from portal import registry
from portal.access import region_of
from portal.registry import Panel


@registry.home_panels.contribute
def campaign_on_home(user, membership):
    """The head of home: the campaign that matters most today and its bar of phases."""
    if membership is None:
        return [
            Panel(
                "campaigns/_public_campaigns.html",
                {
                    "campaigns": campaigns_for(user),
                    "formats": Format.objects.visible_to(user).order_by("level", "name"),
                },
                order=10,
            )
        ]
    campaign = current_campaign(user, region_of(membership))
    if campaign is None:
        return [Panel("campaigns/_no_campaign.html", {"membership": membership}, order=0)]
    return [Panel("campaigns/_home_campaign.html", {"campaign": campaign, "steps": phase_steps(campaign)}, order=0)]


@registry.home_tasks.contribute
def drafts_to_publish(user, membership):
    """The operator's campaigns that wait to be published."""
    if membership.role != membership.Role.OPERATOR:
        return []
    return [
        registry.Task(
            title=_("Publish: %(name)s") % {"name": campaign.name},
            reason=_("a draft that only operators see"),
            url=campaign.get_absolute_url(),
            button=_("Look over"),
            due=campaign.starts_on,
            urgency=4,
        )
        for campaign in Campaign.objects.filter(region=membership.region, published_at=None)
    ]
