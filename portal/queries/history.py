"""History: who did what, when and for whom, one entry a changed row.

The entries are django-auditlog's ``LogEntry``. Actions write them themselves, through :func:`record`
and :func:`record_many`: signals would miss ``bulk_create`` and ``update``. Each entry says where it belongs
(:class:`Place`), so that the operator's log of a region is read from an index.
"""

import json
import re
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cache

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import (
    Exists,
    IntegerField,
    OuterRef,
    QuerySet,
    TextField,
    Value,
    prefetch_related_objects,
)
from django.db.models.functions import Cast, Collate
from django.utils import formats
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import clock
from portal.grades import GRADE_FIELDS
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
class Place:
    """Where a row belongs: ids of its region, municipality and school, each None where it has none."""

    region: int | None = None
    municipality: int | None = None
    school: int | None = None


BELONGS_BY = ("school", "municipality", "region", "campaign", "format", "report", "event")
"""Relations that say where a row belongs, the nearest first. A person belongs nowhere; their memberships do."""

OWN_PLACE = {Region: "region", Municipality: "municipality", School: "school"}


def places_of(rows) -> list[Place]:
    """Return the :class:`Place` of each of ``rows``, which are of one model.

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
            found |= {id(row): Place() for row in group}
        elif name == "region":
            found |= {id(row): Place(row.region_id) for row in group}
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


# --- Reading ---------------------------------------------------------------------------------

_DAY = re.compile(r"^\d{4}-\d\d-\d\d$")
_MOMENT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d")


@dataclass(frozen=True)
class Entry:
    """One line of an object's history, ready for a page."""

    when: datetime
    who: str
    for_whom: str
    verb: str
    comment: str
    changes: tuple
    version: int | None
    actor_id: int | None

    @property
    def verb_label(self) -> str:
        return str(VERBS.get(self.verb, self.verb))


def history_of(instance, labels: dict | None = None, since_version: int | None = None) -> list[Entry]:
    """Return the entries of ``instance``, newest first; those after ``since_version`` only, if given.

    ``labels`` maps ids that stand in the changes to words, as ``{field: {value: word}}``.
    """
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(instance), object_id=instance.pk
    ).order_by("-timestamp", "-pk")
    found = [_read(entry, type(instance), labels or {}) for entry in entries]
    if since_version is not None:
        found = [entry for entry in found if entry.version is not None and entry.version > since_version]
    return found


@dataclass(frozen=True)
class Line:
    """One line of a region's log: an entry, what it is about, and where that belongs."""

    entry: Entry
    kind: str
    about: str
    url: str
    is_gone: bool
    municipality: str
    school: str


def log_of(region) -> QuerySet:
    """Return the entries that belong to ``region``, newest first, in a total order."""
    entries = LogEntry.objects.filter(additional_data__region=region.pk).order_by("-timestamp", "-pk")
    return entries.only(
        "timestamp", "actor_id", "content_type_id", "object_id", "object_repr", "changes", "additional_data"
    )


def kinds_in_history() -> dict[int, ContentType]:
    """Return the kinds of rows that history tells of, by their id."""
    told = Exists(LogEntry.objects.filter(content_type=OuterRef("pk")).order_by())
    found = ContentType.objects.filter(told)
    return {kind.pk: kind for kind in found if kind.model_class() is not None}


def lines_of(entries, kinds, with_pages=True) -> list[Line]:
    """Return ``entries`` in words. ``kinds`` are :func:`kinds_in_history`.

    Names are read in one query; ``with_pages`` takes one more for each kind that has pages of its own.
    """
    entries = [entry for entry in entries if entry.content_type_id in kinds]
    models = {pk: kind.model_class() for pk, kind in kinds.items()}
    names = _names_in(entries, models)
    pages = _pages_of(entries, models) if with_pages else {}
    lines = []
    for entry in entries:
        model, data = models[entry.content_type_id], entry.additional_data
        labels = {field: names.get(other, {}) for field, other in _relations_of(model).items()}
        known = pages.get(entry.content_type_id)
        lines.append(
            Line(
                entry=_read(entry, model, labels),
                kind=capfirst(model._meta.verbose_name),
                about=entry.object_repr,
                url=known.get(entry.object_id, "") if known else "",
                is_gone=known is not None and entry.object_id not in known,
                municipality=names.get(Municipality, {}).get(data.get("municipality"), ""),
                school=names.get(School, {}).get(data.get("school"), ""),
            )
        )
    return lines


