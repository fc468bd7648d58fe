"""Where scripts do not run, everything can be written all the same."""

from events.models import Event
from tests.browser.pages import PHONE
from tests.factories import EventFactory


def test_a_school_logs_an_event_of_another_format(visit, campaign, contest, coordinator, school):
    EventFactory(school=school, campaign=campaign, format=contest, status="accepted", author=coordinator)
    visitor = visit(coordinator, width=PHONE, java_script_enabled=False)
    visitor.go("/events/new/")
    assert visitor.page.locator("[name=format][value=contest]").is_checked()
    assert not visitor.page.locator("[name=grade_5]").is_visible()
    visitor.fill(grade_8="7")

    visitor.page.check("[name=format][value=club]")
    visitor.click("[name=refresh]")
    assert Event.objects.count() == 1
    assert visitor.page.locator("[name=format][value=club]").is_checked()
    assert visitor.page.locator("[name=grade_4]").is_visible()
    club_number = visitor.page.locator("[data-format=club] input")
    assert club_number.is_visible()
    assert not visitor.page.locator("[data-format=contest] input").first.is_visible()

    # A number that the format does not take is not hidden with its field.
    assert visitor.page.locator("[name=grade_8]").is_visible()
    visitor.fill(starts_on="2019-09-23", grade_3="11", grade_8="")
    club_number.fill("4")
    visitor.click("[name=intent][value=submit]")
    event = Event.objects.latest("pk")
    assert (event.format.slug, event.status) == ("club", "submitted")
    assert (event.grade_3, event.participants) == (11, 11)
    assert event.indicator_values.get().value == 4
    assert visitor.path == f"/events/{event.pk}/"


def test_a_municipality_returns_and_accepts(visit, campaign, lesson, municipal, school):
    first, second, third = (
        EventFactory(school=school, campaign=campaign, format=lesson, status="submitted") for _ in range(3)
    )
    visitor = visit(municipal, java_script_enabled=False)

    def statuses():
        return list(Event.objects.order_by("pk").values_list("status", flat=True))

    visitor.go(f"/review/?event={first.pk}")
    visitor.fill(comment="Укажите тему урока")
    visitor.click("[data-return]")
    assert statuses() == ["returned", "submitted", "submitted"]
    visitor.click("[data-accept]")
    assert sorted(statuses()) == ["accepted", "returned", "submitted"]
    visitor.page.check("[name=event]")
    visitor.click("#review-list .actions button:not([type=button])")
    assert statuses() == ["returned", "accepted", "accepted"]
