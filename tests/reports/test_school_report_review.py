"""A school's report is accepted, returned and reopened: what each does to its events and to the chain above it."""

import uuid
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from campaigns.models import SchoolCampaign
from events import actions as events
from events.actions import Intent
from events.models import Event
from events.rules import coordinates_school
from portal.actions import write_enrolment
from portal.errors import Changed, StateForbids
from reports.actions import accept_municipal_report, accept_school_report, return_school_report
from reports.models import MunicipalReport, SchoolReport
from reports.queries import coverage
from reports.queries.coverage import Coverage
from reports.queries.levels import Level
from tests.factories import EnrolmentFactory, EventFactory, JointEventFactory, UserFactory, event_fields, joint_fields
from tests.reporting import (
    CORRECT_BY,
    accept_school,
    again,
    return_school,
    told,
    write_municipality,
    write_school,
)

pytestmark = pytest.mark.usefixtures("reporting_day", "english")

FROZEN = "The school's report is accepted, so its events are frozen. Who accepted it or the operator can reopen it."
ACCEPTED_LATER = (
    "The report of Школа «Перспектива» was accepted after this one was sent: look at the sums and send it again."
)


def told_of_folder() -> list:
    """What history tells of the school's folder, beside how it follows the school."""
    return [line for line in told(SchoolCampaign.objects.get()) if line[1] != "edit"]


@pytest.fixture
def event(school, campaign, coordinator):
    return EventFactory(school=school, campaign=campaign, author=coordinator)


@pytest.fixture
def report(event, coordinator, school, campaign):
    """Sent by the school."""
    return write_school(coordinator, school, campaign)


def statuses(school) -> dict:
    return dict(Event.objects.filter(school=school).order_by("pk").values_list("pk", "status"))


def frozen(school) -> bool:
    return SchoolCampaign.objects.get(school=school).frozen_at is not None


# --- Accepting -------------------------------------------------------------------------------


def test_accepting_accepts_the_events_under_review_and_freezes_them_all(report, event, school, campaign, municipal):
    settled = EventFactory(school=school, campaign=campaign, status="accepted", grade_8=5)
    others = [EventFactory(school=school, campaign=campaign, status=s) for s in ("draft", "planned", "returned")]
    accepted = accept_school(municipal, report)
    assert (accepted.status, accepted.version, accepted.reviewed_by) == ("accepted", 2, municipal)
    assert statuses(school) == {
        event.pk: "accepted",
        settled.pk: "accepted",
        others[0].pk: "draft",
        others[1].pk: "planned",
        others[2].pk: "returned",
    }
    event.refresh_from_db()
    assert (event.version, event.reviewed_by) == (2, municipal)
    assert frozen(school)
    assert told(report) == [("Кира Школьная", "submit", ""), ("Мария Муниципальная", "accept", "")]
    assert told(event) == [("Мария Муниципальная", "accept", "")]
    assert told_of_folder() == [("Мария Муниципальная", "freeze", "")]


def test_another_schools_events_stay_under_review(report, second_school, campaign, municipal):
    other = EventFactory(school=second_school, campaign=campaign)
    accept_school(municipal, report)
    assert statuses(second_school) == {other.pk: "submitted"}


def test_accepting_twice_is_accepting_once(report, municipal):
    first = accept_school_report(municipal, report, 1)
    second = accept_school_report(municipal, report, 1)
    assert (first.version, second.version) == (2, 2)
    assert [verb for _who, verb, _for in told(report)] == ["submit", "accept"]


def test_what_changed_since_it_was_read_is_not_accepted(report, coordinator, school, campaign, municipal):
    write_school(coordinator, school, campaign, 1, conclusions="Дописано.")
    with pytest.raises(Changed) as caught:
        accept_school_report(municipal, report, 1)
    assert [(entry.who, entry.verb) for entry in caught.value.changes] == [("Кира Школьная", "edit")]
    assert (SchoolReport.objects.get().status, frozen(school)) == ("submitted", False)


@pytest.mark.parametrize("status", ["open", "returned"])
def test_only_what_is_under_review_is_accepted(status, event, school, campaign, coordinator, municipal):
    report = write_school(coordinator, school, campaign, send=status == "returned")
    if status == "returned":
        report = return_school(municipal, report)
    with pytest.raises(StateForbids):
        accept_school(municipal, report)
    assert (SchoolReport.objects.get().status, frozen(school)) == (status, False)


