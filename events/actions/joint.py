"""Joint events: entered once by a municipality or the operator; each school adds its own attendance.

An attendance is an event whose format, days, place and partners are the joint event's (``log`` lays them over).
The joint event is locked before the folders of schools, always: :mod:`events.actions.folders` says the whole order.
"""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import Campaign, Format
from events.actions.folders import OPEN_PHASES, folder_to_write_in, lock_folders, lock_joint_events
from events.actions.log import JOINT_FIELDS, Intent, event_state, find_partners, joint_partners, save_form, state_with
from events.checks import check_days
from events.models import Event, IndicatorValue, JointEvent
from portal import clock
from portal.access import Scope
from portal.errors import Changed, StateForbids
from portal.history import record, record_many, state_of
from portal.models import School, User
from portal.queries.history import history_of
from portal.rules import require
from portal.text import searchable, without_controls

Status = Event.Status

WRITTEN = (*JOINT_FIELDS, "description")
"""Fields that a form writes; beside them ``host`` (a name), ``partners`` (names) and ``partner_kind``."""
LOCKED = ("format", "starts_on", "ends_on")
"""What no longer changes once one attendance is accepted."""
NAMED = 5
"""How many schools a message names."""


def joint_state(joint) -> dict:
    """Return what history compares of a joint event: its fields, who holds it and its partners, by their names."""
    partners = sorted(partner.name for partner in joint.partners.all())
    return state_of(joint, {"host": joint.host.name if joint.host_id else "", "partners": "; ".join(partners)})


def _for_whom(actor, joint):
    """Return the municipality that ``actor`` acts for, None where the joint event is their own to make."""
    municipality = joint.municipality
    if municipality is None or municipality.is_run_by_operator or municipality.pk in Scope.of(actor).municipality_ids:
        return None
    return municipality


def _changed(joint, version) -> Changed:
    return Changed(joint, history_of(joint, since_version=version))


def _refuse_phase(campaign) -> None:
    if campaign.phase not in OPEN_PHASES:
        message = _(
            "Joint events are made from the announcement of the campaign until it closes; now it is: %(phase)s."
        )
        raise StateForbids(message % {"phase": campaign.phase.label})


def _refuse_cancelled(joint) -> None:
    if joint.cancelled_at:
        raise StateForbids(_("This joint event is cancelled."))


def _lock(joint) -> tuple[JointEvent, list[Event], set[int]]:
    """Lock the joint event, then the folders of all schools that attend, and read it and its attendances anew.

    Returns them with the ids of the schools whose folders are frozen. Cancelled attendances are none. Nobody joins
    meanwhile: who attends locks the joint event first.
    """
    [current] = lock_joint_events([joint.pk])
    present = Event.objects.filter(joint=joint.pk).exclude(status=Status.CANCELLED)
    folders = lock_folders(set(present.order_by().values_list("folder_id", flat=True)))
    read_along = present.with_places().prefetch_related("partners", "indicator_values__indicator")
    frozen = {folder.school_id for folder in folders.values() if folder.frozen_at}
    return current, list(read_along.order_by("pk")), frozen


def _schools(events) -> str:
    """Name the schools of ``events``, the first few and how many more."""
    names = [event.school.name for event in events]
    text = "; ".join(names[:NAMED])
    if rest := len(names) - NAMED if len(names) > NAMED else 0:
        text += " " + ngettext("and %(n)d more", "and %(n)d more", rest) % {"n": rest}
    return text


# --- Writing ---------------------------------------------------------------------------------


def _assign(joint, fields) -> None:
    for name in WRITTEN:
        if name in fields:
            value = fields[name]
            setattr(joint, name, without_controls(value).strip() if isinstance(value, str) else value)
    joint.title = joint.title or joint.format.name[:200]
    joint.fill_derived()


def _holds_already(joint, fields) -> bool:
    """Whether the joint event holds exactly what the form says."""
    trial = JointEvent.objects.get(pk=joint.pk)
    _assign(trial, fields)
    names = sorted(searchable(name) for name in fields.get("partners", ()) if name.strip())
    return (
        state_of(trial) == state_of(joint)
        and searchable(fields.get("host", "")) == (joint.host.search if joint.host_id else "")
        and names == sorted(partner.search for partner in joint.partners.all())
    )


