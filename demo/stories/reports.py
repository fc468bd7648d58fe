"""Invented reports of campaigns that are over: what each school and municipality says, and how it went up.

A story holds all of one report; its ``steps`` say who did what and when, and the row's status, version and dates
follow from them, as with events.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from campaigns.models import Format, Stage
from demo.stories import schools
from demo.stories.events import STATUS_AFTER, later
from demo.stories.steps import Step, Story
from demo.words import reports as report_texts
from demo.words.names import person, short
from events.models import HELD
from portal.models import Municipality
from reports.models import ReportStatus, SchoolReport

REPORT_STATUS_AFTER = {
    "write": ReportStatus.OPEN,
    "submit": ReportStatus.SUBMITTED,
    "return": ReportStatus.RETURNED,
    "reopen": ReportStatus.RETURNED,
    "accept": ReportStatus.ACCEPTED,
}


@dataclass(frozen=True)
class Ending:
    """How a campaign ended: the part of its schools that were late, had an extension, were returned once, never sent
    their report and never corrected it; and how many municipalities were late, returned, had an extension."""

    late: float
    extended: float
    corrected: float
    missing: float = 0
    uncorrected: float = 0
    late_places: int = 1
    returned_places: int = 1
    extended_places: int = 0


ENDINGS = {
    "spring-2019": Ending(late=0.02, extended=0.003, corrected=0.04, missing=0.01, uncorrected=0.006),
    "autumn-2019": Ending(late=0.012, extended=0.018, corrected=0.05, late_places=2, returned_places=2,
                          extended_places=1),
}  # fmt: skip


@dataclass
class Report(Story):
    """A report: ``values`` as they are in the end, a step's ``was`` in what they differed then."""

    values: dict
    author: object = None
    reviewer: object = None
    on_behalf: bool = False

    @property
    def status(self) -> str:
        return REPORT_STATUS_AFTER[self.steps[-1].verb]


@dataclass
class SchoolStory(Report):
    """A school's report; ``events_moved`` says that events still changed after it was first sent."""

    place: schools.DemoSchool = None
    events_moved: bool = False

    def texts(self) -> dict:
        """What the report says beside its numbers, by the names of its columns."""
        return {name: value for name, value in self.values.items() if name not in ("grades", "kinds", "answers")}

    def typed(self, campaign) -> dict:
        """The numbers by grade as its form asks for them: who took part, or who never did."""
        grades, roll = self.values["grades"], self.place.enrolled(campaign.academic_year)
        if self.values["answered_by"] != SchoolReport.AnsweredBy.NEVER:
            return grades
        return {grade: None if count is None else roll[grade] - count for grade, count in grades.items()}


@dataclass
class MunicipalStory(Report):
    municipality: Municipality = None


@dataclass
class ExtensionStory(Story):
    """A later date: what was asked for; its steps say who asked for it when, and what the operator answered."""

    fields: dict


# --- What a school can say -------------------------------------------------------------------


@dataclass
class Bounds:
    """The numbers that a school's held events allow: ``(least, most)`` by grade, ``(least, together)`` by kind."""

    grades: dict
    kinds: dict


def bounds_of(place, campaign, sketches, moment: datetime | None = None) -> Bounds:
    """Return the bounds that a school's events give, as they stand in the end or as they stood at a ``moment``."""
    roll = place.enrolled(campaign.academic_year)
    largest, together = defaultdict(int), defaultdict(int)
    largest_of, together_of = defaultdict(int), defaultdict(int)
    for sketch in sketches:
        done = [step for step in sketch.steps if moment is None or step.moment <= moment]
        if not done or STATUS_AFTER[done[-1].verb] not in HELD:
            continue
        counts = done[-1].was.get("counts", sketch.counts)
        for grade in campaign.grades:
            count = counts.get(grade, 0)
            key = sketch.format.kind, grade
            largest[grade] = max(largest[grade], count)
            together[grade] += count
            largest_of[key] = max(largest_of[key], count)
            together_of[key] += count

    def within(count, grade):
        return count if roll is None else min(count, roll[grade])

    grades = {grade: (within(largest[grade], grade), within(together[grade], grade)) for grade in campaign.grades}
    kinds = {}
    for kind in Format.Kind:
        whole = sum(together_of[kind, grade] for grade in campaign.grades)
        if whole:
            least = sum(within(largest_of[kind, grade], grade) for grade in campaign.grades)
            kinds[kind.value] = least, whole
    return Bounds(grades, kinds)


def _between(rng, least: int, most: int) -> int:
    return least + round(max(0, most - least) * rng.triangular(0.3, 1, 0.93))


