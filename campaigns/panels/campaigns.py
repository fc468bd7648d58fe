"""What campaigns show on home: where the campaign is, and what waits for the operator."""

from django.db.models import Count, FilteredRelation, Min, Q
from django.utils.translation import gettext as _

from campaigns.models import Campaign, Extension, Format
from campaigns.panels.extensions import extensions_to_decide
from campaigns.queries import campaigns_for, current_campaign, phase_steps
from portal import registry
from portal.access import region_of
from portal.registry import Panel, Task


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
def campaigns_to_act_on(user, membership):
    """The operator's campaigns that wait to be published, and those in which extensions are asked for."""
    if membership.role != membership.Role.OPERATOR:
        return []
    asked = FilteredRelation("extensions", condition=Q(extensions__status=Extension.Status.ASKED))
    campaigns = (
        Campaign.objects.filter(region_id=membership.region_id)
        .annotate(asked=asked, n=Count("asked"), since=Min("asked__asked_at"), first=Min("asked__until"))
        .filter(Q(published_at=None) | Q(n__gt=0))
    )
    return [extensions_to_decide(row) if row.published_at else _draft_to_publish(row) for row in campaigns]


def _draft_to_publish(campaign) -> Task:
    return Task(
        title=_("Publish: %(name)s") % {"name": campaign.name},
        reason=_("a draft that only operators see"),
        url=campaign.get_absolute_url(),
        button=_("Look over"),
        due=campaign.starts_on,
        urgency=4,
    )
