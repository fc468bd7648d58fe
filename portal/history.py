"""History: who did what, when and for whom, one entry a changed row.

Actions write it themselves, through :func:`record` and :func:`record_many`: signals would miss ``bulk_create`` and
``update``. Each entry says where it belongs (:class:`Belonging`), so that the operator's log of a region is read from
an index.

Models say of themselves what history needs to know: ``HISTORY_PLACE`` names the relations that lead to where a row
belongs, the nearest first; ``HISTORY_PERSONAL`` the fields that hold what is personal; ``HISTORY_LABELS`` what stands
in entries and is no field. Apps register what is done to their rows (:func:`portal.registry.register_verbs`).
"""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import prefetch_related_objects

from portal import clock
from portal.models import History, Municipality, Region, School
from portal.registry import history_verbs

# --- Where a row belongs ---------------------------------------------------------------------


@dataclass(frozen=True)
class Belonging:
    """Where a row belongs: ids of its region, municipality and school, each None where it has none."""

    region: int | None = None
    municipality: int | None = None
    school: int | None = None


OWN_PLACE = {Region: "region", Municipality: "municipality", School: "school"}
"""The places themselves: such a row belongs to itself, too."""


def places_of(rows) -> list[Belonging]:
    """Return the :class:`Belonging` of each of ``rows``, which are of one model.

    Relations that are loaded are not read again; the others take a query each, however many rows there are.
    """
    model = type(rows[0])
    groups: dict = {}
    for row in rows:
        nearest = next((name for name in model.HISTORY_PLACE if getattr(row, f"{name}_id") is not None), None)
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
    if any(field.name == "school" for field in model._meta.concrete_fields):
        # A folder says itself where its school belongs.
        found |= {id(row): replace(found[id(row)], school=row.school_id) for row in rows}
    own = OWN_PLACE.get(model)
    return [replace(found[id(row)], **{own: row.pk}) if own else found[id(row)] for row in rows]


# --- What is personal ------------------------------------------------------------------------

CHANGED = ["…", "*"]
"""What stands in an entry in place of what is personal: it was changed, not from what to what."""


def personal_fields(model) -> set[str]:
    """Return the fields of ``model`` of which history says that they changed and nothing more."""
    return getattr(model, "HISTORY_PERSONAL", set())


def is_nameless(model) -> bool:
    """Whether the very name of such a row is personal: it then stands in history by its key alone."""
    return "name" in personal_fields(model)


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


def changes_between(model, before: dict, after: dict) -> dict:
    """Return ``{field: [from, to]}`` for the fields that differ, :data:`CHANGED` for those that are personal."""
    changes = {
        name: [before.get(name), after.get(name)]
        for name in [*before, *(key for key in after if key not in before)]
        if before.get(name) != after.get(name)
    }
    # Nothing that is filled in later shows as no change, as with any other field.
    return changes | {name: CHANGED for name in personal_fields(model) & changes.keys() if any(changes[name])}


FOR_WHOM = {Municipality: "for_municipality", School: "for_school"}


def entry_of(actor, verb, instance, before, after, comment, for_whom, moment, content_type, place=None) -> History:
    """Return an unsaved entry; :func:`record` and :func:`record_many` write it (the demo dates it itself)."""
    if verb not in history_verbs:
        raise LookupError(f"No app has registered the verb {verb!r}.")
    model = type(instance)
    place = place or places_of([instance])[0]
    # A deleted row keeps what it was; a new one only what it was given.
    after = {} if verb == "delete" else after
    return History(
        moment=moment,
        actor_id=getattr(actor, "pk", None),
        verb=verb,
        content_type=content_type,
        object_id=instance.pk,
        object_repr="" if is_nameless(model) else str(instance)[:500],
        region_id=place.region,
        municipality_id=place.municipality,
        school_id=place.school,
        version=getattr(instance, "version", None),
        changes=changes_between(model, before or {}, after or {}),
        comment=comment,
        **({FOR_WHOM[type(for_whom)]: for_whom} if for_whom else {}),
    )


def record(actor, verb, instance, *, before=None, after=None, comment="", for_whom=None) -> None:
    """Write one history entry, inside the transaction of the change itself.

    ``before`` and ``after`` are what :func:`state_of` returned; ``before`` is None for a new row.
    ``actor`` is None when the portal acts by itself; ``for_whom`` is the school or municipality acted for, if
    another's. ``verb`` is one that an app has registered.
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
    History.objects.bulk_create(entries, batch_size=500)
