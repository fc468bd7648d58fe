"""A joint event is entered once by who holds it, changed while nothing is accepted, called off while nobody came."""

import uuid
from datetime import date

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from events.actions import (
    Intent,
    attend_joint_event,
    cancel_joint_event,
    create_joint_event,
    edit_joint_event,
    return_event,
)
from events.models import Event, JointEvent
from portal.errors import Changed, StateForbids
from portal.models import History, Partner
from portal.queries.history import history_of
from tests.events.conftest import row_of
from tests.factories import EventFactory, FolderFactory, JointEventFactory, SchoolFactory, joint_fields


@pytest.fixture
def create(operator, campaign, lesson):
    def send(actor=None, municipality=None, token=None, in_campaign=None, **changes):
        fields = joint_fields(lesson, **changes)
        return create_joint_event(
            actor or operator, in_campaign or campaign, municipality, token=token or uuid.uuid4(), **fields
        )

    return send


@pytest.fixture
def edit(operator, lesson):
    def send(joint, actor=None, version=None, **changes):
        return edit_joint_event(actor or operator, joint, version or joint.version, **joint_fields(lesson, **changes))

    return send


@pytest.fixture
def attendance(lesson):
    """Make a school's attendance in a state, laid out as its joint event says."""

    def make(joint, school, status="submitted", **fields):
        laid = {"title": joint.title, "starts_on": joint.starts_on, "place": joint.place, "format": joint.format}
        event = EventFactory(joint=joint, school=school, campaign=joint.campaign, status=status, **laid | fields)
        event.partners.set([joint.host] if joint.host else [])
        return event

    return make


def errors(told):
    return told.value.message_dict


def lines(joint):
    """The joint event's history: who, for whom, verb; newest first."""
    return [(entry.who, entry.for_whom, entry.verb) for entry in history_of(joint)]


# --- Entering --------------------------------------------------------------------------------


def test_the_operator_enters_one_for_the_whole_region(create, lesson):
    joint = create(partners=["Завод", "Политехнический колледж"])
    joint.refresh_from_db()
    assert (joint.municipality, joint.format, joint.place, joint.version) == (None, lesson, "Дворец спорта", 1)
    assert (joint.host.name, joint.host.kind) == ("Политехнический колледж", "college")
    assert sorted(joint.partners.values_list("name", flat=True)) == ["Завод", "Политехнический колледж"]
    assert Partner.objects.count() == 2
    assert lines(joint) == [("Ольга Оператор", "", "create")]


def test_a_coordinator_enters_one_for_their_own_municipality(create, municipal, tomsk):
    joint = create(actor=municipal, municipality=tomsk, host="", title="")
    assert (joint.municipality, joint.host, joint.title) == (tomsk, None, "Открытый урок")
    assert lines(joint) == [("Мария Муниципальная", "", "create")]


def test_the_operator_entering_one_for_a_municipality_is_told_of_with_it(create, tomsk, unrun):
    assert lines(create(municipality=tomsk)) == [("Ольга Оператор", "город Томск", "create")]
    assert lines(create(municipality=unrun)) == [("Ольга Оператор", "", "create")]


@pytest.mark.parametrize(
    "who",
    ["department", "another municipal", "coordinator", "technical staff", "without membership", "foreign operator"],
)
def test_nobody_else_enters_one_for_a_municipality(who, create, people, tomsk):
    with pytest.raises(PermissionDenied):
        create(actor=people[who], municipality=tomsk)
    assert JointEvent.objects.count() == 0


@pytest.mark.parametrize("who", ["municipal", "department", "coordinator", "foreign operator"])
def test_nobody_but_the_operator_enters_one_for_the_whole_region(who, create, people):
    with pytest.raises(PermissionDenied):
        create(actor=people[who])
    assert JointEvent.objects.count() == 0


