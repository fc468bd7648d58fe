"""What the campaign's own questions show on a campaign's page: for the operator how much a school report asks in all;
for the others of its region the way to the questions, where there are some."""

from portal import registry
from portal.access import Scope
from portal.registry import Panel
from reports.burden import burden_of, own_kinds


@registry.campaign_panels.contribute
def questions_of_campaign(user, campaign):
    """The burden of a school report for the operator, the link to the questions for everyone else."""
    if campaign.region_id not in Scope.of(user).home_region_ids:
        return []
    own = own_kinds(campaign)
    burden = burden_of(campaign, own) if user.has_perm("reports.edit_questions", campaign) else None
    if burden is None and not own:
        return []
    context = {"campaign": campaign, "burden": burden, "own": len(own)}
    return [Panel("reports/_questions_panel.html", context, order=5, side=True)]