def _numbers(rng, place, campaign, bounds: Bounds) -> dict:
    """Invent unique pupils by grade and by kind; now and then a kind has no data."""
    real = place.rolls[campaign.academic_year]
    grades = {}
    for grade, (least, most) in bounds.grades.items():
        grades[grade] = _between(rng, least, min(most, max(real[grade], least)))
    pupils, kinds = sum(grades.values()), {}
    for kind, (least, whole) in bounds.kinds.items():
        kinds[kind] = None if rng.random() < 0.05 else _between(rng, least, max(min(whole, pupils), least))
    return {"grades": grades, "kinds": kinds}


def _fitted(numbers: dict, bounds: Bounds) -> dict:
    """Return ``numbers`` brought within the bounds of an earlier moment."""
    grades = {grade: min(max(numbers["grades"][grade], least), most) for grade, (least, most) in bounds.grades.items()}
    pupils, kinds = sum(grades.values()), {}
    for kind, (least, whole) in bounds.kinds.items():
        number = numbers["kinds"].get(kind)
        kinds[kind] = None if number is None else min(max(number, least), max(min(whole, pupils), least))
    return {"grades": grades, "kinds": kinds}


def _answers(rng, place, campaign, questions, pupils: int) -> dict:
    """Answer the campaign's questions, one by one; an empty answer is none."""
    ninth = place.rolls[campaign.academic_year][9]
    found = {}
    for question in questions:
        answer = {}
        if question.kind == question.Kind.PART:
            answer = {"number": round(ninth * rng.uniform(0.55, 0.97)), "whole": ninth}
        elif question.kind == question.Kind.YES_NO:
            answer = {"yes": rng.random() < 0.7}
        elif question.kind == question.Kind.NUMBER and rng.random() < 0.85:
            answer = {"number": round(pupils * rng.uniform(0.005, 0.06))}
        elif question.kind == question.Kind.TEXT and rng.random() < 0.45:
            answer = {"text": rng.choice(report_texts.LIKED)}
        if answer:
            found[question.pk] = answer
    return found


def _some(rng, lines, share: float) -> str:
    return rng.choice(lines) if rng.random() < share else ""


def _school_values(rng, place, season, questions, bounds: Bounds) -> dict:
    campaign = season.campaign
    values = _numbers(rng, place, campaign, bounds)
    known = place.enrolled(campaign.academic_year) is not None
    ways, basis = SchoolReport.AnsweredBy, SchoolReport.Basis
    talkative = 1 if place.school.code == schools.RICH_SCHOOL else 0.6
    return values | {
        "answers": _answers(rng, place, campaign, questions, sum(values["grades"].values())),
        "answered_by": ways.NEVER if known and rng.random() < 0.25 else ways.TOOK_PART,
        "basis": basis.LISTS if rng.random() < 0.72 else basis.ESTIMATE,
        "conclusions": _some(rng, report_texts.CONCLUSIONS, talkative) if bounds.kinds else report_texts.NO_EVENTS,
        "difficulties": _some(rng, report_texts.DIFFICULTIES, 0.3),
        "proposals": _some(rng, report_texts.PROPOSALS, 0.22),
        "signed_name": place.school.director or short(person(rng)),
        "signed_post": report_texts.DIRECTOR,
    }


# --- The chain of one campaign ---------------------------------------------------------------


def tell_reports(world, season, sketches) -> tuple[list, list, list]:
    """Tell the extensions, the school reports and the municipal reports of a campaign that is over.

    Events that still waited are accepted with their school's report. Played are the reports that went another way than
    most, that of the demo's own school, and every municipal one; with them the events that changed meanwhile.
    """
    rng, campaign = world.rng, season.campaign
    ending = ENDINGS[campaign.slug]
    by_school = defaultdict(list)
    for sketch in sketches:
        by_school[sketch.place.school.pk].append(sketch)
    expected = [place for place in world.places if place.is_open(campaign)]
    fates = _fates(rng, ending, expected)
    extensions, untils = _school_extensions(world, season, expected, fates)
    questions = list(campaign.questions.all())
    stories = []
    for place in expected:
        pk = place.school.pk
        if fates.get(pk) == "missing":
            continue
        own = by_school[pk]
        values = _school_values(rng, place, season, questions, bounds_of(place, campaign, own))
        story = SchoolStory(values, place=place)
        _tell_school(world, season, story, own, fates.get(pk), untils.get(pk))
        stories.append(story)
        if story.status == ReportStatus.ACCEPTED:
            _accept_along(own, story)
    municipal, more = _municipal_stories(world, season, ending, expected, stories)
    for story in stories:
        for sketch in by_school[story.place.school.pk]:
            sketch.is_played = story.is_played and story.events_moved
    return [*extensions, *more], stories, municipal


