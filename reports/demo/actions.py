"""Writes the demo, all of it in one transaction, in bulk, with the history that the actions would have left."""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from campaigns.actions import create_campaign, load_pack
from campaigns.models import Campaign, CampaignFormat, Goal
from events.models import Event, IndicatorValue, SchoolCampaign
from portal import clock
from portal.actions import upsert_many
from portal.grades import GRADE_FIELDS
from portal.history import entry_of, record_many, state_of
from portal.models import Enrolment, Membership, Municipality, Partner, School, User
from reports.demo import events, names, schools, texts

PASSWORD = "demo"  # noqa: S105 - shown on the sign-in page; such accounts sign in only in demo mode
SINCE = datetime(2019, 2, 1, 3, tzinfo=UTC)
"""Since when the demo's people hold their roles."""
SHARES = {"spring-2019": 0.335, "autumn-2019": 0.44}
AHEAD = 0.13
"""The part of the running campaign's events that is still to come."""
WAITING = 17
"""How many events wait for review in the demo's municipality, beside those of its best-known school."""


@dataclass
class World:
    """What has been written so far."""

    rng: random.Random
    region: object
    municipalities: list
    places: list
    operator: User
    reviewers: dict
    directory: events.Directory
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.region.time_zone)


@transaction.atomic
def load_demo(pack, *, seed: int, schools_total: int, events_total: int) -> dict[str, int]:
    """Write the pack and everything invented around it; return how many rows of each there are.

    The same seed on the same day gives the same data.
    """
    rng = random.Random(seed)  # noqa: S311 - invented data, no secret
    now = clock.now()
    _put_texts(pack)
    demo_schools = pack.demo_schools
    running_slugs = pack.running_formats
    load_pack(None, pack)
    region = pack.region
    municipalities = list(region.municipalities.order_by("pk"))
    rows = _write_schools(rng, municipalities, schools.shares(demo_schools, schools_total))
    operator, reviewers = _write_staff(rng, region, municipalities)
    capital = next((row for row in municipalities if row.slug == schools.CAPITAL), municipalities[0])
    directory = _write_partners(region, municipalities, capital)
    campaigns = _write_campaigns(operator, region, running_slugs, now)
    places = schools.settle(rng, rows, [campaign.academic_year for campaign in campaigns])
    _write_enrolment(places, campaigns)
    _write_coordinators(rng, places)
    world = World(rng, region, municipalities, places, operator, reviewers, directory, now)
    for campaign, share in zip(campaigns, _split(events_total), strict=True):
        _write_log(world, campaign, share, running=campaign is campaigns[-1])
    return {
        "municipalities": len(municipalities),
        "schools": len(places),
        "users": User.objects.filter(is_demo=True).count(),
        "partners": Partner.objects.count(),
        **{f"events of {c.slug}": Event.objects.filter(campaign=c).count() for c in campaigns},
        "history entries": LogEntry.objects.count(),
    }


def _split(total: int) -> list[int]:
    closed = [round(total * share) for share in SHARES.values()]
    return [*closed, total - sum(closed)]


def _put_texts(pack) -> None:
    for format_ in pack.formats:
        format_.description = texts.FORMATS.get(format_.slug, "")
    for campaign in pack.campaigns:
        campaign.description = texts.CAMPAIGNS.get(campaign.slug, "")
    for _slug, goal in pack.goals:
        goal["ground"] = texts.GOAL_GROUND


# --- People and places -----------------------------------------------------------------------


def _write_schools(rng, municipalities, numbers) -> list[School]:
    real = {}
    for school in School.objects.filter(municipality__in=municipalities).order_by("pk"):
        real.setdefault(school.municipality_id, []).append(school)
    found, new = [], []
    for municipality in municipalities:
        known = real.get(municipality.pk, [])
        invented = schools.invent_schools(rng, municipality, numbers[municipality.slug], len(known))
        for school in known:
            school.municipality = municipality
        found += [*known, *invented]
        new += invented
    upsert_many(None, School, ["code"], new)
    return found


def _new_user(email: str, name: str, password: str | None = None) -> User:
    user = User(email=email, name=name, is_demo=True, date_joined=SINCE)
    if password:
        user.set_password(password)
    else:
        user.set_unusable_password()
    return user


def _write_people(pairs) -> None:
    """Write pairs of a user and a membership, both with their history."""
    User.objects.bulk_create([user for user, _membership in pairs], batch_size=500)
    for user, membership in pairs:
        membership.user = user
    memberships = [membership for _user, membership in pairs]
    Membership.objects.bulk_create(memberships, batch_size=500)
    record_many(None, "create", [(user, None, state_of(user)) for user, _membership in pairs])
    record_many(None, "create", [(row, None, state_of(row)) for row in memberships])