def _check(joint) -> None:
    joint.clean_fields(exclude=["author", "search"])
    errors = check_days(joint)
    if not joint.campaign.offers.filter(format_id=joint.format_id).exists():
        errors["format"] = [_("The campaign does not offer this format.")]
    if errors:
        raise ValidationError(errors)


def _write(joint, fields) -> None:
    """Save the row with who holds it and its partners, adding to the directory those that it does not know."""
    named = [fields.get("host", ""), *fields.get("partners", ())]
    found = {p.search: p for p in find_partners(joint.campaign.region_id, named, fields.get("partner_kind"))}
    joint.host = found.get(searchable(without_controls(fields.get("host", ""))[:300]))
    joint.save()
    wanted = {searchable(without_controls(name).strip()[:300]) for name in fields.get("partners", ())}
    joint.partners.set([partner for key, partner in found.items() if key in wanted])


# --- Verbs -----------------------------------------------------------------------------------


@transaction.atomic
def create_joint_event(actor, campaign, municipality, *, token, **fields) -> JointEvent:
    """Enter an event held for the schools of ``municipality``, or of the whole region where it is None.

    ``token`` is that of the opened form: sent again it finds its joint event; another text for it is ``Changed``.
    """
    # A form sent twice at once queues up behind its author.
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    campaign = Campaign.objects.select_related("region").get(pk=campaign.pk)
    joint = JointEvent(campaign=campaign, municipality=municipality, author=actor, token=token)
    require(actor, "events.make_joint_event", joint)
    if municipality is not None and municipality.region_id != campaign.region_id:
        raise ValidationError({"municipality": _("The campaign belongs to another region.")})
    existing = JointEvent.objects.filter(author=actor, token=token).first()
    if existing is not None:
        same = (existing.campaign_id, existing.municipality_id) == (joint.campaign_id, joint.municipality_id)
        if same and _holds_already(existing, fields):
            return existing
        raise _changed(existing, 1)
    _refuse_phase(campaign)
    _assign(joint, fields)
    _check(joint)
    _write(joint, fields)
    record(actor, "create", joint, after=joint_state(joint), for_whom=_for_whom(actor, joint))
    return joint


@transaction.atomic
def edit_joint_event(actor, joint, version: int, **fields) -> JointEvent:
    """Change a joint event that was opened as ``version``, and its attendances with it.

    Once one attendance is accepted or frozen, the format and the days stand; what else changes reaches only the
    attendances that are neither.
    """
    current, attendances, frozen = _lock(joint)
    require(actor, "events.make_joint_event", current)
    if current.version != version:
        if _holds_already(current, fields):
            return current
        raise _changed(current, version)
    _refuse_phase(current.campaign)
    _refuse_cancelled(current)
    if _holds_already(current, fields):
        return current
    before = joint_state(current)
    was = {name: getattr(current, name) for name in LOCKED}
    _assign(current, fields)
    _check(current)
    moved = [name for name in LOCKED if getattr(current, name) != was[name]]
    settled = [event for event in attendances if event.status == Status.ACCEPTED or event.school_id in frozen]
    _refuse_move(current, attendances, settled, moved)
    current.version += 1
    _write(current, fields)
    for_whom = _for_whom(actor, current)
    record(actor, "edit", current, before=before, after=joint_state(current), for_whom=for_whom)
    _carry_over(actor, current, [event for event in attendances if event not in settled], for_whom)
    return current


def _refuse_move(joint, attendances, settled, moved) -> None:
    """Refuse another format or other days that the attendances cannot follow, naming the schools."""
    if moved and settled:
        message = _("The attendance of some schools is accepted, so the format and the days stand: %(schools)s.")
        raise ValidationError({name: message % {"schools": _schools(settled)} for name in moved})
    errors = {}
    day = joint.starts_on if joint.format.kind in Format.LONG_KINDS else joint.ends_on
    sent = [event for event in attendances if event.status == Status.SUBMITTED]
    if moved and sent and day > clock.local_today(joint.campaign.region):
        name = "starts_on" if day == joint.starts_on else "ends_on"
        message = _("%(day)s is still to come, but some schools have sent their attendance: %(schools)s.")
        errors[name] = message % {"day": f"{day:%d.%m.%Y}", "schools": _schools(sent)}
    grades = set(joint.format.grades)
    outside = [event for event in attendances if any(n and g not in grades for g, n in event.by_grade.items())]
    if "format" in moved and outside:
        message = _("“%(format)s” takes grades %(grades)s; other grades took part from: %(schools)s.")
        values = {"format": joint.format.name, "grades": joint.format.grades_label, "schools": _schools(outside)}
        errors["format"] = message % values
    if errors:
        raise ValidationError(errors)


