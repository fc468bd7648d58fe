"""Events under review: accepted one by one or many at once, returned with a comment."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.due_dates import open_schools
from events.actions.folders import changed, lock_folders, open_event, refuse_phase
from events.actions.log import move
from events.models import Event
from portal import clock
from portal.access import Scope
from portal.errors import StateForbids
from portal.history import record_many, state_of
from portal.text import without_controls

Status = Event.Status


@dataclass(frozen=True)
class BulkResult:
    """What became of a bulk acceptance: ``accepted`` events and ``skipped`` pairs of event and reason."""

    accepted: list = field(default_factory=list)
    skipped: list = field(default_factory=list)


def reviewed_for(actor, event):
    municipality = event.folder.municipality
    if municipality.pk in Scope.of(actor).municipality_ids or municipality.is_run_by_operator:
        return None
    return municipality


def is_own_submission(actor, event) -> bool:
    return event.submitted_by_id == actor.pk and not event.on_behalf


@transaction.atomic
def accept_event(actor, event, version: int) -> Event:
    """Accept a submitted event that was read as ``version``: from now on it counts as a result."""
    current = open_event(actor, event, "events.review_event")
    if current.status == Status.ACCEPTED and current.reviewed_by_id == actor.pk and current.version == version + 1:
        return current
    refuse_phase(current.campaign, current.school_id)
    if current.version != version:
        raise changed(current, version)
    if current.status != Status.SUBMITTED:
        raise StateForbids(_("The event is %(status)s, not under review.") % {"status": current.get_status_display()})
    if is_own_submission(actor, current):
        raise StateForbids(_("Nobody accepts what they sent themselves: ask a colleague."))
    current.reviewed_by, current.reviewed_at = actor, clock.now()
    return move(
        actor,
        current,
        Status.ACCEPTED,
        "accept",
        for_whom=reviewed_for(actor, current),
        also=("reviewed_by", "reviewed_at"),
    )


@transaction.atomic
def accept_events(actor, versions: dict[int, int]) -> BulkResult:
    """Accept many submitted events, read as ``{event id: version}``.

    What is flagged, changed since, not under review, frozen, one's own or not one's to review is skipped and
    named with the reason; the rest is accepted together.
    """
    listed = Event.objects.visible_to(actor).filter(pk__in=versions).values_list("folder_id", flat=True)
    folders = lock_folders(set(listed))
    events = list(Event.objects.visible_to(actor).with_places().filter(pk__in=versions).order_by("pk"))
    schools_of = defaultdict(set)
    for event in events:
        schools_of[event.campaign].add(event.school_id)
    open_folders = {
        (pk, campaign.pk) for campaign, schools in schools_of.items() for pk in open_schools(campaign, schools)
    }
    result = BulkResult()
    for event in events:
        folder = folders[event.folder_id]
        is_open = (event.school_id, event.campaign_id) in open_folders
        reason = _reason_to_skip(actor, event, versions[event.pk], folder, is_open)
        if reason:
            result.skipped.append((event, reason))
        else:
            result.accepted.append(event)
    accept_all(actor, result.accepted)
    return result


def accept_all(actor, events) -> None:
    """Accept ``events``, read with their places under the locks of their folders and found acceptable."""
    moment = clock.now()
    by_place = defaultdict(list)
    for event in events:
        before = state_of(event)
        event.status = Status.ACCEPTED
        event.version += 1
        event.reviewed_by, event.reviewed_at = actor, moment
        by_place[reviewed_for(actor, event)].append((event, before, before | {"status": Status.ACCEPTED.value}))
    Event.objects.bulk_update(events, ["status", "version", "reviewed_by", "reviewed_at"], batch_size=200)
    for place, rows in by_place.items():
        record_many(actor, "accept", rows, for_whom=place)


def _reason_to_skip(actor, event, version, folder, is_open) -> str:
    if not actor.has_perm("events.review_event", event):
        return _("not yours to review")
    if event.version != version:
        return _("changed since you opened the page")
    if event.status != Status.SUBMITTED:
        return _("no longer under review")
    if event.flagged:
        return _("flagged: look at it and accept it by itself")
    if is_own_submission(actor, event):
        return _("sent by yourself")
    if folder.frozen_at:
        return _("frozen by the accepted report")
    if not is_open:
        return _("the campaign is closed")
    return ""


def _returning(event) -> str:
    return "events.return_accepted_event" if event.status == Status.ACCEPTED else "events.review_event"


@transaction.atomic
def return_event(actor, event, version: int, comment: str) -> Event:
    """Return a submitted event to the school with a comment; the operator returns an accepted one too."""
    current = open_event(actor, event, _returning)
    comment = without_controls(comment).strip()
    repeated = current.status == Status.RETURNED and current.version == version + 1 and current.comment == comment
    if repeated and current.reviewed_by_id == actor.pk:
        return current
    refuse_phase(current.campaign, current.school_id)
    if current.version != version:
        raise changed(current, version)
    if current.status not in (Status.SUBMITTED, Status.ACCEPTED):
        raise StateForbids(_("The event is %(status)s, not under review.") % {"status": current.get_status_display()})
    if not comment:
        raise ValidationError({"comment": _("Say what to correct: the school sees nothing else.")})
    if len(comment) > 1_000:
        raise ValidationError({"comment": _("At most 1000 characters; this has %(n)d.") % {"n": len(comment)}})
    current.reviewed_by, current.reviewed_at, current.comment = actor, clock.now(), comment
    return move(
        actor,
        current,
        Status.RETURNED,
        "return",
        comment=comment,
        for_whom=reviewed_for(actor, current),
        also=("reviewed_by", "reviewed_at", "comment"),
    )