@cache
def _relations_of(model) -> dict:
    """The models that the fields of ``model`` point to, by the field's name."""
    return {field.name: field.related_model for field in model._meta.concrete_fields if field.many_to_one}


def _names_in(entries, models) -> dict:
    """Return the names of all rows that ``entries`` point to, as ``{model: {id: name}}``, read in one query."""
    wanted: dict = {Municipality: set(), School: set()}
    for entry in entries:
        for place, model in (("municipality", Municipality), ("school", School)):
            wanted[model].add(entry.additional_data.get(place))
        relations = _relations_of(models[entry.content_type_id])
        for field, pair in (entry.changes or {}).items():
            if field in relations:
                wanted.setdefault(relations[field], set()).update(pair)
    numbered, parts = list(wanted), []
    for number, model in enumerate(numbered):
        name = next((field for field in ("name", "title") if field in _fields_of(model)), None)
        ids = {pk for pk in wanted[model] if isinstance(pk, int)}
        if name and ids:
            rows = model._base_manager.filter(pk__in=ids).order_by()
            # A name sorts by its own collation, and a union may have but one.
            words = Collate(Cast(name, TextField()), _PLAIN[connection.vendor])
            parts.append(rows.values_list(Value(number, IntegerField()), "pk", words))
    names: dict = {model: {} for model in numbered}
    if parts:
        for number, pk, name in parts[0].union(*parts[1:], all=True) if parts[1:] else parts[0]:
            names[numbered[number]][pk] = name
    return names


_PLAIN = {"postgresql": "C", "sqlite": "BINARY"}


def _fields_of(model) -> set[str]:
    return {field.name for field in model._meta.concrete_fields}


def _pages_of(entries, models) -> dict:
    """Return the addresses of the rows that still exist, as ``{kind: {row id: address}}``, of kinds that have pages."""
    wanted: dict = {}
    for entry in entries:
        if hasattr(models[entry.content_type_id], "get_absolute_url"):
            wanted.setdefault(entry.content_type_id, set()).add(entry.object_id)
    pages = {}
    for kind, ids in wanted.items():
        model = models[kind]
        parts = [name for name in ADDRESS_PARTS if name.split("__")[0] in _fields_of(model)]
        related = [name.split("__")[0] for name in parts if "__" in name]
        rows = model._default_manager.filter(pk__in=ids).order_by().select_related(*related).only("pk", *parts)
        pages[kind] = {row.pk: row.get_absolute_url() for row in rows}
    return pages


ADDRESS_PARTS = ("slug", "school", "campaign__slug", "municipality__slug")
"""What addresses are made of beside ids: whole rows (a summary's tables) would be read for a link."""


def _read(entry, model, labels) -> Entry:
    data = entry.additional_data or {}
    changes = tuple(
        (label, _word(name, pair[0], model, labels), _word(name, pair[1], model, labels))
        for name, pair in sorted((entry.changes or {}).items(), key=lambda item: _place(model, item[0]))
        if (label := _label(model, name)) and (pair[0] or pair[1])
    )
    return Entry(
        when=entry.timestamp,
        who=data.get("who") or _("the portal itself"),
        for_whom=data.get("for_whom", ""),
        verb=data.get("verb", ""),
        comment=data.get("comment", ""),
        changes=changes,
        version=data.get("version"),
        actor_id=entry.actor_id,
    )


def _place(model, name: str) -> tuple:
    """Where a field stands among the changes: the model's order, grades after the rest (PostgreSQL keeps none)."""
    names = [field.name for field in model._meta.concrete_fields]
    return (name in GRADE_FIELDS, names.index(name) if name in names else len(names), name)


def _label(model, name: str) -> str:
    if name in (labels := getattr(model, "HISTORY_LABELS", {})):
        return str(labels[name])
    try:
        return str(model._meta.get_field(name).verbose_name)
    except FieldDoesNotExist:
        return name


def _word(name, value, model, labels) -> str:
    if value in (None, "", []):
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return "; ".join(map(str, value))
    if value in labels.get(name, {}):
        return str(labels[name][value])
    if isinstance(value, str) and _MOMENT.match(value):
        return formats.date_format(localtime(datetime.fromisoformat(value)), "d.m.Y H:i")
    if isinstance(value, str) and _DAY.match(value):
        return f"{datetime.fromisoformat(value):%d.%m.%Y}"
    choices = next((field.choices for field in model._meta.concrete_fields if field.name == name), None)
    return str(dict(choices or {}).get(value, value))
