"""Campaigns: made, changed and published by the operator."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.actions.folders import lock_folders_of, write_folders
from campaigns.actions.region import free_slug, lock_region
from campaigns.models import Campaign, CampaignFormat, Goal
from campaigns.phases import Phase
from portal import clock, registry
from portal.errors import Changed, StateForbids
from portal.history import record, record_many, state_of
from portal.queries.history import history_of
from portal.rules import require

CAMPAIGN_FIELDS = ("name", "season", *Campaign.DATE_FIELDS, "grade_from", "grade_to", "description", "previous")


def _refuse_overlap(campaign) -> None:
    other = (
        Campaign.objects.filter(
            region_id=campaign.region_id,
            season=campaign.season,
            starts_on__lte=campaign.ends_on,
            ends_on__gte=campaign.starts_on,
        )
        .exclude(pk=campaign.pk)
        .first()
    )
    if other:
        message = _("This window overlaps that of “%(name)s” (%(first)s – %(last)s), a campaign of the same season.")
        values = {"name": other.name, "first": f"{other.starts_on:%d.%m.%Y}", "last": f"{other.ends_on:%d.%m.%Y}"}
        raise ValidationError({"starts_on": ValidationError(message, code="overlap", params=values)})


def _refuse_comparison(campaign) -> None:
    previous = campaign.previous
    if previous is not None and (previous.region_id != campaign.region_id or previous.pk == campaign.pk):
        raise ValidationError({"previous": _("Compare with another campaign of your own region.")})


def campaign_state(campaign) -> dict:
    """Return what history compares of a campaign: its fields, formats and goals."""
    return state_of(
        campaign,
        {
            "formats": sorted(campaign.formats.values_list("name", flat=True)),
            "goals": sorted(f"{goal} ({goal.ground})" for goal in campaign.goals.all()),
        },
    )


def _write_offers(campaign, formats) -> None:
    present = {offer.format_id: offer for offer in campaign.offers.all()}
    wanted = {format_.pk for format_ in formats}
    if any(format_.region_id != campaign.region_id for format_ in formats):
        raise ValidationError({"formats": _("Offer formats of your own region.")})
    gone = [present[pk] for pk in present.keys() - wanted]
    if gone and campaign.published_at:
        raise ValidationError(
            {"formats": _("A format that a published campaign offers stays: schools may have used it already.")}
        )
    CampaignFormat.objects.filter(pk__in=[offer.pk for offer in gone]).delete()
    CampaignFormat.objects.bulk_create(
        [CampaignFormat(campaign=campaign, format=format_) for format_ in formats if format_.pk not in present]
    )


def _write_goals(actor, campaign, goals) -> None:
    """Have the campaign aim at exactly ``goals``: known figures are changed, new ones added, the others taken away."""
    present = {goal.measure: goal for goal in campaign.goals.all()}
    if len({goal["measure"] for goal in goals}) < len(goals):
        raise ValidationError({"__all__": _("Each figure has one goal.")})
    new, changed = [], []
    for values in goals:
        row = present.pop(values["measure"], None) or Goal(campaign=campaign)
        before = state_of(row) if row.pk else None
        for name, value in values.items():
            setattr(row, name, value)
        row.full_clean(exclude=["campaign"], validate_unique=False)
        after = state_of(row)
        if before is None:
            new.append((row, None, after))
        elif after != before:
            changed.append((row, before, after))
    record_many(actor, "delete", [(row, state_of(row), None) for row in present.values()])
    Goal.objects.filter(pk__in=[row.pk for row in present.values()]).delete()
    Goal.objects.bulk_create([row for row, _before, _after in new])
    Goal.objects.bulk_update([row for row, _before, _after in changed], ["target", "ground"])
    record_many(actor, "create", new)
    record_many(actor, "edit", changed)


@transaction.atomic
def create_campaign(actor, region, *, formats=(), goals=(), **fields) -> Campaign:
    """Create a draft; ``fields`` are :data:`CAMPAIGN_FIELDS`, ``goals`` dicts of measure, target, ground."""
    region = lock_region(region.pk)
    require(actor, "campaigns.create_campaign", region)
    campaign = Campaign(region=region, **fields)
    campaign.fill_derived()
    campaign.slug = free_slug(Campaign, f"{campaign.season}-{campaign.starts_on.year}")
    campaign.full_clean()
    _refuse_comparison(campaign)
    _refuse_overlap(campaign)
    campaign.save()
    _write_offers(campaign, formats)
    _write_goals(actor, campaign, goals)
    record(actor, "create", campaign, after=campaign_state(campaign))
    return campaign


@transaction.atomic
def edit_campaign(actor, campaign, version, *, formats, goals, **fields) -> Campaign:
    """Change a campaign that was read as ``version``. Once published, its window and grades only widen."""
    lock_region(campaign.region_id)
    current = Campaign.objects.select_related("region").select_for_update(of=("self",), no_key=True).get(pk=campaign.pk)
    require(actor, "campaigns.edit_campaign", current)
    if current.phase == Phase.CLOSED:
        raise StateForbids(_("The campaign is closed: its results stand, and its dates with them."))
    # What is being sent by its dates and grades of before is sent before the guards look.
    lock_folders_of([current])
    before = campaign_state(current)
    if current.version != version:
        raise Changed(current, history_of(current, since_version=version))
    was = {name: getattr(current, name) for name in WIDENING}
    for name, value in fields.items():
        setattr(current, name, value)
    current.fill_derived()
    if current.published_at:
        refuse_narrowing(current, was)
    current.full_clean()
    refuse_guarded(current)
    _refuse_comparison(current)
    _refuse_overlap(current)
    _write_offers(current, formats)
    _write_goals(actor, current, goals)
    after = campaign_state(current)
    if after != before:
        current.version += 1
        current.save()
        record(actor, "edit", current, before=before, after=after)
        if current.published_at:
            write_folders(actor, [current])
    return current


WIDENING = ("starts_on", "ends_on", "grade_from", "grade_to")
"""What only widens once it is published."""


def refuse_narrowing(row, was) -> None:
    errors = {}
    for name, narrower in (
        ("starts_on", lambda new, old: new > old),
        ("ends_on", lambda new, old: new < old),
        ("grade_from", lambda new, old: new > old),
        ("grade_to", lambda new, old: new < old),
    ):
        if name in was and narrower(getattr(row, name), was[name]):
            old = was[name]
            values = {"old": f"{old:%d.%m.%Y}" if hasattr(old, "year") else old}
            message = _("Already published as %(old)s: this can only widen, so that no event falls out.")
            errors[name] = ValidationError(message, code="narrower", params=values)
    if errors:
        raise ValidationError(errors)


def refuse_guarded(campaign) -> None:
    """Refuse what the apps above forbid to change in a stored campaign, by field."""
    stored = Campaign.objects.filter(pk=campaign.pk).first()
    if stored and (errors := registry.campaign_guards.errors(stored, campaign)):
        raise ValidationError(errors)


@transaction.atomic
def publish_campaign(actor, campaign) -> Campaign:
    """Show a draft to its region; from then on its phase follows the dates, and every school of the region has its
    folder. Twice changes nothing."""
    lock_region(campaign.region_id)
    current = Campaign.objects.select_related("region").select_for_update(of=("self",), no_key=True).get(pk=campaign.pk)
    require(actor, "campaigns.publish_campaign", current)
    if current.published_at:
        return current
    if not current.offers.exists():
        raise StateForbids(_("The campaign offers no format yet: choose at least one before publishing."))
    if current.closes_on < clock.local_today(current.region):
        raise StateForbids(_("The campaign would be closed on the day it is published: check its dates."))
    before = {"published_at": None}
    current.published_at = clock.now()
    current.version += 1
    current.save(update_fields=["published_at", "version"])
    record(actor, "publish", current, before=before, after={"published_at": current.published_at.isoformat()})
    write_folders(actor, [current])
    return current
