"""A school adds its own attendance to a joint event: its own numbers, and everything else from there."""

import uuid
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from events.actions import (
    Intent,
    accept_event,
    attend_joint_event,
    cancel_event,
    create_joint_event,
    edit_event,
    edit_joint_event,
    log_event,
)
from events.models import Event
from portal.errors import Changed, StateForbids
from portal.queries.history import history_of
from tests.events.conftest import row_of
from tests.factories import (
    CampaignFactory,
    EnrolmentFactory,
    ExtensionFactory,
    FolderFactory,
    JointEventFactory,
    SchoolFactory,
    UserFactory,
    event_fields,
    joint_fields,
)


@pytest.fixture
def joint(operator, campaign, lesson):
    fields = joint_fields(lesson, partners=["Завод"])
    return create_joint_event(operator, campaign, None, token=uuid.uuid4(), **fields)


@pytest.fixture
def attend(coordinator, school, joint):
    def send(intent="submit", actor=None, to=None, at=None, token=None, version=1, **counts):
        counts = counts or {"grade_8": 20}
        return attend_joint_event(
            actor or coordinator,
            to or school,
            at or joint,
            token=token or uuid.uuid4(),
            version=version,
            intent=Intent(intent),
            **counts,
        )

    return send


def test_two_numbers_make_an_event_laid_out_by_the_joint_one(attend, joint, lesson, school, coordinator):
    event = attend(grade_8=20, teachers=2)
    row = row_of(event)
    assert (row["joint_id"], row["format_id"], row["title"], row["place"], row["delivery"]) == (
        joint.pk,
        lesson.pk,
        "Ярмарка профессий",
        "Дворец спорта",
        "onsite",
    )
    assert (row["starts_on"], row["ends_on"], row["partners"]) == (
        date(2019, 9, 20),
        date(2019, 9, 20),
        ["Завод", "Политехнический колледж"],
    )
    assert (row["status"], row["participants"], row["teachers"], row["version"], row["on_behalf"]) == (
        "submitted",
        20,
        2,
        1,
        False,
    )
    assert [(entry.who, entry.verb) for entry in history_of(event)] == [("Кира Школьная", "submit")]


def test_what_a_form_says_about_the_day_or_the_format_is_not_taken(attend, contest, coordinator, joint):
    event = attend()
    edited = edit_event(
        coordinator,
        event,
        1,
        intent=Intent.DRAFT,
        **event_fields(contest, title="Своё", starts_on=date(2019, 9, 18), ends_on=date(2019, 9, 18), grade_8=21),
    )
    row = row_of(edited)
    assert (row["format_id"], row["title"], row["starts_on"], row["place"], row["participants"]) == (
        joint.format_id,
        "Ярмарка профессий",
        date(2019, 9, 20),
        "Дворец спорта",
        21,
    )
    assert (row["partners"], row["status"], row["version"]) == (["Завод", "Политехнический колледж"], "submitted", 2)


def test_its_municipal_coordinator_adds_it_on_the_schools_behalf(attend, municipal):
    event = attend(actor=municipal)
    assert row_of(event)["on_behalf"] is True
    assert [(entry.who, entry.for_whom) for entry in history_of(event)] == [
        ("Мария Муниципальная", "Школа «Перспектива»")
    ]


def test_the_operator_adds_it_for_schools_that_nobody_runs_alone(attend, operator, unrun_school, school):
    assert attend(actor=operator, to=unrun_school).school == unrun_school
    with pytest.raises(PermissionDenied):
        attend(actor=operator)


@pytest.mark.parametrize("who", ["department", "another municipal", "another coordinator", "foreign coordinator"])
def test_nobody_else_adds_it(who, attend, people):
    with pytest.raises(PermissionDenied):
        attend(actor=people[who])
    assert Event.objects.count() == 0


