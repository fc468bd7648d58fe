"""Verbs over people and places. A verb is judged by the membership that covers the object."""

import rules
from django.core.exceptions import PermissionDenied

from portal.access import Scope


def require(actor, permission: str, subject) -> None:
    """Refuse an actor who may not do the verb with ``subject``."""
    if not actor.has_perm(permission, subject):
        raise PermissionDenied


def operates(user, region_id: int) -> bool:
    """Whether ``user`` is an operator of the region."""
    return region_id in Scope.of(user).operated_region_ids


def acts_for_municipality(user, municipality) -> bool:
    """Whether ``user`` coordinates the municipality; the operator does for one that nobody runs."""
    scope = Scope.of(user)
    if municipality.is_run_by_operator and municipality.region_id in scope.operated_region_ids:
        return True
    return municipality.pk in scope.municipality_ids


@rules.predicate
def writes_enrolment(user, school):
    """The school's own coordinators, its municipal coordinator, and the operator for any school of the region."""
    scope = Scope.of(user)
    return (
        school.pk in scope.own_school_ids
        or school.municipality_id in scope.municipality_ids
        or school.municipality.region_id in scope.operated_region_ids
    )


@rules.predicate
def uploads_enrolment(user, region):
    """The region's operators and its municipal coordinators, each for their own schools."""
    scope = Scope.of(user)
    municipal = (row.municipality for row in scope.memberships if row.municipality_id)
    return region.pk in scope.operated_region_ids or region.pk in {row.region_id for row in municipal}


@rules.predicate
def operates_region(user, region):
    return operates(user, region.pk)


rules.add_perm("portal.edit_schools", operates_region)
rules.add_perm("portal.write_enrolment", writes_enrolment)
rules.add_perm("portal.upload_enrolment", uploads_enrolment)
