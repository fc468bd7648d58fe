"""History: who did what, when and for whom, one entry a changed row.

The entries are django-auditlog's ``LogEntry``. Actions write them themselves, through :func:`record`
and :func:`record_many`: signals would miss ``bulk_create`` and ``update``. Each entry says where it belongs
(:class:`Belonging`), so that the operator's log of a region is read from an index.
"""

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy

from portal import clock
from portal.models import Municipality, Region, School

VERBS = {
    "create": gettext_lazy("created"),
    "edit": gettext_lazy("changed"),
    "delete": gettext_lazy("deleted"),
    "load": gettext_lazy("loaded from the region pack"),
    "plan": gettext_lazy("planned"),
    "draft": gettext_lazy("saved a draft"),
    "submit": gettext_lazy("sent for review"),
    "accept": gettext_lazy("accepted"),
    "return": gettext_lazy("returned"),
    "cancel": gettext_lazy("cancelled"),
    "publish": gettext_lazy("published"),
    "build": gettext_lazy("asked for a summary"),
    "end": gettext_lazy("ended"),
    "upload": gettext_lazy("uploaded"),
    "freeze": gettext_lazy("frozen with the accepted report"),
    "thaw": gettext_lazy("thawed"),
    "reopen": gettext_lazy("reopened"),
    "ask": gettext_lazy("asked for"),
    "grant": gettext_lazy("granted"),
    "decline": gettext_lazy("declined"),
    "withdraw": gettext_lazy("withdrawn"),
    "attend": gettext_lazy("added its attendance"),
    "write": gettext_lazy("wrote"),
    "retire": gettext_lazy("asked no more"),
}
"""What people do, as history tells it."""


# --- Where a row belongs ---------------------------------------------------------------------


@dataclass(frozen=True)
class Belonging:
    """Where a row belongs: ids of its region, municipality and school, each None where it has none."""

    region: int | None = None
    municipality: int | None = None
    school: int | None = None


BELONGS_BY = ("school", "municipality", "region", "campaign", "format", "report", "event")
"""Relations that say where a row belongs, the nearest first. A person belongs nowhere; their memberships do."""

OWN_PLACE = {Region: "region", Municipality: "municipality", School: "school"}


def places_of(rows) -> list[Belonging]:
    """Return the :class:`Belonging` of each of ``rows``, which are of one model.

    Relations that are loaded are not read again; the others take a query each, however many rows there are.
    """
    model = type(rows[0])
    relations = [name for name in BELONGS_BY if _is_relation(model, name)]
    groups: dict = {}
    for row in rows:
        nearest = next((name for name in relations if getattr(row, f"{name}_id") is not None), None)
        groups.setdefault(nearest, []).append(row)
    found = {}
    for name, group in groups.items():
        if name is None:
            found |= {id(row): Belonging() for row in group}
        elif name == "region":
            found |= {id(row): Belonging(row.region_id) for row in group}
        else:
            prefetch_related_objects(group, name)
            owners = {getattr(row, f"{name}_id"): getattr(row, name) for row in group}
            places = dict(zip(owners, places_of(list(owners.values())), strict=True))
            found |= {id(row): places[getattr(row, f"{name}_id")] for row in group}
    own = OWN_PLACE.get(model)
    return [replace(found[id(row)], **{own: row.pk}) if own else found[id(row)] for row in rows]


def _is_relation(model, name: str) -> bool:
    return any(field.name == name and field.many_to_one for field in model._meta.concrete_fields)


# --- Writing ---------------------------------------------------------------------------------


def state_of(instance, extra: dict | None = None) -> dict:
    """Return the fields of ``instance`` as history compares them: ``{field: text or number or None}``.

    Derived columns (not editable ones) are left out; ``extra`` adds what stands in other tables.
    """
    state = {
        field.name: _in_utc(field.value_from_object(instance))
        for field in instance._meta.concrete_fields
        if field.editable and not field.primary_key and field.name not in ("password", "last_login")
    }
    if extra:
        state |= extra
    return json.loads(json.dumps(state, cls=DjangoJSONEncoder))


def _in_utc(value):
    """Write a moment in one time zone, so that the same moment never looks like a change."""
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def changes_between(before: dict, after: dict) -> dict:
    """Return ``{field: [from, to]}`` for the fields that differ."""
    return {
        name: [before.get(name), after.get(name)]
        for name in [*before, *(key for key in after if key not in before)]
        if before.get(name) != after.get(name)
    }


def entry_of(actor, verb, instance, before, after, comment, for_whom, moment, content_type, place=None) -> LogEntry:
    """Return an unsaved entry; :func:`record` and :func:`record_many` write it (the demo dates it itself)."""
    place = place or places_of([instance])[0]
    action = {"create": LogEntry.Action.CREATE, "delete": LogEntry.Action.DELETE}.get(verb, LogEntry.Action.UPDATE)
    if before is None:
        action = LogEntry.Action.CREATE
    # A deleted row keeps what it was; a new one only what it was given.
    after = {} if verb == "delete" else after
    return LogEntry(
        content_type=content_type,
        object_pk=str(instance.pk),
        object_id=instance.pk,
        object_repr=str(instance)[:500],
        action=action,
        changes=changes_between(before or {}, after or {}),
        actor=actor if actor is not None and actor.pk else None,
        actor_email=getattr(actor, "email", None),
        additional_data={
            "verb": verb,
            "who": str(actor) if actor else "",
            "for_whom": str(for_whom) if for_whom else "",
            "comment": comment,
            "version": getattr(instance, "version", None),
            **asdict(place),
        },
        timestamp=moment,
    )


def record(actor, verb, instance, *, before=None, after=None, comment="", for_whom=None) -> None:
    """Write one history entry, inside the transaction of the change itself.

    ``before`` and ``after`` are what :func:`state_of` returned; ``before`` is None for a new row.
    ``actor`` is None when the portal acts by itself; ``for_whom`` is the place acted for, if another's.
    """
    record_many(actor, verb, [(instance, before, after)], comment=comment, for_whom=for_whom)


def record_many(actor, verb, rows, *, comment="", for_whom=None) -> None:
    """Write an entry for each ``(instance, before, after)`` of ``rows``, in one statement."""
    rows = list(rows)
    if not rows:
        return
    content_type = ContentType.objects.get_for_model(rows[0][0])
    moment = clock.now()
    places = places_of([row[0] for row in rows])
    entries = [
        entry_of(actor, verb, *row, comment, for_whom, moment, content_type, place)
        for row, place in zip(rows, places, strict=True)
    ]
    LogEntry.objects.bulk_create(entries, batch_size=500)
