"""After any sequence of what anyone does in a campaign, the chain is as its rules say.

Hypothesis plays schools, municipalities, the operator, the department and strangers over a campaign's days. After each
step ``chain_rules`` says what may have changed, by whom and when, and ``chain_counts`` what the portal must show of it.
What was refused, what names a version that is no more, and what is sent a second time changes nothing.
"""

import uuid
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from inspect import signature
from types import SimpleNamespace

import hypothesis
import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from campaigns.actions import ask_extension, decide_extension, grant_extension, withdraw_extension
from campaigns.models import Extension, SchoolCampaign
from events import actions as events
from events.actions import Intent
from events.models import Event, JointEvent
from portal import clock as clock_of_portal
from portal.actions import write_enrolment
from portal.errors import Changed, StateForbids
from portal.models import Enrolment, History
from reports import actions as reports
from reports.models import MunicipalReport, SchoolReport
from reports.queries.levels import Level
from reports.queries.school import known_of
from tests.factories import EnrolmentFactory, QuestionFactory, UserFactory, event_fields, joint_fields
from tests.reports.chain_counts import Counted
from tests.reports.chain_rules import MODELS, MOVES, Person, Step, changes, is_open, may, phase_on, snapshot, state

REFUSALS = (PermissionDenied, ValidationError, StateForbids, Changed)


# --- The world -------------------------------------------------------------------------------


@pytest.fixture
def world(
    clock,
    campaign,
    lesson,
    contest,
    club,
    tomsk,
    kolpashevo,
    unrun,
    school,
    second_school,
    village_school,
    unrun_school,
    coordinator,
    second_coordinator,
    unrun_coordinator,
    municipal,
    village_municipal,
    operator,
    department,
    foreign,
    english,
):
    """Two municipalities with two schools and one, the regional school, everyone's people, and one question.

    One school has no known enrolment; one person coordinates it and its municipality as well.
    """
    for row in (village_school, unrun_school):
        EnrolmentFactory(school=row, grade_9=8)
    both = UserFactory(name="Зоя Двойная", coordinator_of=second_school, municipal_of=tomsk)

    def of_school(user, *rows):
        return Person(user, frozenset(row.pk for row in rows))

    schools = [school, second_school, village_school, unrun_school]
    return SimpleNamespace(
        clock=clock,
        campaign=campaign,
        formats={"lesson": lesson, "contest": contest, "club": club},
        municipalities=[tomsk, kolpashevo, unrun],
        schools=schools,
        by_pk={row.pk: row for row in schools},
        authors={
            school.pk: of_school(coordinator, school),
            second_school.pk: of_school(second_coordinator, second_school),
            village_school.pk: of_school(UserFactory(coordinator_of=village_school), village_school),
            unrun_school.pk: of_school(unrun_coordinator, unrun_school),
        },
        heads={
            tomsk.pk: Person(municipal, municipalities=frozenset([tomsk.pk])),
            kolpashevo.pk: Person(village_municipal, municipalities=frozenset([kolpashevo.pk])),
            unrun.pk: Person(operator, operates=True),
        },
        both=Person(both, frozenset([second_school.pk]), frozenset([tomsk.pk])),
        operator=Person(operator, operates=True),
        department=Person(department),
        foreign=Person(foreign.operator),
        question=QuestionFactory(campaign=campaign, kind="number"),
        unrun=unrun.pk,
    )


# --- The machine -----------------------------------------------------------------------------


