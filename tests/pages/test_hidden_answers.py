"""What a school answers about groups of pupils: nobody above it reads it, nor finds it out by guessing."""

import re

import pytest
from django.urls import reverse

from campaigns.models import SchoolCampaign
from portal.models import Membership
from reports.models import QuestionAnswer, ReportQuestion, SchoolReport
from reports.queries.school import report_of
from reports.rules import sees_group_numbers
from tests.factories import EventFactory, QuestionFactory, folder_of
from tests.reporting import REPORTING, accept_school, again, return_school, write_school

pytestmark = pytest.mark.usefixtures("reporting_day")

CLOSED = "2020-03-01 10:00"
FORM = {f"grade_{grade}": "24" if grade == 8 else "0" for grade in range(5, 12)} | {
    "version": "1",
    "answered_by": "took_part",
    "kind_open_lesson": "24",
    "basis": "lists",
    "signed_name": "Иванова А. П.",
    "signed_post": "директор",
}


@pytest.fixture
def page(campaign, school):
    return reverse("school_report", args=[campaign.slug, school.pk])


@pytest.fixture
def group(campaign):
    return QuestionFactory(campaign=campaign, kind="part", about_group=True, text="Из них с ОВЗ", position=1)


@pytest.fixture
def number(campaign):
    return QuestionFactory(campaign=campaign, about_group=True, text="С инвалидностью", position=2)


@pytest.fixture
def buses(campaign):
    return QuestionFactory(campaign=campaign, text="Автобусов", position=3)


@pytest.fixture
def report(coordinator, school, campaign, group, number, buses, english):
    """Sent by the school: 3 of 4017 pupils, 2 pupils, 6 buses."""
    EventFactory(school=school, campaign=campaign)
    answers = {group.pk: {"number": 3, "whole": 4017}, number.pk: {"number": 2}, buses.pk: {"number": 6}}
    return write_school(coordinator, school, campaign, answers=answers)


def stored(group, number, buses) -> list:
    values = {row.question_id: (row.number, row.whole) for row in QuestionAnswer.objects.all()}
    return [values.get(question.pk) for question in (group, number, buses)]


def whatever_it_holds(form) -> set[str]:
    return {name for name in form.fields if name.startswith("question_")}


@pytest.fixture
def unrun_school(school, unrun, campaign):
    """The school, as one that no municipality runs in the campaign: then the operator writes for it too."""
    SchoolCampaign.objects.filter(school=school, campaign=campaign).update(municipality=unrun)
    return school


# --- The predicate ---------------------------------------------------------------------------


def test_the_schools_own_coordinators_alone_see_numbers_of_groups(people, school):
    assert {name for name, user in people.items() if sees_group_numbers(again(user), school)} == {"coordinator"}


# --- The form --------------------------------------------------------------------------------


def test_the_form_of_a_school_has_its_answers(client_of, coordinator, page, report, group, number, buses):
    form = client_of(coordinator).get(f"{page}edit/").context["form"]
    assert {name: form[name].value() for name in whatever_it_holds(form)} == {
        f"question_{group.pk}": 3,
        f"question_{group.pk}_whole": 4017,
        f"question_{number.pk}": 2,
        f"question_{buses.pk}": 6,
    }


def test_the_form_of_a_municipality_holds_neither_the_fields_nor_the_numbers(client_of, municipal, page, report, buses):
    response = client_of(municipal).get(f"{page}edit/")
    form = response.context["form"]
    assert whatever_it_holds(form) == {f"question_{buses.pk}"}
    assert set(form.initial) & {f"question_{pk}" for pk in ReportQuestion.objects.values_list("pk", flat=True)} == {
        f"question_{buses.pk}"
    }
    assert "4017" not in response.content.decode()
    unseen = re.search(r"Only the school's own coordinators see.*?</ul>", response.content.decode(), re.DOTALL)
    assert re.findall("<li>(.*?)</li>", unseen[0]) == ["Из них с ОВЗ", "С инвалидностью"]


def test_so_does_that_of_an_operator_who_writes_for_a_school_that_no_municipality_runs(
    client_of, operator, unrun_school, page, report, buses
):
    response = client_of(operator).get(f"{page}edit/")
    assert whatever_it_holds(response.context["form"]) == {f"question_{buses.pk}"}
    assert "4017" not in response.content.decode()


@pytest.mark.parametrize("who", ["municipal", "operator", "department"])
@pytest.mark.parametrize("address", ["", "edit/"])
def test_no_page_of_the_report_holds_them(who, address, people, client_of, page, report):
    assert "4017" not in client_of(people[who]).get(page + address).content.decode()


# --- Writing and guessing --------------------------------------------------------------------