def test_a_school_that_it_is_not_held_for_cannot_add(attend, kolpashevo, campaign, english):
    other = JointEventFactory(campaign=campaign, municipality=kolpashevo)
    with pytest.raises(ValidationError) as told:
        attend(at=other)
    assert told.value.message_dict == {"school": ["This joint event is not held for this school."]}


def test_a_school_of_another_region_cannot_add(attend, foreign):
    with pytest.raises(ValidationError):
        attend(actor=foreign.coordinator, to=foreign.school)
    assert Event.objects.count() == 0


@pytest.mark.parametrize(
    ("counts", "field"),
    [
        ({"grade_4": 5}, "grade_4"),
        ({"grade_8": 0}, "participants"),
        ({"grade_8": 26}, "note"),
        ({"grade_8": 10_000}, "grade_8"),
        ({"grade_8": -1}, "grade_8"),
    ],
)
def test_its_numbers_are_checked_as_those_of_any_event(counts, field, attend):
    with pytest.raises(ValidationError) as told:
        attend(**counts)
    assert field in told.value.message_dict
    assert Event.objects.count() == 0


def test_more_than_enrolled_is_explained_and_flagged(attend):
    assert row_of(attend(grade_8=26, note="Вместе с соседями"))["flagged"] is True


def test_what_is_still_to_come_is_planned_and_not_sent(attend, campaign, english):
    coming = JointEventFactory(campaign=campaign, starts_on=date(2019, 9, 25))
    with pytest.raises(ValidationError) as told:
        attend(at=coming)
    assert list(told.value.message_dict) == ["starts_on"]
    assert attend("plan", at=coming).status == "planned"


def test_a_frozen_school_cannot_add(attend, school, campaign):
    FolderFactory(school=school, campaign=campaign, frozen_at=timezone.now())
    with pytest.raises(StateForbids):
        attend()


def test_after_closing_an_extension_lets_a_school_add(attend, school, campaign, clock):
    clock("2019-11-07 10:00")
    with pytest.raises(StateForbids):
        attend()
    ExtensionFactory(school=school, campaign=campaign, until=date(2019, 11, 10))
    assert attend().status == "submitted"


def test_a_school_adds_one_attendance_and_a_second_is_told(attend, colleague, english):
    attend()
    with pytest.raises(StateForbids) as told:
        attend(actor=colleague, grade_9=5)
    assert str(told.value) == "The school has added its attendance to this joint event already."
    assert Event.objects.count() == 1


def test_a_cancelled_attendance_makes_room_for_another(attend, coordinator):
    planned = attend("plan")
    cancel_event(coordinator, planned, 1)
    assert attend() != planned
    assert sorted(Event.objects.values_list("status", flat=True)) == ["cancelled", "submitted"]


def test_the_form_sent_twice_is_one_attendance(attend):
    token = uuid.uuid4()
    first = attend(token=token)
    before = row_of(first)
    assert attend(token=token) == first
    assert (row_of(first), Event.objects.count()) == (before, 1)
    with pytest.raises(Changed):
        attend(token=token, grade_8=3)


def test_a_plan_is_sent_by_the_same_form(attend):
    token = uuid.uuid4()
    planned = attend("plan", token=token)
    sent = attend(token=token, grade_8=19)
    assert (sent.pk, sent.status, sent.version, sent.participants) == (planned.pk, "submitted", 2, 19)


def test_a_form_does_not_move_between_a_joint_event_and_a_plain_one(attend, coordinator, school, campaign, lesson):
    token = uuid.uuid4()
    attend(token=token)
    with pytest.raises(StateForbids):
        log_event(coordinator, school, campaign, token=token, intent=Intent.SUBMIT, **event_fields(lesson))
    with pytest.raises(StateForbids):
        attend(token=token, at=JointEventFactory(campaign=campaign))
    assert Event.objects.count() == 1


def test_an_attendance_is_accepted_as_any_event(attend, municipal):
    assert accept_event(municipal, attend(), 1).status == "accepted"


