"""A campaign told as a whole: which schools log how many events, who enters and reviews them, and the reports on them
where it is over.
"""

from dataclasses import dataclass, field

from demo.stories import events, joint_events, reports, schools
from demo.stories.world import World
from events.models import Event
from portal.models import Municipality

AHEAD = 0.13
"""The part of the running campaign's events that is still to come."""
WAITING = 13
"""How many events wait for review in the demo's municipality, beside those of its best-known school and those of
joint events."""
OPEN = (Event.Status.DRAFT, Event.Status.SUBMITTED, Event.Status.RETURNED)
"""What somebody has to do something about: such events of the demo's municipality are played."""


@dataclass
class Told:
    """All that happened in a campaign."""

    campaign: object
    events: list
    joint_events: list = field(default_factory=list)
    extensions: list = field(default_factory=list)
    school_reports: list = field(default_factory=list)
    municipal_reports: list = field(default_factory=list)


def tell_campaign(world: World, campaign, total: int, running: bool) -> Told:
    """Invent about ``total`` events of a campaign with all that was done to them."""
    formats = list(campaign.formats.prefetch_related("indicators").order_by("slug"))
    for format_ in formats:
        format_.asked = list(format_.indicators.all())
    season = events.Season(campaign, world.now, world.zone, formats, running)
    return _tell_running(world, season, total) if running else _tell_closed(world, season, total)


def _tell_closed(world: World, season, total: int) -> Told:
    rng, campaign = world.rng, season.campaign
    sketches = []
    for place, number in _share_out(_active_places(rng, world.places, campaign, 0.02), campaign, total):
        for _index in range(number):
            sketch = events.sketch_event(rng, season, place, world.directory)
            _sign(world, sketch)
            events.close_story(rng, season, sketch)
            sketches.append(sketch)
    return Told(campaign, sketches, [], *reports.tell_reports(world, season, sketches))


def _tell_running(world: World, season, total: int) -> Told:
    rng, campaign = world.rng, season.campaign
    active = _active_places(rng, world.places, campaign, 0.12)
    together = joint_events.invent_joint_events(world, season, active, lambda sketch: _sign(world, sketch, plain=True))
    attendances = [sketch for found in together for sketch in found.attendances]
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
    for sketch in sketches:
        sketch.is_played = sketch.place.municipality.slug == schools.CAPITAL and sketch.status in OPEN
    rich = next((place for place in active if place.school.code == schools.RICH_SCHOOL), None)
    if rich:
        own = events.rich_sketches(rng, season, rich, world.directory, lambda sketch: _sign(world, sketch, plain=True))
        attendances = [*own, *attendances]
    for sketch in attendances:
        sketch.is_played = True
    return Told(campaign, sketches + attendances, together, reports.running_extensions(world, season))


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
