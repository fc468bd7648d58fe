"""History: who did what, when and for whom, one entry a changed row.

The entries are django-auditlog's ``LogEntry``. Actions write them themselves, through :func:`record`
and :func:`record_many`: signals would miss ``bulk_create`` and ``update``.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import formats
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import clock
from portal.grades import GRADE_FIELDS

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
}
"""What people do, as history tells it."""


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


def entry_of(actor, verb, instance, before, after, comment, for_whom, moment, content_type) -> LogEntry:
    """Return an unsaved entry; :func:`record` and :func:`record_many` write it (the demo dates it itself)."""
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
    LogEntry.objects.bulk_create(
        [entry_of(actor, verb, *row, comment, for_whom, moment, content_type) for row in rows], batch_size=500
    )


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
