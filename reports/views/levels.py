"""The campaign and the level that an address names, if the person may see them."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from campaigns.models import Campaign
from campaigns.queries import campaigns_for, folder_for
from portal.access import Scope
from portal.models import Municipality
from reports.queries.levels import Level


def campaigns_of(request, slug) -> tuple[Campaign, list[Campaign]]:
    """Return the campaign of the address and, for the picker, all of its region that the person sees."""
    known = campaigns_for(request.user)
    found = next((campaign for campaign in known if campaign.slug == slug), None)
    if found is None:
        raise Http404
    picker = [campaign for campaign in known if campaign.region_id == found.region_id]
    return found, sorted(picker, key=lambda campaign: campaign.starts_on, reverse=True)


def level_of(request, slug, municipality="", school=None) -> tuple[Level, list[Campaign]]:
    """Return the level of the address, if the person may see its figures, and the campaigns to pick from."""
    campaign, picker = campaigns_of(request, slug)
    if school is not None:
        folder = folder_for(request.user, campaign, school)
        if folder is None:
            raise Http404
        return Level(campaign, school=folder.school, folder=folder), picker
    if municipality:
        # A coordinator's own municipality was read with their roles.
        own = {m.municipality.slug: m.municipality for m in Scope.of(request.user).memberships if m.municipality_id}
        row = own.get(municipality)
        if row is None or row.region_id != campaign.region_id:
            seen = Municipality.objects.visible_to(request.user)
            row = get_object_or_404(seen, slug=municipality, region_id=campaign.region_id)
        if not request.user.has_perm("reports.view_municipality_dashboard", row):
            raise PermissionDenied
        return Level(campaign, municipality=row), picker
    if not request.user.has_perm("reports.view_region_dashboard", campaign.region):
        raise PermissionDenied
    return Level(campaign), picker
