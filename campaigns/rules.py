"""Who may do which verb with campaigns and formats: the operator of their region."""

import rules

from portal.rules import operates


@rules.predicate
def operates_region_of(user, subject):
    return operates(user, subject.region_id)


for verb in ("edit_campaign", "publish_campaign", "edit_format"):
    rules.add_perm(f"campaigns.{verb}", operates_region_of)


@rules.predicate
def operates_region(user, region):
    return operates(user, region.pk)


for verb in ("create_campaign", "create_format"):
    rules.add_perm(f"campaigns.{verb}", operates_region)
