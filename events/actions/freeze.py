"""The freeze: what an accepted school report does to the school's events, and what reopening undoes.

Called by the actions on reports, inside their transaction.
"""

from campaigns.models import Campaign, SchoolCampaign
from events.actions.folders import lock_folder
from events.actions.review import accept_all, is_own_submission
from events.models import Event
from portal import clock
from portal.history import record, record_many, state_of
from portal.models import School

Status = Event.Status


def freeze_folder(actor, school: School, campaign: Campaign, for_whom=None) -> SchoolCampaign:
    """Accept what waits unflagged in the school's folder and freeze it: nothing in it changes any more.

    What ``actor`` sent themselves stays as it is: nobody accepts that. A frozen folder stays frozen.
    """
    folder = lock_folder(school.pk, campaign.pk)
    if folder.frozen_at:
        return folder
    waiting = Event.objects.with_places().filter(
        school=school, campaign=campaign, status=Status.SUBMITTED, flagged=False
    )
    accept_all(actor, [event for event in waiting.order_by("pk") if not is_own_submission(actor, event)])
    before = state_of(folder)
    folder.frozen_at = clock.now()
    folder.save(update_fields=["frozen_at"])
    record(actor, "freeze", folder, before=before, after=state_of(folder), for_whom=for_whom)
    return folder


def thaw_folder(actor, school: School, campaign: Campaign, event_ids, comment: str, for_whom=None) -> SchoolCampaign:
    """Let the school's folder change again, and return those of its held events that are named, with the comment.

    Where it was not frozen, accepted events stay: the operator alone returns one of those, by itself.
    """
    folder = lock_folder(school.pk, campaign.pk)
    statuses = [Status.SUBMITTED, Status.ACCEPTED] if folder.frozen_at else [Status.SUBMITTED]
    if folder.frozen_at:
        before = state_of(folder)
        folder.frozen_at = None
        folder.save(update_fields=["frozen_at"])
        record(actor, "thaw", folder, before=before, after=state_of(folder), comment=comment, for_whom=for_whom)
    named = Event.objects.with_places().filter(pk__in=event_ids, school=school, campaign=campaign, status__in=statuses)
    events, rows, moment = list(named.order_by("pk")), [], clock.now()
    for event in events:
        before = state_of(event)
        event.status = Status.RETURNED
        event.version += 1
        event.reviewed_by, event.reviewed_at, event.comment = actor, moment, comment
        rows.append((event, before, before | {"status": Status.RETURNED.value}))
    Event.objects.bulk_update(events, ["status", "version", "reviewed_by", "reviewed_at", "comment"], batch_size=200)
    record_many(actor, "return", rows, comment=comment, for_whom=for_whom)
    return folder
