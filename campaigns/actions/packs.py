"""A region pack written: a region's places, people, formats and campaigns, or nothing of it."""

from dataclasses import dataclass

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.actions.campaigns import WIDENING, refuse_guarded, refuse_narrowing
from campaigns.actions.folders import lock_folders_of, open_campaigns, write_folders
from campaigns.actions.formats import refuse_unfit_format
from campaigns.actions.region import lock_region
from campaigns.models import Campaign, CampaignFormat, Format, FormatIndicator, Goal
from portal import registry
from portal.actions import upsert_many
from portal.actions.places import school_errors
from portal.history import record_many, state_of
from portal.models import Enrolment, History, Membership, Municipality, Region, School, User
from portal.queries.people import KnownPeople
from portal.text import searchable

PLACES = ("region", "municipality", "school")
PLACE_OF_ROLE = {"department": "region", "operator": "region", "municipal": "municipality", "school": "school"}


@dataclass(frozen=True)
class Loaded:
    """What a pack did: ``counts`` are ``{table: (created, updated, unchanged)}``; ``changes`` say in lines what of the
    region, its places, formats and published campaigns is another than before, as history does."""

    counts: dict
    changes: list[str]


@transaction.atomic
def load_pack(actor, pack) -> Loaded:
    """Write a checked region pack (:class:`campaigns.packs.Pack`); again, and nothing doubles.

    What it may not change is refused with file, line and column, and then nothing of it is written.
    """
    last = History.objects.order_by("pk").values_list("pk", flat=True).last() or 0
    region = Region.objects.filter(slug=pack.region.slug).first()
    if region is not None:
        lock_region(region.pk)
        _refuse_unfit(region, pack)
    counts = {"region": upsert_many(actor, Region, ["slug"], [pack.region])}
    region = lock_region(Region.objects.get(slug=pack.region.slug).pk)
    for row in (*pack.municipalities, *pack.formats, *pack.campaigns):
        row.region = region
    _take_free_slugs(region, pack)
    _refuse_taken(region, pack)
    counts["municipalities"] = upsert_many(actor, Municipality, ["slug"], pack.municipalities)
    _keep_what_was_written(Format, pack.formats, ("description", "link", "version"))
    _keep_what_was_written(Campaign, pack.campaigns, ("description", "previous_id", "published_at", "version"))
    counts["formats"] = upsert_many(actor, Format, ["slug"], pack.formats)
    formats = {format_.slug: format_ for format_ in Format.objects.filter(region=region)}
    retired = dict(FormatIndicator.objects.filter(format__region=region).values_list("pk", "retired_at"))
    known = {(row.format_id, row.code): row.pk for row in FormatIndicator.objects.filter(pk__in=retired)}
    for indicator, slug in pack.indicators:
        indicator.format = formats[slug]
        indicator.retired_at = retired.get(known.get((indicator.format_id, indicator.code)))
    if pack.indicators:
        rows = [indicator for indicator, _slug in pack.indicators]
        counts["indicators"] = upsert_many(actor, FormatIndicator, ["format", "code"], rows)
    counts["campaigns"] = upsert_many(actor, Campaign, ["slug"], pack.campaigns)
    _write_schools(actor, pack, region, counts)
    _write_people(actor, pack, region, counts)
    campaigns = {campaign.slug: campaign for campaign in Campaign.objects.filter(region=region)}
    offers = [CampaignFormat(campaign=campaigns[c], format=formats[f]) for c, f in pack.offers if c in campaigns]
    goals = [Goal(campaign=campaigns[c], **goal) for c, goal in pack.goals]
    counts["offers"] = upsert_many(actor, CampaignFormat, ["campaign", "format"], offers)
    counts["goals"] = upsert_many(actor, Goal, ["campaign", "measure"], goals)
    write_folders(actor, open_campaigns(region))
    return Loaded(counts, _changes_since(last, region))


