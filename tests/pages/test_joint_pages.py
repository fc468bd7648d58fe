"""Pages of joint events: found by schools, attended in two fields, summed for those who answer for schools."""

import uuid
from datetime import date

import pytest

from events.actions import freeze_folder
from events.models import Event, JointEvent
from tests.client import errors, lost_descriptions
from tests.factories import (
    EnrolmentFactory,
    EventFactory,
    ExtensionFactory,
    JointEventFactory,
    MembershipFactory,
    PartnerFactory,
    SchoolFactory,
)


@pytest.fixture
def joint(campaign, lesson):
    return JointEventFactory(campaign=campaign, format=lesson, title="Ярмарка профессий")


@pytest.fixture
def attendance(joint):
    def make(school, status="accepted", at=None, **fields):
        at = at or joint
        return EventFactory(
            joint=at, school=school, campaign=at.campaign, format=at.format, title=at.title, status=status, **fields
        )

    return make


def typed(**changes):
    return {"token": str(uuid.uuid4()), "version": "1", "grade": "8", "pupils": "20", "intent": "submit"} | changes


# --- The list --------------------------------------------------------------------------------


def test_the_list_tells_what_is_coming_from_what_is_over(joint, campaign, coordinator, client_of):
    coming = JointEventFactory(campaign=campaign, starts_on=date(2019, 10, 1))
    today = JointEventFactory(campaign=campaign, starts_on=date(2019, 9, 24))
    context = client_of(coordinator).get("/events/joint/").context
    assert (context["coming"], context["page"].object_list) == ([today, coming], [joint])


def test_the_list_is_searched_and_narrowed_to_a_municipality(joint, campaign, tomsk, kolpashevo, operator, client_of):
    JointEventFactory(campaign=campaign, municipality=kolpashevo, title="День открытых дверей")
    own = JointEventFactory(campaign=campaign, municipality=tomsk, title="День выбора")
    client = client_of(operator)
    assert client.get("/events/joint/", {"q": "ДЕНЬ выбора"}).context["page"].object_list == [own]
    found = client.get("/events/joint/?municipality=tomsk").context["page"].object_list
    assert found == [own, joint]


def test_those_above_the_school_see_schools_and_sums(
    joint, attendance, school, second_school, village_school, operator, municipal, client_of
):
    attendance(school, grade_8=20)
    attendance(second_school, "submitted", grade_8=5)
    attendance(village_school, "planned", grade_8=7)
    row = client_of(operator).get("/events/joint/").context["page"].object_list[0]
    assert (row.turnout.schools, row.turnout.participations, row.turnout.accepted) == (2, 25, 20)
    row = client_of(municipal).get("/events/joint/").context["page"].object_list[0]
    assert (row.turnout.schools, row.turnout.participations) == (2, 25)


def test_a_school_sees_its_own_attendance_in_the_list(joint, attendance, school, second_school, coordinator, client_of):
    own = attendance(school, "submitted")
    attendance(second_school)
    row = client_of(coordinator).get("/events/joint/").context["page"].object_list[0]
    assert (row.own, row.turnout.schools) == ([own], 0)


@pytest.mark.parametrize("name", ["campaign", "municipality", "q", "page"])
@pytest.mark.parametrize("value", ["\x00", "-1", "9" * 49, "' --", "\ud800"])
def test_no_parameter_of_the_list_breaks_it(name, value, joint, operator, client_of):
    text = value.encode("utf-8", "surrogatepass").decode("latin-1")
    assert client_of(operator).get("/events/joint/", {name: [text, text]}).status_code in (200, 400, 404)


def test_no_campaign_is_an_empty_list(coordinator, client_of):
    assert client_of(coordinator).get("/events/joint/").status_code == 200


# --- One of them -----------------------------------------------------------------------------


def test_a_school_adds_its_attendance_with_a_grade_and_a_number(joint, coordinator, school, client_of):
    client = client_of(coordinator)
    page = client.get(f"/events/joint/{joint.pk}/")
    assert [name for name in ("grade", "pupils") if name in page.context["form"].fields] == ["grade", "pupils"]
    response = client.post(f"/events/joint/{joint.pk}/attend/", typed())
    event = Event.objects.get()
    assert (response.status_code, response.url) == (302, f"/events/{event.pk}/")
    assert (event.school, event.joint, event.status, event.grade_8, event.title) == (
        school,
        joint,
        "submitted",
        20,
        "Ярмарка профессий",
    )
    page = client.get(f"/events/joint/{joint.pk}/")
    assert (page.context["form"], page.context["own"]) == (None, [event])


