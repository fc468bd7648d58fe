"""The main pages: where each is, who looks at it, and what was done there before looking."""

from dataclasses import dataclass
from io import BytesIO

from openpyxl import load_workbook

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


def open_folds(visitor):
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
        Look("event of one's own", "coordinator", f"/events/{events.returned.pk}/", open_folds),
        Look("dashboard of a school", "coordinator", f"{campaign}schools/{world.school.pk}/"),
        Look("school", "coordinator", f"/schools/{world.school.pk}/"),
        Look("403", "coordinator", "/review/", status=403),
        Look("404", "coordinator", "/events/1/", status=404),
        Look("409", "coordinator", f"/events/{events.accepted.pk}/edit/", status=409),
        Look("summary of a part", "coordinator", f"/summaries/{world.summaries.ready.pk}/"),
        Look("home of a municipality", "municipal", "/"),
        Look("review", "municipal", f"/review/?event={events.flagged.pk}", open_folds),
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
        Look("campaign", "operator", f"/campaigns/{world.campaign.slug}/", open_folds),
        Look("campaign, a draft", "operator", f"/campaigns/{world.draft.slug}/"),
        Look("campaign form", "operator", f"/campaigns/{world.campaign.slug}/edit/"),
        Look("campaign form with errors", "operator", "/campaigns/new/", _send_empty_campaign, 400),
        Look("formats", "operator", "/formats/"),
        Look("format", "operator", "/formats/contest/"),
        Look("format form", "operator", "/formats/contest/edit/"),
        Look("dashboard of the region", "operator", campaign, open_folds),
        Look("rows behind a figure", "operator", f"{campaign}rows/schools/"),
        Look("summaries", "operator", "/summaries/"),
        Look("home of the department", "department", "/"),
        Look("event list", "department", f"/events/?campaign={world.campaign.slug}&status=submitted&q=урок"),
        Look("event list, nothing found", "department", "/events/?q=такого-нет"),
        Look("summary", "department", f"/summaries/{world.summaries.ready.pk}/", open_folds),
        Look("home without a role", "without membership", "/"),
    ]


def _send_a_report_out_of_bounds(visitor):
    """Send a school report with numbers that cannot be, and a part larger than its whole."""
    visitor.fill(grade_8="999", kind_open_lesson="5", signed_name="")
    for field in visitor.page.locator("main input[name^=question_]:not([type=radio])").all():
        field.fill("1" if field.get_attribute("name").endswith("_whole") else "700")
    return visitor.click("[name=intent][value=send]")


def _return_a_report_without_a_word(visitor):
    open_folds(visitor)
    visitor.fill(comment=" ", correct_by="2019-01-01")
    return visitor.click("form.decide details button")


def _send_empty_municipal_report(visitor):
    visitor.fill(signed_name="", conclusions="")
    return visitor.click("[name=intent][value=send]")


def _send_as_it_is(visitor):
    """Send a form with every field of it empty."""
    for field in visitor.page.locator("main form[method=post] :is(input, textarea):not([type=hidden])").all():
        if field.get_attribute("type") not in ("checkbox", "radio", "file") and field.is_visible():
            field.fill("")
    return visitor.click("form[method=post] .sticky-submit button")


def _attend_with_errors(visitor):
    open_folds(visitor)
    visitor.fill(pupils="700", teachers="сто")
    return visitor.click("[name=intent]")


def _upload_what_is_no_workbook(visitor):
    visitor.fill(source="", as_of="2030-01-01")
    file = {"name": "enrolment.xlsx", "mimeType": "application/octet-stream", "buffer": "не книга".encode()}
    visitor.page.set_input_files("main [name=file]", file)
    return visitor.click("form[enctype] .sticky-submit button")


def _upload_bad_cells(visitor):
    """Upload the template with cells that are no numbers."""
    book = load_workbook(BytesIO(visitor.context.request.get(f"{visitor.server.url}/enrolment/template.xlsx").body()))
    for row in book.worksheets[0].iter_rows(min_row=9, min_col=4, max_col=5):
        row[0].value, row[1].value = "двадцать пять", -3
    content = BytesIO()
    book.save(content)
    visitor.fill(source="ОО-1")
    file = {"name": "enrolment.xlsx", "mimeType": "application/octet-stream", "buffer": content.getvalue()}
    visitor.page.set_input_files("main [name=file]", file)
    return visitor.click("form[enctype] .sticky-submit button")


def _send_an_enrolment_with_errors(visitor):
    visitor.fill(grade_1="99999", grade_2="двадцать", source="", as_of="2030-01-01")
    return visitor.click("form .sticky-submit button")


