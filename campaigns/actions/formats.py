"""Formats of the catalogue: made and changed by the operator."""

from copy import copy
from itertools import count

from django.core.exceptions import ValidationError
from django.db import transaction

from campaigns.actions.campaigns import refuse_narrowing
from campaigns.actions.region import free_slug, lock_region
from campaigns.models import Format, FormatIndicator
from portal import clock, registry
from portal.errors import Changed
from portal.history import record, state_of
from portal.queries.history import history_of
from portal.rules import require

FORMAT_FIELDS = (
    "name",
    "level",
    "kind",
    "organiser",
    "grade_from",
    "grade_to",
    "delivery",
    "link",
    "description",
)


def format_state(format_) -> dict:
    """Return what history compares of a format: its fields and the indicators it asks for."""
    asked = format_.indicators.filter(retired_at=None)
    return state_of(format_, {"indicators": [indicator.name for indicator in asked]})


def _write_indicators(format_, names) -> None:
    """Ask for exactly the indicators ``names``: new ones are added, missing ones retired, known ones revived."""
    known = {indicator.name: indicator for indicator in format_.indicators.all()}
    taken = {indicator.code for indicator in known.values()}
    free_codes = (code for number in count(1) if (code := f"n{number}") not in taken)
    for name in names:
        if name not in known:
            FormatIndicator.objects.create(format=format_, code=next(free_codes), name=name)
        elif known[name].retired_at:
            known[name].retired_at = None
            known[name].save(update_fields=["retired_at"])
    for name, indicator in known.items():
        if name not in names and indicator.retired_at is None:
            indicator.retired_at = clock.now()
            indicator.save(update_fields=["retired_at"])


def refuse_unfit_format(wanted, stored) -> None:
    """Refuse, by field, what must not become of a stored format: once a published campaign offers it, its grades only
    widen, and the apps above forbid more."""
    if stored.offers.filter(campaign__published_at__isnull=False).exists():
        refuse_narrowing(wanted, {"grade_from": stored.grade_from, "grade_to": stored.grade_to})
    if errors := registry.format_guards.errors(stored, wanted):
        raise ValidationError(errors)


@transaction.atomic
def create_format(actor, region, *, indicators=(), **fields) -> Format:
    """Add a format to the region's catalogue; ``indicators`` are the names of the numbers it asks for."""
    region = lock_region(region.pk)
    require(actor, "campaigns.create_format", region)
    format_ = Format(region=region, **fields)
    format_.slug = free_slug(Format, f"{region.slug}-format")
    format_.full_clean()
    format_.save()
    _write_indicators(format_, list(dict.fromkeys(indicators)))
    record(actor, "create", format_, after=format_state(format_))
    return format_


@transaction.atomic
def edit_format(actor, format_, version, *, indicators, **fields) -> Format:
    """Change a format that was read as ``version``. Once a published campaign offers it, its grades only widen;
    once events have it, they keep what they were held as."""
    lock_region(format_.region_id)
    current = Format.objects.select_for_update(no_key=True).get(pk=format_.pk)
    require(actor, "campaigns.edit_format", current)
    before = format_state(current)
    if current.version != version:
        raise Changed(current, history_of(current, since_version=version))
    stored = copy(current)
    for name, value in fields.items():
        setattr(current, name, value)
    current.full_clean()
    refuse_unfit_format(current, stored)
    _write_indicators(current, list(dict.fromkeys(indicators)))
    after = format_state(current)
    if after != before:
        current.version += 1
        current.save()
        record(actor, "edit", current, before=before, after=after)
    return current