def test_several_grades_and_teachers_are_folded_and_added(joint, coordinator, client_of):
    values = typed(grade_9="7", grade_10="1", teachers="2", note="Все пришли")
    client_of(coordinator).post(f"/events/joint/{joint.pk}/attend/", values)
    event = Event.objects.get()
    assert (event.grade_8, event.grade_9, event.grade_10, event.teachers, event.note) == (20, 7, 1, 2, "Все пришли")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"grade": ""}, {"grade": ["Choose the grade of these pupils."]}),
        ({"pupils": ""}, {"pupils": ["Write how many pupils took part, in at least one grade."]}),
        ({"pupils": "0"}, {"pupils": ["Write how many pupils took part, in at least one grade."]}),
        ({"pupils": "-1"}, {"pupils": ["A number of people cannot be less than 0."]}),
        ({"pupils": "9" * 49}, {"pupils": ["Write a whole number in digits, for example 25."]}),
        ({"pupils": "\x00"}, {"pupils": ["Write a whole number in digits, for example 25."]}),
        ({"grade_8": "19"}, {"pupils": ["This grade stands below with another number: keep one of them."]}),
        (
            {"pupils": "26"},
            {
                "pupils": ["26 participants, 25 enrolled: correct the number or explain it below."],
                "note": ["More participants than pupils enrolled: say why."],
            },
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_field(changes, expected, joint, coordinator, client_of):
    response = client_of(coordinator).post(f"/events/joint/{joint.pk}/attend/", typed(**changes))
    assert (response.status_code, errors(response), Event.objects.count()) == (400, expected, 0)
    assert lost_descriptions(response) == []
    for name, value in changes.items():
        assert response.context["form"][name].value() == value


@pytest.mark.parametrize("name", ["grade", "token", "school", "version", "teachers", "note", "intent"])
@pytest.mark.parametrize("value", ["\x00", "-1", "9" * 49, "4", "я" * 600])
def test_no_value_of_any_field_breaks_the_page(name, value, joint, coordinator, client_of):
    response = client_of(coordinator).post(f"/events/joint/{joint.pk}/attend/", typed(**{name: value}))
    assert response.status_code in (302, 400, 404)


def test_what_is_still_to_come_is_planned(campaign, lesson, coordinator, client_of):
    coming = JointEventFactory(campaign=campaign, format=lesson, starts_on=date(2019, 9, 30))
    client = client_of(coordinator)
    page = client.get(f"/events/joint/{coming.pk}/")
    assert (page.context["is_ahead"], page.context["may_plan"]) == (True, True)
    client.post(f"/events/joint/{coming.pk}/attend/", typed(intent="plan"))
    assert Event.objects.get().status == "planned"


def test_a_colleagues_attendance_is_told_with_the_way_to_it(joint, attendance, school, colleague, client_of):
    event = attendance(school, "submitted")
    response = client_of(colleague).post(f"/events/joint/{joint.pk}/attend/", typed())
    assert (response.status_code, response.context["attended"]) == (409, event)
    assert response.context["refused"] == "The school has added its attendance to this joint event already."
    assert f"/events/{event.pk}/" in response.content.decode()


def test_the_form_sent_twice_makes_one_attendance(joint, coordinator, client_of):
    client, values = client_of(coordinator), typed()
    first = client.post(f"/events/joint/{joint.pk}/attend/", values)
    assert client.post(f"/events/joint/{joint.pk}/attend/", values).url == first.url
    changed = client.post(f"/events/joint/{joint.pk}/attend/", values | {"pupils": "3"})
    assert (changed.status_code, Event.objects.get().grade_8) == (409, 20)


def test_who_writes_for_several_schools_chooses_one(
    joint, attendance, municipal, school, second_school, village_school, client_of
):
    client, address = client_of(municipal), f"/events/joint/{joint.pk}/attend/"
    assert set(client.get(f"/events/joint/{joint.pk}/").context["missing"]) == {school, second_school}
    assert errors(client.post(address, typed())) == {"school": ["Choose the school."]}
    assert client.post(f"{address}?school={second_school.pk}", typed()).status_code == 302
    assert client.post(address, typed(school=village_school.pk)).status_code == 404
    event = Event.objects.get()
    assert (event.school, event.on_behalf) == (second_school, True)
    assert client.get(f"/events/joint/{joint.pk}/").context["missing"] == [school]


@pytest.mark.parametrize("who", ["department", "operator"])
def test_who_writes_for_no_school_adds_nothing(who, joint, people, client_of):
    assert client_of(people[who]).get(f"/events/joint/{joint.pk}/").context["form"] is None
    assert client_of(people[who]).post(f"/events/joint/{joint.pk}/attend/", typed()).status_code == 403


def test_one_for_another_municipality_does_not_exist_for_a_school(campaign, kolpashevo, coordinator, client_of):
    other = JointEventFactory(campaign=campaign, municipality=kolpashevo)
    client = client_of(coordinator)
    assert client.get(f"/events/joint/{other.pk}/").status_code == 404
    assert client.post(f"/events/joint/{other.pk}/attend/", typed()).status_code == 404


def test_who_answers_for_schools_sees_them_with_their_sum(
    joint, attendance, school, second_school, village_school, operator, department, municipal, client_of
):
    mine = [attendance(school, grade_8=20), attendance(second_school, "submitted", grade_8=5)]
    planned = attendance(village_school, "planned", grade_8=7)
    seen = {}
    for name, person in {"operator": operator, "department": department, "municipal": municipal}.items():
        context = client_of(person).get(f"/events/joint/{joint.pk}/").context
        turnout = context["turnout"]
        sums = (turnout.accepted_schools, turnout.accepted, turnout.submitted_schools, turnout.submitted)
        seen[name] = (set(context["page"].object_list), sums)
    sums = (1, 20, 1, 5)
    assert seen == {
        "operator": ({*mine, planned}, sums),
        "department": ({*mine}, sums),
        "municipal": ({*mine}, sums),
    }


def test_a_frozen_school_is_not_offered_the_form(joint, school, campaign, municipal, coordinator, client_of):
    freeze_folder(municipal, school, campaign)
    assert client_of(coordinator).get(f"/events/joint/{joint.pk}/").context["form"] is None


def test_after_closing_the_form_comes_with_an_extension(joint, school, campaign, coordinator, client_of, clock):
    clock("2019-11-07 10:00")
    assert client_of(coordinator).get(f"/events/joint/{joint.pk}/").context["form"] is None
    ExtensionFactory(school=school, campaign=campaign, until=date(2019, 11, 10))
    assert client_of(coordinator).get(f"/events/joint/{joint.pk}/").context["form"] is not None


# --- Making and changing them ----------------------------------------------------------------


def entered(**changes):
    return {
        "token": str(uuid.uuid4()),
        "version": "1",
        "campaign": "autumn-2019",
        "municipality": "",
        "format": "lesson",
        "starts_on": "2019-09-27",
        "place": "Дворец спорта",
    } | changes


def test_a_format_a_day_and_a_place_make_one_for_the_region(campaign, tomsk, operator, client_of):
    response = client_of(operator).post("/events/joint/new/", entered())
    joint = JointEvent.objects.get()
    assert (response.status_code, response.url) == (302, f"/events/joint/{joint.pk}/")
    assert (joint.municipality, joint.title, joint.ends_on, joint.delivery) == (
        None,
        "Открытый урок",
        date(2019, 9, 27),
        "onsite",
    )


def test_the_operator_chooses_a_municipality_and_a_coordinator_has_their_own(
    campaign, tomsk, kolpashevo, operator, municipal, client_of
):
    client_of(operator).post("/events/joint/new/", entered(municipality="kolpashevskiy"))
    client_of(municipal).post("/events/joint/new/", entered(municipality="kolpashevskiy"))
    made = JointEvent.objects.order_by("pk").values_list("municipality", "author")
    assert list(made) == [(kolpashevo.pk, operator.pk), (tomsk.pk, municipal.pk)]


def test_a_coordinator_of_two_municipalities_chooses_one(campaign, tomsk, kolpashevo, municipal, client_of):
    MembershipFactory(user=municipal, role="municipal", municipality=kolpashevo)
    client = client_of(municipal)
    assert "municipality" in errors(client.post("/events/joint/new/", entered()))
    client.post("/events/joint/new/", entered(municipality="kolpashevskiy"))
    assert JointEvent.objects.get().municipality == kolpashevo


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"format": ""}, "format"),
        ({"format": "altai-lesson"}, "format"),
        ({"starts_on": ""}, "starts_on"),
        ({"starts_on": "2019-10-15"}, "starts_on"),
        ({"starts_on": "0019-09-20"}, "starts_on"),
        ({"ends_on": "2019-09-26"}, "ends_on"),
        ({"place": ""}, "place"),
        ({"place": "я" * 201}, "place"),
        ({"title": "я" * 201}, "title"),
        ({"host": "я" * 301}, "host"),
        ({"municipality": "barnaul"}, "municipality"),
        ({"municipality": "\x00"}, "municipality"),
        ({"delivery": "x"}, "delivery"),
        ({"token": "x"}, "token"),
        ({"version": "-1"}, "version"),
        ({"description": "я" * 3_001}, "description"),
    ],
)
def test_what_is_wrong_in_the_form_is_said_at_its_field(changes, field, campaign, tomsk, foreign, operator, client_of):
    response = client_of(operator).post("/events/joint/new/", entered(**changes))
    assert (response.status_code, JointEvent.objects.count()) == (400, 0)
    assert field in errors(response)
    assert lost_descriptions(response) == []


