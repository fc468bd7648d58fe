"""axe finds nothing on the main pages: in both themes and in high contrast, on a phone and on a desktop."""

from axe_playwright_python.base import AXE_SCRIPT

from tests.browser.pages import DESKTOP, PHONE, SIZES, chain_pages, walk, width_of

RUN = """async (rules) => {
    const options = {resultTypes: ["violations"], preload: false};
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
PAINT = "([bsTheme, theme, contrast]) => Object.assign(document.documentElement.dataset, {bsTheme, theme, contrast})"


def paint(page, display):
    *painted, device = DISPLAYS[display]
    page.emulate_media(color_scheme=device, reduced_motion="reduce")
    page.evaluate(PAINT, painted)


def findings(page, display) -> list[str]:
    """What axe says against the page in this display: a line a place."""
    paint(page, display)
    return page.evaluate(RUN, None if display == "light" else COLOURS)


def test_axe_finds_nothing(visit, world):
    found = []
    for look, visitor in walk(visit, world):
        visitor.page.evaluate(AXE_SCRIPT)
        for width in (DESKTOP, PHONE):
            visitor.page.set_viewport_size(SIZES[width])
            for display in ("light", "dark", "black on white"):
                found += [f"{look.name} | {width} px, {display} | {line}" for line in findings(visitor.page, display)]
    assert found == []


def test_axe_finds_nothing_on_the_pages_of_the_chain_and_they_fit_a_phone(visit, reporting):
    found = []
    for look, visitor in walk(visit, reporting, pages=chain_pages):
        visitor.page.evaluate(AXE_SCRIPT)
        # What frames every page was seen in all displays and widths above.
        for width, displays in ((DESKTOP, ("light", "dark")), (PHONE, ("light", "black on white"))):
            visitor.page.set_viewport_size(SIZES[width])
            for display in displays:
                found += [f"{look.name} | {width} px, {display} | {line}" for line in findings(visitor.page, display)]
        if width_of(visitor.page) > PHONE:
            found.append(f"{look.name} | {width_of(visitor.page)} px wide on a phone")
    assert found == []


def test_the_other_displays_are_as_readable(visit, world):
    found = []
    names = {"home of a school", "event form with errors", "review", "dashboard of the region", "summary"}
    for look, visitor in walk(visit, world, names):
        visitor.page.evaluate(AXE_SCRIPT)
        for display in ("dark by the device", "white on black", "dark blue on light blue"):
            found += [f"{look.name} | {display} | {line}" for line in findings(visitor.page, display)]
    assert found == []


def test_a_dark_device_gets_the_same_colours_as_the_dark_theme(visit, world):
    colours = """() => [...document.querySelectorAll("body, body *")].map((element) => {
        const style = getComputedStyle(element);
        return [element.tagName, element.className.baseVal ?? element.className,
                style.color, style.backgroundColor, style.borderTopColor, style.fill, style.stroke].join(" ");
    })"""
    for _look, visitor in walk(visit, world, {"event form", "dashboard of the region"}):
        seen = []
        for display in ("dark", "dark by the device"):
            paint(visitor.page, display)
            seen.append(visitor.page.evaluate(colours))
        assert seen[0] == seen[1]


def test_axe_would_find_a_fault(visit, region):
    visitor = visit()
    visitor.go("/figures/")
    visitor.page.evaluate(AXE_SCRIPT)
    visitor.page.evaluate("document.querySelector('main').append(document.createElement('input'))")
    visitor.page.evaluate("document.querySelector('h1').style.color = '#999'")
    assert {line.partition(" | ")[0] for line in findings(visitor.page, "light")} == {"label", "color-contrast"}
    assert "color-contrast" in findings(visitor.page, "black on white")[0]
    # On a dark ground the same grey is easily read: the page has really been painted anew.
    assert findings(visitor.page, "dark") == findings(visitor.page, "white on black") == []


def test_the_display_cookie_paints_a_page_as_axe_saw_it(visit, region):
    for *painted, device in DISPLAYS.values():
        _bootstrap, theme, contrast = painted
        visitor = visit(display=f"{theme}.{contrast}", color_scheme=device)
        visitor.go("/figures/")
        found = visitor.page.evaluate("({...document.documentElement.dataset})")
        assert [found["bsTheme"], found["theme"], found["contrast"]] == painted