def people(*right):
    """Mostly one of those whom the verb is for, now and then anyone."""
    others = ["author", "head", "operator", "both", "both", "both", "department", "neighbour", "foreign"]
    return st.sampled_from([*right * (12 // len(right)), *others])


WRITER, REVIEWER, OPERATOR = people("author", "author", "head"), people("head", "head", "operator"), people("operator")
SCHOOL = st.integers(0, 3)
PICK = st.integers(0, 11)
"""Which of the rows that fit a verb."""
LAG = st.sampled_from([0] * 14 + [1])
"""How far the version that was read lies behind."""
INTENT = st.sampled_from([Intent.SUBMIT] * 4 + [Intent.DRAFT, Intent.PLAN])
DAY = st.sampled_from([date(2019, 9, day) for day in (16, 20, 23)] * 3 + [date(2019, 10, 14), date(2019, 10, 20)])
FORMS = (
    ("lesson", {8: 18}, ""),
    ("lesson", {8: 5, 9: 7}, ""),
    ("contest", {9: 8}, ""),
    ("club", {2: 12}, ""),
    ("lesson", {8: 30}, "Two groups."),
    ("lesson", {8: 30}, ""),
    ("lesson", {}, ""),
    ("contest", {5: 7}, ""),
)
FORM = st.sampled_from([*FORMS[:3] * 4, *FORMS[3:]])
ANSWERS = st.sampled_from(["low", "high", "no data", "never"] * 3 + ["too many", "kinds missing", "unsigned"])
COMMENT = st.sampled_from(["Check grade 8."] * 7 + [""])
UNTIL = st.sampled_from([1, 3, 12, 40])
STAGE = st.sampled_from(["events", "school_report", "municipal_report"])

FITS = {
    "edit": (Event, "draft", "planned", "submitted", "returned"),
    "submit": (Event, "draft", "planned", "returned"),
    "cancel": (Event, "planned", "returned"),
    "delete": (Event, "draft"),
    "accept": (Event, "submitted"),
    "return_": (Event, "submitted", "accepted"),
    "edit_joint": (JointEvent, "standing"),
    "call_off": (JointEvent, "standing"),
    "attend": (JointEvent, "standing"),
    "accept_report": (SchoolReport, "submitted"),
    "return_report": (SchoolReport, "submitted", "accepted"),
    "accept_municipal": (MunicipalReport, "submitted"),
    "return_municipal": (MunicipalReport, "submitted", "accepted"),
    "decide": (Extension, "asked"),
    "withdraw": (Extension, "granted", "asked"),
}
"""What each rule is about: rows in these states. Only ``misplaced`` tries it on others."""


def fitting(rows, verb) -> list[int]:
    model, *states = FITS[verb]
    return sorted(pk for pk, row in rows[model].items() if state(model, row) in states)


def where_fit(act):
    """Leave a rule out while no row fits it."""
    return precondition(lambda self: bool(fitting(self.rows, act.__name__)))(act)


class _Undo(Exception):
    pass


class Chain(RuleBasedStateMachine):
    """A campaign, begun on the first day of one of ``scenes``. What an example does is undone at its end."""

    def __init__(self, world, scenes):
        super().__init__()
        self.world = world
        self.scenes = scenes
        self.campaign = world.campaign
        self.kinds = {ContentType.objects.get_for_model(model).pk: model for model in MODELS}
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.is_sound = True
        self.frozen = {}
        self.hour = 0
        self.misfits = ()
        self.rows = snapshot()
        self.note_frozen()

    def teardown(self):
        try:
            if self.is_sound:
                counted = Counted(self.world, self.rows)
                for level in counted.levels():
                    counted.check_level(level)
        finally:
            with suppress(_Undo):
                self.atomic.__exit__(_Undo, _Undo(), None)

    # --- People and time

    def person(self, who, school) -> Person:
        world = self.world
        if who == "author":
            return world.authors[school.pk]
        if who == "head":
            return world.heads[school.municipality_id]
        if who == "neighbour":
            others = [row for row in world.schools if row.municipality_id != school.municipality_id]
            return world.authors[others[0].pk]
        return getattr(world, who)

    @property
    def today(self) -> date:
        return clock_of_portal.local_today(self.campaign.region)

    def set_clock(self, day):
        # Just after midnight UTC still says yesterday; at the last second a deadline is still met.
        self.hour += 1
        self.world.clock(f"{day} {('01:30:00', '23:59:59', '12:00:00')[self.hour % 3]}")

    @initialize(
        scene=st.integers(0, 2),
        progress=st.lists(st.integers(0, 4), min_size=4, max_size=4),
        fair=st.booleans(),
        second=st.sampled_from(["author", "both"]),
        extended=st.none() | SCHOOL,
    )
    def begin(self, scene, progress, fair, second, extended):
        """Bring each school so far: an event or two, its report, that accepted, the municipality's sent; then wait."""
        day, days_later = self.scenes[scene % len(self.scenes)]
        self.set_clock(day)
        if fair:
            self.make_joint("operator", 0, True, date(2019, 9, 20))
        for where, far in enumerate(progress):
            author = second if where == 1 else "author"
            if far >= 1:
                self.log(where, author, Intent.SUBMIT, FORMS[where % 3], date(2019, 9, 20))
                if fair and fitting(self.rows, "attend"):
                    self.attend(0, where, author, Intent.SUBMIT, 12)
            if far >= 2:
                self.write_report(where, author, "high", True, 0)
            if far >= 3 and fitting(self.rows, "accept_report"):
                self.accept_report(-1, "operator", 0)
        for number in {where // 2 for where, far in enumerate(progress[:3]) if far == 4}:
            self.write_municipal(number, "head", True, "Done.", 0)
        if extended is not None:
            self.extend("grant", "operator", extended, False, "school_report", 22)
        self.set_clock(day + timedelta(days=days_later))

    @rule(days=st.sampled_from([1, 5, 10]))
    def wait(self, days):
        self.set_clock(self.today + timedelta(days=days))
        Counted(self.world, self.rows).check_marks()

    # --- Doing and judging

    def attempt(self, step: Step, act):
        """Do what is asked, twice, and judge what became of it."""
        self.is_sound = False
        before = self.rows
        last_entry = History.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        is_refused = False
        try:
            act()
        except REFUSALS:
            is_refused = True
        self.rows = after = snapshot()
        if is_refused or step.is_stale:
            assert after == before, f"{step.verb} was refused and changed something"
        if after != before:
            self.judge(step, before, after, last_entry)
            self.note_frozen()
            with suppress(*REFUSALS):
                act()
            assert snapshot() == after, f"{step.verb} was sent twice and done twice"
            counted = Counted(self.world, after)
            counted.check_level(Level(self.campaign))
            counted.check_marks()
        self.is_sound = True

    def judge(self, step, before, after, last_entry):
        changed = changes(before, after)
        for (model, pk), (old, new) in changed.items():
            pair = state(model, old), state(model, new)
            assert pair in MOVES[step.verb].get(model, ()), f"{step.verb}: {model.__name__} {pk} {pair}"
            assert may(self.world, step, model, old, new, before), f"{step.person.user} did {step.verb}: {pair}"
            if "submitted_on" in (new or {}):
                was = old["submitted_on"] if old else None
                sent = new["status"] == "submitted" and (old is None or was is None)
                assert new["submitted_on"] == (self.today if sent else was)
            school = self.world.by_pk[new["school_id"]] if step.verb == "accept many" else step.school
            assert is_open(self.world, replace(step, school=school), before, self.today), f"{step.verb} {self.today}"
        self.check_chain(step, changed, after)
        self.check_history(step, changed, last_entry)

    # --- What is always so

    def note_frozen(self):
        """Compare each frozen folder, its events and its report with what they were when it was frozen."""
        now = {}
        for folder in self.rows[SchoolCampaign].values():
            if folder["frozen_at"]:
                now[folder["school_id"]] = {
                    # The enrolment follows the school until the campaign closes; an accepted report holds its own.
                    "folder": {name: value for name, value in folder.items() if not name.startswith("roll_")},
                    "events": [row for row in self.rows[Event].values() if row["school_id"] == folder["school_id"]],
                    "report": [
                        row for row in self.rows[SchoolReport].values() if row["school_id"] == folder["school_id"]
                    ],
                }
        for school_id, then in self.frozen.items():
            if school_id in now and now[school_id]["folder"]["frozen_at"] == then["folder"]["frozen_at"]:
                assert now[school_id] == then, "what is frozen changed"
        self.frozen = now

    def check_chain(self, step, changed, rows):
        """Frozen is what is accepted; what was sent up stands on what is accepted below."""
        frozen = {row["school_id"] for row in rows[SchoolCampaign].values() if row["frozen_at"]}
        accepted = {row["school_id"] for row in rows[SchoolReport].values() if row["status"] == "accepted"}
        assert frozen == accepted
        waiting = {row["school_id"] for row in rows[Event].values() if row["status"] == "submitted"}
        assert not frozen & waiting, "an event waits for review in a frozen folder"
        for (model, _pk), (old, new) in changed.items():
            if model is SchoolReport and "accepted" in (new["status"], (old or new)["status"]):
                above = [
                    row["status"]
                    for row in rows[MunicipalReport].values()
                    if row["municipality_id"] == self.world.by_pk[new["school_id"]].municipality_id
                ]
                assert set(above) <= {"open", "returned"}, "sent before what stands below it changed"

    def check_history(self, step, changed, last_entry):
        """Each changed row has one line: who, when, which version, what from, what to. Nothing else has."""
        entries = list(History.objects.filter(pk__gt=last_entry).order_by("pk"))
        told = Counter((self.kinds.get(entry.content_type_id), entry.object_id) for entry in entries)
        assert told == Counter(changed.keys())
        for entry in entries:
            model = self.kinds[entry.content_type_id]
            old, new = changed[model, entry.object_id]
            assert (entry.actor_id, entry.moment) == (step.person.user.pk, clock_of_portal.now())
            if "version" in (new or {}):
                assert entry.version == new["version"] == (old["version"] if old else 0) + 1
            if old and new:
                fields = [f for f in model._meta.concrete_fields if f.editable and not f.primary_key]
                differing = {f.name for f in fields if old[f.attname] != new[f.attname]}
                assert differing <= entry.changes.keys()
                if "status" in differing:
                    assert entry.changes["status"] == [old["status"], new["status"]]

    # --- Events

    def pick(self, verb, number):
        """Return one of the rows that fit, or one of those named in :meth:`misplaced`."""
        model, fit = FITS[verb][0], self.misfits or fitting(self.rows, verb)
        return model.objects.get(pk=fit[number % len(fit)])

    def form(self, form, day) -> dict:
        name, grades, note = form
        numbers = {"grade_8": 0} | {f"grade_{grade}": n for grade, n in grades.items()}
        days = {"starts_on": day, "ends_on": day}
        return event_fields(self.world.formats[name], note=note, **days, **numbers)

    @rule(where=SCHOOL, who=WRITER, intent=INTENT, form=FORM, day=DAY)
    def log(self, where, who, intent, form, day):
        school, token = self.world.schools[where], uuid.uuid4()
        person = self.person(who, school)
        fields = self.form(form, day)
        self.attempt(
            Step(intent.value, person, school),
            lambda: events.log_event(person.user, school, self.campaign, token=token, intent=intent, **fields),
        )

    def on_event(self, rule_, verb, number, who, act, off):
        event = self.pick(rule_, number)
        school = self.world.by_pk[event.school_id]
        person = self.person(who, school)
        self.attempt(
            Step(verb, person, school, is_stale=bool(off)), lambda: act(person.user, event, event.version - off)
        )

    @rule(number=PICK, who=WRITER, intent=INTENT, form=FORM, day=DAY, off=LAG)
    @where_fit
    def edit(self, number, who, intent, form, day, off):
        act = partial(events.edit_event, intent=intent, **self.form(form, day))
        self.on_event("edit", intent.value, number, who, act, off)

    @rule(number=PICK, who=WRITER, off=LAG)
    @where_fit
    def submit(self, number, who, off):
        self.on_event("submit", "submit", number, who, events.submit_event, off)

    @rule(number=PICK, who=WRITER, off=LAG)
    @where_fit
    def cancel(self, number, who, off):
        self.on_event("cancel", "cancel", number, who, events.cancel_event, off)

    @rule(number=PICK, who=WRITER, off=LAG)
    @where_fit
    def delete(self, number, who, off):
        self.on_event("delete", "delete", number, who, events.delete_draft, off)

    @rule(number=PICK, who=REVIEWER, off=LAG)
    @where_fit
    def accept(self, number, who, off):
        self.on_event("accept", "accept", number, who, events.accept_event, off)

    @rule(number=PICK, who=REVIEWER, comment=COMMENT, off=LAG)
    @where_fit
    def return_(self, number, who, comment, off):
        self.on_event("return_", "return", number, who, partial(events.return_event, comment=comment), off)

    @precondition(lambda self: self.rows[Event])
    @rule(where=SCHOOL, who=REVIEWER)
    def accept_many(self, where, who):
        """Accept every event there is; what may not be accepted is skipped."""
        person = self.person(who, self.world.schools[where])
        versions = {row["id"]: row["version"] for row in self.rows[Event].values()}
        self.attempt(Step("accept many", person), lambda: events.accept_events(person.user, versions))

    # --- Joint events

    @rule(who=OPERATOR, where=SCHOOL, whole=st.booleans(), day=DAY)
    def make_joint(self, who, where, whole, day):
        school, token = self.world.schools[where], uuid.uuid4()
        municipality = None if whole else school.municipality
        person = self.person(who, school)
        fields = joint_fields(self.world.formats["lesson"], starts_on=day, ends_on=day)
        self.attempt(
            Step("make joint", person, municipality=municipality),
            lambda: events.create_joint_event(person.user, self.campaign, municipality, token=token, **fields),
        )

    @rule(number=PICK, who=OPERATOR, where=SCHOOL, day=DAY, name=st.sampled_from(["lesson", "contest"]), off=LAG)
    @where_fit
    def edit_joint(self, number, who, where, day, name, off):
        joint, person = self.pick("edit_joint", number), self.person(who, self.world.schools[where])
        fields = joint_fields(self.world.formats[name], starts_on=day, ends_on=day, title=f"Ярмарка {day}")
        self.attempt(
            Step("edit joint", person, municipality=joint.municipality, is_stale=bool(off)),
            lambda: events.edit_joint_event(person.user, joint, joint.version - off, **fields),
        )

    @rule(number=PICK, who=OPERATOR, where=SCHOOL, off=LAG)
    @where_fit
    def call_off(self, number, who, where, off):
        joint, person = self.pick("call_off", number), self.person(who, self.world.schools[where])
        self.attempt(
            Step("call off", person, municipality=joint.municipality, is_stale=bool(off)),
            lambda: events.cancel_joint_event(person.user, joint, joint.version - off),
        )

    @rule(number=PICK, where=SCHOOL, who=WRITER, intent=INTENT, pupils=st.sampled_from([12, 25, 30]))
    @where_fit
    def attend(self, number, where, who, intent, pupils):
        joint, school, token = self.pick("attend", number), self.world.schools[where], uuid.uuid4()
        person = self.person(who, school)
        counts = {"grade_8": pupils, "note": "Two groups."}
        self.attempt(
            Step(intent.value, person, school),
            lambda: events.attend_joint_event(person.user, school, joint, token=token, intent=intent, **counts),
        )

    # --- School reports

    def answers(self, school, how) -> dict:
        """Fill in the form as its ranges say, or wrongly."""
        known = known_of(school, self.campaign)
        grades = {row.grade: row.took_part.high if how == "high" else row.took_part.low for row in known.grades}
        pupils = sum(grades.values())
        kinds = {row.kind: row.within(pupils).high if how == "high" else row.low for row in known.kinds}
        if how == "never":
            grades = {row.grade: row.enrolled - grades[row.grade] if row.enrolled else 0 for row in known.grades}
        elif how == "too many":
            grades[8] += 1_000
        elif how == "kinds missing":
            kinds = {}
        elif how == "no data":
            kinds = dict.fromkeys(kinds)
        return {
            "grades": grades,
            "kinds": kinds,
            "answers": {self.world.question.pk: {"number": 3}} if how == "high" else {},
            "answered_by": "never" if how == "never" else "took_part",
            "basis": "estimate" if how == "no data" else "lists",
            "conclusions": f"Всё прошло: {how}.",
            "signed_name": "" if how == "unsigned" else "Иванова А. П.",
        }

    @rule(where=SCHOOL, who=WRITER, how=ANSWERS, send=st.sampled_from([True, True, False]), off=LAG)
    def write_report(self, where, who, how, send, off):
        school = self.world.schools[where]
        person, fields = self.person(who, school), self.answers(school, how)
        versions = [row["version"] for row in self.rows[SchoolReport].values() if row["school_id"] == school.pk]
        version = (versions or [0])[0] - off
        self.attempt(
            Step("send report" if send else "write report", person, school, is_stale=bool(off)),
            lambda: reports.write_school_report(person.user, school, self.campaign, version, send=send, **fields),
        )

    @rule(number=PICK, who=REVIEWER, off=LAG)
    @where_fit
    def accept_report(self, number, who, off):
        report = self.pick("accept_report", number)
        school = self.world.by_pk[report.school_id]
        person = self.person(who, school)
        self.attempt(
            Step("accept report", person, school, is_stale=bool(off)),
            lambda: reports.accept_school_report(person.user, report, report.version - off),
        )

    @rule(number=PICK, who=REVIEWER, comment=COMMENT, days=st.sampled_from([3, 3, 3, 0, -1]), named=PICK, off=LAG)
    @where_fit
    def return_report(self, number, who, comment, days, named, off):
        """Return it with one of all the events named, its own or not."""
        report = self.pick("return_report", number)
        school, ids = self.world.by_pk[report.school_id], tuple(sorted(self.rows[Event]))
        ids = (ids[named % len(ids)],) if ids else ()
        person, day = self.person(who, school), self.today + timedelta(days=days)
        self.attempt(
            Step("return report", person, school, named=ids, is_stale=bool(off)),
            lambda: reports.return_school_report(person.user, report, report.version - off, comment, day, ids),
        )

    # --- Municipal reports

    @rule(number=st.integers(0, 2), who=WRITER, send=st.sampled_from([True, True, False]), text=COMMENT, off=LAG)
    def write_municipal(self, number, who, send, text, off):
        municipality = self.world.municipalities[number]
        school = next(row for row in self.world.schools if row.municipality_id == municipality.pk)
        person = self.person("head" if who == "author" else who, school)
        rows = [row for row in self.rows[MunicipalReport].values() if row["municipality_id"] == municipality.pk]
        version = (rows[0]["version"] if rows else 0) - off
        fields = {"conclusions": text, "signed_name": "Петров П. П."}
        self.attempt(
            Step("send municipal" if send else "write municipal", person, None, municipality, is_stale=bool(off)),
            lambda: reports.write_municipal_report(
                person.user, municipality, self.campaign, version, send=send, **fields
            ),
        )

    @rule(number=PICK, who=OPERATOR, off=LAG)
    @where_fit
    def accept_municipal(self, number, who, off):
        report = self.pick("accept_municipal", number)
        person = self.person(who, self.school_in(report.municipality_id))
        self.attempt(
            Step("accept municipal", person, None, report.municipality, is_stale=bool(off)),
            lambda: reports.accept_municipal_report(person.user, report, report.version - off),
        )

    @rule(number=PICK, who=OPERATOR, comment=COMMENT, off=LAG)
    @where_fit
    def return_municipal(self, number, who, comment, off):
        report, day = self.pick("return_municipal", number), self.today + timedelta(days=2)
        person = self.person(who, self.school_in(report.municipality_id))
        self.attempt(
            Step("return municipal", person, None, report.municipality, is_stale=bool(off)),
            lambda: reports.return_municipal_report(person.user, report, report.version - off, comment, day),
        )

    def school_in(self, municipality_id):
        return next(row for row in self.world.schools if row.municipality_id == municipality_id)

    # --- Extensions and enrolment

    @rule(
        verb=st.sampled_from(["grant", "ask"]),
        who=OPERATOR,
        where=SCHOOL,
        whole=st.booleans(),
        stage=STAGE,
        in_=UNTIL,
    )
    def extend(self, verb, who, where, whole, stage, in_):
        school = self.world.schools[where]
        person = self.person("head" if (verb, who) == ("ask", "operator") else who, school)
        place = {"municipality": school.municipality} if whole else {"school": school}
        until = (
            self.today + timedelta(days=in_)
            if phase_on(self.campaign, self.today) == "closed"
            else date(2019, 10, 20) + timedelta(days=in_)
        )
        act = grant_extension if verb == "grant" else ask_extension
        self.attempt(
            Step(verb, person, school),
            lambda: act(person.user, self.campaign, stage=stage, until=until, reason="Карантин", **place),
        )

    def on_extension(self, verb, number, who, act, off):
        extension = self.pick(verb, number)
        place = extension.school or self.school_in(extension.municipality_id)
        person = self.person(who, place)
        self.attempt(
            Step(verb, person, self.world.by_pk[place.pk], is_stale=bool(off)),
            lambda: act(person.user, extension, extension.version - off),
        )

    @rule(number=PICK, who=OPERATOR, granted=st.booleans(), off=LAG)
    @where_fit
    def decide(self, number, who, granted, off):
        self.on_extension("decide", number, who, partial(decide_extension, granted=granted, answer="So."), off)

    @rule(number=PICK, who=OPERATOR, off=LAG)
    @where_fit
    def withdraw(self, number, who, off):
        self.on_extension("withdraw", number, who, partial(withdraw_extension, reason="Over."), off)

    @rule(where=SCHOOL, who=WRITER, pupils=st.sampled_from([25, 12, 40]), off=LAG)
    def enrol(self, where, who, pupils, off):
        school = self.world.schools[where]
        person = self.person(who, school)
        rows = [row for row in self.rows[Enrolment].values() if row["school_id"] == school.pk]
        version = (rows[0]["version"] if rows else 0) - off
        numbers = {f"grade_{grade}": pupils for grade in range(1, 12)}
        self.attempt(
            Step("enrol", person, school, is_stale=bool(off)),
            lambda: write_enrolment(
                person.user, school, "2019/2020", version, as_of=date(2019, 9, 5), source="ОО-1", **numbers
            ),
        )

    # --- What does not fit

    @rule(verb=st.sampled_from(sorted(FITS)), number=PICK, who=st.sampled_from(["author", "head", "operator"]))
    def misplaced(self, verb, number, who):
        """Try a verb on a row that is in no state for it."""
        everything = {"form": FORMS[0], "day": date(2019, 9, 20), "intent": Intent.SUBMIT, "comment": "No.", "days": 3}
        everything |= {"where": 0, "name": "lesson", "pupils": 12, "named": number, "granted": True, "off": 0}
        act = getattr(type(self), verb)
        wanted = signature(act).parameters
        self.misfits = sorted(self.rows[FITS[verb][0]].keys() - set(fitting(self.rows, verb)))
        if self.misfits:
            act(self, number=number, who=who, **{name: everything[name] for name in everything if name in wanted})
        self.misfits = ()


SCENES = {
    "while it runs": ((date(2019, 9, 24), 0), (date(2019, 10, 3), 0), (date(2019, 9, 12), 0)),
    "while it is reported": ((date(2019, 10, 15), 0), (date(2019, 10, 23), 0)),
    "at its end": ((date(2019, 11, 4), 0), (date(2019, 11, 1), 6)),
}
"""Days on which examples begin, and how many days pass before anyone may do what they like."""


@pytest.mark.parametrize("scenes", SCENES.values(), ids=SCENES)
def test_whatever_anyone_does_the_chain_stays_sound(world, scenes):
    # What fails is shown as it was found: with Phase.shrink added, hypothesis looks minutes for a shorter way there.
    settings = hypothesis.settings(max_examples=8, stateful_step_count=36, phases=[hypothesis.Phase.generate])
    run_state_machine_as_test(lambda: Chain(world, scenes), settings=settings)