@pytest.mark.parametrize(
    ("who", "status"), [("operator", 200), ("municipal", 200), ("department", 403), ("coordinator", 403)]
)
def test_who_may_open_the_form(who, status, campaign, people, client_of):
    assert client_of(people[who]).get("/events/joint/new/").status_code == status


@pytest.mark.parametrize("value", ["altai-2019", "9" * 49, "-1"])
def test_an_unknown_campaign_does_not_exist(value, campaign, foreign, operator, client_of):
    assert client_of(operator).get("/events/joint/new/", {"campaign": value}).status_code == 404


def test_a_closed_campaign_takes_none(campaign, operator, client_of, clock):
    clock("2019-11-06 10:00")
    client = client_of(operator)
    assert client.get("/events/joint/new/").status_code == 409
    assert client.get("/events/joint/new/?campaign=autumn-2019").status_code == 409


def test_the_form_of_a_new_one_sent_twice_makes_one(campaign, operator, client_of):
    client, values = client_of(operator), entered()
    assert client.post("/events/joint/new/", values).url == client.post("/events/joint/new/", values).url
    changed = client.post("/events/joint/new/", values | {"place": "Манеж"})
    assert (changed.status_code, JointEvent.objects.get().place) == (409, "Дворец спорта")
    address = f"/events/joint/{JointEvent.objects.get().pk}/edit/"
    assert changed.context["edit_url"] == address
    assert client.post(address, values | {"place": "Манеж"}).status_code == 302
    assert JointEvent.objects.get().place == "Манеж"