def test_a_campaign_of_another_season_takes_its_own(attend, region, lesson, school, clock):
    spring = CampaignFactory(
        region=region,
        season="spring",
        starts_on=date(2020, 4, 1),
        ends_on=date(2020, 5, 15),
        events_due=date(2020, 5, 18),
        school_reports_due=date(2020, 5, 22),
        municipal_reports_due=date(2020, 5, 29),
        closes_on=date(2020, 6, 5),
        formats=[lesson],
    )
    clock("2020-04-20 10:00")
    EnrolmentFactory(school=school, academic_year="2020/2021")
    event = attend(at=JointEventFactory(campaign=spring, starts_on=date(2020, 4, 10)))
    assert (event.campaign, event.starts_on) == (spring, date(2020, 4, 10))


# --- At once ---------------------------------------------------------------------------------


def test_two_coordinators_at_once_add_one_attendance_and_one_is_told(at_once, attend, coordinator, colleague, english):
    answers = at_once(lambda: attend(actor=coordinator), lambda: attend(actor=colleague))
    assert sorted(type(answer).__name__ for answer in answers) == ["Event", "StateForbids"]
    assert Event.objects.get().participants == 20


def test_schools_that_join_while_the_day_is_moved_all_have_the_day(
    at_once, attend, operator, joint, lesson, tomsk, school, campaign
):
    schools = [SchoolFactory(municipality=tomsk) for _ in range(8)]
    people = [UserFactory(coordinator_of=row) for row in schools]
    attend()
    fields = joint_fields(lesson, partners=["Завод"], starts_on=date(2019, 9, 21), ends_on=date(2019, 9, 21))
    calls = [lambda n=n: attend(actor=people[n], to=schools[n]) for n in range(8)]
    calls.insert(4, lambda: edit_joint_event(operator, joint, 1, **fields))
    answers = at_once(*calls)
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert set(Event.objects.values_list("starts_on", "ends_on")) == {(date(2019, 9, 21), date(2019, 9, 21))}
    assert Event.objects.count() == 9


def test_an_acceptance_and_a_moved_day_at_once_agree(at_once, attend, operator, municipal, joint, lesson):
    event = attend()
    fields = joint_fields(lesson, partners=["Завод"], starts_on=date(2019, 9, 21), ends_on=date(2019, 9, 21))
    answers = at_once(lambda: accept_event(municipal, event, 1), lambda: edit_joint_event(operator, joint, 1, **fields))
    # Whoever came first: the other is told.
    assert sorted(type(answer).__name__ for answer in answers) in (
        ["Changed", "JointEvent"],
        ["Event", "ValidationError"],
    )
    joint.refresh_from_db()
    event.refresh_from_db()
    assert (event.starts_on, event.ends_on) == (joint.starts_on, joint.ends_on)


def test_two_joint_events_change_while_the_same_schools_join_both(
    at_once, attend, operator, campaign, joint, lesson, tomsk
):
    other = create_joint_event(operator, campaign, None, token=uuid.uuid4(), **joint_fields(lesson, title="Другая"))
    schools = [SchoolFactory(municipality=tomsk) for _ in range(5)]
    people = [UserFactory(coordinator_of=row) for row in schools]
    days = {"starts_on": date(2019, 9, 21), "ends_on": date(2019, 9, 21)}
    calls = []
    for n in range(5):
        first, second = (joint, other) if n % 2 else (other, joint)
        calls += [
            lambda n=n, at=first: attend(actor=people[n], to=schools[n], at=at),
            lambda n=n, at=second: attend(actor=people[n], to=schools[n], at=at),
        ]
    calls.insert(3, lambda: edit_joint_event(operator, joint, 1, **joint_fields(lesson, **days)))
    calls.insert(6, lambda: edit_joint_event(operator, other, 1, **joint_fields(lesson, title="Другая", **days)))
    answers = at_once(*calls)
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert list(Event.objects.values_list("starts_on", "ends_on").distinct().order_by()) == [tuple(days.values())]
    assert Event.objects.count() == 10
