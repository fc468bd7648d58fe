"""axe finds nothing on the main pages: in both themes and in high contrast, on a phone and on a desktop."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.browser.pages import DESKTOP, PHONE, walk

RUN = """async (rules) => {
    const options = {resultTypes: ["violations"]};
    if (rules) options.runOnly = {type: "rule", values: rules};
    const found = (await axe.run(options)).violations;
    return found.flatMap((rule) => rule.nodes.map((node) => [
        rule.id, node.target.join(" "), node.html.slice(0, 150),
        [...node.any, ...node.all, ...node.none].map((check) => check.message).join(" "),
    ].join(" | ")));
}"""
COLOURS = ["color-contrast", "link-in-text-block"]
# What the display cookie sets on <html>, and the device's own theme. The first is judged by all rules; in the
# others colours alone differ.
DISPLAYS = {
    "light": ("light", "light", "normal", "light"),
    "dark": ("dark", "dark", "normal", "light"),
    "black on white": ("light", "light", "high", "light"),
    "white on black": ("dark", "dark", "high", "light"),
    "dark by the device": ("light", "auto", "normal", "dark"),
    "dark blue on light blue": ("light", "light", "blue", "light"),
}
ON = {DESKTOP: DISPLAYS, PHONE: ("light", "dark", "black on white")}
PAINT = "([bsTheme, theme, contrast]) => Object.assign(document.documentElement.dataset, {bsTheme, theme, contrast})"


def findings(page, display) -> list[str]:
    *painted, device = DISPLAYS[display]
    page.emulate_media(color_scheme=device, reduced_motion="reduce")
    page.evaluate(PAINT, painted)
    return page.evaluate(RUN, None if display == "light" else COLOURS)


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_axe_finds_nothing(visit, world, width):
    found = []
    for look, visitor in walk(visit, world, width=width):
        visitor.page.evaluate(AXE_SCRIPT)
        for display in ON[width]:
            found += [f"{look.name} | {width} px, {display} | {line}" for line in findings(visitor.page, display)]
    assert found == []


def test_axe_would_find_a_fault(visit, region):
    visitor = visit()
    visitor.go("/figures/")
    visitor.page.evaluate(AXE_SCRIPT)
    visitor.page.evaluate("document.querySelector('main').append(document.createElement('input'))")
    visitor.page.evaluate("document.querySelector('h1').style.color = '#999'")
    assert {line.partition(" | ")[0] for line in findings(visitor.page, "light")} == {"label", "color-contrast"}
    assert "color-contrast" in findings(visitor.page, "black on white")[0]
    # On a black ground the same grey is easily read: the page has really been painted anew.
    assert findings(visitor.page, "dark") == findings(visitor.page, "white on black") == []


@pytest.mark.parametrize("display", [name for name in DISPLAYS if name != "light"])
def test_the_display_cookie_paints_a_page_as_axe_saw_it(visit, region, display):
    *painted, device = DISPLAYS[display]
    _bootstrap, theme, contrast = painted
    visitor = visit(display=f"{theme}.{contrast}", color_scheme=device)
    visitor.go("/figures/")
    found = visitor.page.evaluate("({...document.documentElement.dataset})")
    assert [found["bsTheme"], found["theme"], found["contrast"]] == painted