def test_a_change_reaches_the_attendances_and_a_stale_form_is_told(joint, attendance, school, operator, client_of):
    event, client = attendance(school, "submitted"), client_of(operator)
    values = entered(starts_on="2019-09-19", place="Манеж", host="Колледж", partners="Завод\nПолитех")
    assert client.post(f"/events/joint/{joint.pk}/edit/", values).status_code == 302
    event.refresh_from_db()
    assert (event.starts_on, event.place, event.version) == (date(2019, 9, 19), "Манеж", 2)
    assert sorted(event.partners.values_list("name", flat=True)) == ["Завод", "Колледж", "Политех"]
    stale = client.post(f"/events/joint/{joint.pk}/edit/", values | {"place": "Стадион"})
    assert (stale.status_code, stale.context["conflict"]) == (409, True)
    assert stale.context["form"]["place"].value() == "Стадион"


def test_the_day_of_an_accepted_one_stands_with_a_word_at_the_field(joint, attendance, school, operator, client_of):
    attendance(school)
    client = client_of(operator)
    assert client.get(f"/events/joint/{joint.pk}/edit/").context["is_settled"] is True
    response = client.post(f"/events/joint/{joint.pk}/edit/", entered(starts_on="2019-09-19"))
    message = "The attendance of some schools is accepted, so the format and the days stand: Школа «Перспектива»."
    assert response.status_code == 400
    assert errors(response) == {"starts_on": [message], "ends_on": [message]}