def test_a_municipality_of_another_region_is_refused(create, foreign, english):
    with pytest.raises(ValidationError) as told:
        create(municipality=foreign.municipality)
    assert errors(told) == {"municipality": ["The campaign belongs to another region."]}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"starts_on": date(2019, 9, 12)},
            {"starts_on": ["12.09.2019 is outside the campaign: 13.09.2019 – 14.10.2019."]},
        ),
        ({"ends_on": date(2019, 9, 19)}, {"ends_on": ["The last day (19.09.2019) is before the first (20.09.2019)."]}),
        (
            {"ends_on": date(2019, 10, 15)},
            {"ends_on": ["15.10.2019 is outside the campaign: 13.09.2019 – 14.10.2019."]},
        ),
        ({"place": " "}, {"place": ["This field cannot be blank."]}),
    ],
)
def test_days_lie_in_the_window_and_a_place_is_named(changes, expected, create, english):
    with pytest.raises(ValidationError) as told:
        create(**changes)
    assert errors(told) == expected
    assert (JointEvent.objects.count(), Partner.objects.count()) == (0, 0)


def test_a_format_that_the_campaign_does_not_offer_is_refused(create, foreign, english):
    with pytest.raises(ValidationError) as told:
        create(format=foreign.lesson)
    assert errors(told) == {"format": ["The campaign does not offer this format."]}


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2019-08-27 09:00", True),
        ("2019-09-24 09:00", True),
        ("2019-11-05 23:59:59", True),
        ("2019-11-06 00:00:01", False),
    ],
)
def test_joint_events_are_made_from_the_announcement_to_the_closing(moment, is_open, create, clock):
    clock(moment)
    if is_open:
        assert create().pk
        return
    with pytest.raises(StateForbids):
        create()
    assert JointEvent.objects.count() == 0


def test_a_draft_campaign_takes_none(create, campaign):
    campaign.published_at = None
    campaign.save()
    with pytest.raises(StateForbids):
        create()


def test_a_form_sent_twice_is_one_joint_event(create):
    token = uuid.uuid4()
    first = create(token=token, partners=["Завод"])
    assert create(token=token, partners=["завод"]) == first
    assert (JointEvent.objects.count(), len(lines(first))) == (1, 1)


def test_another_text_for_the_same_form_is_told(create):
    token = uuid.uuid4()
    first = create(token=token)
    with pytest.raises(Changed) as told:
        create(token=token, place="Другое место")
    assert (told.value.current, JointEvent.objects.count()) == (first, 1)


def test_five_sendings_at_once_are_one_joint_event(at_once, create):
    token = uuid.uuid4()
    answers = at_once(*[lambda: create(token=token)] * 5)
    assert [answer.pk for answer in answers] == [JointEvent.objects.get().pk] * 5
    assert len(lines(answers[0])) == 1


# --- Changing --------------------------------------------------------------------------------


def test_what_changes_is_carried_over_to_the_attendances(create, edit, attendance, contest, school, village_school):
    joint = create(host="")
    sent, planned = attendance(joint, school), attendance(joint, village_school, "planned")
    edit(
        joint,
        format=contest,
        title="Большая ярмарка",
        starts_on=date(2019, 9, 21),
        ends_on=date(2019, 9, 22),
        delivery="mixed",
        place="Манеж",
        partners=["Завод"],
    )
    for event, status in ((sent, "submitted"), (planned, "planned")):
        row = row_of(event)
        assert (row["format_id"], row["title"], row["starts_on"], row["ends_on"]) == (
            contest.pk,
            "Большая ярмарка",
            date(2019, 9, 21),
            date(2019, 9, 22),
        )
        assert (row["delivery"], row["place"], row["partners"]) == (
            "mixed",
            "Манеж",
            ["Завод", "Политехнический колледж"],
        )
        assert (row["status"], row["version"], row["entries"], row["grade_8"]) == (status, 2, 1, 24)
        entry = history_of(event)[0]
        assert (entry.who, entry.verb, entry.version) == ("Ольга Оператор", "edit", 2)
    assert Event.objects.filter(search__contains="манеж").count() == 2


def test_a_change_of_the_description_alone_touches_no_attendance(create, edit, attendance, school):
    joint = create()
    event = attendance(joint, school)
    before = row_of(event)
    assert edit(joint, description="Приходите").version == 2
    assert row_of(event) == before


def test_an_equal_text_writes_nothing(create, edit):
    joint = create()
    assert edit(joint).version == 1
    assert len(lines(joint)) == 1


