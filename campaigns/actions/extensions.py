"""What the operator does with campaigns and formats.

Every function is one transaction that locks the region (so that no two campaigns slip in beside each
other), checks the rule and the version, writes, and records history. They raise ``PermissionDenied``,
``ValidationError`` with messages by field, ``StateForbids`` and ``Changed``.
"""

from datetime import timedelta
from itertools import count

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from campaigns.due_dates import DUE_FIELDS
from campaigns.models import Campaign, CampaignFormat, Extension, Format, FormatIndicator, Goal, Stage
from campaigns.phases import Phase
from portal import clock, registry
from portal.actions import upsert_many
from portal.errors import Changed, StateForbids
from portal.history import history_of, record, record_many, state_of
from portal.models import Enrolment, Membership, Municipality, Region, School, User
from portal.text import without_controls

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
    refuse_guarded(current)
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


def refuse_guarded(campaign) -> None:
    """Refuse what the apps above forbid to change in a stored campaign, by field."""
    stored = Campaign.objects.filter(pk=campaign.pk).first()
    errors: dict = {}
    for name, message in registry.campaign_guards.collect(stored, campaign) if stored else ():
        errors.setdefault(name, []).append(message)
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
    _refuse_unfit_campaigns(pack)
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


def _refuse_unfit_campaigns(pack) -> None:
    """A pack may change a campaign as its operator may: once published, its window and grades only widen, and what is
    reported stays. Each message names its line."""
    present = {row.slug: row for row in Campaign.objects.filter(slug__in=[row.slug for row in pack.campaigns])}
    messages = []
    for row in pack.campaigns:
        stored = present.get(row.slug)
        if stored is None:
            continue
        try:
            if stored.published_at:
                _refuse_narrowing(row, {name: getattr(stored, name) for name in WIDENING})
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


# --- Extensions ------------------------------------------------------------------------------


MOST_LETTERS = 500
"""How long a reason and an answer may be."""


def _year_after(day):
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year + 1, day=28)


def extension_days(campaign, stage) -> tuple:
    """Return the first and the last day until which ``stage`` may be extended today: within a year after its own due
    date, and once the campaign is closed within a year from today."""
    if campaign.phase == Phase.CLOSED:
        today = clock.local_today(campaign.region)
        return today, _year_after(today)
    due = getattr(campaign, DUE_FIELDS[Stage(stage)])
    return due + timedelta(days=1), _year_after(due)


def _refuse_day(campaign, stage, until) -> None:
    first, last = extension_days(campaign, stage)
    if until is None or not first <= until <= last:
        due = getattr(campaign, DUE_FIELDS[Stage(stage)])
        values = {"first": f"{first:%d.%m.%Y}", "last": f"{last:%d.%m.%Y}", "due": f"{due:%d.%m.%Y}"}
        message = _("Choose a day from %(first)s to %(last)s: everyone's own date is %(due)s.")
        raise ValidationError({"until": ValidationError(message, code="day", params=values)})


def _plain(text) -> str:
    return without_controls(text or "").replace("\n", " ").strip()


def _line(text, name, missing) -> str:
    """Return ``text`` cleaned; what is empty or too long is said at the field ``name``."""
    text = _plain(text)
    if missing and not text:
        raise ValidationError({name: missing})
    if len(text) > MOST_LETTERS:
        values = {"most": MOST_LETTERS, "n": len(text)}
        raise ValidationError({name: _("At most %(most)d characters; this has %(n)d.") % values})
    return text


def _lock_campaign(pk) -> Campaign:
    """Lock the campaign's region, as every action on extensions does first; return the campaign as it is now."""
    _lock_region(Campaign.objects.filter(pk=pk).values_list("region_id", flat=True).get())
    return Campaign.objects.select_related("region").get(pk=pk)


def _extension_of(campaign, stage, school, municipality, until, reason) -> Extension:
    """Return an unsaved extension, or refuse what it cannot be, each at its field."""
    if campaign.phase == Phase.DRAFT:
        raise StateForbids(_("The campaign is a draft: change its dates themselves."))
    if (school is None) == (municipality is None):
        raise ValidationError({"school": _("An extension is for one school or for one municipality.")})
    region_id = school.municipality.region_id if school else municipality.region_id
    if region_id != campaign.region_id:
        place = "school" if school else "municipality"
        raise ValidationError({place: _("This campaign is another region's.")})
    if stage not in Stage.values:
        raise ValidationError({"stage": _("Choose what is extended.")})
    if stage == Stage.MUNICIPAL_REPORT and school is not None:
        raise ValidationError({"stage": _("A school has no municipal report to extend.")})
    reason = _line(reason, "reason", _("Give a reason: it stands beside the date."))
    _refuse_day(campaign, stage, until)
    return Extension(
        campaign=campaign, stage=stage, school=school, municipality=municipality, until=until, reason=reason
    )


def _same(extension, *statuses) -> Extension | None:
    """Return the extension of the same stage, place and day that is in one of ``statuses``."""
    same = {name: getattr(extension, name) for name in ("campaign", "stage", "school", "municipality", "until")}
    return (
        Extension.objects.select_for_update(of=("self",))
        .select_related("campaign__region", "school__municipality", "municipality")
        .filter(status__in=statuses, **same)
        .first()
    )


