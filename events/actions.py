"""What people do with events.

Every function is one transaction. It locks the school's folder in the campaign first (creation
included), then checks the rule, the phase and the freeze, the version and the state, writes, and records
history. It raises ``PermissionDenied``, ``ValidationError`` (messages by field), ``StateForbids`` with the
reason, or ``Changed`` with what others did since the event was opened. Sent twice, it does its work once.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from campaigns.phases import LOGGING_PHASES, PLANNING_PHASES
from events.checks import check_event
from events.models import Event, IndicatorValue, SchoolCampaign
from events.rules import coordinates_school
from portal import clock
from portal.access import Scope
from portal.errors import Changed, StateForbids
from portal.grades import GRADE_FIELDS
from portal.history import history_of, record, record_many, state_of
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


class Intent(StrEnum):
    """What a form's button asks for."""

    DRAFT = "draft"
    PLAN = "plan"
    SUBMIT = "submit"


_STATUS_AFTER = {Intent.DRAFT: Status.DRAFT, Intent.PLAN: Status.PLANNED, Intent.SUBMIT: Status.SUBMITTED}
_EDITABLE = (Status.DRAFT, Status.PLANNED, Status.SUBMITTED, Status.RETURNED)


@dataclass(frozen=True)
class BulkResult:
    """What became of a bulk acceptance: ``accepted`` events and ``skipped`` pairs of event and reason."""

    accepted: list = field(default_factory=list)
    skipped: list = field(default_factory=list)


# --- What every action does first ------------------------------------------------------------


def _lock_folders(places: set[tuple[int, int]]) -> dict[tuple[int, int], SchoolCampaign]:
    """Lock the folders of ``(school id, campaign id)`` pairs, always in one order, making the missing ones."""
    ordered = sorted(places)
    wanted = Q()
    for school_id, campaign_id in ordered:
        wanted |= Q(school_id=school_id, campaign_id=campaign_id)
    folders = SchoolCampaign.objects.filter(wanted)
    present = set(folders.values_list("school_id", "campaign_id"))
    if missing := [pair for pair in ordered if pair not in present]:
        rows = [SchoolCampaign(school_id=school_id, campaign_id=campaign_id) for school_id, campaign_id in missing]
        SchoolCampaign.objects.bulk_create(rows, ignore_conflicts=True)
    locked = folders.select_for_update().order_by("school_id", "campaign_id")
    return {(folder.school_id, folder.campaign_id): folder for folder in locked}


def _lock_folder(school_id: int, campaign_id: int) -> SchoolCampaign:
    return _lock_folders({(school_id, campaign_id)})[school_id, campaign_id]


def _open(actor, event, permission) -> Event:
    """Lock the event's folder, read the event anew, and refuse who may not and what is frozen.

    ``permission`` is a rule's name, or a function that names it for the event as it is now.
    """
    folder = _lock_folder(event.school_id, event.campaign_id)
    try:
        current = Event.objects.with_places().get(pk=event.pk)
    except Event.DoesNotExist:
        raise StateForbids(_("This event has been deleted in the meantime.")) from None
    _require(actor, permission(current) if callable(permission) else permission, current)
    _refuse_frozen(folder)
    return current


def _refuse_frozen(folder) -> None:
    if folder.frozen_at:
        raise StateForbids(
            _("The school's report is accepted, so its events are frozen. Who accepted the report can reopen it.")
        )


def _require(actor, permission, subject) -> None:
    if not actor.has_perm(permission, subject):
        raise PermissionDenied


def _refuse_phase(campaign, phases=LOGGING_PHASES) -> None:
    if campaign.phase in phases:
        return
    values = {
        "first": f"{campaign.starts_on:%d.%m.%Y}",
        "last_day": f"{campaign.ends_on:%d.%m.%Y}",
        "closing": f"{campaign.closes_on:%d.%m.%Y}",
        "phase": campaign.phase.label,
    }
    if phases is PLANNING_PHASES:
        raise StateForbids(_("Events are planned until the campaign's last day, %(last_day)s.") % values)
    message = _("Events of this campaign are logged and reviewed from %(first)s to %(closing)s; now it is: %(phase)s.")
    raise StateForbids(message % values)


OPEN_PHASES = tuple(dict.fromkeys((*PLANNING_PHASES, *LOGGING_PHASES)))
"""When anything at all may still change: from the announcement to the closing."""


def _for_whom(actor, event):
    """Return the school or municipality that ``actor`` acts for, None where it is their own."""
    return None if coordinates_school(actor, event.school) else event.school


def _reviewed_for(actor, event):
    municipality = event.school.municipality
    if municipality.pk in Scope.of(actor).municipality_ids or municipality.is_run_by_operator:
        return None
    return municipality


def event_state(event) -> dict:
    """Return what history compares of an event: its fields, partners and additional numbers."""
    partners = sorted(partner.name for partner in event.partners.all())
    values = {value.indicator.name: value.value for value in event.indicator_values.select_related("indicator")}
    return state_of(
        event,
        {
            "partners": "; ".join(partners),
            "indicators": "; ".join(f"{name}: {value}" for name, value in sorted(values.items())),
        },
    )


