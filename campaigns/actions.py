"""What the operator does with campaigns and formats.

Every function is one transaction that locks the region (so that no two campaigns slip in beside each
other), checks the rule and the version, writes, and records history. They raise ``PermissionDenied``,
``ValidationError`` with messages by field, ``StateForbids`` and ``Changed``.
"""

from itertools import count

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from campaigns.models import Campaign, CampaignFormat, Format, FormatIndicator, Goal
from campaigns.phases import Phase
from portal import clock
from portal.actions import upsert_many
from portal.errors import Changed, StateForbids
from portal.history import history_of, record, record_many, state_of
from portal.models import Enrolment, Membership, Municipality, Region, School, User

CAMPAIGN_FIELDS = ("name", "season", *Campaign.DATE_FIELDS, "grade_from", "grade_to", "description", "previous")
PLACES = ("region", "municipality", "school")
PLACE_OF_ROLE = {"department": "region", "operator": "region", "municipal": "municipality", "school": "school"}
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


def _lock_region(region_id) -> Region:
    return Region.objects.select_for_update().get(pk=region_id)


def _require(actor, permission, subject) -> None:
    if not actor.has_perm(permission, subject):
        raise PermissionDenied


def _free_slug(model, wanted: str) -> str:
    wanted = slugify(wanted)[:70] or "entry"
    taken = set(model.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    number, slug = 1, wanted
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    return slug


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
            "goals": sorted(str(goal) for goal in campaign.goals.all()),
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


def _write_goals(campaign, goals) -> None:
    campaign.goals.all().delete()
    rows = [Goal(campaign=campaign, **goal) for goal in goals]
    for row in rows:
        row.full_clean(exclude=["campaign"], validate_unique=False)
    if len({row.measure for row in rows}) < len(rows):
        raise ValidationError({"__all__": _("Each figure has one goal.")})
    Goal.objects.bulk_create(rows)


@transaction.atomic
def create_campaign(actor, region, *, formats=(), goals=(), **fields) -> Campaign:
    """Create a draft; ``fields`` are :data:`CAMPAIGN_FIELDS`, ``goals`` dicts of measure, target, ground."""
    region = _lock_region(region.pk)
    _require(actor, "campaigns.create_campaign", region)
    campaign = Campaign(region=region, **fields)
    campaign.fill_derived()
    campaign.slug = _free_slug(Campaign, f"{campaign.season}-{campaign.starts_on.year}")
    campaign.full_clean()
    _refuse_comparison(campaign)
    _refuse_overlap(campaign)
    campaign.save()
    _write_offers(campaign, formats)
    _write_goals(campaign, goals)
    record(actor, "create", campaign, after=campaign_state(campaign))
    return campaign


@transaction.atomic
def edit_campaign(actor, campaign, version, *, formats, goals, **fields) -> Campaign:
    """Change a campaign that was read as ``version``. Once published, its window and grades only widen."""
    _lock_region(campaign.region_id)
    current = Campaign.objects.select_related("region").select_for_update(of=("self",)).get(pk=campaign.pk)
    _require(actor, "campaigns.edit_campaign", current)
    if current.phase == Phase.CLOSED:
        raise StateForbids(_("The campaign is closed: its results stand, and its dates with them."))
    before = campaign_state(current)
    if current.version != version:
        raise Changed(current, history_of(current, since_version=version))
    was = {name: getattr(current, name) for name in WIDENING}
    for name, value in fields.items():
        setattr(current, name, value)
    current.fill_derived()
    if current.published_at:
        _refuse_narrowing(current, was)
    current.full_clean()
    _refuse_comparison(current)
    _refuse_overlap(current)
    _write_offers(current, formats)
    _write_goals(current, goals)
    after = campaign_state(current)
    if after != before:
        current.version += 1
        current.save()
        record(actor, "edit", current, before=before, after=after)
    return current


WIDENING = ("starts_on", "ends_on", "grade_from", "grade_to")
"""What only widens once it is published."""


def _refuse_narrowing(row, was) -> None:
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


@transaction.atomic
def publish_campaign(actor, campaign) -> Campaign:
    """Show a draft to its region; from then on its phase follows the dates. Twice changes nothing."""
    _lock_region(campaign.region_id)
    current = Campaign.objects.select_related("region").select_for_update(of=("self",)).get(pk=campaign.pk)
    _require(actor, "campaigns.publish_campaign", current)
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
    return current


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


@transaction.atomic
def create_format(actor, region, *, indicators=(), **fields) -> Format:
    """Add a format to the region's catalogue; ``indicators`` are the names of the numbers it asks for."""
    region = _lock_region(region.pk)
    _require(actor, "campaigns.create_format", region)
    format_ = Format(region=region, **fields)
    format_.slug = _free_slug(Format, f"{region.slug}-format")
    format_.full_clean()
    format_.save()
    _write_indicators(format_, list(dict.fromkeys(indicators)))
    record(actor, "create", format_, after=format_state(format_))
    return format_


@transaction.atomic
def edit_format(actor, format_, version, *, indicators, **fields) -> Format:
    """Change a format that was read as ``version``. Once a published campaign offers it, its grades only widen."""
    _lock_region(format_.region_id)
    current = Format.objects.select_for_update().get(pk=format_.pk)
    _require(actor, "campaigns.edit_format", current)
    before = format_state(current)
    if current.version != version:
        raise Changed(current, history_of(current, since_version=version))
    was = {"grade_from": current.grade_from, "grade_to": current.grade_to}
    for name, value in fields.items():
        setattr(current, name, value)
    if current.offers.filter(campaign__published_at__isnull=False).exists():
        _refuse_narrowing(current, was)
    current.full_clean()
    _write_indicators(current, list(dict.fromkeys(indicators)))
    after = format_state(current)
    if after != before:
        current.version += 1
        current.save()
        record(actor, "edit", current, before=before, after=after)
    return current


@transaction.atomic
def load_pack(actor, pack) -> dict:
    """Write a checked region pack (:class:`campaigns.region_pack.Pack`); again, and nothing doubles.

    Returns ``{table: (created, updated, unchanged)}``.
    """
    counts = {"region": upsert_many(actor, Region, ["slug"], [pack.region])}
    region = _lock_region(Region.objects.get(slug=pack.region.slug).pk)
    for row in (*pack.municipalities, *pack.formats, *pack.campaigns):
        row.region = region
    _refuse_taken(region, pack)
    counts["municipalities"] = upsert_many(actor, type(pack.municipalities[0]), ["slug"], pack.municipalities)
    _keep_what_was_written(Format, pack.formats, ("description", "link", "version"))
    _keep_what_was_written(Campaign, pack.campaigns, ("description", "previous_id", "published_at", "version"))
    counts["formats"] = upsert_many(actor, Format, ["slug"], pack.formats)
    formats = {format_.slug: format_ for format_ in Format.objects.filter(region=region)}
    for indicator, slug in pack.indicators:
        indicator.format = formats[slug]
    if pack.indicators:
        rows = [indicator for indicator, _slug in pack.indicators]
        counts["indicators"] = upsert_many(actor, FormatIndicator, ["format", "code"], rows)
    _refuse_narrower_pack(pack)
    counts["campaigns"] = upsert_many(actor, Campaign, ["slug"], pack.campaigns)
    _write_schools(actor, pack, region, counts)
    _write_people(actor, pack, region, counts)
    campaigns = {campaign.slug: campaign for campaign in Campaign.objects.filter(region=region)}
    offers = [CampaignFormat(campaign=campaigns[c], format=formats[f]) for c, f in pack.offers if c in campaigns]
    goals = [Goal(campaign=campaigns[c], **goal) for c, goal in pack.goals]
    counts["offers"] = upsert_many(actor, CampaignFormat, ["campaign", "format"], offers)
    counts["goals"] = upsert_many(actor, Goal, ["campaign", "measure"], goals)
    return counts


def _refuse_taken(region, pack) -> None:
    """A slug or code of another region is not this pack's to change."""
    tables = (
        (Municipality, "slug", "region", pack.municipalities),
        (Format, "slug", "region", pack.formats),
        (Campaign, "slug", "region", pack.campaigns),
        (School, "code", "municipality__region", [school for school, _slug in pack.schools]),
    )
    for model, key, to_region, rows in tables:
        keys = [getattr(row, key) for row in rows]
        taken = model.objects.filter(**{f"{key}__in": keys}).exclude(**{to_region: region})
        names = list(taken.values_list(key, flat=True))
        if names:
            raise ValidationError(_("Another region uses these already: %(names)s.") % {"names": ", ".join(names)})


def _keep_what_was_written(model, rows, names) -> None:
    """Copy onto ``rows`` what people wrote in the portal since the first loading and the pack does not hold."""
    present = {row.slug: row for row in model.objects.filter(slug__in=[row.slug for row in rows])}
    for row in rows:
        if row.slug in present:
            for name in names:
                setattr(row, name, getattr(present[row.slug], name))


def _refuse_narrower_pack(pack) -> None:
    """A pack may change a published campaign as its operator may: its window and grades only widen."""
    published = Campaign.objects.filter(published_at__isnull=False)
    present = {row.slug: row for row in published.filter(slug__in=[row.slug for row in pack.campaigns])}
    for row in pack.campaigns:
        if row.slug in present:
            _refuse_narrowing(row, {name: getattr(present[row.slug], name) for name in WIDENING})


def _write_schools(actor, pack, region, counts) -> None:
    municipalities = {row.slug: row for row in region.municipalities.all()}
    for school, slug in pack.schools:
        school.municipality = municipalities[slug]
    if pack.schools:
        counts["schools"] = upsert_many(actor, School, ["code"], [school for school, _slug in pack.schools])
    schools = {school.code: school for school in School.objects.filter(municipality__region=region)}
    for enrolment, code in pack.enrolments:
        enrolment.school = schools[code]
    if pack.enrolments:
        rows = [enrolment for enrolment, _code in pack.enrolments]
        counts["enrolment"] = upsert_many(actor, Enrolment, ["school", "academic_year"], rows)


def _write_people(actor, pack, region, counts) -> None:
    """Add people and roles that are not there yet; nobody's password, name or ended role is touched."""
    if not pack.people:
        return
    places = {
        "region": {region.slug: region},
        "municipality": {row.slug: row for row in region.municipalities.all()},
        "school": {row.code: row for row in School.objects.filter(municipality__region=region)},
    }
    emails = {user.email for user, _role, _place in pack.people}
    users = {user.email: user for user in User.objects.filter(email__in=emails)}
    new = {user.email: user for user, _role, _place in pack.people if user.email not in users}
    for user in new.values():
        user.set_unusable_password()
    User.objects.bulk_create(new.values(), batch_size=500)
    users |= new
    held = set(Membership.objects.filter(user__in=users.values()).values_list("user", "role", *PLACES))
    memberships = []
    for user, role, code in pack.people:
        kind = PLACE_OF_ROLE[role]
        row = Membership(user=users[user.email], role=role, **{kind: places[kind][code]})
        if (row.user_id, role, row.region_id, row.municipality_id, row.school_id) not in held:
            memberships.append(row)
    Membership.objects.bulk_create(memberships, batch_size=500)
    record_many(actor, "load", [(row, None, state_of(row)) for row in new.values()])
    record_many(actor, "load", [(row, None, state_of(row)) for row in memberships])
    counts["people"] = (len(new), 0, len(emails) - len(new))
    counts["roles"] = (len(memberships), 0, len(pack.people) - len(memberships))
