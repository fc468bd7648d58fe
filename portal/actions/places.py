"""Lists of a region kept up to date: rows made, changed or left as they are."""

from django.db import transaction

from portal.history import record_many, state_of


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