def test_nobody_accepts_what_they_sent_themselves(event, school, tomsk, campaign):
    both = UserFactory(coordinator_of=school, municipal_of=tomsk)
    report = write_school(both, school, campaign)
    with pytest.raises(StateForbids) as caught:
        accept_school(both, report)
    assert str(caught.value) == "Nobody accepts what they sent themselves: ask a colleague."


def test_who_entered_it_on_the_schools_behalf_may_accept_it_and_it_stays_marked_so(event, school, campaign, municipal):
    report = write_school(municipal, school, campaign)
    accepted = accept_school(municipal, report)
    assert (accepted.status, accepted.on_behalf) == ("accepted", True)
    assert told(report) == [
        ("Мария Муниципальная", "submit", "Школа «Перспектива»"),
        ("Мария Муниципальная", "accept", ""),
    ]


def test_the_operator_accepts_in_a_municipalitys_place_and_history_says_for_whom(report, event, operator):
    accept_school(operator, report)
    assert told(report)[1:] == [("Ольга Оператор", "accept", "город Томск")]
    assert told(event) == [("Ольга Оператор", "accept", "город Томск")]
    assert told_of_folder() == [("Ольга Оператор", "freeze", "город Томск")]


@pytest.mark.parametrize(
    ("flagged", "reason"),
    [
        (1, "1 event wants a decision of its own first: it is flagged, or you sent it yourself."),
        (3, "3 events want a decision of their own first: they are flagged, or you sent them yourself."),
    ],
)
def test_flagged_events_want_a_decision_first(flagged, reason, school, campaign, coordinator, municipal):
    rows = EventFactory.create_batch(flagged, school=school, campaign=campaign, grade_8=30, flagged=True, note="Гости")
    plain = EventFactory(school=school, campaign=campaign)
    report = write_school(
        coordinator, school, campaign, grades=dict.fromkeys(range(5, 12), 0) | {8: 25}, kinds={"open_lesson": 25}
    )
    with pytest.raises(StateForbids) as caught:
        accept_school(municipal, report)
    assert str(caught.value) == reason
    assert set(statuses(school).values()) == {"submitted"}
    assert (SchoolReport.objects.get().status, frozen(school)) == ("submitted", False)
    for row in rows:
        events.accept_event(municipal, row, 1)
    assert accept_school(municipal, report).status == "accepted"
    assert statuses(school)[plain.pk] == "accepted"


def test_events_that_the_reviewer_sent_themselves_want_another(school, tomsk, campaign, coordinator, municipal):
    both = UserFactory(coordinator_of=school, municipal_of=tomsk)
    EventFactory(school=school, campaign=campaign, author=both)
    report = write_school(coordinator, school, campaign)
    with pytest.raises(StateForbids) as caught:
        accept_school(both, report)
    assert str(caught.value) == "1 event wants a decision of its own first: it is flagged, or you sent it yourself."
    assert accept_school(municipal, report).status == "accepted"


def test_events_entered_on_the_schools_behalf_are_accepted_by_who_entered_them(
    school, campaign, municipal, coordinator
):
    row = EventFactory(school=school, campaign=campaign, author=municipal, on_behalf=True)
    accept_school(municipal, write_school(coordinator, school, campaign))
    assert statuses(school) == {row.pk: "accepted"}


def test_numbers_that_the_events_no_longer_allow_are_not_accepted(report, event, school, municipal):
    events.return_event(municipal, event, 1, "Не было такого.")
    with pytest.raises(StateForbids) as caught:
        accept_school(municipal, report)
    assert str(caught.value) == (
        "The numbers no longer fit the events, which changed since the report was sent: return it."
    )
    assert not frozen(school)


def test_events_that_came_after_the_report_make_it_unfit(report, coordinator, school, campaign, municipal, lesson):
    """A contest after the report was sent: its kind is not answered."""
    EventFactory(school=school, campaign=campaign, format=campaign.formats.get(slug="contest"), grade_8=20)
    with pytest.raises(StateForbids):
        accept_school(municipal, report)


# --- Enrolment -------------------------------------------------------------------------------


