"""Who may do which verb with campaigns and formats: the operator of their region.

Extensions: the operator grants, declines and withdraws them; a municipal coordinator asks, for the municipality or one
of its schools, and takes back what was asked for.
"""

import rules

from portal.access import Scope
from portal.rules import operates


@rules.predicate
def operates_region_of(user, subject):
    return operates(user, subject.region_id)


for verb in ("edit_campaign", "publish_campaign", "edit_format", "grant_extension", "close_without_report"):
    rules.add_perm(f"campaigns.{verb}", operates_region_of)


@rules.predicate
def operates_region(user, region):
    return operates(user, region.pk)


for verb in ("create_campaign", "create_format"):
    rules.add_perm(f"campaigns.{verb}", operates_region)


@rules.predicate
def coordinates_municipality_of(user, place):
    """Whether ``user`` coordinates the municipality ``place``, or that of the folder or school ``place``."""
    return getattr(place, "municipality_id", place.pk) in Scope.of(user).municipality_ids


rules.add_perm("campaigns.ask_extension", coordinates_municipality_of)


def asks_in(user, campaign) -> bool:
    """Whether ``user`` coordinates a municipality of the campaign's region, and so may ask for extensions in it."""
    memberships = Scope.of(user).memberships
    return any(m.municipality_id and m.municipality.region_id == campaign.region_id for m in memberships)


@rules.predicate
def takes_back(user, extension):
    """What was never decided is its municipality's to take back; what was, the operator's."""
    if extension.decided_at is None:
        return coordinates_municipality_of(user, extension.folder or extension.municipality)
    return operates(user, extension.campaign.region_id)


rules.add_perm("campaigns.withdraw_extension", takes_back)
