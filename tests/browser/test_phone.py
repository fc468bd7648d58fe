"""A phone 360 pixels wide: nothing has to be scrolled sideways, and the main button is at hand.

That the pages of the chain do not scroll sideways is seen where axe looks at them on the phone.
"""

from tests.browser.pages import PHONE, walk, width_of


def test_no_page_scrolls_sideways(visit, world):
    widths = {look.name: width_of(visitor.page) for look, visitor in walk(visit, world, width=PHONE)}
    assert {name: width for name, width in widths.items() if width > PHONE} == {}


def test_the_main_button_of_the_form_is_seen_without_scrolling(visit, campaign, coordinator):
    visitor = visit(coordinator, width=PHONE)
    visitor.go("/events/new/")
    button = visitor.page.locator("[name=intent][value=submit]").bounding_box()
    tabs = visitor.page.locator(".tabbar").bounding_box()
    assert 0 < button["y"] < button["y"] + button["height"] <= tabs["y"]
    assert 0 <= button["x"] < button["x"] + button["width"] <= PHONE
    seen = "([x, y]) => document.elementFromPoint(x, y).closest('button')?.value"
    middle = [button["x"] + button["width"] / 2, button["y"] + button["height"] / 2]
    assert visitor.page.evaluate(seen, middle) == "submit"