def test_calling_off_asks_the_version_and_says_what_stands_in_the_way(joint, attendance, school, operator, client_of):
    client, address = client_of(operator), f"/events/joint/{joint.pk}/cancel/"
    stale = client.post(address, {"version": "7"})
    assert (stale.status_code, stale.context["conflict"]) == (409, True)
    event = attendance(school, "submitted")
    assert client.get(f"/events/joint/{joint.pk}/").context["may_cancel"] is False
    assert client.post(address, {"version": "1"}).status_code == 409
    Event.objects.filter(pk=event.pk).update(status="planned")
    assert client.get(f"/events/joint/{joint.pk}/").context["may_cancel"] is True
    assert client.post(address, {"version": "1"}).status_code == 302
    event.refresh_from_db()
    assert event.status == "cancelled"
    assert client.get(f"/events/joint/{joint.pk}/edit/").status_code == 409


# --- Elsewhere -------------------------------------------------------------------------------


def test_the_form_of_an_attendance_shows_what_the_joint_event_says_as_text(
    joint, attendance, school, coordinator, client_of
):
    joint.partners.add(PartnerFactory(region=school.municipality.region, name="Завод"))
    event, client = attendance(school, "submitted"), client_of(coordinator)
    page = client.get(f"/events/{event.pk}/edit/").content.decode()
    assert [name for name in ("starts_on", "format", "place", "partners", "title") if f'name="{name}"' in page] == []
    assert "Завод" in page
    values = {"token": str(event.token), "version": "1", "grade_8": "21", "intent": "draft"}
    forged = {"starts_on": "2019-09-14", "format": "contest", "title": "Своё", "place": "Дома"}
    assert client.post(f"/events/{event.pk}/edit/", values | forged).status_code == 302
    event.refresh_from_db()
    assert (event.grade_8, event.title, event.place, event.starts_on, event.format) == (
        21,
        "Ярмарка профессий",
        "Дворец спорта",
        joint.starts_on,
        joint.format,
    )


def test_an_attendance_is_not_copied(joint, attendance, school, coordinator, client_of):
    event, client = attendance(school), client_of(coordinator)
    page = client.get(f"/events/{event.pk}/")
    assert (page.context["verbs"]["copy"], page.context["verbs"]["another"]) == (False, True)
    assert f"/events/joint/{joint.pk}/" in page.content.decode()
    assert client.get(f"/events/new/?copy={event.pk}").context["form"]["title"].value() is None


def test_the_form_of_a_new_event_names_the_joint_ones_of_these_weeks(
    joint, attendance, campaign, school, kolpashevo, coordinator, client_of, clock
):
    JointEventFactory(campaign=campaign, municipality=kolpashevo)
    client = client_of(coordinator)
    page = client.get("/events/new/")
    assert list(page.context["joint_events"]) == [joint]
    assert f"/events/joint/{joint.pk}/" in page.content.decode()
    attendance(school, "planned")
    assert list(client.get("/events/new/").context["joint_events"]) == []
    clock("2019-10-05 10:00")
    Event.objects.all().delete()
    assert list(client_of(coordinator).get("/events/new/").context["joint_events"]) == []


def test_the_list_of_events_is_narrowed_to_the_attendances_of_one(
    joint, attendance, school, second_school, campaign, operator, coordinator, foreign, client_of
):
    mine, other = attendance(school), attendance(second_school)
    EventFactory(school=school, campaign=campaign)
    page = client_of(operator).get(f"/events/?joint={joint.pk}").context
    assert {event.pk for event in page["page"].object_list} == {mine.pk, other.pk}
    assert page["filter"].chips == [("joint", "Joint event", "Ярмарка профессий")]
    found = client_of(coordinator).get(f"/events/?joint={joint.pk}").context["page"].object_list
    assert [event.pk for event in found] == [mine.pk]
    hidden = JointEventFactory(campaign=foreign.campaign)
    assert client_of(operator).get(f"/events/?joint={hidden.pk}").context["ignored"] == ["Joint event"]


