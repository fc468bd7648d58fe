"""The review by keyboard: by the keys' places, so that it works on any layout, and only where it is switched on."""

import pytest

from events.models import Event
from tests.factories import EventFactory


@pytest.fixture
def waiting(campaign, lesson, school):
    return [
        EventFactory(school=school, campaign=campaign, format=lesson, status="submitted", title=f"Урок {number}")
        for number in range(1, 5)
    ]


@pytest.fixture
def reviewer(visit, waiting, municipal):
    visitor = visit(municipal)
    visitor.go("/review/")
    return visitor


def selected(visitor) -> int:
    """The event whose row is chosen in the list."""
    box = visitor.page.locator("#review-list tr.selected [name=event]")
    return int(box.get_attribute("value").partition(":")[0])


def order(visitor) -> list[int]:
    boxes = visitor.page.locator("#review-list [name=event]")
    return [int(boxes.nth(n).get_attribute("value").partition(":")[0]) for n in range(boxes.count())]


def press(visitor, code):
    """Press a key that leads to another page. Playwright takes names of keys' places: KeyG is П on a Russian layout."""
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press(code)


def test_keys_move_through_the_list(reviewer):
    first, second, third, last = order(reviewer)
    assert selected(reviewer) == first
    for code, expected in (("ArrowDown", second), ("KeyJ", third), ("KeyK", second), ("ArrowUp", first)):
        press(reviewer, code)
        assert selected(reviewer) == expected


def test_g_accepts_the_chosen_one_and_goes_on(reviewer):
    first, second, *rest = order(reviewer)
    press(reviewer, "ArrowDown")
    press(reviewer, "KeyG")
    assert list(Event.objects.filter(status="accepted").values_list("pk", flat=True)) == [second]
    assert order(reviewer) == [first, *rest]


def test_d_leads_to_the_comment_in_which_letters_are_letters(reviewer):
    reviewer.page.keyboard.press("KeyD")
    comment = reviewer.page.locator("#comment")
    assert comment.evaluate("field => field === document.activeElement")
    reviewer.page.keyboard.type("gjx")
    assert comment.input_value() == "gjx"
    assert not Event.objects.exclude(status="submitted").exists()
    reviewer.click("[data-return]")
    assert list(Event.objects.filter(status="returned").values_list("comment", flat=True)) == ["gjx"]


def test_x_ticks_and_takes_the_tick_off(reviewer):
    box = reviewer.page.locator("#review-list tr.selected [name=event]")
    reviewer.page.keyboard.press("KeyX")
    assert box.is_checked()
    assert reviewer.page.locator("#ticked").inner_text() == "(1)"
    reviewer.page.keyboard.press("KeyX")
    assert not box.is_checked()


def test_switched_off_no_key_does_anything_and_it_stays_off(reviewer):
    first = selected(reviewer)
    reviewer.page.uncheck("#keys-on")
    for _ in range(2):
        for code in ("ArrowDown", "KeyJ", "KeyX", "KeyD", "KeyG"):
            reviewer.page.keyboard.press(code)
        reviewer.page.wait_for_timeout(300)
        assert selected(reviewer) == first
        assert not reviewer.page.locator("#review-list :checked[name=event]").count()
        assert not reviewer.page.locator("#comment").evaluate("field => field === document.activeElement")
        assert not Event.objects.exclude(status="submitted").exists()
        reviewer.go("/review/")
    reviewer.page.check("#keys-on")
    press(reviewer, "KeyG")
    assert Event.objects.filter(status="accepted").count() == 1


def test_with_ctrl_or_alt_the_keys_are_the_browsers(reviewer):
    for combination in ("Control+KeyG", "Alt+KeyG"):
        reviewer.page.keyboard.press(combination)
    reviewer.page.wait_for_timeout(300)
    assert not Event.objects.exclude(status="submitted").exists()
