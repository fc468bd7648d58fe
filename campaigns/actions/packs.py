"""A region pack written: a region's places, people, formats and campaigns, or nothing of it."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.actions.campaigns import WIDENING, refuse_guarded, refuse_narrowing
from campaigns.actions.folders import lock_folders_of, open_campaigns, write_folders
from campaigns.actions.region import lock_region
from campaigns.models import Campaign, CampaignFormat, Format, FormatIndicator, Goal
from portal.actions import upsert_many
from portal.actions.places import school_errors
from portal.history import record_many, state_of
from portal.models import Enrolment, Membership, Municipality, Region, School, User

PLACES = ("region", "municipality", "school")
PLACE_OF_ROLE = {"department": "region", "operator": "region", "municipal": "municipality", "school": "school"}


@transaction.atomic
def load_pack(actor, pack) -> dict:
    """Write a checked region pack (:class:`campaigns.packs.Pack`); again, and nothing doubles.

    Returns ``{table: (created, updated, unchanged)}``.
    """
    counts = {"region": upsert_many(actor, Region, ["slug"], [pack.region])}
    region = lock_region(Region.objects.get(slug=pack.region.slug).pk)
    for row in (*pack.municipalities, *pack.formats, *pack.campaigns):
        row.region = region
    _take_free_slugs(region, pack)
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
    _refuse_unfit_campaigns(pack)
    counts["campaigns"] = upsert_many(actor, Campaign, ["slug"], pack.campaigns)
    _write_schools(actor, pack, region, counts)
    _write_people(actor, pack, region, counts)
    campaigns = {campaign.slug: campaign for campaign in Campaign.objects.filter(region=region)}
    offers = [CampaignFormat(campaign=campaigns[c], format=formats[f]) for c, f in pack.offers if c in campaigns]
    goals = [Goal(campaign=campaigns[c], **goal) for c, goal in pack.goals]
    counts["offers"] = upsert_many(actor, CampaignFormat, ["campaign", "format"], offers)
    counts["goals"] = upsert_many(actor, Goal, ["campaign", "measure"], goals)
    write_folders(actor, open_campaigns(region))
    return counts


def _take_free_slugs(region, pack) -> None:
    """Put the region's slug before that of a municipality or format which another region uses, wherever the pack names
    it. Once a row is written so, it is found by that slug again."""
    places = _slugs_with_region(Municipality, region, pack.municipalities)
    formats = _slugs_with_region(Format, region, pack.formats)
    pack.schools = [(school, places.get(slug, slug)) for school, slug in pack.schools]
    pack.demo_schools = {places.get(slug, slug): number for slug, number in pack.demo_schools.items()}
    pack.people = [
        (user, role, places.get(code, code) if PLACE_OF_ROLE[role] == "municipality" else code)
        for user, role, code in pack.people
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


def _refuse_unfit_campaigns(pack) -> None:
    """A pack may change a campaign as its operator may: once published, its window and grades only widen, and what is
    reported stays. Each message names its line."""
    present = {row.slug: row for row in Campaign.objects.filter(slug__in=[row.slug for row in pack.campaigns])}
    # What is being sent by the dates and grades of before is sent before the guards look.
    lock_folders_of(present.values())
    messages = []
    for row in pack.campaigns:
        stored = present.get(row.slug)
        if stored is None:
            continue
        try:
            if stored.is_closed:
                _refuse_closed(row, stored)
            elif stored.published_at:
                refuse_narrowing(row, {name: getattr(stored, name) for name in WIDENING})
            row.pk = stored.pk
            refuse_guarded(row)
        except ValidationError as error:
            line = pack.campaign_lines.get(row.slug, 0)
            messages += [
                f"campaigns.csv:{line}: {name}: {' '.join(reasons)}" for name, reasons in error.message_dict.items()
            ]
        finally:
            row.pk = None
    if messages:
        raise ValidationError(messages)


def _refuse_closed(row, stored) -> None:
    """Refuse what a pack would change in a closed campaign."""
    held = ("name", "season", *Campaign.DATE_FIELDS, "grade_from", "grade_to")
    changed = [name for name in held if getattr(stored, name) != getattr(row, name)]
    if changed:
        message = _("The campaign is closed: its results stand, and its dates with them.")
        raise ValidationError({name: [message] for name in changed})


def _write_schools(actor, pack, region, counts) -> None:
    municipalities = {row.slug: row for row in region.municipalities.all()}
    for school, slug in pack.schools:
        school.municipality = municipalities[slug]
    _refuse_guarded_schools(region, [school for school, _slug in pack.schools])
    if pack.schools:
        counts["schools"] = upsert_many(actor, School, ["region", "code"], [school for school, _slug in pack.schools])
    schools = {school.code: school for school in region.schools.all()}
    for enrolment, code in pack.enrolments:
        enrolment.school = schools[code]
    if pack.enrolments:
        rows = [enrolment for enrolment, _code in pack.enrolments]
        counts["enrolment"] = upsert_many(actor, Enrolment, ["school", "academic_year"], rows)


def _refuse_guarded_schools(region, schools) -> None:
    """A pack may change a school as its operator may. Each message names the school's code."""
    present = (
        School.objects.select_for_update(no_key=True)
        .filter(region=region, code__in=[school.code for school in schools])
        .order_by("pk")
    )
    stored, messages = {school.code: school for school in present}, []
    for school in schools:
        if school.code in stored:
            errors = school_errors(stored[school.code], school)
            messages += [f"schools.csv: {school.code}: {name}: {' '.join(said)}" for name, said in errors.items()]
    if messages:
        raise ValidationError(messages)


def _write_people(actor, pack, region, counts) -> None:
    """Add people and roles that are not there yet; nobody's password, name or ended role is touched."""
    if not pack.people:
        return
    places = {
        "region": {region.slug: region},
        "municipality": {row.slug: row for row in region.municipalities.all()},
        "school": {row.code: row for row in region.schools.all()},
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