def test_enrolment_corrected_later_changes_nothing_that_is_accepted(report, school, campaign, operator, municipal):
    accepted = accept_school(municipal, report)
    grades = {f"grade_{grade}": 25 for grade in range(1, 12)} | {"grade_8": 20, "grade_9": 30}
    write_enrolment(operator, school, "2019/2020", 1, as_of=date(2019, 10, 1), source="Уточнено", **grades)
    accepted.refresh_from_db()
    assert (accepted.roll[8], accepted.roll[9], accepted.enrolled, accepted.roll_source) == (25, 25, 175, "ОО-1")
    assert accepted.version == 2
    assert coverage.coverage_of(coverage.schools(Level(campaign))) == Coverage(24, 24, 175, reported=1)


def test_a_report_under_review_is_judged_by_the_enrolment_that_it_was_measured_on(report, school, municipal):
    school.enrolments.update(grade_8=20)
    accepted = accept_school(municipal, report)
    assert (accepted.status, accepted.roll[8]) == ("accepted", 25)


def test_enrolment_that_came_after_a_report_was_sent_keeps_nobody_from_accepting_it(
    second_school, second_coordinator, campaign, municipal
):
    """Missing enrolment blocks nothing, and the report was measured on none."""
    EventFactory(school=second_school, campaign=campaign)
    report = write_school(second_coordinator, second_school, campaign)
    EnrolmentFactory(school=second_school, grade_8=20)
    accepted = accept_school(municipal, report)
    assert (accepted.status, accepted.pupils, accepted.roll) == ("accepted", 24, None)


# --- Frozen ----------------------------------------------------------------------------------


@pytest.fixture
def world(report, event, school, campaign, coordinator, municipal, operator, lesson):
    """The school's events in every state, an attendance of a joint event among them, frozen by the accepted report."""
    joint = JointEventFactory(campaign=campaign, format=lesson, author=operator)
    rows = {
        status: EventFactory(school=school, campaign=campaign, status=status, author=coordinator, grade_8=10)
        for status in ("draft", "planned", "returned", "cancelled", "accepted")
    }
    rows["submitted"] = event
    rows["attendance"] = EventFactory(
        school=school,
        campaign=campaign,
        joint=joint,
        author=coordinator,
        title=joint.title,
        status="planned",
        grade_8=9,
    )
    accept_school(municipal, report)
    for row in rows.values():
        row.refresh_from_db()
    return {"rows": rows, "joint": joint}


def acts_on_events(world, school, campaign, lesson, actor) -> dict:
    """Every action that changes an event of the school, by what it does."""
    rows = world["rows"]

    def on(status, act, *args, **kwargs):
        row = rows[status]
        return lambda: act(actor, row, row.version, *args, **kwargs)

    other = JointEventFactory(campaign=campaign, format=lesson)
    fields = event_fields(lesson, title="Другое")
    return {
        "log a new one": lambda: events.log_event(
            actor, school, campaign, token=uuid.uuid4(), intent=Intent.SUBMIT, **event_fields(lesson)
        ),
        "keep a new draft": lambda: events.log_event(
            actor, school, campaign, token=uuid.uuid4(), intent=Intent.DRAFT, **event_fields(lesson)
        ),
        "attend a joint event": lambda: events.attend_joint_event(
            actor, school, other, token=uuid.uuid4(), intent=Intent.SUBMIT, grade_8=5
        ),
        "edit an attendance": on("attendance", events.edit_event, intent=Intent.SUBMIT, grade_8=5),
        "edit a draft": on("draft", events.edit_event, intent=Intent.DRAFT, **fields),
        "edit what was under review": on("submitted", events.edit_event, intent=Intent.DRAFT, **fields),
        "correct a returned one": on("returned", events.edit_event, intent=Intent.SUBMIT, **fields),
        "send a draft": on("draft", events.submit_event),
        "send a planned one": on("planned", events.submit_event),
        "cancel a planned one": on("planned", events.cancel_event),
        "cancel a returned one": on("returned", events.cancel_event),
    } | ({"delete a draft": on("draft", events.delete_draft)} if coordinates_school(actor, school) else {})