def _fates(rng, ending: Ending, expected) -> dict:
    """Choose the schools whose report went another way than sent in time and accepted, by the school's id."""
    plain = [place for place in expected if place.school.code != schools.RICH_SCHOOL]
    # Who asks for an extension or is missing has a municipality above.
    plain = [place for place in plain if not place.municipality.is_run_by_operator]
    order, fates = rng.sample(plain, len(plain)), {}
    for fate in ("late", "extended", "corrected", "missing", "uncorrected"):
        share = getattr(ending, fate)
        for _index in range(max(1, round(share * len(expected))) if share else 0):
            if order:
                fates[order.pop().school.pk] = fate
    return fates


def _school_extensions(world, season, expected, fates) -> tuple[list[ExtensionStory], dict]:
    """Return the extensions of schools' reports, and until when each school has time, by its id."""
    rng, due = world.rng, season.campaign.school_reports_due
    found, untils = [], {}
    for place in expected:
        if fates.get(place.school.pk) != "extended":
            continue
        asked = season.moment(rng, due - timedelta(days=rng.randint(1, 3)))
        until = untils[place.school.pk] = due + timedelta(days=rng.randint(3, 5))
        reason = rng.choice(report_texts.EXTENSION_REASONS)
        story = _asked(world, Stage.SCHOOL_REPORT, until, reason, place.municipality, asked, school=place.school)
        answered, answer = later(rng, season, asked, 1), rng.choice(("", report_texts.EXTENSION_ANSWER))
        story.steps.append(Step("grant", world.operator, answered, answer))
        found.append(story)
    return found, untils


def _asked(world, stage, until: date, reason: str, municipality, moment: datetime, /, **place) -> ExtensionStory:
    """Return an extension that a municipality's coordinator asked for, for a ``school`` or the ``municipality``."""
    by = world.reviewers[municipality.pk][0]
    fields = {"stage": stage, "until": until, "reason": reason, **place}
    return ExtensionStory(fields, steps=[Step("ask", by, moment)])


def _day_of(season, moment: datetime) -> date:
    return moment.astimezone(season.zone).date()


def _tell_school(world, season, story: SchoolStory, sketches, fate, until) -> None:
    """Write the steps of a school's report: written, sent, perhaps returned and sent again, accepted."""
    rng, campaign, place = world.rng, season.campaign, story.place
    due, opens = campaign.school_reports_due, campaign.ends_on + timedelta(days=1)
    reviewers = world.reviewers[place.municipality.pk]
    is_rich = place.school.code == schools.RICH_SCHOOL
    story.reviewer = reviewers[0] if is_rich or rng.random() < 0.75 else reviewers[-1]
    story.author = rng.choice(place.coordinators)
    if fate is None and not is_rich and rng.random() < 0.02 and not place.municipality.is_run_by_operator:
        story.author, story.on_behalf = story.reviewer, True
    changes = [step.moment for sketch in sketches for step in sketch.steps if step.verb in ("submit", "return")]
    changed = max(changes, default=None)
    if fate is None and changed and _day_of(season, changed) > due and place.late and rng.random() < 0.4:
        fate = "late"
    first = _first_sent(rng, season, fate, until, opens, due, changed)
    steps = story.steps
    if rng.random() < 0.4:
        day = max(opens, _day_of(season, first) - timedelta(days=rng.randint(0, 3)))
        written = season.moment(rng, day)
        if written >= first:
            written = first - timedelta(minutes=rng.randint(12, 90))
        steps.append(Step("write", story.author, written, was=_as_begun(rng, story.values)))
    submit = Step("submit", story.author, first)
    steps.append(submit)
    story.events_moved = changed is not None and changed > first
    story.is_played = is_rich or (fate is not None and not story.events_moved)
    if story.events_moved:
        why = "events"
        submit.was = _fitted(story.values, bounds_of(place, campaign, sketches, first))
    elif fate == "corrected":
        why, submit.was = _mistake(rng, story.values)
    elif fate == "uncorrected":
        why = ""
    else:
        why = None
    if why is not None:
        comment = rng.choice(report_texts.RETURNS[why]) if why else report_texts.NEVER_CORRECTED
        returned = later(rng, season, first, 2)
        correct_by = _day_of(season, returned) + timedelta(days=3)
        steps.append(Step("return", story.reviewer, returned, comment, correct_by=correct_by))
        if fate == "uncorrected":
            # What was sent is what stands.
            story.values |= submit.was
            return
        again = max(returned, changed) if changed else returned
        steps.append(Step("submit", story.author, later(rng, season, again, 2)))
    # Whoever accepts has decided on what is flagged and lets the school finish its planned and cancelled ones first.
    settled = [
        step.moment
        for sketch in sketches
        for step in sketch.steps
        if step.verb != "accept" or sketch.is_flagged or step is not sketch.steps[-1]
    ]
    ready = max([steps[-1].moment, *settled])
    steps.append(Step("accept", story.reviewer, later(rng, season, ready, 2)))


