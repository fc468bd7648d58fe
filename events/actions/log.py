"""Events from plan to sending: logged, edited, sent, cancelled, deleted by the school or for it."""

from enum import StrEnum

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from campaigns.phases import LOGGING_PHASES, PLANNING_PHASES
from events.actions.folders import (
    OPEN_PHASES,
    changed,
    folder_to_write_in,
    open_event,
    refuse_frozen,
    refuse_phase,
)
from events.checks import check_event
from events.models import Event, IndicatorValue
from events.rules import coordinates_school
from portal import clock
from portal.errors import StateForbids
from portal.grades import GRADE_FIELDS
from portal.history import record, state_of
from portal.models import Partner, School
from portal.text import searchable, without_controls

Status = Event.Status

PLAIN_FIELDS = (
    "format",
    "title",
    "starts_on",
    "ends_on",
    "delivery",
    "place",
    "teachers",
    "parents",
    "link",
    "description",
    "note",
    *GRADE_FIELDS,
)
"""Fields that a form writes; beside them ``partners`` (names), ``partner_kind`` and ``indicators``."""

JOINT_FIELDS = ("format", "title", "starts_on", "ends_on", "delivery", "place")
"""What an attendance takes from its joint event, beside the partners."""


class Intent(StrEnum):
    """What a form's button asks for."""

    DRAFT = "draft"
    PLAN = "plan"
    SUBMIT = "submit"


_STATUS_AFTER = {Intent.DRAFT: Status.DRAFT, Intent.PLAN: Status.PLANNED, Intent.SUBMIT: Status.SUBMITTED}
_EDITABLE = (Status.DRAFT, Status.PLANNED, Status.SUBMITTED, Status.RETURNED)


def for_whom_of(actor, event):
    """Return the school or municipality that ``actor`` acts for, None where it is their own."""
    return None if coordinates_school(actor, event.school) else event.school


def event_state(event) -> dict:
    """Return what history compares of an event: its fields, partners and additional numbers."""
    values = event.indicator_values.all()
    # Those that were read for many events at once are not read again.
    if "indicator_values" not in getattr(event, "_prefetched_objects_cache", {}):
        values = values.select_related("indicator")
    return state_with(event, event.partners.all(), values)


def state_with(event, partners, indicator_values) -> dict:
    """Return the state of ``event`` with these partners and additional numbers."""
    values = {value.indicator.name: value.value for value in indicator_values}
    return state_of(
        event,
        {
            "partners": "; ".join(sorted(partner.name for partner in partners)),
            "indicators": "; ".join(f"{name}: {value}" for name, value in sorted(values.items())),
        },
    )


# --- Writing ---------------------------------------------------------------------------------


def joint_partners(joint) -> list[Partner]:
    """Return whom an attendance is held with: the joint event's partners and the organisation that holds it."""
    partners = {partner.pk: partner for partner in joint.partners.all()}
    if joint.host_id:
        partners[joint.host_id] = joint.host
    return list(partners.values())


def _merged_fields(event, fields) -> dict:
    """Return ``fields`` with the joint event's own in place of what was typed: an attendance has no others."""
    if event.joint_id is None:
        return fields
    names = [partner.name for partner in joint_partners(event.joint)]
    return fields | {name: getattr(event.joint, name) for name in JOINT_FIELDS} | {"partners": names}


def _assign(event, fields) -> None:
    for name in PLAIN_FIELDS:
        if name in fields:
            value = fields[name]
            if isinstance(value, str):
                value = without_controls(value).strip()
            setattr(event, name, value)
    event.title = event.title or event.format.name[:200]
    event.fill_derived()


def _validate(event, intent: Intent) -> None:
    event.clean_fields(exclude=["author", "submitted_by", "reviewed_by", "search", "participants"])
    check_event(event, held=intent == Intent.SUBMIT)


def find_partners(region_id, names, kind) -> list[Partner]:
    """Return the partners called ``names``, adding to the directory those it does not know."""
    readable = [without_controls(name).strip()[:300] for name in names]
    wanted = {searchable(name): name for name in readable if searchable(name)}
    found = {p.search: p for p in Partner.objects.filter(region_id=region_id, search__in=wanted)}
    # In one order for everyone: two schools that add the same partners must not wait for each other.
    for key in sorted(wanted.keys() - found.keys()):
        defaults = {"name": wanted[key], "kind": kind or Partner.Kind.OTHER}
        found[key], _created = Partner.objects.get_or_create(region_id=region_id, search=key, defaults=defaults)
    return [found[key] for key in wanted]


