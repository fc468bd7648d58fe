"""Invented joint events of the running campaign: fairs and trial days that several schools attend."""

from dataclasses import dataclass, field
from datetime import timedelta

from campaigns.models import Format
from demo.stories import events, schools
from demo.stories.events import Sketch
from demo.stories.steps import Step, Story
from demo.words import reports as report_texts
from demo.words.names import place_of
from portal.models import Partner

Kind, Partners = Format.Kind, Partner.Kind


@dataclass(frozen=True)
class Plan:
    """A joint event to be invented: ``shift`` is its day, counted from today; ``municipality`` None is the whole
    region; ``host`` the kind of organisation that holds it, if any; ``waiting`` and ``returned`` say how many of its
    attendances are under review and returned; a ``cancelled`` one is called off, and what was planned of it with it."""

    municipality: str | None
    format: str
    shift: int
    title: str
    place: str
    schools: int
    host: str = ""
    waiting: int = 0
    returned: int = 0
    rich: bool = False
    cancelled: bool = False


PLANS = (
    Plan("tomsk", "yarmarka-professiy", -11, "Городская ярмарка профессий", "Дворец творчества", 14, rich=True),
    Plan(
        None, "proba-v-kolledzhe", -4, "День профессиональных проб: сварка, электромонтаж, кулинария", "", 12,
        host=Partners.COLLEGE, waiting=2,
    ),
    Plan("seversk", "yarmarka-professiy", -7, "Ярмарка профессий «Выбор за тобой»", "Дом культуры", 6, waiting=1),
    Plan("kolpashevskiy", "yarmarka-professiy", -6, "Районная ярмарка профессий", "Центр досуга", 7, waiting=2),
    Plan(
        "tomsk", "den-otkrytyh-dverey", -3, "День открытых дверей для 9–11 классов", "", 8,
        host=Partners.UNIVERSITY, waiting=3, returned=1,
    ),
    Plan(
        "asinovskiy", "proba-v-kolledzhe", -2, "День проб в техникуме", "", 5, host=Partners.COLLEGE, waiting=2
    ),
    Plan("tomskiy", "yarmarka-professiy", 4, "Ярмарка профессий Томского района", "Дом культуры", 9),
    Plan(
        None, "den-otkrytyh-dverey", 6, "Выездная встреча с вузами", "", 5, host=Partners.UNIVERSITY, cancelled=True
    ),
    Plan(None, "den-otkrytyh-dverey", 8, "Единый день открытых дверей колледжей", "", 10, host=Partners.COLLEGE),
)  # fmt: skip


@dataclass
class Together(Story):
    """A joint event with what the schools say of it; who calls it off cancels what they planned of it."""

    municipality: object
    fields: dict
    attendances: list = field(default_factory=list)


def invent_joint_events(world, season, active, sign) -> list[Together]:
    """Return the joint events that fit the campaign and have schools among the ``active`` ones; ``sign`` gives an
    attendance its author and its reviewer."""
    by_slug = {format_.slug: format_ for format_ in season.formats}
    municipalities = {row.slug: row for row in world.municipalities}
    found = []
    for plan in PLANS:
        municipality = municipalities.get(plan.municipality)
        if plan.format not in by_slug or (plan.municipality and municipality is None):
            continue
        format_ = by_slug[plan.format]
        attending = _who_attends(world.rng, plan, active, municipality, format_, season)
        if attending:
            found.append(_together(world, season, plan, municipality, format_, attending, sign))
    return found


def _who_attends(rng, plan: Plan, active, municipality, format_, season) -> list:
    """Choose schools with pupils of the format's grades; in the whole region not more than three of a municipality."""
    year = season.campaign.academic_year
    fit = [place for place in active if any(place.rolls[year][grade] for grade in format_.grades)]
    rich = [place for place in fit if place.school.code == schools.RICH_SCHOOL]
    plain = [place for place in fit if place not in rich]
    if municipality is None:
        plain, seen = rng.sample(plain, len(plain)), {}
        chosen = []
        for place in plain:
            seen[place.municipality.pk] = seen.get(place.municipality.pk, 0) + 1
            if seen[place.municipality.pk] <= 3:
                chosen.append(place)
        chosen = chosen[: plan.schools]
    else:
        own = [place for place in plain if place.municipality == municipality]
        chosen = rng.sample(own, min(plan.schools, len(own)))
    if plan.rich:
        chosen = [*rich, *chosen]
    return sorted(chosen, key=lambda place: place.school.pk)


