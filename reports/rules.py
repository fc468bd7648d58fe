"""Who may look at which level's figures, write, accept and return which reports, and who builds and reads summaries.

A school's dashboard needs no rule: who sees the school sees its figures. School reports are written by the school or
by its municipal coordinator on its behalf, and decided by the municipality, or the operator in its place; municipal
ones are written by the municipality or the operator on its behalf, and decided by the operator. An accepted school
report is reopened by who accepted it, or by the operator.
"""

import rules

from campaigns.rules import operates_region_of
from events.rules import coordinates_school, writes_in_folder
from portal.access import Scope
from portal.rules import acts_for_municipality, operates


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
def works_for_region_of(user, campaign):
    return campaign.region_id in Scope.of(user).region_ids


rules.add_perm("reports.view_region_dashboard", works_for_region)
rules.add_perm("reports.view_municipality_dashboard", answers_for_municipality)
rules.add_perm("reports.build_summary", operates_region_of)
rules.add_perm("reports.read_whole_summary", works_for_region_of)


# --- The chain -------------------------------------------------------------------------------


@rules.predicate
def reviews_report(user, report):
    municipality = report.folder.municipality
    return acts_for_municipality(user, municipality) or operates(user, municipality.region_id)


@rules.predicate
def reopens_report(user, report):
    """Who accepted it, as long as they review there, and the operator."""
    if operates(user, report.folder.municipality.region_id):
        return True
    return report.reviewed_by_id == user.pk and reviews_report(user, report)


@rules.predicate
def writes_for_municipality(user, municipality):
    """Its coordinator, and the operator in their place. Schools that none runs have no municipal report."""
    if municipality.is_run_by_operator:
        return False
    return municipality.pk in Scope.of(user).municipality_ids or operates(user, municipality.region_id)


@rules.predicate
def decides_municipal_report(user, report):
    return operates(user, report.municipality.region_id)


def sees_group_numbers(user, school) -> bool:
    """Whether ``user`` may see what ``school`` answers about groups of pupils (:attr:`ReportQuestion.hides_small`):
    the school's own coordinators alone.

    The one answer to it: whatever shows such numbers, takes them or compares them asks here.
    """
    return coordinates_school(user, school)


rules.add_perm("reports.write_school_report", writes_in_folder)
rules.add_perm("reports.review_school_report", reviews_report)
rules.add_perm("reports.reopen_school_report", reopens_report)
rules.add_perm("reports.write_municipal_report", writes_for_municipality)
rules.add_perm("reports.review_municipal_report", decides_municipal_report)
rules.add_perm("reports.edit_questions", operates_region_of)