def _write_partners(event, fields) -> None:
    if "partners" in fields:
        region_id = event.campaign.region_id
        event.partners.set(find_partners(region_id, fields["partners"], fields.get("partner_kind")))


def _write_indicators(event, fields) -> None:
    """Write the additional numbers: ``{indicator id: value or None}``, of the event's own format alone."""
    event.indicator_values.exclude(indicator__format=event.format_id).delete()
    if "indicators" not in fields:
        return
    values = fields["indicators"]
    asked = {indicator.pk for indicator in event.format.indicators.filter(retired_at=None)}
    if any(pk not in asked for pk, value in values.items() if value is not None):
        raise ValidationError({"format": _("These numbers belong to another format.")})
    kept = {pk: value for pk, value in values.items() if value is not None}
    event.indicator_values.filter(indicator_id__in=asked - kept.keys()).delete()
    if kept:
        rows = [IndicatorValue(event=event, indicator_id=pk, value=value) for pk, value in kept.items()]
        for row in rows:
            row.clean_fields(exclude=["event", "indicator"])
        IndicatorValue.objects.bulk_create(
            rows, update_conflicts=True, update_fields=["value"], unique_fields=["event", "indicator"]
        )


def _mark_submitted(actor, event) -> None:
    event.status = Status.SUBMITTED
    event.submitted_by = actor
    event.submitted_at = clock.now()
    event.submitted_on = event.submitted_on or clock.local_today(event.campaign.region)
    event.on_behalf = not coordinates_school(actor, event.school)
    event.comment = ""


def _apply(actor, event, intent: Intent, fields, before) -> Event:
    """Write a form's fields and what its button asks for; equal contents write nothing."""
    refuse_phase(event.campaign, event.school_id, PLANNING_PHASES if intent == Intent.PLAN else LOGGING_PHASES)
    fields = _merged_fields(event, fields)
    _assign(event, fields)
    if intent == Intent.SUBMIT:
        _mark_submitted(actor, event)
    elif event.status == Status.DRAFT or (event.status == Status.PLANNED and intent == Intent.PLAN):
        event.status = _STATUS_AFTER[intent]
    _validate(event, intent if event.status != Status.SUBMITTED else Intent.SUBMIT)
    event.note_writer(actor)
    if before is not None:
        event.version += 1
    event.save()
    _write_partners(event, fields)
    _write_indicators(event, fields)
    # The relations were read before they were written.
    event._prefetched_objects_cache = {}
    after = event_state(event)
    verb = {Intent.DRAFT: "draft", Intent.PLAN: "plan", Intent.SUBMIT: "submit"}[intent]
    if before is not None and before["status"] == event.status:
        verb = "edit"
    record(actor, verb, event, before=before, after=after, for_whom=for_whom_of(actor, event))
    return event


def _holds_already(actor, event, fields, intent: Intent) -> bool:
    """Whether the event holds exactly what the form says and its button asked for, and is the school's if ``actor``
    is of the school."""
    if event.is_taken_back_by(actor):
        return False
    fields = _merged_fields(event, fields)
    trial = Event.objects.with_places().get(pk=event.pk)
    _assign(trial, fields)
    if state_of(trial) != state_of(event):
        return False
    names = sorted(searchable(name) for name in fields.get("partners", ()) if name.strip())
    if names != sorted(searchable(partner.name) for partner in event.partners.all()):
        return False
    typed = {pk: value for pk, value in fields.get("indicators", {}).items() if value is not None}
    if typed != {value.indicator_id: value.value for value in event.indicator_values.all()}:
        return False
    return intent == Intent.DRAFT or event.status == _STATUS_AFTER[intent]


@transaction.atomic
def log_event(actor, school, campaign, *, token, intent: Intent, version: int = 1, **fields) -> Event:
    """Save the form of a new event as a draft, as planned, or send it for review.

    ``token`` is that of the opened form: the same form sent again finds its event and updates it while
    it is a draft or planned; sent equal, it changes nothing; a different text for an event that has gone
    on is ``Changed``.
    """
    folder = folder_to_write_in(actor, "events.create_event", school, campaign)
    school = School.objects.select_related("municipality__region").get(pk=school.pk)
    campaign = Campaign.objects.select_related("region").get(pk=campaign.pk)
    event = Event(school=school, campaign=campaign, folder=folder, author=actor, token=token)
    return save_form(actor, folder, event, version, intent, fields)