def test_numbers_that_another_format_does_not_ask_for_go_with_it(create, edit, attendance, contest, lesson, school):
    joint = create(format=contest)
    event = attendance(joint, school)
    event.indicator_values.create(indicator=contest.indicators.first(), value=5)
    edit(joint)
    assert (row_of(event)["indicators"], row_of(event)["format_id"]) == ([], lesson.pk)


@pytest.mark.parametrize(
    "changes", [{"starts_on": date(2019, 9, 19)}, {"ends_on": date(2019, 9, 21)}, {"title": "Иначе"}]
)
def test_once_one_attendance_is_accepted_format_and_days_stand(
    changes, create, edit, attendance, school, second_school, english
):
    joint = create()
    accepted, sent = attendance(joint, school, "accepted"), attendance(joint, second_school)
    before = row_of(accepted)
    if "title" in changes:
        edit(joint, **changes)
        assert (row_of(sent)["title"], row_of(accepted)) == ("Иначе", before)
        return
    with pytest.raises(ValidationError) as told:
        edit(joint, **changes)
    message = "The attendance of some schools is accepted, so the format and the days stand: Школа «Перспектива»."
    assert errors(told) == {next(iter(changes)): [message]}
    assert (row_of(accepted), row_of(sent)["version"]) == (before, 1)


def test_once_a_schools_folder_is_frozen_format_and_days_stand(
    create, edit, attendance, contest, school, second_school, campaign
):
    joint = create()
    frozen, free = attendance(joint, school, "planned"), attendance(joint, second_school, "planned")
    FolderFactory(school=school, campaign=campaign, frozen_at=timezone.now())
    before = row_of(frozen)
    with pytest.raises(ValidationError):
        edit(joint, format=contest)
    edit(joint, place="Манеж")
    assert (row_of(frozen), row_of(free)["place"]) == (before, "Манеж")


def test_a_returned_attendance_unlocks_the_days_again(create, edit, attendance, operator, school):
    joint = create()
    event = attendance(joint, school, "accepted")
    return_event(operator, event, event.version, "Не тот день")
    edit(joint, starts_on=date(2019, 9, 19), ends_on=date(2019, 9, 19))
    assert (row_of(event)["starts_on"], row_of(event)["status"]) == (date(2019, 9, 19), "returned")


def test_a_format_for_other_grades_than_came_is_refused_naming_the_schools(
    create, edit, attendance, contest, school, second_school, english
):
    joint = create()
    attendance(joint, school, grade_5=3)
    attendance(joint, second_school)
    with pytest.raises(ValidationError) as told:
        edit(joint, format=contest)
    message = "“Большие вызовы” takes grades 8–11; other grades took part from: Школа «Перспектива»."
    assert errors(told) == {"format": [message]}


def test_a_sent_attendance_is_not_moved_into_the_future(create, edit, attendance, school, english):
    joint = create()
    event = attendance(joint, school)
    with pytest.raises(ValidationError) as told:
        edit(joint, starts_on=date(2019, 9, 25), ends_on=date(2019, 9, 25))
    message = "25.09.2019 is still to come, but some schools have sent their attendance: Школа «Перспектива»."
    assert errors(told) == {"starts_on": [message]}
    Event.objects.filter(pk=event.pk).update(status="planned")
    assert edit(joint, starts_on=date(2019, 9, 25), ends_on=date(2019, 9, 25)).version == 2


def test_what_changed_since_it_was_opened_is_told(create, edit, municipal, tomsk):
    joint = create(municipality=tomsk)
    edit(joint, actor=municipal, place="Манеж")
    with pytest.raises(Changed) as told:
        edit(joint, place="Стадион", version=1)
    assert [(entry.who, entry.verb) for entry in told.value.changes] == [("Мария Муниципальная", "edit")]
    assert edit(joint, place="Манеж", version=1).version == 2


def test_the_operator_changes_a_municipalitys_and_history_says_for_whom(create, edit, municipal, tomsk):
    joint = create(actor=municipal, municipality=tomsk)
    edit(joint, place="Манеж")
    assert lines(joint)[0] == ("Ольга Оператор", "город Томск", "edit")