def _first_sent(rng, season, fate, until, opens: date, due: date, changed) -> datetime:
    """When a report is first sent: in time unless its fate says otherwise, after the last event where that may be."""
    if fate == "late":
        return season.moment(rng, due + timedelta(days=rng.randint(1, 3)))
    if fate == "extended":
        return season.moment(rng, due + timedelta(days=rng.randint(1, (until - due).days)))
    if changed and opens <= _day_of(season, changed) <= due:
        opens, after = _day_of(season, changed), changed
    else:
        after = None
    days = [opens + timedelta(days=number) for number in range((due - opens).days + 1)]
    weights = [(1 + number) * (0.25 if day.weekday() > 4 else 1) for number, day in enumerate(days)]
    return season.moment(rng, rng.choices(days, weights)[0], after)


def _as_begun(rng, values: dict) -> dict:
    """What a report says that was saved half-way: some grades, no kinds and no answers yet."""
    grades = {grade: (count if rng.random() < 0.6 else None) for grade, count in values["grades"].items()}
    return {
        "grades": grades,
        "kinds": {},
        "answers": {},
        "basis": "",
        "conclusions": rng.choice(report_texts.FIRST_DRAFTS),
        "difficulties": "",
        "proposals": "",
    }


def _mistake(rng, values: dict) -> tuple[str, dict]:
    """What was wrong with a report that was returned, and what stood in it then."""
    numbered = sorted(kind for kind, number in values["kinds"].items() if number is not None)
    if numbered and rng.random() < 0.6:
        return "kinds", {"kinds": values["kinds"] | dict.fromkeys(numbered[:2])}
    if not values["conclusions"]:
        values["conclusions"] = rng.choice(report_texts.CONCLUSIONS)
    return "texts", {"conclusions": report_texts.POOR_CONCLUSION}


def _accept_along(sketches, story: SchoolStory) -> None:
    """Let the acceptance of the report accept the events that would have waited longer."""
    accepted = story.steps[-1]
    for sketch in sketches:
        last = sketch.steps[-1]
        if last.verb == "accept" and last.moment > accepted.moment:
            last.moment, last.actor = accepted.moment, accepted.actor


# --- Municipalities --------------------------------------------------------------------------


def _municipal_stories(world, season, ending: Ending, expected, stories) -> tuple[list, list]:
    """Tell the reports of the municipalities that have schools, and the extensions of those reports."""
    rng = world.rng
    with_schools = {place.municipality.pk for place in expected}
    own = [row for row in world.municipalities if row.pk in with_schools and not row.is_run_by_operator]
    order = [row for row in rng.sample(own, len(own)) if row.slug != schools.CAPITAL]
    fates = {}
    for fate, number in (
        ("extended", ending.extended_places),
        ("late", ending.late_places),
        ("returned", ending.returned_places),
    ):
        for _index in range(number):
            fates[order.pop().pk] = fate
    found, extensions = [], []
    for municipality in own:
        fate = fates.get(municipality.pk)
        accepted = [
            story
            for story in stories
            if story.place.municipality.pk == municipality.pk and story.status == ReportStatus.ACCEPTED
        ]
        story = MunicipalStory(_municipal_values(rng, municipality), municipality=municipality)
        _tell_municipality(world, season, story, accepted, fate)
        found.append(story)
        if fate == "extended":
            extensions.append(_municipal_extension(world, season, municipality, granted=True))
    if ending.extended_places and order:
        extensions.append(_municipal_extension(world, season, order.pop(), granted=False))
    return found, extensions


def _municipal_values(rng, municipality) -> dict:
    word = municipality.authority.split()[0] if municipality.authority else ""
    return {
        "conclusions": rng.choice(report_texts.MUNICIPAL_CONCLUSIONS),
        "difficulties": _some(rng, report_texts.MUNICIPAL_DIFFICULTIES, 0.6),
        "proposals": _some(rng, report_texts.MUNICIPAL_PROPOSALS, 0.5),
        "signed_name": short(person(rng)),
        "signed_post": report_texts.HEADS.get(word, report_texts.HEAD),
    }


