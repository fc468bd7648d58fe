"""Verbs over people and places. A verb is judged by the membership that covers the object."""

from portal.access import Scope


def operates(user, region_id: int) -> bool:
    """Whether ``user`` is an operator of the region."""
    return region_id in Scope.of(user).operated_region_ids


def acts_for_municipality(user, municipality) -> bool:
    """Whether ``user`` coordinates the municipality; the operator does for one that nobody runs."""
    scope = Scope.of(user)
    if municipality.is_run_by_operator and municipality.region_id in scope.operated_region_ids:
        return True
    return municipality.pk in scope.municipality_ids