KEY_OF = {Region: "slug", Municipality: "slug", Format: "slug", FormatIndicator: "code", Campaign: "slug"}
"""What the pack knows a row by, and so never changes of one."""


def _changes_since(last, region) -> list[str]:
    """Return what history tells since its entry ``last`` of what the pack changed in stored rows, and of what it added
    to published campaigns."""
    types = ContentType.objects.get_for_models(*KEY_OF, Goal, CampaignFormat)
    kinds = {kind.pk: model for model, kind in types.items()}
    entries = History.objects.filter(pk__gt=last, verb="load", region=region, content_type__in=kinds).order_by("pk")
    return [line for entry in entries for line in _told(kinds[entry.content_type_id], entry)]


def _told(model, entry) -> list[str]:
    row = model.objects.get(pk=entry.object_id)
    if model not in KEY_OF:
        if row.campaign.published_at is None:
            return []
        return [_("changed: %(slug)s: %(row)s") % {"slug": row.campaign.slug, "row": entry.object_repr}]
    key = KEY_OF[model]
    if key in entry.changes:
        return []  # a new row
    line = _("changed: %(slug)s: %(column)s %(was)s -> %(now)s")
    return [
        line % {"slug": getattr(row, key), "column": column, "was": was, "now": now}
        for column, (was, now) in entry.changes.items()
    ]


def _take_free_slugs(region, pack) -> None:
    """Put the region's slug before that of a municipality or format which another region uses, wherever the pack names
    it. Once a row is written so, it is found by that slug again."""
    places = _slugs_with_region(Municipality, region, pack.municipalities)
    formats = _slugs_with_region(Format, region, pack.formats)
    pack.schools = [(school, places.get(slug, slug)) for school, slug in pack.schools]
    pack.demo_schools = {places.get(slug, slug): number for slug, number in pack.demo_schools.items()}
    pack.people = [
        (line, user, role, places.get(code, code) if PLACE_OF_ROLE[role] == "municipality" else code)
        for line, user, role, code in pack.people
    ]
    pack.indicators = [(indicator, formats.get(slug, slug)) for indicator, slug in pack.indicators]
    pack.offers = [(campaign, formats.get(slug, slug)) for campaign, slug in pack.offers]
    pack.running_formats = [formats.get(slug, slug) for slug in pack.running_formats]


def _slugs_with_region(model, region, rows) -> dict[str, str]:
    """Rename those of ``rows`` whose slug is taken; return ``{slug: slug with the region's before it}`` of these."""
    slugs = {row.slug for row in rows}
    longest = model._meta.get_field("slug").max_length
    wanted = {slug: f"{region.slug}-{slug}"[:longest] for slug in slugs}
    taken = set(model.objects.filter(slug__in=slugs).exclude(region=region).values_list("slug", flat=True))
    own = set(model.objects.filter(slug__in=wanted.values(), region=region).values_list("slug", flat=True))
    # One that the pack itself names is another row's; the plain slug is then refused as taken.
    renamed = {slug: new for slug, new in wanted.items() if (slug in taken or new in own) and new not in slugs}
    for row in rows:
        row.slug = renamed.get(row.slug, row.slug)
    return renamed


def _refuse_taken(region, pack) -> None:
    """A slug of another region is not this pack's to change."""
    tables = (
        (Municipality, pack.municipalities),
        (Format, pack.formats),
        (Campaign, pack.campaigns),
    )
    for model, rows in tables:
        taken = model.objects.filter(slug__in=[row.slug for row in rows]).exclude(region=region)
        names = list(taken.values_list("slug", flat=True))
        if names:
            raise ValidationError(_("Another region uses these already: %(names)s.") % {"names": ", ".join(names)})


def _keep_what_was_written(model, rows, names) -> None:
    """Copy onto ``rows`` what people wrote in the portal since the first loading and the pack does not hold."""
    present = {row.slug: row for row in model.objects.filter(slug__in=[row.slug for row in rows])}
    for row in rows:
        if row.slug in present:
            for name in names:
                setattr(row, name, getattr(present[row.slug], name))


