"""What extensions show on home and on a campaign's page: later dates asked for and granted."""

from datetime import timedelta

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import Extension
from campaigns.phases import Phase
from campaigns.rules import asks_in
from portal import clock, registry
from portal.access import Scope
from portal.registry import Panel, Task


def extensions_to_decide(campaign) -> Task:
    days = (clock.now() - campaign.since).days
    since = ngettext("the oldest waits for %(n)d day", "the oldest waits for %(n)d days", days) % {"n": days}
    title = ngettext("Decide on %(n)d extension asked for", "Decide on %(n)d extensions asked for", campaign.n)
    return Task(
        title=title % {"n": campaign.n},
        reason=f"{campaign.name}; {since if days else _('the oldest came today')}",
        url=reverse("extensions", args=[campaign.slug]) + "?status=asked",
        button=_("Decide"),
        due=campaign.first,
        urgency=1,
    )


SHOWN_FOR = timedelta(days=7)
"""How long home tells a municipality what the operator decided."""


@registry.campaign_panels.contribute
def extensions_of_campaign(user, campaign):
    """Later dates that the visitor sees, and the way to more: the operator grants, a municipality asks."""
    if campaign.phase == Phase.DRAFT or campaign.region_id not in Scope.of(user).home_region_ids:
        return []
    counts = (
        Extension.objects.visible_to(user)
        .filter(campaign=campaign)
        .order_by()
        .aggregate(
            granted=Count("pk", filter=Q(status=Extension.Status.GRANTED)),
            asked=Count("pk", filter=Q(status=Extension.Status.ASKED)),
            all=Count("pk"),
        )
    )
    may_grant = user.has_perm("campaigns.grant_extension", campaign)
    may_ask = not may_grant and asks_in(user, campaign)
    if not (counts["all"] or may_grant or may_ask):
        return []
    context = {"campaign": campaign, "may_grant": may_grant, "may_ask": may_ask, **counts}
    return [Panel("campaigns/_extensions_of_campaign.html", context, order=10, side=True)]


@registry.home_panels.contribute
def extensions_answered(user, membership):
    """What the operator decided of late for a municipality and its schools."""
    if membership is None or membership.role != membership.Role.MUNICIPAL:
        return []
    place = membership.municipality_id
    answered = (
        Extension.objects.filter(Q(municipality=place) | Q(folder__municipality=place))
        .filter(decided_at__gt=clock.now() - SHOWN_FOR)
        .select_related("campaign", "school", "municipality")
        .order_by("-decided_at", "-pk")[:6]
    )
    rows = list(answered)
    return [Panel("campaigns/_extensions_answered.html", {"extensions": rows}, order=15)] if rows else []
