"""What every action on an event does first: lock the school's folder in the campaign, and see that its doors are open.

The one place where a freeze and the closing of a campaign are enforced, for pages, imports, tasks and reports alike.

Locks are taken in one order everywhere, so that nobody waits for each other: the region, then joint events by id, then
folders by school and campaign, then single rows (the municipality of a report above, an upload). What an action does
not need it leaves out, and it never goes back.
"""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from campaigns.due_dates import is_school_open
from campaigns.models import SchoolCampaign
from campaigns.phases import LOGGING_PHASES, PLANNING_PHASES, Phase
from events.models import Event, JointEvent
from portal.errors import Changed, StateForbids
from portal.queries.history import history_of
from portal.rules import require


def lock_joint_events(ids) -> list[JointEvent]:
    """Lock joint events, always in one order and before any folder, and return them as they are now."""
    # Without joins: a joined format would be the one of before the wait for the lock.
    return list(JointEvent.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))


def lock_folders(folder_ids) -> dict[int, SchoolCampaign]:
    """Lock folders, always in one order, and return them by their ids."""
    rows = SchoolCampaign.objects.select_for_update(of=("self",), no_key=True).select_related("municipality")
    locked = rows.filter(pk__in=folder_ids).order_by("school_id", "campaign_id")
    return {folder.pk: folder for folder in locked}


def lock_folder(school_id: int, campaign_id: int) -> SchoolCampaign | None:
    """Lock the folder of a school in a campaign; None where it has none, the campaign being a draft or another
    region's, or closed before the school was."""
    rows = SchoolCampaign.objects.select_for_update(of=("self",), no_key=True).select_related("municipality")
    return rows.filter(school_id=school_id, campaign_id=campaign_id).first()


def folder_to_write_in(actor, permission, school, campaign) -> SchoolCampaign:
    """Lock the folder of ``school`` in ``campaign`` and refuse who may not do there what ``permission`` names."""
    folder = lock_folder(school.pk, campaign.pk)
    if folder is not None:
        require(actor, permission, folder)
        return folder
    # Without a folder nobody may; who writes for the school today is told why.
    require(actor, permission, SchoolCampaign(school=school, campaign=campaign, municipality=school.municipality))
    if school.municipality.region_id != campaign.region_id:
        raise ValidationError({"campaign": _("The campaign belongs to another region.")})
    if campaign.published_at is None:
        refuse_phase(campaign, school.pk)
    raise StateForbids(_("The school takes no part in this campaign: it was made after the campaign had closed."))


def open_event(actor, event, permission) -> Event:
    """Lock the event's folder, read the event anew, and refuse who may not and what is frozen.

    ``permission`` is a rule's name, or a function that names it for the event as it is now.
    """
    folder = lock_folder(event.school_id, event.campaign_id)
    try:
        current = Event.objects.with_places().get(pk=event.pk)
    except Event.DoesNotExist:
        raise StateForbids(_("This event has been deleted in the meantime.")) from None
    require(actor, permission(current) if callable(permission) else permission, current)
    refuse_frozen(folder)
    return current


def frozen_reason() -> str:
    """Return why a frozen folder takes no change, and who can reopen it."""
    return _(
        "The school's report is accepted, so its events are frozen. Who accepted it or the operator can reopen it."
    )


def refuse_frozen(folder) -> None:
    if folder.frozen_at:
        raise StateForbids(frozen_reason())


def refuse_phase(campaign, school_id: int, phases=LOGGING_PHASES) -> None:
    if is_school_open(campaign, school_id, phases):
        return
    values = {
        "first": f"{campaign.starts_on:%d.%m.%Y}",
        "last_day": f"{campaign.ends_on:%d.%m.%Y}",
        "closing": f"{campaign.closes_on:%d.%m.%Y}",
        "phase": campaign.phase.label,
    }
    if phases is PLANNING_PHASES:
        raise StateForbids(_("Events are planned until the campaign's last day, %(last_day)s.") % values)
    if campaign.phase == Phase.CLOSED:
        message = _(
            "The campaign closed on %(closing)s. After that its events change only with an extension, which the "
            "operator grants."
        )
        raise StateForbids(message % values)
    message = _("Events of this campaign are logged and reviewed from %(first)s to %(closing)s; now it is: %(phase)s.")
    raise StateForbids(message % values)


OPEN_PHASES = tuple(dict.fromkeys((*PLANNING_PHASES, *LOGGING_PHASES)))
"""When anything at all may still change: from the announcement to the closing."""


def changed(event, version) -> Changed:
    """Return the answer to who acts on an event that is no longer as it was read."""
    return Changed(event, history_of(event, since_version=version))
