"""What is done to people and places: loading a region, keeping its lists, passwords.

Each function is one transaction that changes rows and records history.
"""

from django.db import transaction

from portal import clock
from portal.history import record, record_many, state_of
from portal.models import User


@transaction.atomic
def save_by_staff(actor, instance, save):
    """Save ``instance`` of people and places from the admin's form and record what changed.

    ``save`` writes it (the admin's own method); technical staff add users, memberships and schools so.
    """
    before = None
    if instance.pk:
        before = state_of(type(instance).objects.select_for_update().get(pk=instance.pk))
    if hasattr(instance, "fill_derived"):
        instance.fill_derived()
    save()
    record(actor, "edit" if before else "create", instance, before=before, after=state_of(instance))


@transaction.atomic
def end_membership(actor, membership):
    """End a membership now. Ending an ended one changes nothing."""
    membership = type(membership).objects.select_for_update().get(pk=membership.pk)
    if membership.ended_at and membership.ended_at <= clock.now():
        return membership
    before = state_of(membership)
    membership.ended_at = max(clock.now(), membership.started_at)
    membership.save(update_fields=["ended_at"])
    record(actor, "end", membership, before=before, after=state_of(membership))
    return membership


@transaction.atomic
def upsert_many(actor, model, keys, rows):
    """Insert or update ``rows`` (unsaved instances of ``model``) by the natural key fields ``keys``.

    Only rows that differ are written, and each leaves a history entry, so repeating is harmless.
    Returns ``(created, updated, unchanged)``.
    """
    rows = list(rows)
    fields = [f.name for f in model._meta.concrete_fields if not f.primary_key and f.name not in keys]
    attnames = [f.attname for f in model._meta.concrete_fields if f.name in keys]
    lookup = {f"{attnames[0]}__in": {getattr(row, attnames[0]) for row in rows}}
    present = {tuple(getattr(row, a) for a in attnames): row for row in model.objects.filter(**lookup)}
    new, changed, unchanged = [], [], 0
    for row in rows:
        if hasattr(row, "fill_derived"):
            row.fill_derived()
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


@transaction.atomic
def set_password(user: User, password: str) -> None:
    """Give ``user`` a new password (allauth's forms call this) and say so in history, without it."""
    user.set_password(password)
    user.save()
    record(user, "edit", user, before={"password": "…"}, after={"password": "*"})