def titles(client):
    return [(task.title, task.reason, task.due, task.urgency) for task in client.get("/").context["tasks"]]


def test_home_asks_a_school_for_its_attendance_for_two_weeks(joint, attendance, school, coordinator, client_of, clock):
    asked = (
        "Add your attendance: “Ярмарка профессий”",
        "held on 20.09.2019, Дворец спорта; a grade and a number are enough",
        date(2019, 10, 17),
        3,
    )
    clock("2019-09-19 23:59:59")
    assert titles(client_of(coordinator)) == []
    for moment in ("2019-09-20 00:00:01", "2019-10-04 23:59:59"):
        clock(moment)
        assert titles(client_of(coordinator)) == [asked]
    clock("2019-10-05 00:00:01")
    assert titles(client_of(coordinator)) == []


def test_home_says_the_extended_day(joint, school, campaign, coordinator, client_of):
    ExtensionFactory(school=school, campaign=campaign, until=date(2019, 10, 24))
    assert [due for _title, _reason, due, _urgency in titles(client_of(coordinator))] == [date(2019, 10, 24)]


def test_home_asks_nothing_once_it_is_added_cancelled_frozen_or_closed(
    joint, attendance, school, campaign, municipal, coordinator, client_of, clock
):
    client = client_of(coordinator)
    event = attendance(school, "submitted")
    assert titles(client) == []
    event.delete()
    JointEvent.objects.update(cancelled_at="2019-09-21T00:00Z")
    assert titles(client) == []
    JointEvent.objects.update(cancelled_at=None)
    assert len(titles(client)) == 1
    freeze_folder(municipal, school, campaign)
    assert titles(client) == []


def test_a_visitor_signs_in_first(joint, client_of):
    for address in ("/events/joint/", f"/events/joint/{joint.pk}/", "/events/joint/new/"):
        assert client_of().get(address).status_code == 302


# --- What it costs ---------------------------------------------------------------------------

MOST = 15


COSTS = [
    *(("list", who) for who in ("operator", "department", "municipal", "coordinator")),
    *(("one", who) for who in ("operator", "department", "municipal", "coordinator")),
    *((page, who) for page in ("new", "edit") for who in ("operator", "municipal")),
    *((page, who) for page in ("event form", "attendance", "its form") for who in ("municipal", "coordinator")),
    *(("rows", who) for who in ("operator", "municipal", "coordinator")),
    ("review", "municipal"),
    ("home", "coordinator"),
]


@pytest.mark.parametrize(("page", "who"), COSTS)
def test_a_page_costs_the_same_with_few_and_many_rows(
    page, who, people, campaign, tomsk, region, school, queries_of, client_of
):
    joint = JointEventFactory(campaign=campaign, municipality=tomsk, host=PartnerFactory(region=region))
    own = EventFactory(joint=joint, school=school, campaign=campaign, format=joint.format)
    address = {
        "list": "/events/joint/",
        "one": f"/events/joint/{joint.pk}/",
        "new": "/events/joint/new/",
        "edit": f"/events/joint/{joint.pk}/edit/",
        "home": "/",
        "review": f"/review/?event={own.pk}",
        "rows": f"/events/?joint={joint.pk}",
        "event form": f"/events/new/?school={school.pk}",
        "attendance": f"/events/{own.pk}/",
        "its form": f"/events/{own.pk}/edit/",
    }[page]

    def add_rows(number):
        for n in range(number):
            places = SchoolFactory.create_batch(2, municipality=tomsk)
            EnrolmentFactory(school=places[0])
            of_joint = {"joint": joint, "campaign": campaign, "format": joint.format}
            EventFactory(school=places[0], status="accepted" if n % 2 else "submitted", **of_joint)
            host = PartnerFactory(region=region)
            JointEventFactory(campaign=campaign, municipality=tomsk, host=host, format=joint.format)
            joint.partners.add(host)

    client = client_of(people[who])
    add_rows(1)
    client.get(address)
    few = len(queries_of(lambda: client.get(address)))
    add_rows(30)
    many = len(queries_of(lambda: client.get(address)))
    assert (many, many <= MOST) == (few, True)
