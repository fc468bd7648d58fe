"""Events of the demo: those that each school logged in a campaign, with their history."""

from uuid import UUID

from django.contrib.contenttypes.models import ContentType

from demo import events, joint, reports, schools
from demo.actions.chain import write_chain, write_extensions, write_joint_events
from demo.actions.world import World
from events.models import Event, IndicatorValue, SchoolCampaign
from portal import clock
from portal.grades import GRADE_FIELDS
from portal.history import Belonging, entry_of, state_of
from portal.models import History, Municipality

AHEAD = 0.13
"""The part of the running campaign's events that is still to come."""
WAITING = 13
"""How many events wait for review in the demo's municipality, beside those of its best-known school and those of
joint events."""


def write_log(world: World, campaign, total: int, running: bool) -> None:
    """Invent the events of one campaign, with the reports on them where it is over, and write them."""
    formats = list(campaign.formats.prefetch_related("indicators").order_by("slug"))
    for format_ in formats:
        format_.asked = list(format_.indicators.all())
    season = events.Season(campaign, world.now, world.zone, formats, running)
    if running:
        _write_running(world, season, total)
    else:
        _write_closed(world, season, total)


def _write_closed(world: World, season, total: int) -> None:
    rng, campaign = world.rng, season.campaign
    sketches = []
    for place, number in _share_out(_active_places(rng, world.places, campaign, 0.02), campaign, total):
        for _index in range(number):
            sketch = events.sketch_event(rng, season, place, world.directory)
            _sign(world, sketch)
            events.close_story(rng, season, sketch)
            sketches.append(sketch)
    chain = reports.invent_chain(world, season, sketches)
    _write_sketches(world, campaign, sketches, chain.folders)
    write_extensions(world, campaign, chain.extensions)
    write_chain(world, campaign, chain)


def _write_running(world: World, season, total: int) -> None:
    rng, campaign = world.rng, season.campaign
    active = _active_places(rng, world.places, campaign, 0.12)
    held_together = joint.invent_joint_events(world, season, active, lambda sketch: _sign(world, sketch, plain=True))
    attendances = [sketch for found in held_together for sketch in found.attendances]
    sketches, ahead = [], []
    for place, number in _share_out(active, campaign, total - len(attendances)):
        if place.school.code == schools.RICH_SCHOOL:
            continue
        for _index in range(number):
            coming = rng.random() < AHEAD
            sketch = events.sketch_event(rng, season, place, world.directory, ahead=coming)
            _sign(world, sketch)
            (ahead if coming else sketches).append(sketch)
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
    write_joint_events(world, campaign, held_together)
    _write_sketches(world, campaign, sketches + attendances)
    write_extensions(world, campaign, reports.running_extensions(world, season))


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


def _write_sketches(world: World, campaign, sketches, folders=None) -> None:
    """Write rows, partners, numbers and history; the first to be entered has the least id. ``folders`` are those that
    are there without events too, by the school's id: since when each is frozen, if it is."""
    sketches.sort(key=lambda sketch: (sketch.steps[0].moment, sketch.place.school.pk))
    folders = folders or {}
    school_ids = sorted({sketch.place.school.pk for sketch in sketches} | folders.keys())
    SchoolCampaign.objects.bulk_create(
        [SchoolCampaign(school_id=pk, campaign=campaign, frozen_at=folders.get(pk)) for pk in school_ids],
        batch_size=500,
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
    History.objects.bulk_create(entries, batch_size=500)


def _row_of(world: World, sketch) -> Event:
    steps = sketch.steps
    first = next((step for step in steps if step.verb == "submit"), None)
    sent, reviewed = sketch.last("submit"), sketch.last("accept", "return")
    row = Event(
        school=sketch.place.school,
        campaign=sketch.campaign,
        format=sketch.format,
        joint=sketch.joint,
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
    if sketch.on_behalf:
        written = next(step for step in reversed(steps) if step.verb not in ("accept", "return"))
        row.altered_by, row.altered_at = written.actor, written.moment
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


def _history_of(row: Event, sketch, kind) -> list[History]:
    """Build the entries that the actions would have left, one a step."""
    extra = {"partners": _words(sketch.partners), "indicators": _numbers(sketch.format, sketch.indicators)}
    now = state_of(row, extra)
    place = Belonging(row.school.municipality.region_id, row.school.municipality_id, row.school_id)
    version, before, entries = row.version, None, []
    for number, step in enumerate(sketch.steps, start=1):
        state = now | _as_it_was(sketch, step.was) | {"status": events.STATUS_AFTER[step.verb].value}
        row.version = number
        for_whom = row.school if sketch.on_behalf and step.verb not in ("accept", "return") else None
        entry = entry_of(step.actor, step.verb, row, before, state, step.comment, for_whom, step.moment, kind, place)
        entries.append(entry)
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
