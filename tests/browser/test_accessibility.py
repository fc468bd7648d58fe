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
# What the display cookie sets on <html>, and the device's own theme. The first is judged by all rules: in the
# others colours alone differ.
DISPLAYS = {
    "light": ("light", "light", "normal", "light"),
    "dark": ("dark", "dark", "normal", "light"),
    "dark by the device": ("light", "auto", "normal", "dark"),
    "black on white": ("light", "light", "high", "light"),
    "white on black": ("dark", "dark", "high", "light"),
    "dark blue on light blue": ("light", "light", "blue", "light"),
}
PAINT = """([bootstrap, theme, contrast]) => Object.assign(document.documentElement.dataset, {
    bsTheme: bootstrap, theme, contrast,
})"""


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_axe_finds_nothing(visit, world, width):
    found = []
    for look, visitor in walk(visit, world, width=width, reduced_motion="reduce"):
        page = visitor.page
        page.evaluate(AXE_SCRIPT)
        for name, (*display, device) in DISPLAYS.items():
            page.emulate_media(color_scheme=device)
            page.evaluate(PAINT, display)
            rules = COLOURS if name != "light" else None
            found += [f"{look.name} | {width} px, {name} | {line}" for line in page.evaluate(RUN, rules)]
    assert found == []