def save_form(actor, folder, event, version: int, intent: Intent, fields) -> Event:
    """Save an opened form as ``event``, a new row with its place and token, or as the one that the token names.

    Called under the lock of ``folder``, and for an attendance under that of its joint event too.
    """
    existing = Event.objects.with_places().filter(author=actor, token=event.token).first()
    if existing is not None:
        if any(getattr(existing, name) != getattr(event, name) for name in ("school_id", "campaign_id", "joint_id")):
            raise StateForbids(_("This form has been saved already for another school or campaign."))
        if _holds_already(actor, existing, fields, intent):
            return existing
    refuse_frozen(folder)
    if existing is not None:
        if existing.status not in (Status.DRAFT, Status.PLANNED) or existing.version not in (1, version):
            raise changed(existing, version)
        return _apply(actor, existing, intent, fields, event_state(existing))
    attendances = Event.objects.filter(joint=event.joint_id, school=event.school).exclude(status=Status.CANCELLED)
    if event.joint_id and attendances.exists():
        raise StateForbids(_("The school has added its attendance to this joint event already."))
    event.on_behalf = not coordinates_school(actor, event.school)
    return _apply(actor, event, intent, fields, None)


@transaction.atomic
def edit_event(actor, event, version: int, *, intent: Intent, **fields) -> Event:
    """Change an event that was opened as ``version``; sending it for review is one of the intents.

    A submitted event stays submitted, a returned one stays returned until it is sent.
    """
    current = open_event(actor, event, "events.write_event")
    if current.version != version:
        if _holds_already(actor, current, fields, intent):
            return current
        raise changed(current, version)
    if current.status not in _EDITABLE:
        raise StateForbids(
            _("The event is %(status)s and cannot be changed.") % {"status": current.get_status_display()}
        )
    if intent != Intent.SUBMIT and _holds_already(actor, current, fields, intent):
        return current
    return _apply(actor, current, intent, fields, event_state(current))


def move(actor, event, status, verb, *, comment="", for_whom=None, also=()) -> Event:
    before = event_state(event)
    event.status = status
    event.version += 1
    event.save(update_fields=["status", "version", *also])
    record(actor, verb, event, before=before, after=event_state(event), comment=comment, for_whom=for_whom)
    return event


@transaction.atomic
def submit_event(actor, event, version: int) -> Event:
    """Send a draft, planned or returned event for review as it stands."""
    current = open_event(actor, event, "events.write_event")
    if current.status == Status.SUBMITTED and current.submitted_by_id == actor.pk:
        return current
    refuse_phase(current.campaign, current.school_id)
    if current.version != version:
        raise changed(current, version)
    if current.status not in (Status.DRAFT, Status.PLANNED, Status.RETURNED):
        raise StateForbids(
            _("The event is %(status)s: there is nothing to send.") % {"status": current.get_status_display()}
        )
    before = event_state(current)
    _mark_submitted(actor, current)
    current.note_writer(actor)
    _validate(current, Intent.SUBMIT)
    current.version += 1
    current.save()
    after = event_state(current)
    record(actor, "submit", current, before=before, after=after, for_whom=for_whom_of(actor, current))
    return current


@transaction.atomic
def cancel_event(actor, event, version: int) -> Event:
    """Cancel a planned or returned event: it stays in the log and counts nowhere."""
    current = open_event(actor, event, "events.write_event")
    if current.status == Status.CANCELLED:
        return current
    refuse_phase(
        current.campaign, current.school_id, OPEN_PHASES if current.status == Status.PLANNED else LOGGING_PHASES
    )
    if current.version != version:
        raise changed(current, version)
    if current.status not in (Status.PLANNED, Status.RETURNED):
        raise StateForbids(_("Only a planned or returned event is cancelled."))
    current.note_writer(actor)
    for_whom = for_whom_of(actor, current)
    return move(actor, current, Status.CANCELLED, "cancel", for_whom=for_whom, also=Event.ALTERED_FIELDS)


@transaction.atomic
def delete_draft(actor, event, version: int) -> None:
    """Delete a draft. History keeps what it was."""
    current = open_event(actor, event, "events.delete_draft")
    refuse_phase(current.campaign, current.school_id, OPEN_PHASES)
    if current.version != version:
        raise changed(current, version)
    if current.status != Status.DRAFT:
        raise StateForbids(_("Only a draft is deleted; a planned or returned event can be cancelled."))
    record(actor, "delete", current, before=event_state(current), for_whom=for_whom_of(actor, current))
    current.delete()