def test_what_a_municipality_saves_leaves_the_hidden_answers(client_of, municipal, page, report, group, number, buses):
    response = client_of(municipal).post(f"{page}edit/", FORM | {f"question_{buses.pk}": "7"})
    assert (response.status_code, stored(group, number, buses)) == (302, [(3, 4017), (2, None), (7, None)])


def test_what_a_municipality_types_into_a_hidden_question_is_not_taken(
    client_of, municipal, page, report, group, number, buses
):
    typed = {f"question_{group.pk}": "1", f"question_{group.pk}_whole": "2", f"question_{number.pk}": "9"}
    response = client_of(municipal).post(f"{page}edit/", FORM | typed | {f"question_{buses.pk}": "6"})
    assert (response.status_code, stored(group, number, buses)) == (302, [(3, 4017), (2, None), (6, None)])
    assert SchoolReport.objects.get().version == 1


def test_an_answer_that_is_not_among_what_was_sent_stays(client_of, coordinator, page, report, group, number, buses):
    response = client_of(coordinator).post(f"{page}edit/", FORM | {f"question_{number.pk}": ""})
    assert (response.status_code, stored(group, number, buses)) == (302, [(3, 4017), None, (6, None)])


@pytest.mark.parametrize("version", ["0", "1", "5", "", "x"])
@pytest.mark.parametrize("day", [REPORTING, CLOSED])
def test_a_right_guess_is_answered_as_a_wrong_one(
    version, day, client_of, municipal, page, report, group, number, buses, clock
):
    """Over any version, in the phase of reports and after it."""
    clock(day)
    answered = []
    for typed in ("2", "3"):
        data = FORM | {"version": version, f"question_{number.pk}": typed, f"question_{buses.pk}": "6"}
        answered.append(client_of(municipal).post(f"{page}edit/", data).status_code)
    assert answered[0] == answered[1]
    assert stored(group, number, buses) == [(3, 4017), (2, None), (6, None)]


# --- Right, phase and version come before contents -------------------------------------------


@pytest.mark.parametrize("who", ["municipal", "coordinator"])
@pytest.mark.parametrize("typed", ["what is stored", "something else", "nonsense"])
def test_a_closed_campaign_says_so_whatever_is_typed(who, typed, people, client_of, page, report, buses, clock):
    clock(CLOSED)
    text = {"what is stored": "6", "something else": "7", "nonsense": "много"}[typed]
    response = client_of(people[who]).post(f"{page}edit/", FORM | {f"question_{buses.pk}": text})
    assert response.status_code == 409
    assert "The campaign closed on" in response.content.decode()


@pytest.mark.parametrize("text", ["6", "много"])
def test_another_version_says_so_whatever_is_typed(text, client_of, coordinator, municipal, page, report, buses):
    return_school(municipal, report)
    write_school(coordinator, report.school, report.campaign, 2)
    response = client_of(coordinator).post(f"{page}edit/", FORM | {f"question_{buses.pk}": text})
    assert (response.status_code, response.context["conflict"]) == (409, True)


@pytest.mark.parametrize("text", ["6", "много"])
def test_an_accepted_report_says_so_whatever_is_typed(text, client_of, coordinator, municipal, page, report, buses):
    accepted = accept_school(municipal, report)
    data = FORM | {"version": str(accepted.version), f"question_{buses.pk}": text}
    response = client_of(coordinator).post(f"{page}edit/", data)
    assert response.status_code == 409
    assert "The report is accepted." in response.content.decode()


def test_who_may_not_write_is_refused_whatever_is_typed(client_of, department, page, report, buses):
    answered = [
        client_of(department).post(f"{page}edit/", FORM | {f"question_{buses.pk}": text}).status_code
        for text in ("6", "7", "много")
    ]
    assert answered == [403, 403, 403]


def test_the_same_form_sent_twice_is_still_saved_once(client_of, coordinator, page, report, group, number, buses):
    typed = {f"question_{group.pk}": "4", f"question_{group.pk}_whole": "40", f"question_{number.pk}": "2"}
    client = client_of(coordinator)
    answered = [
        client.post(f"{page}edit/", FORM | typed | {f"question_{buses.pk}": "6"}).status_code for _time in range(2)
    ]
    assert (answered, SchoolReport.objects.get().version) == ([302, 302], 2)


def test_who_coordinates_the_school_and_its_municipality_sees_the_answers(
    client_of, municipal, school, page, report, number
):
    Membership.objects.create(user=municipal, role="school", school=school)
    form = client_of(municipal).get(f"{page}edit/").context["form"]
    assert form[f"question_{number.pk}"].value() == 2
    assert report_of(folder_of(school, report.campaign)).version == 1
