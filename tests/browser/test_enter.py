"""Enter in a field of a real browser: it saves at most, and never sends, accepts or returns."""

import pytest

from events.models import Event
from portal.models import History


@pytest.fixture
def untouched():
    """Count what was written."""
    return lambda: History.objects.count()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_enter_in_the_day_of_a_return_neither_accepts_nor_returns(visit, reporting, untouched, scripts):
    school = reporting.schools["submitted"]
    visitor = visit(reporting.people["municipal"], java_script_enabled=scripts)
    visitor.go(f"/reports/autumn-2019/schools/{school.pk}/")
    visitor.page.locator("form.decide summary").click()
    before = untouched()
    visitor.fill(comment="Проверьте 8 класс", correct_by="2019-10-30")
    visitor.page.locator("main [name=correct_by]").press("Enter")
    visitor.page.wait_for_timeout(500)
    assert (untouched(), visitor.value("comment")) == (before, "Проверьте 8 класс")
    visitor.click("form.decide details button")
    assert school.reports.get().status == "returned"


def test_enter_among_the_ticks_of_the_review_accepts_nothing(visit, world, untouched):
    visitor = visit(world.people["municipal"])
    visitor.go("/review/")
    before = untouched()
    box = visitor.page.locator("main [name=event]:not([disabled])").first
    box.check()
    box.press("Enter")
    visitor.page.wait_for_timeout(500)
    assert (untouched(), box.is_checked()) == (before, True)


@pytest.mark.parametrize("who", ["municipal", "operator"])
def test_enter_in_the_day_of_an_extension_neither_asks_for_it_nor_grants_it(visit, reporting, untouched, who):
    visitor = visit(reporting.people[who])
    visitor.go("/campaigns/autumn-2019/extensions/new/")
    before = untouched()
    visitor.fill(until="2019-11-30")
    visitor.page.locator("main [name=until]").press("Enter")
    visitor.page.wait_for_timeout(500)
    assert (untouched(), visitor.value("until")) == (before, "2019-11-30")


def test_enter_in_a_grade_saves_the_report_and_sends_it_not(visit, reporting):
    school = reporting.schools["open"]
    visitor = visit(reporting.people["another coordinator"])
    visitor.go(f"/reports/autumn-2019/schools/{school.pk}/edit/")
    with visitor.page.expect_navigation():
        visitor.page.locator("main [name=grade_8]").press("Enter")
    assert school.reports.get().status == "open"


def test_enter_in_a_grade_saves_an_event_as_a_draft(visit, campaign, school, coordinator, lesson):
    visitor = visit(coordinator)
    visitor.go("/events/new/")
    visitor.page.check("[name=format][value=lesson]")
    visitor.fill(starts_on="2019-09-20", grade_8="12")
    with visitor.page.expect_navigation():
        visitor.page.locator("main [name=grade_8]").press("Enter")
    assert list(Event.objects.values_list("status", "participants")) == [("draft", 12)]