@pytest.mark.parametrize("who", ["coordinator", "municipal"])
def test_nobody_writes_a_frozen_event(who, world, school, campaign, lesson, coordinator, municipal):
    actor = {"coordinator": coordinator, "municipal": municipal}[who]
    acts = acts_on_events(world, school, campaign, lesson, actor)
    before, answers = list(Event.objects.order_by("pk").values()), {}
    for name, act in acts.items():
        with pytest.raises(StateForbids) as caught:
            act()
        answers[name] = str(caught.value)
    assert answers == dict.fromkeys(acts, FROZEN)
    assert list(Event.objects.order_by("pk").values()) == before


def test_nobody_decides_on_a_frozen_event(world, municipal, operator):
    """Not even the operator, who returns accepted events otherwise."""
    rows, answers = world["rows"], {}
    acts = {
        "accept": lambda: events.accept_event(municipal, rows["returned"], rows["returned"].version),
        "return": lambda: events.return_event(operator, rows["accepted"], rows["accepted"].version, "Уточните."),
    }
    for name, act in acts.items():
        with pytest.raises(StateForbids) as caught:
            act()
        answers[name] = str(caught.value)
    assert answers == dict.fromkeys(acts, FROZEN)


def test_accepting_many_skips_what_is_frozen(world, second_school, campaign, municipal, school):
    left = EventFactory(school=school, campaign=campaign)  # as if written before the freeze was known
    other = EventFactory(school=second_school, campaign=campaign)
    result = events.accept_events(municipal, {left.pk: 1, other.pk: 1})
    assert [event.pk for event in result.accepted] == [other.pk]
    assert [(event.pk, reason) for event, reason in result.skipped] == [(left.pk, "frozen by the accepted report")]


def test_editing_a_joint_event_leaves_a_frozen_attendance_as_it_is(world, operator, lesson):
    attendance = world["rows"]["attendance"]
    fields = joint_fields(lesson, title="Ярмарка вакансий", host="")
    events.edit_joint_event(operator, world["joint"], 1, **fields)
    attendance.refresh_from_db()
    assert (attendance.title, attendance.version) == (world["joint"].title, 1)


def test_a_joint_event_with_a_frozen_attendance_keeps_its_days(world, operator, lesson):
    fields = joint_fields(lesson, title=world["joint"].title, host="", starts_on=date(2019, 9, 21))
    with pytest.raises(ValidationError):
        events.edit_joint_event(operator, world["joint"], 1, **fields | {"ends_on": date(2019, 9, 21)})


def test_a_joint_event_with_a_frozen_attendance_is_not_cancelled(world, operator):
    with pytest.raises(StateForbids):
        events.cancel_joint_event(operator, world["joint"], 1)
    world["rows"]["attendance"].refresh_from_db()
    assert world["rows"]["attendance"].status == "planned"


def test_another_school_goes_on(world, second_school, second_coordinator, campaign, lesson):
    row = events.log_event(
        second_coordinator,
        second_school,
        campaign,
        token=uuid.uuid4(),
        intent=Intent.SUBMIT,
        **event_fields(lesson),
    )
    assert row.status == "submitted"


# --- Returning -------------------------------------------------------------------------------


def test_a_return_says_what_and_by_when_and_leaves_the_events(report, event, municipal, school):
    returned = return_school(municipal, report)
    assert (returned.status, returned.version, returned.comment, returned.correct_by) == (
        "returned",
        2,
        "Уточните 8 класс.",
        CORRECT_BY,
    )
    assert (returned.reviewed_by, returned.submitted_on) == (municipal, date(2019, 10, 17))
    assert statuses(school) == {event.pk: "submitted"}
    assert told(report)[1:] == [("Мария Муниципальная", "return", "")]


def test_a_return_may_take_events_along_but_none_that_is_accepted(report, event, school, campaign, municipal):
    other = EventFactory(school=school, campaign=campaign, status="accepted")
    return_school(municipal, report, [event.pk, other.pk])
    event.refresh_from_db()
    assert statuses(school) == {event.pk: "returned", other.pk: "accepted"}
    assert (event.comment, event.version) == ("Уточните 8 класс.", 2)


