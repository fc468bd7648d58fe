"""The main pages: where each is, who looks at it, and what was done there before looking."""

from dataclasses import dataclass

PHONE, DESKTOP = 360, 1180
SIZES = {PHONE: {"width": PHONE, "height": 640}, DESKTOP: {"width": DESKTOP, "height": 800}}


@dataclass(frozen=True)
class Look:
    """A page as ``who`` (a key of ``people``; None: signed out) sees it; ``act`` is done there first."""

    name: str
    who: str | None
    path: str
    act: object = None
    status: int = 200


def _send_empty(visitor):
    """Send the event's form with much wrong in it, and all its folds open."""
    for fold in visitor.page.locator("#event-form details").all():
        fold.evaluate("fold => fold.open = true")
    visitor.fill(starts_on="2019-09-01", grade_8="999", teachers="сто", link="нет")
    return visitor.click("[name=intent][value=submit]")


def _return_without_a_comment(visitor):
    # The browser itself stops an empty comment; a blank one reaches the server.
    visitor.page.locator("#comment").fill(" ")
    return visitor.click("[data-return]")


def _open_folds(visitor):
    visitor.page.evaluate("document.querySelectorAll('main details').forEach(fold => fold.open = true)")


def _send_empty_campaign(visitor):
    visitor.fill(name="", starts_on="2019-09-13", ends_on="2019-09-01")
    return visitor.click("form[method=post] .sticky-submit button")


def main_pages(world) -> list[Look]:
    events, campaign = world.events, f"/dashboards/{world.campaign.slug}/"
    return [
        Look("home, signed out", None, "/"),
        Look("sign-in", None, "/accounts/login/"),
        Look("forgotten password", None, "/accounts/password/reset/"),
        Look("figures", None, "/figures/"),
        Look("display settings", None, "/display/"),
        Look("campaign, signed out", None, f"/campaigns/{world.spring.slug}/"),
        Look("home of a school", "coordinator", "/"),
        Look("event form", "coordinator", "/events/new/"),
        Look("event form with errors", "coordinator", "/events/new/", _send_empty, 400),
        Look("event form, returned", "coordinator", f"/events/{events.returned.pk}/edit/"),
        Look("event of one's own", "coordinator", f"/events/{events.returned.pk}/", _open_folds),
        Look("dashboard of a school", "coordinator", f"{campaign}schools/{world.school.pk}/"),
        Look("school", "coordinator", f"/schools/{world.school.pk}/"),
        Look("403", "coordinator", "/review/", status=403),
        Look("404", "coordinator", "/events/1/", status=404),
        Look("409", "coordinator", f"/events/{events.accepted.pk}/edit/", status=409),
        Look("summary of a part", "coordinator", f"/summaries/{world.summaries.ready.pk}/"),
        Look("home of a municipality", "municipal", "/"),
        Look("review", "municipal", f"/review/?event={events.flagged.pk}", _open_folds),
        Look("event under review", "municipal", f"/events/{events.flagged.pk}/"),
        Look(
            "event returned without a word",
            "municipal",
            f"/events/{events.another.pk}/",
            _return_without_a_comment,
            400,
        ),
        Look("dashboard of a municipality", "municipal", f"{campaign}municipalities/tomsk/"),
        Look("municipality", "municipal", "/municipalities/tomsk/"),
        Look("home of the operator", "operator", "/"),
        Look("campaigns", "operator", "/campaigns/"),
        Look("campaign", "operator", f"/campaigns/{world.campaign.slug}/", _open_folds),
        Look("campaign, a draft", "operator", f"/campaigns/{world.draft.slug}/"),
        Look("campaign form", "operator", f"/campaigns/{world.campaign.slug}/edit/"),
        Look("campaign form with errors", "operator", "/campaigns/new/", _send_empty_campaign, 400),
        Look("formats", "operator", "/formats/"),
        Look("format", "operator", "/formats/contest/"),
        Look("format form", "operator", "/formats/contest/edit/"),
        Look("dashboard of the region", "operator", campaign, _open_folds),
        Look("rows behind a figure", "operator", f"{campaign}rows/schools/"),
        Look("summaries", "operator", "/summaries/"),
        Look("home of the department", "department", "/"),
        Look("event list", "department", f"/events/?campaign={world.campaign.slug}&status=submitted&q=урок"),
        Look("event list, nothing found", "department", "/events/?q=такого-нет"),
        Look("summary", "department", f"/summaries/{world.summaries.ready.pk}/", _open_folds),
        Look("home without a role", "without membership", "/"),
    ]


def walk(visit, world, names=None, **options):
    """Open each main page (of these names) in turn, each person in a window of their own; yield ``(look, visitor)``."""
    windows, looks = {}, main_pages(world)
    assert not names or names <= {look.name for look in looks}
    for look in looks:
        if names and look.name not in names:
            continue
        if look.who not in windows:
            windows[look.who] = visit(look.who and world.people[look.who], **options)
        visitor = windows[look.who]
        answer = visitor.go(look.path)
        if look.act:
            answer = look.act(visitor) or answer
        assert (look.name, answer.status) == (look.name, look.status)
        yield look, visitor
