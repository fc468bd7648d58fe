"""Invented events: what was held when and for whom, and the story of each from plan to acceptance.

A :class:`Sketch` says all of one event; its ``steps`` say who did what and when, and the row's status, version and
dates follow from them.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from campaigns.models import Format
from demo.stories.steps import Step, Story
from demo.words import events as texts
from events.models import Event
from portal.grades import GRADES
from portal.models import Partner

Kind, Status = Format.Kind, Event.Status

STATUS_AFTER = {
    "draft": Status.DRAFT,
    "plan": Status.PLANNED,
    "submit": Status.SUBMITTED,
    "accept": Status.ACCEPTED,
    "return": Status.RETURNED,
    "cancel": Status.CANCELLED,
}
POPULARITY = {
    Kind.OPEN_LESSON: 3.2,
    Kind.DIAGNOSTICS: 1.8,
    Kind.CAREER_TRIAL: 1.6,
    Kind.EXCURSION: 2.2,
    Kind.COURSE: 0.7,
    Kind.CLUB: 0.5,
    Kind.PROJECT: 1.3,
    Kind.CONTEST: 0.6,
    Kind.MEETING: 2.4,
    Kind.FAIR: 0.5,
    Kind.OPEN_DAY: 1.0,
}
WEEK = (0.9, 1.15, 1.2, 1.15, 1.0, 0.28, 0.04)
HOLIDAYS = {(1, day) for day in range(1, 9)} | {
    (month, day) for month, day in ((2, 23), (3, 8), (6, 12), (11, 4), *((5, day) for day in (1, 2, 3, 9, 10)))
}
WITH_PARTNERS = (Kind.EXCURSION, Kind.CAREER_TRIAL, Kind.FAIR, Kind.MEETING, Kind.OPEN_DAY)
SOMETIMES_WITH_PARTNERS = (Kind.PROJECT, Kind.CONTEST)
GRADE_WEIGHTS = {1: 0.5, 2: 0.5, 3: 0.6, 4: 0.7, 5: 0.75, 6: 0.85, 7: 1.0, 8: 1.3, 9: 1.8, 10: 1.3, 11: 1.5}
# The most pupils of a kind that works in groups.
GROUPS = {
    Kind.CAREER_TRIAL: (7, 16),
    Kind.EXCURSION: (10, 26),
    Kind.CONTEST: (3, 12),
    Kind.PROJECT: (8, 24),
    Kind.CLUB: (8, 15),
    Kind.COURSE: (12, 28),
}


@dataclass
class Sketch(Story):
    """All of one event."""

    place: object
    campaign: object
    format: Format
    starts_on: date
    ends_on: date
    title: str = ""
    delivery: str = ""
    venue: str = ""
    partners: list = field(default_factory=list)
    counts: dict = field(default_factory=dict)
    teachers: int = 1
    parents: int = 0
    link: str = ""
    description: str = ""
    note: str = ""
    indicators: dict = field(default_factory=dict)
    author: object = None
    reviewer: object = None
    on_behalf: bool = False
    joint: Story | None = None

    @property
    def status(self) -> str:
        return STATUS_AFTER[self.steps[-1].verb]

    @property
    def participants(self) -> int:
        return sum(self.counts.values())

    @property
    def enrolled(self) -> dict | None:
        return self.place.enrolled(self.campaign.academic_year)

    @property
    def is_flagged(self) -> bool:
        enrolled = self.enrolled
        return enrolled is not None and any(count > enrolled[grade] for grade, count in self.counts.items())

    @property
    def done_on(self) -> date:
        """The day from which it may be sent: a course once it has begun, anything else when it is over."""
        return self.starts_on if self.format.kind in Format.LONG_KINDS else self.ends_on

    def fields(self) -> dict:
        """What the event's own columns say, by their names."""
        return {
            "format": self.format,
            "title": self.title,
            "starts_on": self.starts_on,
            "ends_on": self.ends_on,
            "delivery": self.delivery,
            "place": self.venue,
            "teachers": self.teachers,
            "parents": self.parents,
            "link": self.link,
            "description": self.description,
            "note": self.note,
            **{f"grade_{grade}": self.counts.get(grade, 0) for grade in GRADES},
        }


