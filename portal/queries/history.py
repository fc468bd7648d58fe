"""History as people read it: an object's entries, a region's log, in words."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist
from django.db import connection
from django.db.models import Exists, IntegerField, OuterRef, QuerySet, TextField, Value
from django.db.models.functions import Cast, Collate
from django.utils import formats
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from portal.grades import GRADE_FIELDS
from portal.history import is_nameless, personal_fields
from portal.models import History
from portal.registry import history_verbs

_DAY = re.compile(r"^\d{4}-\d\d-\d\d$")
_MOMENT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d")


@dataclass(frozen=True)
class Entry:
    """One line of an object's history, ready for a page.

    ``changes`` are ``(label, before, after)`` in words; nothing stands before where it is not told from what to what.
    """

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
        return str(history_verbs.get(self.verb, self.verb))


def history_of(instance, labels: dict | None = None, since_version: int | None = None) -> list[Entry]:
    """Return the entries of ``instance``, newest first; those after ``since_version`` only, if given.

    ``labels`` maps ids that stand in the changes to words, as ``{field: {value: word}}``.
    """
    kind = ContentType.objects.get_for_model(instance)
    entries = _with_names(History.objects.filter(content_type=kind, object_id=instance.pk))
    if since_version is not None:
        entries = entries.filter(version__gt=since_version)
    return [_read(entry, type(instance), labels or {}) for entry in entries]


NAMED = ("actor", "for_municipality", "for_school", "municipality", "school")
"""Whose names the lines of history say: entries hold their keys."""


def _with_names(entries) -> QuerySet:
    """Return ``entries`` newest first, in a total order, read along with the names that their lines say."""
    columns = [field.attname for field in History._meta.concrete_fields]
    names = [f"{relation}__name" for relation in NAMED]
    return entries.select_related(*NAMED).only(*columns, *names, "actor__email").order_by("-moment", "-pk")


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
    return _with_names(History.objects.filter(region=region))


def kinds_in_history() -> dict[int, ContentType]:
    """Return the kinds of rows that history tells of, by their id."""
    has_entries = Exists(History.objects.filter(content_type=OuterRef("pk")).order_by())
    found = ContentType.objects.filter(has_entries)
    return {kind.pk: kind for kind in found if kind.model_class() is not None}


def lines_of(entries, kinds, with_pages=True) -> list[Line]:
    """Return ``entries`` in words. ``kinds`` are :func:`kinds_in_history`.

    Names that stand in the changes are read in one query; ``with_pages`` takes one more for each kind that has pages
    of its own.
    """
    entries = [entry for entry in entries if entry.content_type_id in kinds]
    models = {pk: kind.model_class() for pk, kind in kinds.items()}
    names = _names_in(entries, models)
    pages = _pages_of(entries, models) if with_pages else {}
    lines = []
    for entry in entries:
        model = models[entry.content_type_id]
        labels = {field: names.get(other, {}) for field, other in _relations_of(model).items()}
        known = pages.get(entry.content_type_id)
        lines.append(
            Line(
                entry=_read(entry, model, labels),
                kind=capfirst(model._meta.verbose_name),
                about=names.get(model, {}).get(entry.object_id, "") if is_nameless(model) else entry.object_repr,
                url=known.get(entry.object_id, "") if known else "",
                is_gone=known is not None and entry.object_id not in known,
                municipality=str(entry.municipality or ""),
                school=str(entry.school or ""),
            )
        )
    return lines


@cache
def _relations_of(model) -> dict:
    """The models that the fields of ``model`` point to, by the field's name."""
    return {field.name: field.related_model for field in model._meta.concrete_fields if field.many_to_one}


def _names_in(entries, models) -> dict:
    """Return the names of all rows that ``entries`` point to, as ``{model: {id: name}}``, read in one query."""
    wanted: dict = {}
    for entry in entries:
        model = models[entry.content_type_id]
        if is_nameless(model):
            wanted.setdefault(model, set()).add(entry.object_id)
        relations = _relations_of(model)
        for field, pair in entry.changes.items():
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
    changes = tuple(
        (label, *_words(name, pair, model, labels))
        for name, pair in sorted(entry.changes.items(), key=lambda item: _place(model, item[0]))
        if (label := _label(model, name)) and (pair[0] or pair[1])
    )
    return Entry(
        when=entry.moment,
        who=str(entry.actor or _("the portal itself")),
        for_whom=str(entry.for_whom or ""),
        verb=entry.verb,
        comment=entry.comment,
        changes=changes,
        version=entry.version,
        actor_id=entry.actor_id,
    )


def _words(name, pair, model, labels) -> tuple[str, str]:
    """Return from what to what, in words; of what is personal, that it was changed."""
    if name in personal_fields(model):
        return "", _("changed")
    return _word(name, pair[0], model, labels), _word(name, pair[1], model, labels)


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