def _write_staff(rng, region, municipalities):
    """Write the operator, the department and the municipal coordinators; return the operator and who reviews where."""
    role = Membership.Role
    operator = _new_user("operator@demo.example", "Лебедева Анна Сергеевна", PASSWORD)
    ministry = _new_user("ministry@demo.example", "Гаврилов Пётр Андреевич", PASSWORD)
    pairs = [
        (operator, Membership(role=role.OPERATOR, region=region, started_at=SINCE)),
        (ministry, Membership(role=role.DEPARTMENT, region=region, started_at=SINCE)),
    ]
    reviewers = {}
    for municipality in municipalities:
        if municipality.is_run_by_operator:
            reviewers[municipality.pk] = [operator]
            continue
        people = [_new_user(f"municipal.{municipality.slug}@demo.example", names.person(rng))]
        if municipality.slug == schools.CAPITAL:
            mine = _new_user("municipal@demo.example", "Соловьёва Ольга Викторовна", PASSWORD)
            people = [mine, *people]
        reviewers[municipality.pk] = people
        pairs += [
            (user, Membership(role=role.MUNICIPAL, municipality=municipality, started_at=SINCE)) for user in people
        ]
    _write_people(pairs)
    return operator, reviewers


def _write_coordinators(rng, places) -> None:
    pairs = []
    for place in places:
        school = place.school
        if school.code == schools.RICH_SCHOOL:
            people = [_new_user("school@demo.example", "Климова Марина Юрьевна", PASSWORD)]
        else:
            people = [_new_user(f"school.{school.code}@demo.example", names.person(rng))]
            if rng.random() < 0.16:
                people.append(_new_user(f"school.{school.code}.b@demo.example", names.person(rng)))
        place.coordinators = people
        started = _noon(school.opened_on) if school.opened_on and school.opened_on > SINCE.date() else SINCE
        ended = _noon(school.closed_on) if school.closed_on else None
        pairs += [
            (
                user,
                Membership(role=Membership.Role.SCHOOL, school=school, started_at=started, ended_at=ended),
            )
            for user in people
        ]
    _write_people(pairs)


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 5, tzinfo=UTC)


def _write_partners(region, municipalities, capital) -> events.Directory:
    near = {}
    rows = []
    for name, kind, municipality in names.partners(municipalities, capital):
        partner = Partner(region=region, name=name, kind=kind)
        partner.fill_derived()
        rows.append(partner)
        near.setdefault(municipality.pk, []).append(partner)
    Partner.objects.bulk_create(rows)
    record_many(None, "create", [(row, None, state_of(row)) for row in rows])
    return events.Directory(near=near, capital=near[capital.pk])


def _write_enrolment(places, campaigns) -> None:
    rows = []
    for place in places:
        school = place.school
        for campaign in campaigns:
            year = campaign.academic_year
            if year in place.without_enrolment or not place.is_open(campaign):
                continue
            as_of = min(date(int(year[:4]), 9, 20), campaign.starts_on)
            row = Enrolment(school=school, academic_year=year, as_of=as_of, source=texts.ENROLMENT_SOURCE)
            for grade, pupils in place.rolls[year].items():
                setattr(row, f"grade_{grade}", pupils)
            rows.append(row)
    upsert_many(None, Enrolment, ["school", "academic_year"], rows)


# --- Campaigns -------------------------------------------------------------------------------