@dataclass
class Season:
    """A campaign with its calendar: when events are held in it, and up to when anything has happened."""

    campaign: object
    now: datetime
    zone: ZoneInfo
    formats: list
    running: bool = False

    def __post_init__(self):
        local = self.now.astimezone(self.zone)
        self.today = local.date()
        # What ends today is over in the afternoon.
        self.last_held = self.today if local.hour >= 15 else self.today - timedelta(days=1)
        self.last_worked = self.today if local.hour >= 9 else self.today - timedelta(days=1)
        campaign = self.campaign
        length = (campaign.ends_on - campaign.starts_on).days
        self.days = [campaign.starts_on + timedelta(days=number) for number in range(length + 1)]
        weights = []
        for number, day in enumerate(self.days):
            part = number / max(length, 1)
            growth = 0.22 + 0.9 * part + (1.1 * (part - 0.75) / 0.25 if part > 0.75 else 0)
            quiet = 0.05 if (day.month, day.day) in HOLIDAYS else 1
            weights.append(growth * WEEK[day.weekday()] * quiet)
        past = sum(day <= self.last_held for day in self.days)
        self._past = self.days[:past], list(accumulate(weights[:past]))
        self._ahead = self.days[past:], list(accumulate(weights[past:]))
        kinds = [POPULARITY.get(format_.kind, 1) for format_ in self.formats]
        self._formats = list(accumulate(kinds))

    def past_day(self, rng) -> date:
        days, weights = self._past
        return rng.choices(days, cum_weights=weights)[0]

    def coming_day(self, rng) -> date:
        days, weights = self._ahead
        return rng.choices(days, cum_weights=weights)[0] if days else self.past_day(rng)

    def working_day(self, shift: int) -> date:
        """The working day ``shift`` days from today inside the window (earlier ones for a negative shift)."""
        day, step = self.today + timedelta(days=shift), timedelta(days=1 if shift > 0 else -1)
        while day.weekday() > 4:
            day += step
        return min(max(day, self.campaign.starts_on), self.campaign.ends_on)

    @property
    def last_day(self) -> date:
        """The last day on which anything was done: nobody works before nine."""
        return min(self.campaign.closes_on, self.last_worked)

    def moment(self, rng, day: date, after: datetime | None = None) -> datetime:
        """A moment of working hours on ``day``, later than ``after`` and not in the future."""
        day = min(day, self.last_day)
        minutes = int(rng.triangular(8 * 60, 20 * 60, 15 * 60))
        found = datetime.combine(day, time(minutes // 60, minutes % 60, rng.randrange(60)), tzinfo=self.zone)
        if after is not None and found <= after:
            found = after + timedelta(minutes=rng.randrange(4, 40), seconds=rng.randrange(60))
        if found >= self.now:
            start = after or max(
                datetime.combine(day, time(0), tzinfo=self.zone), self.now - timedelta(minutes=rng.randrange(20, 240))
            )
            found = start + (self.now - start) * rng.uniform(0.2, 0.9)
        return found.replace(microsecond=0) if after is None or found.replace(microsecond=0) > after else found


# --- What an event is ------------------------------------------------------------------------


def sketch_event(rng, season, place, directory, *, ahead=False) -> Sketch:
    """Invent an event of a school: held by now, or ``ahead`` of today."""
    format_ = rng.choices(season.formats, cum_weights=season._formats)[0]
    roll = place.rolls[season.campaign.academic_year]
    if not any(roll[grade] for grade in format_.grades):
        format_ = next(other for other in season.formats if any(roll[grade] for grade in other.grades))
    day = season.coming_day(rng) if ahead else season.past_day(rng)
    sketch = Sketch(place, season.campaign, format_, day, day)
    if format_.kind in Format.LONG_KINDS:
        sketch.starts_on = day - timedelta(days=rng.choice((0, 0, 0, 3, 7, 14)))
        sketch.ends_on = max(sketch.starts_on + timedelta(weeks=rng.randint(3, 8)), season.campaign.starts_on)
    elif format_.kind in (Kind.PROJECT, Kind.CONTEST) and rng.random() < 0.35:
        limit = season.campaign.ends_on if ahead else season.last_held
        sketch.ends_on = min(day + timedelta(days=rng.randint(1, 4)), limit, season.campaign.ends_on)
    sketch.counts = invent_counts(rng, format_, roll)
    dress(rng, sketch, directory)
    return sketch


def invent_counts(rng, format_, roll) -> dict[int, int]:
    """Participants per grade, from the size of classes, within enrolment and the format's grades."""
    grades = [grade for grade in format_.grades if roll[grade]]
    if format_.grade_to > 4 and rng.random() < 0.88:
        grades = [grade for grade in grades if grade >= 5] or grades
    first = rng.choices(grades, weights=[GRADE_WEIGHTS[grade] for grade in grades])[0]
    wide = format_.kind in (Kind.FAIR, Kind.OPEN_DAY)
    span = rng.choices((1, 2, 3, 4), weights=(1, 3, 3, 3) if wide else (56, 28, 11, 5))[0]
    # A village brings several small classes together.
    while span < 4 and sum(roll[grade] for grade in grades if first <= grade < first + span) < 9:
        span += 1
    chosen = [grade for grade in grades if first <= grade < first + span]
    limit = rng.randint(*GROUPS[format_.kind]) if format_.kind in GROUPS else None
    counts = {}
    for grade in chosen:
        pupils = roll[grade]
        classes = max(1, round(pupils / 26))
        taken = rng.choices((1, 2, classes), weights=(68, 20, 12))[0] if not wide else rng.uniform(0.25, 0.7) * classes
        count = min(pupils, round(pupils * min(taken, classes) / classes * rng.uniform(0.72, 0.99)))
        counts[grade] = max(1, count)
    if limit:
        total = sum(counts.values())
        if total > limit:
            counts = {grade: max(1, round(count * limit / total)) for grade, count in counts.items()}
    return counts


def dress(rng, sketch, directory) -> None:
    """Give a sketch its title, place, partners, people and additional numbers."""
    kind = sketch.format.kind
    with_partners = kind in WITH_PARTNERS or (kind in SOMETIMES_WITH_PARTNERS and rng.random() < 0.3)
    if with_partners and not sketch.partners:
        sketch.partners = directory.choose(rng, sketch)
    if not sketch.delivery:
        modes = {"mixed": ("onsite", "onsite", "online", "mixed")}
        sketch.delivery = rng.choice(modes.get(sketch.format.delivery, (sketch.format.delivery,)))
    if not sketch.venue:
        sketch.venue = _venue(rng, sketch)
    if not sketch.title:
        sketch.title = _title(rng, sketch)
    teachers = (2, 5) if kind in (Kind.FAIR, Kind.OPEN_DAY) else (1, 2)
    sketch.teachers = rng.randint(*teachers) + sketch.participants // 60
    if rng.random() < (0.5 if kind in (Kind.FAIR, Kind.OPEN_DAY) else 0.11):
        sketch.parents = rng.randint(1, max(2, sketch.participants // 6))
    if rng.random() < 0.2 and not sketch.description:
        sketch.description = rng.choice(texts.DESCRIPTIONS)
    if rng.random() < 0.06:
        sketch.link = f"https://news.demo.example/{sketch.place.school.code}/{rng.randint(100, 999)}"
    if rng.random() < 0.9:
        sketch.indicators = _indicators(rng, sketch)


def _venue(rng, sketch) -> str:
    if sketch.delivery == "online":
        return rng.choice(("", "", "Кабинет информатики"))
    kind = sketch.format.kind
    if kind in (Kind.EXCURSION, Kind.CAREER_TRIAL, Kind.OPEN_DAY) and sketch.partners:
        return sketch.partners[0].name
    if kind == Kind.FAIR:
        return rng.choice(texts.FAIR_PLACES)
    return rng.choice(texts.ROOMS) if rng.random() < 0.8 else ""


def _classes(counts) -> dict[str, str]:
    """The grades in words: «9 класс» or «8–9 классы», in the three cases that titles need."""
    first, last = min(counts), max(counts)
    if first == last:
        return {"classes": f"{first} класс", "of_classes": f"{first} класса", "in_classes": f"{first} классе"}
    span = f"{first}–{last}"
    return {"classes": f"{span} классы", "of_classes": f"{span} классов", "in_classes": f"{span} классах"}


def _title(rng, sketch) -> str:
    patterns = texts.TITLES.get(sketch.format.slug) or texts.TITLES[sketch.format.kind]
    if not sketch.partners:
        patterns = [pattern for pattern in patterns if "{partner}" not in pattern] or [sketch.format.name]
    branch = rng.choice(texts.BRANCHES)
    title = rng.choice(patterns).format(
        job=rng.choice(texts.JOBS),
        branch=branch,
        Branch=branch.capitalize(),
        trial=rng.choice(texts.TRIALS),
        project=rng.choice(texts.PROJECTS),
        digital=rng.choice(texts.DIGITAL),
        **_classes(sketch.counts),
        partner=sketch.partners[0].name if sketch.partners else "",
    )
    return title[:200]


def _indicators(rng, sketch) -> dict[str, int]:
    """Additional numbers by the indicator's code, never more people than took part."""
    total, found = sketch.participants, {}
    weeks = max(1, (sketch.ends_on - sketch.starts_on).days // 7)
    for indicator in sketch.format.asked:
        code = indicator.code
        if code == "trainer_runs":
            found[code] = round(total * rng.uniform(0.8, 1.4))
        elif code == "team_tasks":
            found[code] = rng.randint(1, 6)
        elif code in ("tested", "diagnostics_passed", "completed"):
            found[code] = max(1, round(total * rng.uniform(0.7, 1.0)))
        elif code == "trials":
            found[code] = max(1, round(total * rng.uniform(0.6, 1.0)))
        elif code == "specialities":
            found[code] = rng.randint(1, min(4, total))
        elif code == "projects":
            found[code] = max(1, round(total * rng.uniform(0.4, 0.8)))
        elif code == "winners":
            found[code] = rng.randint(0, max(1, found.get("projects", total) // 2))
        elif code == "sessions":
            found[code] = max(2, round(weeks * rng.uniform(0.8, 1.6)))
        elif code == "hours":
            found[code] = max(2, round(found.get("sessions", weeks) * rng.choice((1, 1, 2))))
        else:
            found[code] = rng.randint(1, total)
    return found


def raise_above_enrolment(rng, sketch) -> bool:
    """Make one grade larger than its enrolment, with the note that explains it; False where it cannot be."""
    enrolled = sketch.enrolled
    grades = [grade for grade in sketch.counts if enrolled and enrolled[grade]]
    if not grades or sketch.format.kind in GROUPS:
        return False
    grade = rng.choice(grades)
    sketch.counts[grade] = enrolled[grade] + rng.randint(2, max(3, enrolled[grade] // 5))
    sketch.note = rng.choice(texts.FLAG_NOTES)
    return True


@dataclass
class Directory:
    """Partners, near and far."""

    near: dict
    capital: list

    def choose(self, rng, sketch) -> list[Partner]:
        kinds = Partner.Kind
        kind = sketch.format.kind
        wanted = {
            Kind.EXCURSION: (kinds.ENTERPRISE,),
            Kind.CAREER_TRIAL: (kinds.COLLEGE,),
            Kind.OPEN_DAY: (kinds.COLLEGE, kinds.UNIVERSITY),
            Kind.MEETING: (kinds.ENTERPRISE, kinds.OTHER, kinds.UNIVERSITY),
        }.get(kind, tuple(kinds))
        near = [row for row in self.near.get(sketch.place.municipality.pk, ()) if row.kind in wanted]
        far = [row for row in self.capital if row.kind in wanted]
        number = rng.randint(2, 5) if kind == Kind.FAIR else 1
        if kind == Kind.MEETING and rng.random() < 0.3:
            return []
        pool = (
            near if near and number == 1 and rng.random() < 0.75 else [*near, *(row for row in far if row not in near)]
        )
        return rng.sample(pool, min(number, len(pool)))


# --- What happened to it ---------------------------------------------------------------------


def find_mistake(rng, sketch) -> tuple[str, dict]:
    """Return what a reviewer could object to: the comment, and what the fields were then."""
    kinds = ["counts", "counts", "title"]
    if sketch.partners:
        kinds += ["partners", "partners"]
    if sketch.indicators:
        kinds += ["indicators"]
    kind = rng.choice(kinds)
    comment = rng.choice(texts.RETURNS[kind])
    if kind == "partners":
        return comment, {"partners": [], "venue": ""}
    if kind == "indicators":
        return comment, {"indicators": {}}
    if kind == "title":
        title = rng.choice(texts.PLAIN_TITLES)
        return comment.format(title=title), {"title": title}
    return wrong_count(rng, sketch, comment)


def wrong_count(rng, sketch, comment: str) -> tuple[str, dict]:
    """Return a mistake in the number of one grade; ``comment`` has places for the grade and the number."""
    grade = rng.choice(sorted(sketch.counts))
    enrolled = sketch.enrolled or sketch.place.rolls[sketch.campaign.academic_year]
    count = sketch.counts[grade] + rng.randint(3, 9)
    if count > enrolled[grade]:
        count = max(1, sketch.counts[grade] // 3)
    return comment.format(grade=grade, count=count), {"counts": sketch.counts | {grade: count}}


def tell(rng, season, sketch, outcome: str, *, sent: datetime | None = None, mistake=None, via=None) -> None:
    """Write the story of a sketch into its steps, ending in the state ``outcome``.

    ``sent`` is when it was first sent; ``mistake`` is the comment of a return and what was wrong; ``via`` is
    what it began as: ``plan``, ``draft`` or nothing.
    """
    steps, author = sketch.steps, sketch.author
    campaign = season.campaign
    expected = {"counts": {g: max(1, c + rng.randint(-3, 3)) for g, c in sketch.counts.items()}}
    bare = {"teachers": 0, "parents": 0, "indicators": {}, "description": "", "link": "", "note": ""}
    if outcome in ("planned", "cancelled") or via == "plan":
        day = min(sketch.starts_on - timedelta(days=rng.randint(1, 9)), season.today - timedelta(days=1))
        opened = campaign.published_at.astimezone(season.zone).date() + timedelta(days=1)
        was = {} if outcome in ("planned", "cancelled") else bare | expected
        steps.append(Step("plan", author, season.moment(rng, max(day, opened)), was=was))
    elif outcome == "draft" or via == "draft":
        first = max(min(sketch.starts_on, season.last_day), campaign.starts_on)
        day = min(first, sent.astimezone(season.zone).date()) if sent else first
        moment = season.moment(rng, day)
        if sent and moment >= sent:
            moment = sent - timedelta(minutes=rng.randint(8, 90))
        steps.append(Step("draft", author, moment, was={} if outcome == "draft" else bare))
    if outcome in ("draft", "planned"):
        return
    if outcome == "cancelled":
        day = max(steps[0].moment.astimezone(season.zone).date(), sketch.starts_on - timedelta(days=rng.randint(0, 3)))
        steps.append(Step("cancel", author, season.moment(rng, day, steps[0].moment)))
        return
    submit = Step("submit", author, sent)
    steps.append(submit)
    if outcome == "submitted" and not mistake:
        return
    if mistake:
        comment, wrong = mistake
        returned = later(rng, season, sent, 3)
        steps.append(Step("return", sketch.reviewer, returned, comment))
        if outcome == "returned":
            for name, value in wrong.items():
                setattr(sketch, name, value)
            return
        submit.was = wrong
        steps.append(Step("submit", author, later(rng, season, returned, 3)))
    if outcome == "accepted":
        steps.append(Step("accept", sketch.reviewer, later(rng, season, steps[-1].moment, 4)))


def later(rng, season, moment, days: int) -> datetime:
    """A moment up to ``days`` later: on a working day where there is one, before the campaign closes."""
    day = moment.astimezone(season.zone).date() + timedelta(days=rng.randint(0, days))
    if day.weekday() > 4 and rng.random() < 0.9:
        day += timedelta(days=7 - day.weekday())
    return season.moment(rng, day, moment)


def first_sent(rng, season, sketch) -> datetime:
    """When a held event is first sent: mostly within days, by the due date unless the school is one of the late."""
    campaign = season.campaign
    day = max(sketch.done_on, campaign.starts_on)
    if sketch.format.kind in Format.LONG_KINDS:
        day += timedelta(days=rng.randint(5, 18))
    lag = rng.choices((0, 1, 2, 3, 4, 6, 9), weights=(34, 27, 14, 9, 7, 6, 3))[0]
    day += timedelta(days=lag)
    if sketch.place.late and not season.running and rng.random() < 0.45:
        day = campaign.events_due + timedelta(days=rng.randint(1, 5))
    elif day > campaign.events_due:
        day = max(sketch.done_on, campaign.events_due - timedelta(days=rng.randint(0, 2)))
    if day.weekday() == 6 and rng.random() < 0.8 and day < campaign.events_due:
        day += timedelta(days=1)
    return season.moment(rng, max(min(day, season.last_day), min(sketch.done_on, season.last_held)))


def close_story(rng, season, sketch) -> None:
    """Tell an event of a campaign that is over: accepted, but for a few."""
    lot = rng.random()
    if lot < 0.017:
        tell(rng, season, sketch, "cancelled")
        return
    if lot < 0.024 and rng.random() < 0.9:
        mistake = (rng.choice(texts.RETURNS["nothing"]), {}) if rng.random() < 0.5 else find_mistake(rng, sketch)
        tell(rng, season, sketch, "returned", sent=first_sent(rng, season, sketch), mistake=mistake)
        return
    mistake = find_mistake(rng, sketch) if rng.random() < 0.07 else None
    via = rng.choices((None, "plan", "draft"), weights=(74, 18, 8))[0]
    if mistake is None and rng.random() < 0.011:
        raise_above_enrolment(rng, sketch)
    tell(rng, season, sketch, "accepted", sent=first_sent(rng, season, sketch), mistake=mistake, via=via)


def running_stories(rng, season, sketches, waiting_in: dict) -> None:
    """Tell events of the running campaign that were to be held by now.

    ``waiting_in`` says how many of a municipality's wait for review, by its id; elsewhere it is a share.
    """
    sent_ones = {}
    for sketch in sketches:
        lot = rng.random()
        if lot < 0.04:
            tell(rng, season, sketch, "draft")
        elif lot < 0.065:
            sketch.indicators = {}
            tell(rng, season, sketch, "planned")
        elif lot < 0.085:
            sketch.indicators = {}
            tell(rng, season, sketch, "cancelled")
        else:
            pairs = sent_ones.setdefault(sketch.place.municipality.pk, [])
            pairs.append((first_sent(rng, season, sketch), sketch))
    for municipality_id, pairs in sent_ones.items():
        pairs.sort(key=lambda pair: pair[0])
        known = municipality_id in waiting_in
        number = waiting_in[municipality_id] if known else round(len(pairs) * rng.uniform(0.06, 0.3))
        since = season.now - timedelta(days=6)
        recent = [index for index, (sent, _sketch) in enumerate(pairs) if sent > since]
        waiting = [index for index in reversed(recent) if rng.random() < 0.75][: min(number, len(pairs) // 2 + 1)]
        flags = 2 if known else 1 if rng.random() < 0.3 else 0
        for index, (sent, sketch) in enumerate(pairs):
            via = rng.choices((None, "plan", "draft"), weights=(70, 22, 8))[0]
            if index in waiting:
                if flags and raise_above_enrolment(rng, sketch):
                    flags -= 1
                tell(rng, season, sketch, "submitted", sent=sent, via=via)
                continue
            fresh = sent > season.now - timedelta(days=9)
            if fresh and rng.random() < 0.12:
                wrong = find_mistake(rng, sketch) if rng.random() < 0.75 else (rng.choice(texts.RETURNS["nothing"]), {})
                tell(rng, season, sketch, "returned", sent=sent, mistake=wrong, via=via)
                continue
            mistake = find_mistake(rng, sketch) if rng.random() < 0.06 else None
            if mistake is None and rng.random() < 0.008:
                raise_above_enrolment(rng, sketch)
            tell(rng, season, sketch, "accepted", sent=sent, mistake=mistake, via=via)


# --- The school that visitors see first ------------------------------------------------------

RICH = (
    # format, days from today, grades with participants, outcome, title, description
    ("shou-professiy", -16, {8: 52, 9: 61}, "accepted", "Шоу профессий: энергетика", ""),
    ("rossiya-moi-gorizonty", -15, {9: 27}, "accepted", "Россия – мои горизонты, 9 класс", ""),
    ("bilet-v-budushchee-diagnostika", -14, {8: 74}, "accepted", "Диагностика в 8 классах", ""),
    (
        "vstrecha-s-professionalom",
        -13,
        {10: 41, 11: 38},
        "accepted",
        "Встреча с профессией: инженер-электронщик",
        "Ребята задали много вопросов об обучении и первом рабочем месте.",
    ),
    ("urok-cifry", -12, {5: 48, 6: 51}, "accepted", "Урок цифры: алгоритмы вокруг нас", ""),
    ("proba-v-kolledzhe", -9, {9: 14}, "accepted", "Проба в мастерской: сборка электрической цепи", ""),
    ("bolshie-vyzovy", -8, {10: 6, 11: 3}, "accepted", "Большие вызовы, школьные проекты: умная теплица", ""),
    ("ekskursiya-na-predpriyatie", -6, {8: 23}, "returned", "Экскурсия на производство, 8 класс", ""),
    ("den-otkrytyh-dverey", -5, {9: 32, 11: 28}, "submitted", "День открытых дверей для 9 и 11 классов", ""),
    (
        "shou-professiy",
        -4,
        {7: 49},
        "submitted",
        "Шоу профессий: медицина",
        "После просмотра обсудили, что запомнилось.",
    ),
    ("bilet-v-budushchee-diagnostika", -2, {9: 68}, "submitted", "Диагностика в 9 классах", ""),
    ("vstrecha-s-professionalom", -3, {6: 50}, "planned", "Час вопросов: ветеринар", ""),
    ("urok-cifry", -1, {7: 26}, "draft", "Урок цифры: безопасность в сети", ""),
    ("yarmarka-professiy", 5, {9: 60, 10: 40, 11: 35}, "planned", "Ярмарка профессий для 9–11 классов", ""),
    ("ekskursiya-na-predpriyatie", 8, {7: 24}, "planned", "Экскурсия на предприятие, 7 класс", ""),
)


def rich_sketches(rng, season, place, directory, sign) -> list[Sketch]:
    """Return the events of the demo's own school in the running campaign, told to the end.

    ``sign`` gives a sketch its author and its reviewer.
    """
    by_slug = {format_.slug: format_ for format_ in season.formats}
    found = []
    for slug, shift, counts, outcome, title, description in RICH:
        if slug not in by_slug:
            continue
        day = season.working_day(shift)
        if shift < 0:
            day = min(day, season.last_held)
        sketch = Sketch(place, season.campaign, by_slug[slug], day, day, title=title, description=description)
        if sketch.format.kind in Format.LONG_KINDS:
            sketch.ends_on = day + timedelta(weeks=4)
        enrolled = place.rolls[season.campaign.academic_year]
        sketch.counts = {grade: min(count, enrolled[grade]) for grade, count in counts.items()}
        dress(rng, sketch, directory)
        sketch.indicators = {} if outcome in ("planned", "draft") else _indicators(rng, sketch)
        sketch.parents = 0 if outcome in ("planned", "draft") else sketch.parents
        sign(sketch)
        sent, mistake = None, None
        if outcome not in ("planned", "draft"):
            sent = season.moment(rng, max(day, min(day + timedelta(days=rng.randint(0, 1)), season.today)))
        if outcome == "returned":
            comment = "Укажите предприятие: в записи нет партнёра, и экскурсия не попадёт в число организаций."
            mistake = (comment, {"partners": [], "venue": ""})
        tell(rng, season, sketch, outcome, sent=sent, mistake=mistake, via="plan" if shift in (-13, -9, -5) else None)
        found.append(sketch)
    return found