# --- What a pack may not change ---------------------------------------------------------------


def _refuse_unfit(region, pack) -> None:
    """A pack may change what is stored as its operator may. Each message names its file, line and column."""
    # What is being sent by the dates and grades of before is sent before the guards look.
    lock_folders_of(region.campaigns.filter(slug__in=[row.slug for row in pack.campaigns]))
    guards = registry.municipality_guards
    found = [("region.csv", region, pack.region, registry.region_guards.errors)]
    found += _pairs(region.municipalities, pack.municipalities, "municipalities.csv", guards.errors)
    found += _pairs(region.formats, pack.formats, "formats.csv", _by_field(refuse_unfit_format))
    found += _pairs(region.campaigns, pack.campaigns, "campaigns.csv", _by_field(_refuse_unfit_campaign))
    messages = []
    for name, stored, row, errors_of in found:
        row.pk, row.region_id = stored.pk, getattr(stored, "region_id", None)
        errors = errors_of(stored, row)
        row.pk = None
        messages += [_said(pack, name, stored.slug, column, reasons) for column, reasons in errors.items()]
    messages += _unfit_indicators(region, pack) + _unfit_goals(region, pack) + _unfit_offers(region, pack)
    if messages:
        raise ValidationError(messages)


def _pairs(stored, rows, name, errors_of) -> list:
    present = {row.slug: row for row in stored.filter(slug__in=[row.slug for row in rows])}
    return [(name, present[row.slug], row, errors_of) for row in rows if row.slug in present]


def _by_field(refuse):
    """Return the function that gives what ``refuse`` raises, ``{field: messages}``."""

    def errors(stored, row) -> dict:
        try:
            refuse(row, stored)
        except ValidationError as error:
            return error.message_dict
        return {}

    return errors


def _said(pack, name, key, column, reasons) -> str:
    return f"{name}:{pack.lines.get((name, key), 0)}: {column}: {' '.join(reasons)}"


def _refuse_unfit_campaign(row, stored) -> None:
    """Once published, a campaign's window and grades only widen, and what is reported stays; a closed one stands."""
    if stored.is_closed:
        held = ("name", "season", *Campaign.DATE_FIELDS, "grade_from", "grade_to")
        changed = [name for name in held if getattr(stored, name) != getattr(row, name)]
        if changed:
            raise ValidationError({name: [_closed()] for name in changed})
    elif stored.published_at:
        refuse_narrowing(row, {name: getattr(stored, name) for name in WIDENING})
    refuse_guarded(row)


def _closed() -> str:
    return _("The campaign is closed: its results stand, and its dates with them.")


def _unfit_indicators(region, pack) -> list[str]:
    rows = FormatIndicator.objects.filter(format__region=region).select_related("format")
    present = {(row.format.slug, row.code): row for row in rows}
    messages = []
    for row, slug in pack.indicators:
        if stored := present.get((slug, row.code)):
            errors = registry.indicator_guards.errors(stored, row)
            messages += [_said(pack, "formats.csv", slug, "indicators", reasons) for reasons in errors.values()]
    return messages


def _closed_campaigns(region, slugs) -> dict:
    return {row.slug: row for row in region.campaigns.filter(slug__in=slugs) if row.is_closed}


def _unfit_goals(region, pack) -> list[str]:
    closed = _closed_campaigns(region, [slug for slug, _goal in pack.goals])
    return [
        _said(pack, "campaigns.csv", slug, "coverage_goal_percent", [_closed()])
        for slug, goal in pack.goals
        if slug in closed and not closed[slug].goals.filter(**goal).exists()
    ]


def _unfit_offers(region, pack) -> list[str]:
    closed = _closed_campaigns(region, [slug for slug, _format in pack.offers])
    return [
        _said(pack, "formats.csv", format_, "offered_in", [_closed()])
        for slug, format_ in pack.offers
        if slug in closed and not closed[slug].formats.filter(slug=format_).exists()
    ]


