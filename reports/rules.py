"""Who may look at which level's figures, and who builds and reads summaries.

A school's dashboard needs no rule: who sees the school sees its figures.
"""

import rules

from portal.access import Scope
from portal.rules import operates


@rules.predicate
def works_for_region(user, region):
    """The operator and the department."""
    return region.pk in Scope.of(user).region_ids


@rules.predicate
def answers_for_municipality(user, municipality):
    """Those who work for its region, and its own coordinator."""
    scope = Scope.of(user)
    return municipality.region_id in scope.region_ids or municipality.pk in scope.municipality_ids


@rules.predicate
def operates_region_of(user, campaign):
    return operates(user, campaign.region_id)


@rules.predicate
def works_for_region_of(user, campaign):
    return campaign.region_id in Scope.of(user).region_ids


rules.add_perm("reports.view_region_dashboard", works_for_region)
rules.add_perm("reports.view_municipality_dashboard", answers_for_municipality)
rules.add_perm("reports.build_summary", operates_region_of)
rules.add_perm("reports.read_whole_summary", works_for_region_of)