def _changed(event, version) -> Changed:
    return Changed(event, history_of(event, since_version=version))


# --- Writing ---------------------------------------------------------------------------------


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


def _find_partners(region_id, names, kind) -> list[Partner]:
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
        event.partners.set(_find_partners(region_id, fields["partners"], fields.get("partner_kind")))


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
    _refuse_phase(event.campaign, PLANNING_PHASES if intent == Intent.PLAN else LOGGING_PHASES)
    _assign(event, fields)
    if intent == Intent.SUBMIT:
        _mark_submitted(actor, event)
    elif event.status == Status.DRAFT or (event.status == Status.PLANNED and intent == Intent.PLAN):
        event.status = _STATUS_AFTER[intent]
    _validate(event, intent if event.status != Status.SUBMITTED else Intent.SUBMIT)
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
    record(actor, verb, event, before=before, after=after, for_whom=_for_whom(actor, event))
    return event


def _holds_already(event, fields, intent: Intent) -> bool:
    """Whether the event holds exactly what the form says and its button asked for."""
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
    folder = _lock_folder(school.pk, campaign.pk)
    school = School.objects.select_related("municipality__region").get(pk=school.pk)
    campaign = Campaign.objects.select_related("region").get(pk=campaign.pk)
    _require(actor, "events.create_event", school)
    if school.municipality.region_id != campaign.region_id:
        raise ValidationError({"campaign": _("The campaign belongs to another region.")})
    existing = Event.objects.with_places().filter(author=actor, token=token).first()
    if existing is not None and (existing.school_id, existing.campaign_id) != (school.pk, campaign.pk):
        raise StateForbids(_("This form has been saved already for another school or campaign."))
    if existing is not None and _holds_already(existing, fields, intent):
        return existing
    _refuse_frozen(folder)
    if existing is not None:
        if existing.status not in (Status.DRAFT, Status.PLANNED) or existing.version not in (1, version):
            raise _changed(existing, version)
        return _apply(actor, existing, intent, fields, event_state(existing))
    event = Event(school=school, campaign=campaign, author=actor, token=token)
    event.on_behalf = not coordinates_school(actor, school)
    return _apply(actor, event, intent, fields, None)


@transaction.atomic
def edit_event(actor, event, version: int, *, intent: Intent, **fields) -> Event:
    """Change an event that was opened as ``version``; sending it for review is one of the intents.

    A submitted event stays submitted, a returned one stays returned until it is sent.
    """
    current = _open(actor, event, "events.write_event")
    if current.version != version:
        if _holds_already(current, fields, intent):
            return current
        raise _changed(current, version)
    if current.status not in _EDITABLE:
        raise StateForbids(
            _("The event is %(status)s and cannot be changed.") % {"status": current.get_status_display()}
        )
    if intent != Intent.SUBMIT and _holds_already(current, fields, intent):
        return current
    return _apply(actor, current, intent, fields, event_state(current))


def _move(actor, event, status, verb, *, comment="", for_whom=None, also=()) -> Event:
    before = event_state(event)
    event.status = status
    event.version += 1
    event.save(update_fields=["status", "version", *also])
    record(actor, verb, event, before=before, after=event_state(event), comment=comment, for_whom=for_whom)
    return event


@transaction.atomic
def submit_event(actor, event, version: int) -> Event:
    """Send a draft, planned or returned event for review as it stands."""
    current = _open(actor, event, "events.write_event")
    if current.status == Status.SUBMITTED and current.submitted_by_id == actor.pk:
        return current
    _refuse_phase(current.campaign)
    if current.version != version:
        raise _changed(current, version)
    if current.status not in (Status.DRAFT, Status.PLANNED, Status.RETURNED):
        raise StateForbids(
            _("The event is %(status)s: there is nothing to send.") % {"status": current.get_status_display()}
        )
    before = event_state(current)
    _mark_submitted(actor, current)
    _validate(current, Intent.SUBMIT)
    current.version += 1
    current.save()
    after = event_state(current)
    record(actor, "submit", current, before=before, after=after, for_whom=_for_whom(actor, current))
    return current


@transaction.atomic
def cancel_event(actor, event, version: int) -> Event:
    """Cancel a planned or returned event: it stays in the log and counts nowhere."""
    current = _open(actor, event, "events.write_event")
    if current.status == Status.CANCELLED:
        return current
    _refuse_phase(current.campaign, OPEN_PHASES if current.status == Status.PLANNED else LOGGING_PHASES)
    if current.version != version:
        raise _changed(current, version)
    if current.status not in (Status.PLANNED, Status.RETURNED):
        raise StateForbids(_("Only a planned or returned event is cancelled."))
    return _move(actor, current, Status.CANCELLED, "cancel", for_whom=_for_whom(actor, current))


