"""What others change in a school's report or event is marked so, and the school is told; until it saves it again."""

import re
from html import unescape

import pytest
from django.urls import reverse

from events.actions import Intent, attend_joint_event, cancel_event, edit_event, edit_joint_event, submit_event
from events.actions import log_event as log
from events.models import Event
from reports.documents.school_report import school_form
from reports.models import SchoolReport
from tests.factories import EventFactory, JointEventFactory
from tests.reporting import accept_school, again, return_school, row_again, write_school

pytestmark = pytest.mark.usefixtures("reporting_day", "english")

MARK = "changed not by the school: Мария Муниципальная, 17.10.2019"


@pytest.fixture
def event(school, campaign, coordinator):
    return EventFactory(school=school, campaign=campaign, author=coordinator, submitted_by=coordinator)


@pytest.fixture
def page(campaign, school):
    return reverse("school_report", args=[campaign.slug, school.pk])


@pytest.fixture
def report(event, coordinator, school, campaign):
    return write_school(coordinator, school, campaign)


@pytest.fixture
def changed(report, municipal, school, campaign):
    """The municipality has changed what the school sent."""
    return write_school(municipal, school, campaign, 1, conclusions="Иначе.")


def marks_of(row) -> tuple:
    row = row_again(row)
    return (row.altered_by and row.altered_by.name, row.altered_at is not None)


OTHERS, OWN = ("Мария Муниципальная", True), (None, False)


