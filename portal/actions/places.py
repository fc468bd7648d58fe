"""Places of a region: its lists kept up to date, its schools made, changed, moved, closed, reopened and merged.

A school's change is written with all that follows from it, in one transaction, under the lock of its region.
"""

from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from portal import registry
from portal.errors import Changed
from portal.history import record, record_many, state_of
from portal.models import Municipality, Region, School
from portal.queries.history import history_of


def lock_region(region_id) -> Region:
    """Lock a region: campaigns, schools and enrolment in it change one after another, each first through here."""
    return Region.objects.select_for_update(no_key=True).get(pk=region_id)


@transaction.atomic
def upsert_many(actor, model, keys, rows):
    """Insert or update ``rows`` (unsaved instances of ``model``) by the natural key fields ``keys``.

    Only rows that differ are written, and each leaves a history entry, so repeating is harmless.
    Returns ``(created, updated, unchanged)``.
    """
    rows = list(rows)
    for row in rows:
        if hasattr(row, "fill_derived"):
            row.fill_derived()
    fields = [f.name for f in model._meta.concrete_fields if not f.primary_key and f.name not in keys]
    attnames = [f.attname for f in model._meta.concrete_fields if f.name in keys]
    lookup = {f"{attnames[0]}__in": {getattr(row, attnames[0]) for row in rows}}
    present = {tuple(getattr(row, a) for a in attnames): row for row in model.objects.filter(**lookup)}
    new, changed, unchanged = [], [], 0
    for row in rows:
        old = present.get(tuple(getattr(row, a) for a in attnames))
        if old is None:
            new.append(row)
            continue
        row.pk = old.pk
        before, after = state_of(old), state_of(row)
        if before == after:
            unchanged += 1
        else:
            if hasattr(row, "version"):
                row.version = old.version + 1
            changed.append((row, before, after))
    model.objects.bulk_create(new, batch_size=500)
    if changed:
        model.objects.bulk_update([row for row, _, _ in changed], fields, batch_size=200)
    record_many(actor, "load", [(row, None, state_of(row)) for row in new])
    record_many(actor, "load", changed)
    return len(new), len(changed), unchanged


# --- Schools ----------------------------------------------------------------------------------


def school_errors(stored: School, school: School) -> dict:
    """Return what keeps ``stored`` from becoming ``school``, ``{field: messages}``: its region stands, and the apps
    above may guard more."""
    if school.municipality.region_id != stored.municipality.region_id:
        return {"municipality": [_("A school stays in its region.")]}
    return registry.school_guards.errors(stored, school)


def _lock_school(school: School) -> School | None:
    """Lock the school's region, then the school, and read it anew; None where it is not there yet.

    What points to the school may still be written: who writes that holds its folder, which is waited for here.
    """
    lock_region(school.municipality.region_id)
    rows = School.objects.select_for_update(of=("self",), no_key=True).select_related("municipality__region")
    return rows.filter(pk=school.pk).first() if school.pk else None


@transaction.atomic
def save_school(actor, school: School, *, verb: str = "", comment: str = "", save=None) -> School:
    """Write a new or changed school with its history and all that follows. ``save`` writes it (a form's own method).

    Every way to change a school comes through here; who may, and what was read before, is for the caller to say.
    """
    stored = _lock_school(school)
    before = state_of(stored) if stored else None
    if before == state_of(school):
        return school
    if stored:
        if errors := school_errors(stored, school):
            raise ValidationError(errors)
        school.version = stored.version + 1
    school.fill_derived()
    (save or school.save)()
    verb = verb or ("edit" if stored else "create")
    record(actor, verb, school, before=before, after=state_of(school), comment=comment)
    registry.school_followers.collect(actor, [school])
    return school


def _change_school(actor, school, version: int, verb: str, comment: str = "", **values) -> School:
    """Write ``values`` in a school that was read as ``version``; the same again changes nothing."""
    current = _lock_school(school)
    if not actor.has_perm("portal.edit_schools", current.municipality.region):
        raise PermissionDenied
    holds = all(getattr(current, name) == value for name, value in values.items())
    if holds and current.version in (version, version + 1):
        return current
    if current.version != version:
        raise Changed(current, history_of(current, since_version=version))
    for name, value in values.items():
        setattr(current, name, value)
    current.full_clean()
    return save_school(actor, current, verb=verb, comment=comment)


@transaction.atomic
def create_school(actor, municipality: Municipality, **fields) -> School:
    """Add a school to a municipality; ``fields`` are the school's own: code, names, director, setting, days."""
    if not actor.has_perm("portal.edit_schools", municipality.region):
        raise PermissionDenied
    school = School(municipality=municipality, **fields)
    school.full_clean()
    return save_school(actor, school, verb="create")


@transaction.atomic
def move_school(actor, school, version: int, municipality: Municipality) -> School:
    """Let a school that was read as ``version`` belong to another municipality of its region from now on. Campaigns
    that are closed keep where it was."""
    return _change_school(actor, school, version, "move", municipality=municipality)


@transaction.atomic
def close_school(actor, school, version: int, day: date) -> School:
    """Close a school from ``day`` on: the first on which it does not work."""
    return _change_school(actor, school, version, "close", closed_on=day)


@transaction.atomic
def reopen_school(actor, school, version: int) -> School:
    """Let a closed school work again, as if it had not been closed."""
    return _change_school(actor, school, version, "reopen", closed_on=None)


@transaction.atomic
def merge_school(actor, school, version: int, into: School, day: date) -> School:
    """Close a school from ``day`` on because it went up in ``into``, another of its region that works on that day. What
    it did stays its own."""
    if into.pk == school.pk or into.municipality.region_id != school.municipality.region_id:
        raise ValidationError({"into": _("Name another school of the same region.")})
    if not into.is_open_on(day):
        raise ValidationError({"into": _("%(school)s does not work on that day.") % {"school": into}})
    comment = _("Into %(school)s.") % {"school": into}
    return _change_school(actor, school, version, "merge", comment, closed_on=day)