def _tell_municipality(world, season, story: MunicipalStory, accepted, fate) -> None:
    """Write the steps of a municipality's report: sent when its schools are accepted, or when it is due and once more
    after the last of them, whose acceptance reopens it; accepted by the operator."""
    rng, campaign = world.rng, season.campaign
    due = campaign.municipal_reports_due
    reviewers = world.reviewers[story.municipality.pk]
    story.author, story.reviewer = rng.choice(reviewers), world.operator
    moments = sorted((school.steps[-1].moment, school.place.school.pk, school) for school in accepted)
    complete = moments[-1][0] if moments else season.moment(rng, campaign.school_reports_due)
    if fate in ("late", "extended"):
        day = due + timedelta(days=rng.randint(1, 3))
    else:
        day = min(max(_day_of(season, complete), due - timedelta(days=rng.randint(0, 4))), due)
    after = complete if _day_of(season, complete) <= day else None
    first = season.moment(rng, day, after)
    steps = story.steps
    if rng.random() < 0.5:
        begun = first - timedelta(minutes=rng.randint(15, 120))
        steps.append(Step("write", story.author, begun, was={"difficulties": "", "proposals": "", "signed_name": ""}))
    steps.append(Step("submit", story.author, first))
    reopening = next((school for moment, _pk, school in moments if moment > first), None)
    if reopening:
        reopening.is_played = True
        acceptance = reopening.steps[-1]
        steps.append(Step("reopen", acceptance.actor, acceptance.moment))
        steps.append(Step("submit", story.author, later(rng, season, complete, 1)))
    elif fate == "returned":
        returned = later(rng, season, first, 2)
        steps[-1].was = {"conclusions": report_texts.MUNICIPAL_CONCLUSIONS[0].split(",")[0] + "."}
        correct_by = _day_of(season, returned) + timedelta(days=3)
        comment = rng.choice(report_texts.MUNICIPAL_RETURNS)
        steps.append(Step("return", story.reviewer, returned, comment, correct_by=correct_by))
        steps.append(Step("submit", story.author, later(rng, season, returned, 2)))
    steps.append(Step("accept", story.reviewer, later(rng, season, steps[-1].moment, 2)))


def _municipal_extension(world, season, municipality, *, granted: bool) -> ExtensionStory:
    rng, due = world.rng, season.campaign.municipal_reports_due
    asked, until = season.moment(rng, due - timedelta(days=rng.randint(2, 4))), due + timedelta(days=4)
    reason = report_texts.MUNICIPAL_EXTENSION if granted else report_texts.DECLINED_REASON
    stage = Stage.MUNICIPAL_REPORT
    story = _asked(world, stage, until, reason, municipality, asked, municipality=municipality)
    answer = report_texts.EXTENSION_ANSWER if granted else report_texts.DECLINED_ANSWER
    verb, answered = "grant" if granted else "decline", later(rng, season, asked, 1)
    story.steps.append(Step(verb, world.operator, answered, answer))
    return story


# --- The running campaign --------------------------------------------------------------------


def running_extensions(world, season) -> list[ExtensionStory]:
    """Extensions of the running campaign: one is granted, two wait for the operator's answer."""
    rng, campaign, words = world.rng, season.campaign, report_texts.RUNNING_EXTENSIONS
    districts = [
        place
        for place in world.places
        if place.is_open(campaign)
        and not place.municipality.is_run_by_operator
        and place.municipality.slug != schools.CAPITAL
    ]
    capital = next((row for row in world.municipalities if row.slug == schools.CAPITAL), None)
    granted, asking = rng.sample(districts, 2)

    def ask(stage, due, days, reason, municipality, shift, /, **place):
        asked = season.moment(rng, season.today - timedelta(days=shift))
        return _asked(world, stage, due + timedelta(days=days), words[reason], municipality, asked, **place)

    due, report = campaign.school_reports_due, Stage.SCHOOL_REPORT
    first = ask(report, due, 5, "granted", granted.municipality, 6, school=granted.school)
    answered = season.moment(rng, season.today - timedelta(days=5))
    first.steps.append(Step("grant", world.operator, answered, report_texts.EXTENSION_ANSWER))
    second = ask(Stage.EVENTS, campaign.events_due, 6, "asked_school", asking.municipality, 2, school=asking.school)
    if capital is None or capital.is_run_by_operator:
        return [first, second]
    return [first, second, ask(report, due, 3, "asked_municipality", capital, 1, municipality=capital)]
