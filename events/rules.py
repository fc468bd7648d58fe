"""Who may do which verb with events, judged by the membership that covers the folder of the event's
school in the campaign: its school, and the municipality where that belongs in the campaign.

``write_event`` (plan, log, edit, submit, cancel): the school; its municipal coordinator on its behalf; the operator
for schools that no municipality runs. ``delete_draft``: the school; who wrote it on its behalf. ``review_event``
(accept, return a submitted one): the municipal coordinator; the operator, who stands in for one.
``return_accepted_event``: the operator. ``make_joint_event`` (create, edit, cancel): the operator; a municipal
coordinator for their own municipality.
"""

import rules

from portal.access import Scope
from portal.rules import acts_for_municipality, operates


def coordinates_school(user, school) -> bool:
    """Whether ``user`` is a coordinator of this very school."""
    return school.pk in Scope.of(user).own_school_ids


@rules.predicate
def writes_in_folder(user, folder):
    return folder.school_id in Scope.of(user).own_school_ids or acts_for_municipality(user, folder.municipality)


@rules.predicate
def writes_event(user, event):
    return writes_in_folder(user, event.folder)


@rules.predicate
def reviews_event(user, event):
    municipality = event.folder.municipality
    return acts_for_municipality(user, municipality) or operates(user, municipality.region_id)


@rules.predicate
def operates_region_of_event(user, event):
    return operates(user, event.folder.municipality.region_id)


@rules.predicate
def makes_joint_event(user, joint):
    if operates(user, joint.campaign.region_id):
        return True
    return joint.municipality is not None and acts_for_municipality(user, joint.municipality)


@rules.predicate
def deletes_draft(user, event):
    """Nobody takes away what a school wrote: a deleted row could not even be marked as changed by others."""
    own = coordinates_school(user, event.school)
    return own or (writes_event(user, event) and event.author_id == user.pk)


rules.add_perm("events.create_event", writes_in_folder)
rules.add_perm("events.delete_draft", deletes_draft)
rules.add_perm("events.write_event", writes_event)
rules.add_perm("events.review_event", reviews_event)
rules.add_perm("events.return_accepted_event", operates_region_of_event)
rules.add_perm("events.make_joint_event", makes_joint_event)