@transaction.atomic
def delete_draft(actor, event, version: int) -> None:
    """Delete a draft. History keeps what it was."""
    current = _open(actor, event, "events.write_event")
    _refuse_phase(current.campaign, OPEN_PHASES)
    if current.version != version:
        raise _changed(current, version)
    if current.status != Status.DRAFT:
        raise StateForbids(_("Only a draft is deleted; a planned or returned event can be cancelled."))
    record(actor, "delete", current, before=event_state(current), for_whom=_for_whom(actor, current))
    current.delete()


# --- Review ----------------------------------------------------------------------------------


def _own_submission(actor, event) -> bool:
    return event.submitted_by_id == actor.pk and not event.on_behalf


@transaction.atomic
def accept_event(actor, event, version: int) -> Event:
    """Accept a submitted event that was read as ``version``: from now on it counts as a result."""
    current = _open(actor, event, "events.review_event")
    if current.status == Status.ACCEPTED and current.reviewed_by_id == actor.pk and current.version == version + 1:
        return current
    _refuse_phase(current.campaign)
    if current.version != version:
        raise _changed(current, version)
    if current.status != Status.SUBMITTED:
        raise StateForbids(_("The event is %(status)s, not under review.") % {"status": current.get_status_display()})
    if _own_submission(actor, current):
        raise StateForbids(_("Nobody accepts what they sent themselves: ask a colleague."))
    current.reviewed_by, current.reviewed_at = actor, clock.now()
    return _move(
        actor,
        current,
        Status.ACCEPTED,
        "accept",
        for_whom=_reviewed_for(actor, current),
        also=("reviewed_by", "reviewed_at"),
    )


@transaction.atomic
def accept_events(actor, versions: dict[int, int]) -> BulkResult:
    """Accept many submitted events, read as ``{event id: version}``.

    What is flagged, changed since, not under review, frozen, one's own or not one's to review is skipped and
    named with the reason; the rest is accepted together.
    """
    listed = list(Event.objects.visible_to(actor).filter(pk__in=versions).values_list("school_id", "campaign_id"))
    folders = _lock_folders(set(listed)) if listed else {}
    events = list(Event.objects.visible_to(actor).with_places().filter(pk__in=versions).order_by("pk"))
    result, rows = BulkResult(), []
    moment = clock.now()
    for event in events:
        reason = _reason_to_skip(actor, event, versions[event.pk], folders[event.school_id, event.campaign_id])
        if reason:
            result.skipped.append((event, reason))
            continue
        before = state_of(event)
        event.status = Status.ACCEPTED
        event.version += 1
        event.reviewed_by, event.reviewed_at = actor, moment
        rows.append((event, before, before | {"status": Status.ACCEPTED.value}))
        result.accepted.append(event)
    Event.objects.bulk_update(result.accepted, ["status", "version", "reviewed_by", "reviewed_at"], batch_size=200)
    by_place: dict = {}
    for event, before, after in rows:
        by_place.setdefault(_reviewed_for(actor, event), []).append((event, before, after))
    for place, group in by_place.items():
        record_many(actor, "accept", group, for_whom=place)
    return result


def _reason_to_skip(actor, event, version, folder) -> str:
    if not actor.has_perm("events.review_event", event):
        return _("not yours to review")
    if event.version != version:
        return _("changed since you opened the page")
    if event.status != Status.SUBMITTED:
        return _("no longer under review")
    if event.flagged:
        return _("flagged: look at it and accept it by itself")
    if _own_submission(actor, event):
        return _("sent by yourself")
    if folder.frozen_at:
        return _("frozen by the accepted report")
    if event.campaign.phase not in LOGGING_PHASES:
        return _("the campaign is closed")
    return ""


def _returning(event) -> str:
    return "events.return_accepted_event" if event.status == Status.ACCEPTED else "events.review_event"


@transaction.atomic
def return_event(actor, event, version: int, comment: str) -> Event:
    """Return a submitted event to the school with a comment; the operator returns an accepted one too."""
    current = _open(actor, event, _returning)
    comment = without_controls(comment).strip()
    repeated = current.status == Status.RETURNED and current.version == version + 1 and current.comment == comment
    if repeated and current.reviewed_by_id == actor.pk:
        return current
    _refuse_phase(current.campaign)
    if current.version != version:
        raise _changed(current, version)
    if current.status not in (Status.SUBMITTED, Status.ACCEPTED):
        raise StateForbids(_("The event is %(status)s, not under review.") % {"status": current.get_status_display()})
    if not comment:
        raise ValidationError({"comment": _("Say what to correct: the school sees nothing else.")})
    if len(comment) > 1_000:
        raise ValidationError({"comment": _("At most 1000 characters; this has %(n)d.") % {"n": len(comment)}})
    current.reviewed_by, current.reviewed_at, current.comment = actor, clock.now(), comment
    return _move(
        actor,
        current,
        Status.RETURNED,
        "return",
        comment=comment,
        for_whom=_reviewed_for(actor, current),
        also=("reviewed_by", "reviewed_at", "comment"),
    )