def _settle(actor, extension, status, verb, answer) -> Extension:
    """Write the operator's decision and the line of history that tells it."""
    before = state_of(extension)
    extension.status, extension.answer = status, answer
    extension.decided_by, extension.decided_at = actor, clock.now()
    extension.version += 1
    extension.full_clean()
    extension.save(update_fields=["status", "answer", "decided_by", "decided_at", "version"])
    record(actor, verb, extension, before=before, after=state_of(extension), comment=answer, for_whom=extension.place)
    return extension


@transaction.atomic
def grant_extension(actor, campaign, *, stage, school=None, municipality=None, until, reason) -> Extension:
    """Give a school or a municipality a later date of ``stage``. The same again is one; of several the latest wins.

    What the municipality asked for in just these words is granted with it.
    """
    campaign = _lock_campaign(campaign.pk)
    _require(actor, "campaigns.grant_extension", campaign)
    extension = _extension_of(campaign, stage, school, municipality, until, reason)
    if granted := _same(extension, Extension.Status.GRANTED):
        return granted
    if asked := _same(extension, Extension.Status.ASKED):
        return _settle(actor, asked, Extension.Status.GRANTED, "grant", extension.reason)
    extension.status = Extension.Status.GRANTED
    extension.asked_by = extension.decided_by = actor
    extension.asked_at = extension.decided_at = clock.now()
    extension.full_clean()
    extension.save()
    reason = extension.reason
    record(actor, "grant", extension, after=state_of(extension), comment=reason, for_whom=extension.place)
    return extension


@transaction.atomic
def ask_extension(actor, campaign, *, stage, school=None, municipality=None, until, reason) -> Extension:
    """Ask the operator for a later date, for one's municipality or a school of it.

    What is asked for or granted already is returned as it is.
    """
    campaign = _lock_campaign(campaign.pk)
    if school is not None or municipality is not None:
        _require(actor, "campaigns.ask_extension", school or municipality)
    extension = _extension_of(campaign, stage, school, municipality, until, reason)
    if known := _same(extension, Extension.Status.ASKED, Extension.Status.GRANTED):
        return known
    extension.status = Extension.Status.ASKED
    extension.asked_by = actor
    extension.full_clean()
    extension.save()
    reason = extension.reason
    record(actor, "ask", extension, after=state_of(extension), comment=reason, for_whom=extension.place)
    return extension


def _open_extension(extension) -> Extension:
    """Lock the region and the extension, and return it as it is now."""
    _lock_campaign(extension.campaign_id)
    rows = Extension.objects.select_for_update(of=("self",))
    return rows.select_related("campaign__region", "school__municipality", "municipality").get(pk=extension.pk)


@transaction.atomic
def decide_extension(actor, extension, version, granted: bool, answer="") -> Extension:
    """Grant or decline what was asked for and read as ``version``; who declines says why."""
    current = _open_extension(extension)
    _require(actor, "campaigns.grant_extension", current.campaign)
    status = Extension.Status.GRANTED if granted else Extension.Status.DECLINED
    answer = _plain(answer)
    repeated = (current.status, current.version, current.answer) == (status, version + 1, answer)
    if repeated and current.decided_by_id == actor.pk:
        return current
    if current.version != version:
        raise Changed(current, history_of(current, since_version=version))
    if current.status != Extension.Status.ASKED:
        raise StateForbids(_("This extension is %(status)s already.") % {"status": current.get_status_display()})
    answer = _line(answer, "answer", "" if granted else _("Say why it is declined: the municipality reads it."))
    if granted:
        _refuse_day(current.campaign, current.stage, current.until)
    return _settle(actor, current, status, "grant" if granted else "decline", answer)


@transaction.atomic
def withdraw_extension(actor, extension, version, reason) -> Extension:
    """Take back what was read as ``version``: the operator a granted extension, a municipality what it asked for.

    From then on the due date is what it would be without it.
    """
    current = _open_extension(extension)
    _require(actor, "campaigns.withdraw_extension", current)
    reason = _plain(reason)
    if current.status == Extension.Status.WITHDRAWN and current.version == version + 1:
        since = history_of(current, since_version=version)
        if [(entry.verb, entry.actor_id, entry.comment) for entry in since] == [("withdraw", actor.pk, reason)]:
            return current
    if current.version != version:
        raise Changed(current, history_of(current, since_version=version))
    if current.status not in (Extension.Status.ASKED, Extension.Status.GRANTED):
        raise StateForbids(_("This extension is %(status)s already.") % {"status": current.get_status_display()})
    reason = _line(reason, "reason", _("Say why it is withdrawn."))
    if current.status == Extension.Status.GRANTED:
        return _settle(actor, current, Extension.Status.WITHDRAWN, "withdraw", reason)
    # What was only asked for has no decision, and gets none.
    before = state_of(current)
    current.status = Extension.Status.WITHDRAWN
    current.version += 1
    current.save(update_fields=["status", "version"])
    record(actor, "withdraw", current, before=before, after=state_of(current), comment=reason, for_whom=current.place)
    return current