def _write_campaigns(operator, region, running_slugs, now) -> list[Campaign]:
    """Publish the pack's campaigns in their own time and open one around today; return them in order."""
    campaigns = list(Campaign.objects.filter(region=region, slug__in=SHARES).order_by("starts_on"))
    spring, autumn = campaigns
    autumn.previous = spring
    today = clock.local_date(now, region.time_zone)
    starts_on, ends_on = today - timedelta(days=18), today + timedelta(days=14)
    season = Campaign.Season.AUTUMN if starts_on.month >= 7 else Campaign.Season.SPRING
    word = "Осенняя" if season == Campaign.Season.AUTUMN else "Весенняя"
    running = create_campaign(
        operator,
        region,
        formats=list(region.formats.filter(slug__in=running_slugs).order_by("pk")),
        goals=[
            {"measure": Goal.Measure.COVERAGE, "target": 90, "ground": texts.GOAL_GROUND},
            {"measure": Goal.Measure.SCHOOLS, "target": 100, "ground": texts.GOAL_GROUND},
        ],
        name=f"{word} профориентационная кампания {starts_on.year} года",
        season=season,
        starts_on=starts_on,
        ends_on=ends_on,
        events_due=ends_on + timedelta(days=3),
        school_reports_due=ends_on + timedelta(days=7),
        municipal_reports_due=ends_on + timedelta(days=14),
        closes_on=ends_on + timedelta(days=22),
        grade_from=autumn.grade_from,
        grade_to=autumn.grade_to,
        description=texts.RUNNING_CAMPAIGN,
        previous=autumn,
    )
    campaigns.append(running)
    kind = ContentType.objects.get_for_model(Campaign)
    entries = []
    for campaign in campaigns:
        campaign.region = region
        loaded = _noon(campaign.starts_on - timedelta(days=24))
        LogEntry.objects.filter(content_type=kind, object_id=campaign.pk).update(timestamp=loaded)
        CampaignFormat.objects.filter(campaign=campaign).update(added_at=loaded)
        before = {"published_at": None, "previous": None}
        campaign.published_at = loaded + timedelta(days=4, hours=2)
        campaign.version += 1
        after = {"published_at": campaign.published_at.isoformat(), "previous": None}
        if campaign is autumn:
            after["previous"] = spring.pk
        entries.append(entry_of(operator, "publish", campaign, before, after, "", None, campaign.published_at, kind))
    Campaign.objects.bulk_update(campaigns, ["published_at", "version", "previous"])
    LogEntry.objects.bulk_create(entries)
    return campaigns


# --- The log ---------------------------------------------------------------------------------


def _write_log(world: World, campaign, total: int, running: bool) -> None:
    """Invent the events of one campaign and write them."""
    rng = world.rng
    formats = list(campaign.formats.prefetch_related("indicators").order_by("slug"))
    for format_ in formats:
        format_.asked = list(format_.indicators.all())
    season = events.Season(campaign, world.now, world.zone, formats, running)
    active = _active_places(rng, world.places, campaign, 0.12 if running else 0.02)
    sketches, ahead = [], []
    for place, number in _share_out(active, campaign, total):
        if running and place.school.code == schools.RICH_SCHOOL:
            continue
        for _index in range(number):
            coming = running and rng.random() < AHEAD
            sketch = events.sketch_event(rng, season, place, world.directory, ahead=coming)
            _sign(world, sketch)
            (ahead if coming else sketches).append(sketch)
    if running:
        waiting = {m.pk: WAITING for m in world.municipalities if m.slug == schools.CAPITAL}
        events.running_stories(rng, season, sketches, waiting)
        for sketch in ahead:
            sketch.indicators = {}
            outcome = "cancelled" if rng.random() < 0.015 else "planned"
            events.tell(rng, season, sketch, outcome)
        sketches += ahead
        rich = next((place for place in active if place.school.code == schools.RICH_SCHOOL), None)
        if rich:
            sketches += events.rich_sketches(
                rng, season, rich, world.directory, lambda sketch: _sign(world, sketch, plain=True)
            )
    else:
        for sketch in sketches:
            events.close_story(rng, season, sketch)
    _write_sketches(world, campaign, sketches)


def _active_places(rng, places, campaign, silent: float) -> list:
    """Schools open in the campaign that log anything in it: all but a part, more often small ones."""
    expected = [place for place in places if place.is_open(campaign)]
    number = round(len(expected) * silent)
    plain = [place for place in expected if place.school.code != schools.RICH_SCHOOL]
    order = sorted(plain, key=lambda place: rng.random() * place.base**0.3)
    quiet = {place.school.pk for place in order[:number]}
    return [place for place in expected if place.school.pk not in quiet]


def _share_out(active, campaign, total: int) -> list[tuple]:
    """Give each school its number of events: more in larger and livelier ones, at least one."""
    weights = [place.activity * sum(place.rolls[campaign.academic_year].values()) ** 0.42 for place in active]
    whole = sum(weights)
    return [(place, max(1, round(total * weight / whole))) for place, weight in zip(active, weights, strict=True)]


def _sign(world: World, sketch, plain: bool = False) -> None:
    """Say who enters the event and who reviews it; now and then a municipal coordinator enters it for a school."""
    rng, municipality = world.rng, sketch.place.municipality
    reviewers = world.reviewers[municipality.pk]
    sketch.reviewer = reviewers[0] if plain or rng.random() < 0.75 else reviewers[-1]
    sketch.author = rng.choice(sketch.place.coordinators)
    if not plain and rng.random() < 0.007 and municipality.kind != Municipality.Kind.REGIONAL:
        sketch.author, sketch.on_behalf = sketch.reviewer, True