@pytest.mark.parametrize("who", ["municipal", "department", "coordinator", "foreign operator"])
def test_nobody_else_changes_or_cancels_the_regions(who, create, edit, people):
    joint = create()
    with pytest.raises(PermissionDenied):
        edit(joint, actor=people[who], place="Манеж")
    with pytest.raises(PermissionDenied):
        cancel_joint_event(people[who], joint, 1)
    assert JointEvent.objects.filter(version=1, cancelled_at=None).count() == 1


# --- Calling off -----------------------------------------------------------------------------


def test_calling_off_cancels_what_schools_had_planned(create, attendance, operator, school, second_school):
    joint = create()
    events = [attendance(joint, school, "planned"), attendance(joint, second_school, "planned")]
    cancelled = cancel_joint_event(operator, joint, 1)
    assert (cancelled.cancelled_at is not None, cancelled.version) == (True, 2)
    assert [(row_of(event)["status"], row_of(event)["version"], row_of(event)["entries"]) for event in events] == [
        ("cancelled", 2, 1)
    ] * 2
    assert cancel_joint_event(operator, joint, 1) == cancelled
    assert [verb for _who, _place, verb in lines(joint)] == ["cancel", "create"]


@pytest.mark.parametrize("status", ["draft", "submitted", "returned", "accepted"])
def test_what_schools_have_filled_in_keeps_a_joint_event(status, create, attendance, operator, school, english):
    joint = create()
    event = attendance(joint, school, status)
    before = row_of(event)
    with pytest.raises(StateForbids) as told:
        cancel_joint_event(operator, joint, 1)
    assert str(told.value) == (
        "Schools have filled in their attendance; they delete or cancel it first: Школа «Перспектива»."
    )
    joint.refresh_from_db()
    assert (joint.cancelled_at, row_of(event)) == (None, before)


def test_a_plan_in_a_frozen_folder_keeps_a_joint_event(create, attendance, operator, school, campaign):
    joint = create()
    attendance(joint, school, "planned")
    FolderFactory(school=school, campaign=campaign, frozen_at=timezone.now())
    with pytest.raises(StateForbids):
        cancel_joint_event(operator, joint, 1)


def test_a_cancelled_one_takes_no_change_and_no_attendance(create, edit, operator, school, coordinator):
    joint = create()
    cancel_joint_event(operator, joint, 1)
    with pytest.raises(StateForbids):
        edit(joint, place="Манеж", version=2)
    with pytest.raises(StateForbids):
        attend_joint_event(coordinator, school, joint, token=uuid.uuid4(), intent=Intent.SUBMIT, grade_8=5)
    assert Event.objects.count() == 0


def test_calling_off_names_the_version_that_was_read(create, edit, operator):
    joint = create()
    edit(joint, place="Манеж")
    with pytest.raises(Changed):
        cancel_joint_event(operator, joint, 1)


def test_who_sees_joint_events(people, tomsk, kolpashevo, campaign, foreign):
    region = JointEventFactory(campaign=campaign)
    city = JointEventFactory(campaign=campaign, municipality=tomsk)
    JointEventFactory(campaign=foreign.campaign)
    seen = {who: set(JointEvent.objects.visible_to(person)) for who, person in people.items()}
    both, one = {region, city}, {region}
    assert {who: rows for who, rows in seen.items() if not who.startswith("foreign")} == {
        "operator": both,
        "department": both,
        "municipal": both,
        "another municipal": one,
        "coordinator": both,
        "another coordinator": both,
        "technical staff": set(),
        "without membership": set(),
    }


def test_a_carried_change_costs_the_same_for_few_and_many_schools(
    create, edit, attendance, tomsk, queries_of, school, second_school
):
    costs = []
    for number in (1, 12):
        joint = create()
        for _ in range(number):
            attendance(joint, SchoolFactory(municipality=tomsk))
        costs.append(len(queries_of(lambda joint=joint: edit(joint, place="Манеж"))))
    assert costs[0] == costs[1]


def test_every_changed_attendance_has_its_line(create, edit, attendance, school, second_school, village_school):
    joint = create()
    for place in (school, second_school, village_school):
        attendance(joint, place)
    edit(joint, place="Манеж")
    entries = History.objects.filter(content_type=ContentType.objects.get_for_model(Event))
    assert entries.count() == 3