def chain_pages(world) -> list[Look]:
    """The pages of the chain, in the week in which municipalities report (see the fixture ``reporting``)."""
    reports, campaign = f"/reports/{world.campaign.slug}/", f"/campaigns/{world.campaign.slug}/"
    dashboards, question = f"/dashboards/{world.campaign.slug}/", f"{reports}questions/{world.question.pk}/"

    of_draft = f"/reports/{world.draft.slug}/questions/"

    def report(name) -> str:
        return f"{reports}schools/{world.schools[name].pk}/"

    joint, to_attend = (f"/events/joint/{row.pk}/" for row in (world.fair, world.trial_day))
    tomsk, kolpashevo = (f"{reports}municipalities/{slug}/" for slug in ("tomsk", "kolpashevskiy"))
    return [
        Look("home of a school that reports", "coordinator", "/"),
        Look("school report, not begun", "coordinator", report("not begun"), open_folds),
        Look("school report form", "coordinator", f"{report('not begun')}edit/"),
        Look(
            "school report form with errors",
            "coordinator",
            f"{report('not begun')}edit/",
            _send_a_report_out_of_bounds,
            400,
        ),
        Look("questions, as a school sees them", "coordinator", f"{reports}questions/"),
        Look("joint events", "coordinator", "/events/joint/"),
        Look("joint event to attend", "coordinator", to_attend, open_folds),
        Look("attendance with errors", "coordinator", to_attend, _attend_with_errors, 400),
        Look("enrolment of a school", "coordinator", f"/schools/{world.school.pk}/enrolment/2019-2020/"),
        Look(
            "enrolment of a school with errors",
            "coordinator",
            f"/schools/{world.school.pk}/enrolment/2019-2020/",
            _send_an_enrolment_with_errors,
            400,
        ),
        Look("school in the chain", "coordinator", f"/schools/{world.school.pk}/"),
        Look("frozen event", "municipal", f"/events/{world.frozen.pk}/"),
        Look("home of a municipality that reports", "municipal", "/"),
        Look("school report, being written", "municipal", report("open"), open_folds),
        Look("school report, under review", "municipal", report("submitted"), open_folds),
        Look(
            "school report returned without a word",
            "municipal",
            report("submitted"),
            _return_a_report_without_a_word,
            400,
        ),
        Look("school report, returned", "municipal", report("returned"), open_folds),
        Look("municipal report", "municipal", tomsk, open_folds),
        Look("municipal report form", "municipal", f"{tomsk}edit/"),
        Look("municipal report form with errors", "municipal", f"{tomsk}edit/", _send_empty_municipal_report, 400),
        Look("completeness of a municipality", "municipal", f"{reports}completeness/?municipality=tomsk"),
        Look("schools to remind", "municipal", f"{reports}remind/?stage=school_report&municipality=tomsk"),
        Look("extensions, as a municipality sees them", "municipal", f"{campaign}extensions/", open_folds),
        Look("extension form", "municipal", f"{campaign}extensions/new/"),
        Look("joint event form", "municipal", "/events/joint/new/", open_folds),
        Look("joint event form with errors", "municipal", "/events/joint/new/", _send_as_it_is, 400),
        Look("enrolment", "municipal", "/enrolment/"),
        Look("enrolment, no workbook", "municipal", "/enrolment/", _upload_what_is_no_workbook, 400),
        Look("enrolment, bad cells", "municipal", "/enrolment/", _upload_bad_cells, 400),
        Look("enrolment, looked over", "municipal", f"/enrolment/uploads/{world.upload.pk}/", open_folds),
        Look("home of the operator while reports come", "operator", "/"),
        Look("campaign while reports come", "operator", campaign, open_folds),
        Look("school report, accepted", "operator", report("accepted"), open_folds),
        Look("municipal report to decide on", "operator", kolpashevo, open_folds),
        Look("completeness", "operator", f"{reports}completeness/"),
        Look("municipalities to remind", "operator", f"{reports}remind/?stage=municipal_report"),
        Look("questions", "operator", f"{reports}questions/", open_folds),
        Look("question form with errors", "operator", f"{of_draft}new/", _send_as_it_is, 400),
        Look("question form", "operator", f"{of_draft}{world.draft_question.pk}/"),
        Look("question form, too late", "operator", question, status=409),
        Look("answers to a question", "operator", f"{question}answers/"),
        Look("answers in words", "operator", f"{reports}questions/{world.text_question.pk}/answers/"),
        Look("extensions", "operator", f"{campaign}extensions/", open_folds),
        Look("extension form with errors", "operator", f"{campaign}extensions/new/", _send_as_it_is, 400),
        Look("joint event", "operator", joint, open_folds),
        Look("history", "operator", "/history/", open_folds),
        Look("dashboard with reports", "department", dashboards, open_folds),
    ]


def width_of(page) -> int:
    """Return how wide the page is, in pixels: wider than its window, it scrolls sideways."""
    return page.evaluate("document.documentElement.scrollWidth")


def walk(visit, world, names=None, pages=main_pages, **options):
    """Open each of the ``pages`` (of these names) in turn, each person in a window of their own.

    Yields ``(look, visitor)``.
    """
    windows, looks = {}, pages(world)
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