def text_of(response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def told_at_home(client) -> list[tuple]:
    tasks = client.get("/").context["tasks"]
    return [(task.title, task.reason, task.url) for task in tasks if " changed your " in task.title]


# --- Reports ---------------------------------------------------------------------------------


def test_what_the_school_writes_is_its_own(report):
    assert marks_of(report) == OWN


def test_a_municipality_that_changes_a_sent_report_is_named_on_it(changed):
    assert (marks_of(changed), changed.on_behalf, changed.status) == (OTHERS, False, "submitted")


def test_saving_just_the_same_changes_nothing(report, municipal, school, campaign):
    assert (write_school(municipal, school, campaign, 1).version, marks_of(report)) == (1, OWN)


def test_what_was_written_for_the_school_from_the_start_is_marked_too(event, municipal, school, campaign):
    assert marks_of(write_school(municipal, school, campaign, send=False)) == OTHERS


@pytest.mark.parametrize("conclusions", ["Иначе.", "По-своему."])
def test_it_is_the_schools_again_once_the_school_saves_it_even_as_it_is(
    conclusions, changed, coordinator, school, campaign
):
    saved = write_school(coordinator, school, campaign, 2, conclusions=conclusions)
    assert (saved.version, marks_of(saved)) == (3, OWN)


def test_so_it_is_when_the_school_sends_a_returned_one(changed, coordinator, municipal, school, campaign):
    returned = return_school(municipal, changed)
    assert marks_of(returned) == OTHERS
    assert marks_of(write_school(coordinator, school, campaign, returned.version)) == OWN


def test_deciding_on_a_report_is_no_change_and_leaves_the_mark(report, changed, municipal):
    assert marks_of(accept_school(municipal, changed)) == OTHERS


def test_accepting_what_the_school_sent_marks_nothing(report, municipal):
    assert marks_of(accept_school(municipal, report)) == OWN


@pytest.mark.parametrize("who", ["coordinator", "municipal", "operator", "department"])
def test_the_page_says_who_changed_it_and_when(who, people, client_of, page, changed):
    assert text_of(client_of(people[who]).get(page)).count(MARK) == 1


def test_so_do_the_lists(client_of, operator, municipal, campaign, tomsk, changed):
    below = reverse("municipal_report", args=[campaign.slug, tomsk.slug])
    whole = reverse("completeness", args=[campaign.slug])
    assert text_of(client_of(municipal).get(below)).count(MARK) == 1
    assert MARK in text_of(client_of(operator).get(f"{whole}?municipality={tomsk.slug}"))


def test_so_does_the_printed_form_of_an_accepted_one(changed, municipal):
    accepted = accept_school(municipal, changed)
    facts = {fact.label: fact.value for fact in school_form(row_again(accepted)).facts}
    assert facts["Changed not by the school"] == "17.10.2019 10:00, Мария Муниципальная"


def test_the_printed_form_of_the_schools_own_does_not(report):
    assert "Changed not by the school" not in {fact.label for fact in school_form(row_again(report)).facts}


def test_the_school_is_told_at_home_and_led_to_it(client_of, coordinator, second_coordinator, municipal, page, changed):
    told = ("Мария Муниципальная changed your report on 17.10.2019", changed.campaign.name, page)
    assert told_at_home(client_of(coordinator)) == [told]
    assert told_at_home(client_of(second_coordinator)) == told_at_home(client_of(municipal)) == []


def test_it_is_told_of_an_accepted_one_too_for_two_weeks(client_of, coordinator, municipal, changed, clock):
    accept_school(municipal, changed)
    assert len(told_at_home(client_of(coordinator))) == 1
    clock("2019-10-31 09:00")
    assert len(told_at_home(client_of(coordinator))) == 1
    clock("2019-10-31 11:00")
    assert told_at_home(client_of(coordinator)) == []


def test_it_is_told_no_more_once_the_school_has_saved_it(client_of, coordinator, school, campaign, changed):
    write_school(coordinator, school, campaign, 2)
    assert told_at_home(client_of(coordinator)) == []


# --- Events ----------------------------------------------------------------------------------


def fields_of(event, **changes) -> dict:
    names = ("format", "title", "starts_on", "ends_on", "delivery", "place", "grade_8")
    return {name: getattr(event, name) for name in names} | changes


@pytest.fixture
def edit(event):
    def edit(actor, **changes):
        current = row_again(event)
        fields = fields_of(current, **changes)
        return edit_event(again(actor), current, current.version, intent=Intent.DRAFT, **fields)

    return edit


def test_an_event_that_a_municipality_changed_is_marked_until_the_school_saves_it(edit, event, municipal, coordinator):
    assert marks_of(event) == OWN
    assert marks_of(edit(municipal, grade_8=20)) == OTHERS
    assert marks_of(edit(coordinator)) == OWN


def test_the_event_the_list_and_the_review_say_so(client_of, edit, event, coordinator, municipal):
    edit(municipal, grade_8=20)
    assert text_of(client_of(coordinator).get(event.get_absolute_url())).count(MARK) == 1
    assert text_of(client_of(coordinator).get("/events/")).count(MARK) == 1
    assert MARK in text_of(client_of(municipal).get("/review/"))


def test_the_school_is_told_of_its_event(client_of, edit, event, coordinator, municipal):
    edit(municipal, grade_8=20)
    title = "Мария Муниципальная changed your event on 17.10.2019"
    assert told_at_home(client_of(coordinator)) == [(title, event.title, event.get_absolute_url())]


def test_sending_and_cancelling_for_the_school_are_marked(school, campaign, coordinator, municipal):
    draft = EventFactory(school=school, campaign=campaign, status="draft", author=coordinator)
    planned = EventFactory(school=school, campaign=campaign, status="planned", author=coordinator)
    submit_event(again(municipal), draft, draft.version)
    cancel_event(again(municipal), planned, planned.version)
    assert [marks_of(draft), marks_of(planned)] == [OTHERS, OTHERS]


def test_logging_for_the_school_is_marked(event, school, campaign, municipal):
    logged = log(
        again(municipal),
        school,
        campaign,
        token="7b0f1c6e-4f0e-4c3a-9d52-1b7d6f0f3a11",
        intent=Intent.SUBMIT,
        **fields_of(event, title="Ещё одно"),
    )
    assert marks_of(logged) == OTHERS


@pytest.mark.parametrize(("who", "marks"), [("coordinator", OWN), ("municipal", OTHERS)])
def test_an_attendance_is_marked_by_who_added_it(who, marks, people, school, campaign):
    joint = JointEventFactory(campaign=campaign)
    token = "7b0f1c6e-4f0e-4c3a-9d52-1b7d6f0f3a12"
    row = attend_joint_event(again(people[who]), school, joint, token=token, intent=Intent.SUBMIT, grade_8=5)
    assert marks_of(row) == marks


def test_changing_a_joint_event_marks_the_attendances_that_change_with_it(operator, coordinator, school, campaign):
    joint = JointEventFactory(campaign=campaign)
    token = "7b0f1c6e-4f0e-4c3a-9d52-1b7d6f0f3a13"
    row = attend_joint_event(again(coordinator), school, joint, token=token, intent=Intent.SUBMIT, grade_8=5)
    names = ("format", "starts_on", "ends_on", "delivery", "place", "title")
    fields = {name: getattr(joint, name) for name in names}
    edit_joint_event(again(operator), joint, 1, **fields | {"place": "Другой зал"})
    assert (marks_of(row), Event.objects.get().place) == (("Ольга Оператор", True), "Другой зал")


def test_reviewing_marks_nothing(client_of, event, municipal):
    client_of(municipal).post(reverse("event_accept", args=[event.pk]), {"version": event.version})
    assert (row_again(event).status, marks_of(event)) == ("accepted", OWN)


def test_who_and_when_stand_together_in_the_database(event, report):
    for model in (Event, SchoolReport):
        names = {constraint.name for constraint in model._meta.constraints}
        assert f"{model._meta.model_name}_altered_by_whom_and_when" in names