@pytest.mark.parametrize(
    ("comment", "day", "errors"),
    [
        (
            " \x00 ",
            None,
            {
                "comment": ["Say what to correct: who wrote the report sees nothing else."],
                "correct_by": ["Name a day to correct by."],
            },
        ),
        ("Уточните.", date(2019, 10, 16), {"correct_by": ["Name a day from today on, within a year."]}),
        ("Уточните.", date(2020, 10, 18), {"correct_by": ["Name a day from today on, within a year."]}),
        ("я" * 1_001, date(2019, 10, 17), {"comment": ["At most 1000 characters; this has 1001."]}),
    ],
)
def test_a_return_without_what_or_by_when_is_refused(comment, day, errors, report, municipal):
    with pytest.raises(ValidationError) as caught:
        return_school_report(municipal, report, 1, comment, day)
    assert caught.value.message_dict == errors
    assert SchoolReport.objects.get().status == "submitted"


@pytest.mark.parametrize("day", [date(2019, 10, 17), date(2020, 10, 17)])
def test_the_day_to_correct_by_is_from_today_to_a_year(day, report, municipal):
    assert return_school_report(municipal, report, 1, "Уточните.", day).correct_by == day


def test_returning_twice_is_returning_once(report, municipal):
    first = return_school_report(municipal, report, 1, "Уточните.", CORRECT_BY)
    second = return_school_report(municipal, report, 1, " Уточните. ", CORRECT_BY)
    assert (first.version, second.version) == (2, 2)
    assert [verb for _who, verb, _for in told(report)] == ["submit", "return"]


def test_another_comment_over_an_old_version_is_told_what_happened(report, municipal, operator):
    return_school(operator, report)
    with pytest.raises(Changed) as caught:
        return_school_report(municipal, report, 1, "Другое.", CORRECT_BY)
    assert [(entry.who, entry.verb) for entry in caught.value.changes] == [("Ольга Оператор", "return")]


def test_a_draft_is_not_returned(event, coordinator, school, campaign, municipal):
    report = write_school(coordinator, school, campaign, send=False)
    with pytest.raises(StateForbids):
        return_school(municipal, report)


def test_one_accepts_while_another_returns_and_exactly_one_wins(at_once, report, municipal, operator, school):
    results = at_once(
        lambda: accept_school_report(again(municipal), report, 1),
        lambda: return_school_report(again(operator), report, 1, "Уточните.", CORRECT_BY),
    )
    status = SchoolReport.objects.get().status
    assert sorted(type(result).__name__ for result in results) == ["Changed", "SchoolReport"]
    assert frozen(school) == (status == "accepted")
    assert [verb for _who, verb, _for in told(report)][1:] in (["accept"], ["return"])


# --- Reopening -------------------------------------------------------------------------------


@pytest.fixture
def accepted(report, municipal):
    return accept_school(municipal, report)


@pytest.mark.parametrize(("who", "place"), [("municipal", ""), ("operator", "город Томск")])
def test_who_accepted_it_and_the_operator_reopen(who, place, accepted, event, school, municipal, operator):
    actor = {"municipal": municipal, "operator": operator}[who]
    report = return_school(actor, accepted, [event.pk])
    assert (report.status, report.version, report.correct_by) == ("returned", 3, CORRECT_BY)
    assert not frozen(school)
    assert statuses(school) == {event.pk: "returned"}
    assert told(report)[2:] == [(actor.name, "reopen", place)]
    assert told_of_folder()[1:] == [(actor.name, "thaw", place)]
    assert told(event)[1:] == [(actor.name, "return", place)]


def test_another_coordinator_of_the_municipality_does_not_reopen(accepted, tomsk, school):
    with pytest.raises(PermissionDenied):
        return_school(UserFactory(municipal_of=tomsk), accepted)
    assert frozen(school)


def test_who_accepted_it_and_left_does_not_reopen(accepted, municipal, school, clock):
    municipal.memberships.update(ended_at=clock("2019-10-17 10:00") - timedelta(hours=1))
    with pytest.raises(PermissionDenied):
        return_school(municipal, accepted)
    assert frozen(school)


def test_a_reopened_school_changes_again_and_only_named_events_are_returned(
    accepted, event, school, campaign, municipal, coordinator
):
    other = EventFactory(school=school, campaign=campaign, status="accepted")
    return_school(municipal, accepted, [other.pk])
    assert statuses(school) == {event.pk: "accepted", other.pk: "returned"}
    row = events.edit_event(coordinator, other, 2, intent=Intent.SUBMIT, grade_8=10)
    assert row.status == "submitted"


