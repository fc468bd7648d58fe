"""What is typed into the event's form survives an ended session, is saved once, and is nobody else's to see."""

import pytest
from django.conf import settings

from events.models import Event
from tests.factories import PASSWORD, EventFactory, UserFactory

TYPED = {"title": "Встреча с инженером", "starts_on": "2019-09-23", "grade_8": "21", "description": "Рассказ о заводе"}
FORM = "/events/new/"


@pytest.fixture
def teacher(school):
    return UserFactory(password=PASSWORD, coordinator_of=school)


@pytest.fixture
def other_teacher(school):
    return UserFactory(password=PASSWORD, coordinator_of=school)


def open_folds(visitor):
    visitor.page.evaluate("document.querySelectorAll('#event-form details').forEach(fold => fold.open = true)")


def type_all(visitor, path=FORM, **changes):
    visitor.go(path)
    open_folds(visitor)
    visitor.page.check("[name=format][value=lesson]")
    visitor.fill(**TYPED | changes)


def shown(visitor) -> dict:
    return {name: visitor.value(name) for name in TYPED}


def test_an_ended_session_loses_nothing(visit, campaign, teacher):
    visitor = visit().sign_in(teacher)
    type_all(visitor)
    visitor.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    visitor.click("[name=intent][value=submit]")
    assert visitor.path == "/accounts/login/"
    assert not Event.objects.exists()

    visitor.sign_in(teacher, path=None)
    assert visitor.path == FORM
    assert visitor.page.locator("[name=format]:checked").input_value() == "lesson"
    assert shown(visitor) == TYPED

    visitor.click("[name=intent][value=submit]")
    event = Event.objects.get()
    assert (event.title, event.grade_8, event.description) == ("Встреча с инженером", 21, "Рассказ о заводе")


def test_a_form_left_half_typed_is_there_again_in_this_tab(visit, campaign, teacher):
    visitor = visit(teacher)
    type_all(visitor)
    visitor.go("/")
    visitor.go(FORM)
    assert shown(visitor) == TYPED


def test_once_saved_the_form_of_the_next_event_is_empty_and_makes_an_event_of_its_own(visit, campaign, teacher):
    visitor = visit(teacher)
    for title in ("Первая встреча", "Вторая встреча"):
        visitor.go(FORM)
        open_folds(visitor)
        assert (visitor.value("title"), visitor.value("grade_8")) == ("", "")
        type_all(visitor, title=title)
        visitor.click("[name=intent][value=submit]")
    assert list(Event.objects.order_by("pk").values_list("title", flat=True)) == ["Первая встреча", "Вторая встреча"]


def test_what_a_colleague_saved_meanwhile_is_shown_and_not_written_over(
    visit, campaign, lesson, teacher, other_teacher
):
    event = EventFactory(
        school=teacher.memberships.get().school, campaign=campaign, format=lesson, status="submitted", author=teacher
    )
    path = f"/events/{event.pk}/edit/"
    visitor, colleague = visit(teacher), visit(other_teacher)
    type_all(visitor, path, grade_8="22")
    visitor.go("/")

    type_all(colleague, path, grade_8="15")
    colleague.click("[name=intent][value=submit]")

    visitor.go(path)
    assert visitor.value("grade_8") == "22"
    assert visitor.click("[name=intent][value=submit]").status == 409
    event.refresh_from_db()
    assert event.grade_8 == 15
    assert visitor.value("grade_8") == "22"

    assert visitor.click("[name=intent][value=submit]").ok
    event.refresh_from_db()
    assert event.grade_8 == 22


def test_an_edited_event_opened_again_shows_what_is_saved(visit, campaign, lesson, teacher, other_teacher):
    event = EventFactory(
        school=teacher.memberships.get().school, campaign=campaign, format=lesson, status="submitted", author=teacher
    )
    path = f"/events/{event.pk}/edit/"
    visitor, colleague = visit(teacher), visit(other_teacher)
    for who, count in ((visitor, "22"), (colleague, "15")):
        type_all(who, path, grade_8=count)
        assert who.click("[name=intent][value=submit]").ok
    visitor.go(path)
    assert visitor.value("grade_8") == "15"


def test_a_double_click_makes_one_event(visit, campaign, teacher):
    visitor = visit(teacher)
    type_all(visitor)
    with visitor.page.expect_navigation():
        visitor.page.locator("[name=intent][value=submit]").dblclick()
    visitor.page.wait_for_url("**/events/*/")
    assert Event.objects.count() == 1
    assert "Встреча с инженером" in visitor.text


def test_the_next_person_at_the_computer_sees_nothing_of_the_first(visit, campaign, teacher, other_teacher):
    visitor = visit().sign_in(teacher)
    type_all(visitor)
    visitor.sign_out()
    assert visitor.page.evaluate("Object.keys(sessionStorage)") == []

    visitor.sign_in(other_teacher, path=FORM)
    assert visitor.path == FORM
    open_folds(visitor)
    assert (visitor.value("title"), visitor.value("grade_8"), visitor.value("description")) == ("", "", "")
    assert "Встреча с инженером" not in visitor.page.content()


def test_back_after_sign_out_shows_nothing_private(visit, campaign, lesson, teacher):
    school = teacher.memberships.get().school
    event = EventFactory(school=school, campaign=campaign, format=lesson, author=teacher, title="Тайный урок")
    visitor = visit().sign_in(teacher)
    visitor.go(f"/events/{event.pk}/")
    assert "Тайный урок" in visitor.text
    visitor.go("/events/")
    visitor.sign_out()
    for _ in range(2):
        visitor.page.go_back()
        assert visitor.path == "/accounts/login/"
        assert "Тайный урок" not in visitor.page.content()
        assert teacher.email not in visitor.page.content()