def _write_sketches(world: World, campaign, sketches) -> None:
    """Write rows, partners, numbers and history; the first to be entered has the least id."""
    sketches.sort(key=lambda sketch: (sketch.steps[0].moment, sketch.place.school.pk))
    school_ids = sorted({sketch.place.school.pk for sketch in sketches})
    SchoolCampaign.objects.bulk_create(
        [SchoolCampaign(school_id=pk, campaign=campaign) for pk in school_ids], batch_size=500
    )
    rows = [_row_of(world, sketch) for sketch in sketches]
    Event.objects.bulk_create(rows, batch_size=500)
    through = Event.partners.through
    pairs = list(zip(rows, sketches, strict=True))
    through.objects.bulk_create(
        [through(event_id=row.pk, partner_id=partner.pk) for row, sketch in pairs for partner in sketch.partners],
        batch_size=2_000,
    )
    values = []
    for row, sketch in pairs:
        ids = {indicator.code: indicator.pk for indicator in sketch.format.asked}
        values += [
            IndicatorValue(event_id=row.pk, indicator_id=ids[code], value=value)
            for code, value in sketch.indicators.items()
        ]
    IndicatorValue.objects.bulk_create(values, batch_size=2_000)
    kind = ContentType.objects.get_for_model(Event)
    entries = [entry for row, sketch in pairs for entry in _history_of(row, sketch, kind)]
    LogEntry.objects.bulk_create(entries, batch_size=500)


def _row_of(world: World, sketch) -> Event:
    steps = sketch.steps
    first = next((step for step in steps if step.verb == "submit"), None)
    sent, reviewed = sketch.last("submit"), sketch.last("accept", "return")
    row = Event(
        school=sketch.place.school,
        campaign=sketch.campaign,
        format=sketch.format,
        title=sketch.title,
        starts_on=sketch.starts_on,
        ends_on=sketch.ends_on,
        delivery=sketch.delivery,
        place=sketch.venue,
        teachers=sketch.teachers,
        parents=sketch.parents,
        link=sketch.link,
        description=sketch.description,
        note=sketch.note,
        status=sketch.status,
        on_behalf=sketch.on_behalf,
        flagged=sketch.is_flagged,
        version=len(steps),
        author=sketch.author,
        token=UUID(int=world.rng.getrandbits(128), version=4),
        created_at=steps[0].moment,
        **{f"grade_{grade}": count for grade, count in sketch.counts.items()},
    )
    if sent:
        row.submitted_by, row.submitted_at = sent.actor, sent.moment
        row.submitted_on = clock.local_date(first.moment, world.region.time_zone)
    if reviewed:
        row.reviewed_by, row.reviewed_at = reviewed.actor, reviewed.moment
        # A comment stays until the event is sent again.
        row.comment = reviewed.comment if steps[-1] is reviewed else ""
    row.fill_derived()
    return row


def _words(partners) -> str:
    return "; ".join(sorted(partner.name for partner in partners))


def _numbers(format_, values) -> str:
    labels = {indicator.code: indicator.name for indicator in format_.asked}
    return "; ".join(sorted(f"{labels[code]}: {value}" for code, value in values.items()))


def _history_of(row: Event, sketch, kind) -> list[LogEntry]:
    """Build the entries that the actions would have left, one a step."""
    extra = {"partners": _words(sketch.partners), "indicators": _numbers(sketch.format, sketch.indicators)}
    now = state_of(row, extra)
    version, before, entries = row.version, None, []
    for number, step in enumerate(sketch.steps, start=1):
        state = now | _as_it_was(sketch, step.was) | {"status": events.STATUS_AFTER[step.verb].value}
        row.version = number
        for_whom = row.school if sketch.on_behalf and step.verb not in ("accept", "return") else None
        entries.append(entry_of(step.actor, step.verb, row, before, state, step.comment, for_whom, step.moment, kind))
        before = state
    row.version = version
    return entries


def _as_it_was(sketch, was: dict) -> dict:
    """Return the fields of an earlier state as history names them."""
    state = {}
    for name, value in was.items():
        if name == "counts":
            state |= dict.fromkeys(GRADE_FIELDS, 0)
            state |= {f"grade_{grade}": count for grade, count in value.items()}
        elif name == "partners":
            state["partners"] = _words(value)
        elif name == "indicators":
            state["indicators"] = _numbers(sketch.format, value)
        else:
            state["place" if name == "venue" else name] = value
    return state