def test_named_events_of_other_schools_and_campaigns_and_drafts_stay(
    accepted, school, second_school, foreign, campaign, municipal
):
    rows = [
        EventFactory(school=second_school, campaign=campaign, status="accepted"),
        EventFactory(school=foreign.school, campaign=foreign.campaign, status="accepted"),
        EventFactory(school=school, campaign=campaign, status="draft"),
        EventFactory(school=school, campaign=campaign, status="cancelled"),
    ]
    return_school(municipal, accepted, [*(row.pk for row in rows), 10**15])
    assert [(Event.objects.get(pk=row.pk).status, row.version) for row in rows] == [
        ("accepted", 1),
        ("accepted", 1),
        ("draft", 1),
        ("cancelled", 1),
    ]


def test_the_chain_goes_round_again(accepted, event, school, campaign, coordinator, municipal):
    report = return_school(municipal, accepted, [event.pk])
    events.edit_event(coordinator, event, 3, intent=Intent.SUBMIT, grade_8=20)
    numbers = {"grades": dict.fromkeys(range(5, 12), 0) | {8: 20}, "kinds": {"open_lesson": 20}}
    report = write_school(coordinator, school, campaign, report.version, **numbers)
    report = accept_school(municipal, report)
    assert (report.status, report.version, report.pupils, frozen(school)) == ("accepted", 5, 20, True)
    assert coverage.coverage_of(coverage.schools(Level(campaign))) == Coverage(20, 20, 175, reported=1)
    assert report.submitted_on == date(2019, 10, 17)


# --- The chain above -------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["submitted", "accepted"])
def test_reopening_reopens_the_municipal_report_above(status, accepted, tomsk, campaign, municipal, operator):
    above = write_municipality(municipal, tomsk, campaign)
    if status == "accepted":
        accept_municipal_report(operator, above, 1)
    return_school(municipal, accepted)
    above.refresh_from_db()
    assert (above.status, above.correct_by) == ("returned", CORRECT_BY)
    assert above.comment == "The report of Школа «Перспектива» was reopened: Уточните 8 класс."
    assert told(above)[-1] == ("Мария Муниципальная", "reopen", "")


def test_one_that_is_being_written_stays_as_it_is(accepted, tomsk, campaign, municipal):
    above = write_municipality(municipal, tomsk, campaign, send=False)
    return_school(municipal, accepted)
    above.refresh_from_db()
    assert (above.status, above.version, above.comment) == ("open", 1, "")


def test_returning_what_was_not_accepted_leaves_the_municipal_report(report, tomsk, campaign, municipal):
    above = write_municipality(municipal, tomsk, campaign)
    return_school(municipal, report)
    above.refresh_from_db()
    assert (above.status, above.version) == ("submitted", 1)


@pytest.mark.parametrize("status", ["submitted", "accepted"])
def test_a_school_accepted_late_reopens_the_municipal_report(status, report, tomsk, campaign, municipal, operator):
    above = write_municipality(municipal, tomsk, campaign)
    if status == "accepted":
        accept_municipal_report(operator, above, 1)
    accept_school(municipal, report)
    above.refresh_from_db()
    assert (above.status, above.comment) == ("returned", ACCEPTED_LATER)


def test_another_municipalitys_report_stays(report, kolpashevo, village_municipal, campaign, municipal):
    other = write_municipality(village_municipal, kolpashevo, campaign)
    accept_school(municipal, report)
    other.refresh_from_db()
    assert (other.status, other.version) == ("submitted", 1)


def test_a_school_that_no_municipality_runs_is_accepted_by_the_operator_and_has_nothing_above(
    unrun_school, unrun_coordinator, campaign, operator
):
    EnrolmentFactory(school=unrun_school)
    EventFactory(school=unrun_school, campaign=campaign)
    report = accept_school(operator, write_school(unrun_coordinator, unrun_school, campaign))
    assert (report.status, told(report)[1:]) == ("accepted", [("Ольга Оператор", "accept", "")])
    assert return_school(operator, report).status == "returned"
    assert MunicipalReport.objects.count() == 0