def _together(world, season, plan: Plan, municipality, format_, attending, sign) -> Together:
    rng = world.rng
    day = season.working_day(plan.shift)
    if plan.shift < 0:
        day = max(min(day, season.last_held), season.campaign.starts_on)
    host = _host(world, plan, municipality)
    partners = [] if host else _guests(rng, world, municipality)
    described = {Kind.CAREER_TRIAL: "college", Kind.FAIR: "fair"}.get(format_.kind, "open_day")
    found = Together(
        municipality,
        {
            "format": format_,
            "title": plan.title,
            "starts_on": day,
            "ends_on": day,
            "delivery": "onsite" if format_.delivery == "mixed" else format_.delivery,
            "place": host.name if host else f"{plan.place}, {place_of(municipality)}",
            "host": host.name if host else "",
            "partners": [partner.name for partner in partners],
            "description": report_texts.JOINT_DESCRIPTION[described],
        },
    )
    fates = ["submitted"] * plan.waiting + ["returned"] * plan.returned
    plain = [place for place in attending if place.school.code != schools.RICH_SCHOOL]
    # At least one attendance is accepted, so that the joint event counts.
    fates = dict(zip((place.school.pk for place in reversed(plain)), fates[: len(attending) - 1], strict=False))
    for place in attending:
        sketch = Sketch(place, season.campaign, format_, day, day, joint=found)
        sketch.counts = events.invent_counts(rng, format_, place.rolls[season.campaign.academic_year])
        sketch.teachers = rng.randint(1, 3)
        sign(sketch)
        _tell(rng, season, sketch, "planned" if plan.shift > 0 else fates.get(place.school.pk, "accepted"))
        found.attendances.append(sketch)
    first = min(sketch.steps[0].moment for sketch in found.attendances)
    opened = season.campaign.published_at + timedelta(hours=1, minutes=rng.randrange(60))
    author = world.reviewers[municipality.pk][0] if municipality else world.operator
    found.steps = [Step("create", author, max(opened, first - timedelta(days=rng.randint(1, 4))))]
    if plan.cancelled:
        planned = max(sketch.steps[-1].moment for sketch in found.attendances)
        found.steps.append(Step("cancel", author, season.moment(rng, season.today - timedelta(days=1), planned)))
    return found


def _tell(rng, season, sketch, outcome: str) -> None:
    via = "plan" if outcome == "accepted" and rng.random() < 0.3 else None
    if outcome == "planned":
        sketch.teachers = 0
        events.tell(rng, season, sketch, outcome)
        return
    sent = season.moment(rng, min(sketch.ends_on + timedelta(days=rng.randint(0, 2)), season.today))
    mistake = events.wrong_count(rng, sketch, report_texts.JOINT_RETURN) if outcome == "returned" else None
    events.tell(rng, season, sketch, outcome, sent=sent, mistake=mistake, via=via)


def _host(world, plan: Plan, municipality):
    """Return who holds it: of the municipality if there is such an organisation, else of the capital."""
    if not plan.host:
        return None
    near = world.directory.near.get(municipality.pk, []) if municipality else []
    own = [row for row in near if row.kind == plan.host]
    return next((row for row in [*own, *world.directory.capital] if row.kind == plan.host), None)


def _guests(rng, world, municipality) -> list:
    near = world.directory.near.get(municipality.pk, [])
    colleges = [row for row in world.directory.capital if row.kind == Partners.COLLEGE and row not in near]
    return [*rng.sample(near, min(3, len(near))), *rng.sample(colleges, min(2, len(colleges)))]