# --- Schools and people -----------------------------------------------------------------------


def _write_schools(actor, pack, region, counts) -> None:
    municipalities = {row.slug: row for row in region.municipalities.all()}
    for school, slug in pack.schools:
        school.municipality = municipalities[slug]
    _refuse_guarded_schools(region, pack)
    if pack.schools:
        counts["schools"] = upsert_many(actor, School, ["region", "code"], [school for school, _slug in pack.schools])
    schools = {school.code: school for school in region.schools.all()}
    for enrolment, code in pack.enrolments:
        enrolment.school = schools[code]
    if pack.enrolments:
        rows = [enrolment for enrolment, _code in pack.enrolments]
        counts["enrolment"] = upsert_many(actor, Enrolment, ["school", "academic_year"], rows)


def _refuse_guarded_schools(region, pack) -> None:
    """A pack may change a school as its operator may."""
    schools = [school for school, _slug in pack.schools]
    wanted, messages = {school.code: school for school in schools}, []
    present = School.objects.select_for_update(no_key=True).filter(region=region, code__in=wanted)
    for stored in present.order_by("pk"):
        errors = school_errors(stored, wanted[stored.code])
        messages += [_said(pack, "schools.csv", stored.code, name, said) for name, said in errors.items()]
    if messages:
        raise ValidationError(messages)


def _write_people(actor, pack, region, counts) -> None:
    """Add people who are not there yet, with their roles. Whoever is known by the address is left as they are: what was
    ended or corrected since does not come back."""
    if not pack.people:
        return
    places = {
        "region": {region.slug: region},
        "municipality": {row.slug: row for row in region.municipalities.all()},
        "school": {row.code: row for row in region.schools.all()},
    }
    emails = {user.email for _line, user, _role, _place in pack.people}
    users = {user.email: user for user in User.objects.filter(email__in=emails)}
    known = KnownPeople()
    new, memberships, messages = {}, [], []
    for line, user, role, code in pack.people:
        kind = PLACE_OF_ROLE[role]
        place = places[kind][code]
        owner = users.get(user.email) or new.setdefault(user.email, user)
        try:
            _refuse_another_person(known, owner, user, role, place)
        except ValidationError as error:
            messages += [f"people.csv:{line}: {reason}" for reason in error.messages]
            continue
        if owner.pk is None:
            memberships.append(Membership(user=owner, role=role, **{kind: place}))
    if messages:
        raise ValidationError(messages)
    for user in new.values():
        user.set_unusable_password()
    User.objects.bulk_create(new.values(), batch_size=500)
    Membership.objects.bulk_create(memberships, batch_size=500)
    record_many(actor, "load", [(row, None, state_of(row)) for row in new.values()])
    record_many(actor, "load", [(row, None, state_of(row)) for row in memberships])
    counts["people"] = (len(new), 0, len(emails) - len(new))
    counts["roles"] = (len(memberships), 0, len(pack.people) - len(memberships))


def _refuse_another_person(known, owner, user, role, place) -> None:
    """Refuse a new person whose address stands in the pack under another name or was somebody's until it was changed,
    and one who is known by another address."""
    if owner.pk:
        return
    if searchable(owner.name) != searchable(user.name):
        message = _(
            "the address %(email)s belongs to %(name)s: correct the name here, or write the person's own address."
        )
        raise ValidationError(message % {"email": user.email, "name": owner.name})
    if known.was_somebodys(user.email):
        message = _("somebody signed in by %(email)s until it was changed: write their address of today, or no line.")
        raise ValidationError(message % {"email": user.email})
    if email := known.address_of_holder(user.name, role, place):
        message = _(
            "%(name)s holds or held this role here under the address %(email)s: write that address here, or give the "
            "role in the administration."
        )
        raise ValidationError(message % {"name": user.name, "email": email})