def _carry_over(actor, joint, attendances, for_whom) -> None:
    """Write what the joint event says now into its attendances, read under the locks of their folders."""
    partners = joint_partners(joint)
    changed = []
    for event in attendances:
        before = event_state(event)
        for name in JOINT_FIELDS:
            setattr(event, name, getattr(joint, name))
        event.fill_derived()
        kept = [value for value in event.indicator_values.all() if value.indicator.format_id == joint.format_id]
        after = state_with(event, partners, kept)
        if after != before:
            event.note_writer(actor)
            event.version += 1
            changed.append((event, before, after))
    if not changed:
        return
    events = [event for event, _before, _after in changed]
    Event.objects.bulk_update(events, [*JOINT_FIELDS, *Event.ALTERED_FIELDS, "search", "version"], batch_size=200)
    IndicatorValue.objects.filter(event__in=events).exclude(indicator__format=joint.format_id).delete()
    links = Event.partners.through.objects
    links.filter(event__in=events).exclude(partner__in=partners).delete()
    rows = [
        Event.partners.through(event_id=event.pk, partner_id=partner.pk) for event in events for partner in partners
    ]
    links.bulk_create(rows, ignore_conflicts=True)
    record_many(actor, "edit", changed, comment=_with_joint(joint), for_whom=for_whom)


def _with_joint(joint) -> str:
    return _("Together with the joint event “%(title)s”.") % {"title": joint.title}


@transaction.atomic
def cancel_joint_event(actor, joint, version: int) -> JointEvent:
    """Call a joint event off; what schools planned of it is cancelled with it.

    Refused as soon as a school has filled its attendance in: what it typed is its own to delete or cancel.
    """
    current, attendances, frozen = _lock(joint)
    require(actor, "events.make_joint_event", current)
    if current.cancelled_at:
        return current
    _refuse_phase(current.campaign)
    if current.version != version:
        raise _changed(current, version)
    standing = [event for event in attendances if event.status != Status.PLANNED or event.school_id in frozen]
    if standing:
        message = _("Schools have filled in their attendance; they delete or cancel it first: %(schools)s.")
        raise StateForbids(message % {"schools": _schools(standing)})
    before = joint_state(current)
    current.cancelled_at = clock.now()
    current.version += 1
    current.save(update_fields=["cancelled_at", "version"])
    for_whom = _for_whom(actor, current)
    record(actor, "cancel", current, before=before, after=joint_state(current), for_whom=for_whom)
    rows = []
    for event in attendances:
        planned = event_state(event)
        event.status = Status.CANCELLED
        event.note_writer(actor)
        event.version += 1
        rows.append((event, planned, planned | {"status": Status.CANCELLED.value}))
    Event.objects.bulk_update(attendances, ["status", "version", *Event.ALTERED_FIELDS], batch_size=200)
    record_many(actor, "cancel", rows, comment=_with_joint(current), for_whom=for_whom)
    return current


@transaction.atomic
def attend_joint_event(actor, school, joint, *, token, version: int = 1, intent: Intent, **counts) -> Event:
    """Add a school's attendance: an event of its own with ``counts`` (numbers per grade, teachers, a note).

    One of a school: a second one is refused while the first is not cancelled. ``token`` and ``version`` are as in
    :func:`log_event`.
    """
    [joint] = lock_joint_events([joint.pk])
    folder = folder_to_write_in(actor, "events.create_event", school, joint.campaign)
    school = School.objects.select_related("municipality__region").get(pk=school.pk)
    campaign = Campaign.objects.select_related("region").get(pk=joint.campaign_id)
    _refuse_cancelled(joint)
    if joint.municipality_id not in (None, folder.municipality_id):
        raise ValidationError({"school": _("This joint event is not held for this school.")})
    event = Event(school=school, campaign=campaign, folder=folder, joint=joint, author=actor, token=token)
    return save_form(actor, folder, event, version, intent, counts)
