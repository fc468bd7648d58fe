"""The chain of reports as people go through it: school, municipality, operator; on a phone and on a desktop."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.utils import translation
from openpyxl import load_workbook

from campaigns.due_dates import Lateness
from campaigns.models import Extension
from events.models import Event, JointEvent
from portal.models import Enrolment, EnrolmentUpload
from reports import actions as report_actions
from reports.models import MunicipalReport, ReportQuestion, SchoolReport
from reports.summaries.building import build
from tests.browser.book import Book
from tests.browser.pages import PHONE, open_folds
from tests.factories import EnrolmentFactory, EventFactory, JointEventFactory, SchoolFactory, UserFactory

CAMPAIGN = "/campaigns/autumn-2019/"
REPORTS = "/reports/autumn-2019/"
OF_TOMSK = f"{REPORTS}municipalities/tomsk/"


def of_school(school) -> str:
    return f"{REPORTS}schools/{school.pk}/"


def in_russian(label) -> str:
    """Return a label as the pages say it."""
    with translation.override("ru"):
        return str(label)


def tasks(visitor) -> list[str]:
    """Where home leads to, the most urgent first."""
    visitor.go("/")
    return [link.get_attribute("href") for link in visitor.page.locator("main .tasks a").all()]


def school_reports(campaign) -> dict:
    rows = SchoolReport.objects.filter(campaign=campaign).order_by("pk")
    return dict(rows.values_list("school__code", "status"))


def municipal_status() -> str:
    return MunicipalReport.objects.get().status


def fill_report(visitor, **values):
    """Fill a school's report: what is typed, and what every report says."""
    visitor.page.locator("label:has([name=basis][value=lists])").click()
    visitor.fill(**{"signed_name": "Иванова А. П.", "signed_post": "директор", **values})


def send(visitor):
    return visitor.click("[name=intent][value=send]")


def accept(visitor, path):
    """Accept the report that stands at ``path``."""
    visitor.go(path)
    return visitor.click("form[action$='/accept/'] button")


def send_back(visitor, path, comment, correct_by, event=None):
    """Return the report that stands at ``path``, or reopen it with one of its events."""
    visitor.go(path)
    visitor.page.locator("form.decide summary").click()
    visitor.fill(comment=comment, correct_by=correct_by)
    if event:
        visitor.page.check(f"form.decide [name=event][value='{event.pk}']")
    return visitor.click("form.decide details button")


@pytest.fixture
def summary_of(operator, settings, tmp_path):
    """Build the summary of a campaign and return its workbook: ``summary_of(campaign)``."""
    settings.MEDIA_ROOT = tmp_path / "files"

    def read(campaign) -> Book:
        row = report_actions.request_summary(operator, campaign, send=False)
        assert build(row.pk) is True
        row.refresh_from_db()
        with row.file.open("rb") as file:
            return Book(file, row)

    return read


@pytest.fixture
def events(school, campaign, lesson, contest, coordinator):
    """Two lessons of the eighth grade, one of them under review, and a contest of the ninth."""
    of_school = {"school": school, "campaign": campaign, "author": coordinator}
    return SimpleNamespace(
        accepted=EventFactory(**of_school, format=lesson, status="accepted", grade_8=20),
        submitted=EventFactory(**of_school, format=lesson, grade_8=10, starts_on=date(2019, 10, 1)),
        contest=EventFactory(**of_school, format=contest, status="accepted", grade_8=0, grade_9=12),
    )


def test_a_report_goes_up_comes_back_and_is_reopened_through_the_whole_chain(
    visit, clock, school, campaign, events, coordinator, municipal, operator
):
    path = of_school(school)

    # The school fills it in on the phone. A number that cannot be right stays as it was typed, with the reason.
    clock("2019-10-16 10:00")
    at_school = visit(coordinator, width=PHONE)
    assert tasks(at_school) == [path]
    at_school.click(f".tasks a[href='{path}']")
    at_school.click(f"a[href='{path}edit/']")
    assert [at_school.value(f"grade_{grade}") for grade in range(5, 12)] == ["0", "0", "0", "", "12", "0", "0"]
    assert (at_school.value("kind_contest"), at_school.value("kind_open_lesson")) == ("12", "")
    fill_report(at_school, grade_8="26", kind_open_lesson="24", conclusions="Все приняли участие.")
    assert send(at_school).status == 400
    assert at_school.page.locator("main [aria-invalid=true]").evaluate_all("all => all.map(one => one.name)") == [
        "grade_8"
    ]
    assert at_school.page.locator("td:has([name=grade_8]) .invalid-feedback").is_visible()
    assert at_school.page.locator(".error-summary a").get_attribute("href") == "#id_grade_8"
    assert [at_school.value(name) for name in ("grade_8", "kind_open_lesson", "conclusions", "signed_name")] == [
        "26",
        "24",
        "Все приняли участие.",
        "Иванова А. П.",
    ]
    assert at_school.page.locator("[name=basis][value=lists]").is_checked()
    assert not SchoolReport.objects.exists()
    at_school.fill(grade_8="24")
    send(at_school)
    assert at_school.path == path
    assert school_reports(campaign) == {"perspektiva": "submitted"}
    assert tasks(at_school) == []

    # The municipality returns it with a comment and a day.
    above = visit(municipal)
    assert OF_TOMSK in tasks(above)
    above.click(f".tasks a[href='{OF_TOMSK}']")
    above.click(f"a[href='{path}']")
    send_back(above, path, "Сверьте 8 класс со списками", "2019-10-18")
    assert school_reports(campaign) == {"perspektiva": "returned"}

    # The school corrects it; the municipality accepts it, and with it the event that was under review.
    clock("2019-10-17 10:00")
    assert tasks(at_school) == [path]
    assert "Сверьте 8 класс со списками" in at_school.page.locator(".tasks").inner_text()
    at_school.click(f".tasks a[href='{path}']")
    notice = at_school.page.locator(".notice-trouble").inner_text()
    assert "Сверьте 8 класс со списками" in notice
    assert "18.10.2019" in notice
    at_school.click(f"a[href='{path}edit/']")
    # What was kept while it was typed went with the sending: the form shows what is stored.
    assert at_school.page.locator("#restored").is_hidden()
    assert (at_school.value("grade_8"), at_school.value("version")) == ("24", "2")
    at_school.fill(grade_8="23", kind_open_lesson="23")
    send(at_school)
    accept(above, path)
    assert school_reports(campaign) == {"perspektiva": "accepted"}
    assert set(Event.objects.values_list("status", flat=True)) == {"accepted"}

    # Its events are frozen now, and say so.
    page_of_event = f"/events/{events.accepted.pk}/"
    at_school.go(page_of_event)
    assert "17.10.2019" in at_school.page.locator(".page-head + .notice-quiet").inner_text()
    assert at_school.page.locator(f"main a[href='{page_of_event}edit/']").count() == 0
    assert at_school.go(f"{page_of_event}edit/").status == 409
    assert at_school.go("/events/new/").status == 409
    assert Event.objects.count() == 3

    # The municipality sends its own, the operator accepts it.
    above.go(OF_TOMSK)
    above.click(f"a[href='{OF_TOMSK}edit/']")
    above.fill(conclusions="Школы отчитались.", signed_name="Петров П. П.", signed_post="начальник управления")
    send(above)
    assert municipal_status() == "submitted"
    clock("2019-10-23 10:00")
    on_top = visit(operator)
    assert tasks(on_top) == [f"{REPORTS}completeness/"]
    accept(on_top, OF_TOMSK)
    assert municipal_status() == "accepted"
    assert tasks(on_top) == []

    # The operator reopens the school's report with one event. All three see it at home.
    send_back(on_top, path, "Мероприятие посчитано дважды", "2019-10-25", events.contest)
    assert school_reports(campaign) == {"perspektiva": "returned"}
    assert municipal_status() == "returned"
    assert list(Event.objects.order_by("pk").values_list("status", flat=True)) == ["accepted", "accepted", "returned"]
    assert set(tasks(at_school)) == {path, f"/events/{events.contest.pk}/edit/"}
    assert OF_TOMSK in tasks(above)
    assert "Мероприятие посчитано дважды" in above.page.locator(f".task:has(a[href='{OF_TOMSK}'])").inner_text()
    assert tasks(on_top) == [f"{REPORTS}remind/?stage=municipal_report"]

    # Corrected and accepted again, up to the operator.
    tasks(at_school)
    at_school.click(f".tasks a[href='/events/{events.contest.pk}/edit/']")
    at_school.fill(grade_9="9")
    at_school.click("[name=intent][value=submit]")
    at_school.go(f"{path}edit/")
    at_school.fill(grade_9="9", kind_contest="9")
    send(at_school)
    accept(above, path)
    above.go(f"{OF_TOMSK}edit/")
    send(above)
    assert municipal_status() == "submitted"
    accept(on_top, OF_TOMSK)
    assert (school_reports(campaign), municipal_status()) == ({"perspektiva": "accepted"}, "accepted")
    assert set(Event.objects.values_list("status", flat=True)) == {"accepted"}
    assert SchoolReport.objects.get().pupils == 23 + 9
    assert (tasks(at_school), tasks(on_top)) == ([], [])

    # The printed forms open.
    for visitor, page in ((at_school, path), (above, OF_TOMSK)):
        visitor.go(page)
        printed = visitor.page.locator("main a[href$='report.pdf']").get_attribute("href")
        answer = visitor.context.request.get(visitor.server.url + printed)
        assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
        assert answer.body()[:5] == b"%PDF-"


def test_an_extension_is_asked_for_granted_and_holds_everywhere(
    visit, clock, tomsk, school, second_school, campaign, events, coordinator, second_coordinator, municipal, operator
):
    third_school = SchoolFactory(municipality=tomsk, code="tomsk-3", name="Школа № 3")

    # The school sends a day late, and stands so.
    clock("2019-10-22 10:00")
    at_school = visit(coordinator, width=PHONE)
    at_school.go(f"{of_school(school)}edit/")
    fill_report(at_school, grade_8="24", kind_open_lesson="24")
    send(at_school)
    above = visit(municipal)
    completeness = f"{REPORTS}completeness/?municipality=tomsk"

    def mark() -> str:
        """What the completeness of the municipality says of when the school's report was sent."""
        above.go(completeness)
        return above.page.locator(f"tr:has(a[href='{of_school(school)}']) td").nth(2).inner_text()

    late, extended = in_russian(Lateness.LATE.label), in_russian(Lateness.EXTENDED.label)
    assert late in mark()
    at_second = visit(second_coordinator, width=PHONE)
    assert tasks(at_second) == [of_school(second_school)]
    assert "21.10.2019" in at_second.page.locator(".tasks").inner_text()

    # The municipality asks for all its schools, the operator grants.
    above.go(f"{CAMPAIGN}extensions/")
    above.click(f"a[href='{CAMPAIGN}extensions/new/']")
    above.page.select_option("main [name=place]", f"municipality-{tomsk.pk}")
    above.page.select_option("main [name=stage]", "school_report")
    above.fill(until="2019-10-24", reason="Карантин в городе")
    above.click("form .sticky-submit button")
    asked = Extension.objects.get()
    assert (asked.status, asked.municipality, asked.until) == ("asked", tomsk, date(2019, 10, 24))
    assert late in mark()
    on_top = visit(operator)
    assert tasks(on_top)[0].startswith(f"{CAMPAIGN}extensions/")
    on_top.click(".tasks a")
    open_folds(on_top)
    on_top.click("form:has([name=granted][value='1']) button")
    asked.refresh_from_db()
    assert asked.status == "granted"

    # It holds everywhere at once.
    assert extended in mark()
    assert late not in mark()
    tasks(at_second)
    text = at_second.page.locator(".tasks").inner_text()
    assert "24.10.2019" in text
    assert "21.10.2019" not in text

    # The campaign closes while two forms stand open.
    clock("2019-11-04 10:00")
    at_third = visit(UserFactory(coordinator_of=third_school))
    for visitor, of in ((at_second, second_school), (at_third, third_school)):
        visitor.go(f"{of_school(of)}edit/")
        fill_report(visitor)
    clock("2019-11-06 10:00")
    on_top.go(f"{CAMPAIGN}extensions/new/?school={second_school.pk}&stage=school_report")
    on_top.fill(until="2019-11-08", reason="Не было связи")
    on_top.click("form .sticky-submit button")

    # The school with an extension alone can still send.
    assert send(at_third).status == 409
    at_third.go(f"{of_school(third_school)}edit/")
    assert at_third.path == of_school(third_school)
    assert at_third.page.locator(f"main a[href='{of_school(third_school)}edit/']").count() == 0
    assert tasks(at_third) == []
    assert send(at_second).ok
    assert school_reports(campaign) == {"perspektiva": "submitted", "tomsk-2": "submitted"}
    accept(above, of_school(second_school))
    assert school_reports(campaign) == {"perspektiva": "submitted", "tomsk-2": "accepted"}
    above.go(of_school(school))
    assert above.page.locator("main form.decide").count() == 0


def test_a_fair_that_three_schools_attend_is_one_event_held(
    visit,
    school,
    second_school,
    village_school,
    campaign,
    lesson,
    coordinator,
    second_coordinator,
    municipal,
    village_municipal,
    operator,
    summary_of,
):
    # The operator enters it once, for the whole region.
    on_top = visit(operator)
    on_top.go("/events/joint/")
    on_top.click("a[href^='/events/joint/new/']")
    on_top.page.select_option("main [name=format]", "lesson")
    on_top.fill(
        title="Ярмарка профессий", starts_on="2019-09-23", place="Дворец спорта", host="Политехнический колледж"
    )
    on_top.click("form .sticky-submit button")
    fair = JointEvent.objects.get()
    assert (fair.municipality, fair.host.name) == (None, "Политехнический колледж")
    page_of_fair = f"/events/joint/{fair.pk}/"
    assert on_top.path == page_of_fair

    # Three schools of two municipalities find it and say in two fields who came.
    writers = (
        (coordinator, "8", "18"),
        (second_coordinator, "9", "7"),
        (UserFactory(coordinator_of=village_school), "10", "5"),
    )
    for user, grade, pupils in writers:
        at_school = visit(user, width=PHONE)
        at_school.go("/events/joint/")
        at_school.click(f"a[href='{page_of_fair}']")
        at_school.page.select_option("main [name=grade]", grade)
        at_school.fill(pupils=pupils)
        at_school.click("[name=intent][value=submit]")
    assert list(Event.objects.order_by("pk").values_list("school__code", "participants", "status", "joint")) == [
        ("perspektiva", 18, "submitted", fair.pk),
        ("tomsk-2", 7, "submitted", fair.pk),
        ("kolpashevo-3", 5, "submitted", fair.pk),
    ]

    # Both municipalities accept what is theirs.
    for user, waiting in ((municipal, 2), (village_municipal, 1)):
        reviewer = visit(user)
        for _event in range(waiting):
            reviewer.go("/review/")
            reviewer.click("[data-accept]")
    assert set(Event.objects.values_list("status", flat=True)) == {"accepted"}

    # One event in the region and one in each municipality; participations add up.
    def held(visitor, path) -> list[str]:
        """The first two cards: events held, participations in them."""
        visitor.go(path)
        return [card.inner_text().strip() for card in visitor.page.locator(".figures .figure .value").all()[:2]]

    dashboards = "/dashboards/autumn-2019/"
    assert held(on_top, dashboards) == ["1", "30"]
    assert held(on_top, f"{dashboards}municipalities/tomsk/") == ["1", "25"]
    assert held(on_top, f"{dashboards}municipalities/kolpashevskiy/") == ["1", "5"]
    on_top.go(page_of_fair)
    assert on_top.page.locator("section[aria-labelledby=attended] tbody tr").count() == 3

    # The workbook says the same, and why its column does not add up.
    book = summary_of(campaign)
    assert book.rows("municipalities", "municipality") == {
        "город Томск": (1, 0, 25, 0),
        "Колпашевский район": (1, 0, 5, 0),
    }
    assert book.total("municipalities") == book.total("schools") == book.total("formats") == (1, 0, 30, 0)
    assert book.key_figures()["events_accepted"] == 1
    assert book.note("municipalities") in book.texts("municipalities")


def test_a_question_is_asked_answered_and_found_in_every_sum(
    visit, clock, school, campaign, lesson, coordinator, municipal, operator, summary_of
):
    EventFactory(school=school, campaign=campaign, format=lesson, status="accepted", author=coordinator)

    # The operator adds two while events are held: a number, and one out of another.
    on_top = visit(operator)
    for kind, text, whole in (
        ("number", "Сколько договоров с предприятиями", ""),
        ("part", "Сколько из них с ОВЗ", "обучающихся 5–11 классов"),
    ):
        on_top.go(f"{REPORTS}questions/")
        on_top.click(f"a[href='{REPORTS}questions/new/']")
        on_top.page.select_option("main [name=kind]", kind)
        on_top.fill(text=text, whole=whole, reason="Чтобы знать, где помочь.", ground="Письмо от 26.08.2019 № 57")
        on_top.click("form .sticky-submit button")
    treaties, part = ReportQuestion.objects.order_by("pk")
    assert (treaties.kind, part.kind, part.whole) == ("number", "part", "обучающихся 5–11 классов")

    # The school sees why it is asked, and answers; a part larger than its whole is refused at the field.
    clock("2019-10-16 10:00")
    at_school = visit(coordinator, width=PHONE)
    at_school.go(f"{of_school(school)}edit/")
    assert "Чтобы знать, где помочь." in at_school.text
    answers = {f"question_{treaties.pk}": "7", f"question_{part.pk}": "90", f"question_{part.pk}_whole": "84"}
    fill_report(at_school, **answers)
    assert send(at_school).status == 400
    assert at_school.page.locator(f".error-summary a[href='#id_question_{part.pk}']").count() == 1
    at_school.fill(**{f"question_{part.pk}": "12"})
    send(at_school)
    accept(visit(municipal), of_school(school))
    assert school_reports(campaign) == {"perspektiva": "accepted"}

    # It stands in the municipal report, on the dashboard and in the workbook.
    for path in (OF_TOMSK, "/dashboards/autumn-2019/", "/dashboards/autumn-2019/municipalities/tomsk/"):
        on_top.go(path)
        rows = [
            on_top.page.locator(f"main tr:has-text('{question.text}')").first.locator("th, td").all_inner_texts()
            for question in (treaties, part)
        ]
        assert [row[2:6] for row in rows] == [["1", "1", "7", "–"], ["1", "1", "12", "84"]]
    on_top.go(f"{REPORTS}questions/{treaties.pk}/answers/")
    assert on_top.page.locator("main tr:has-text('Томск')").count() == 1
    book = summary_of(campaign)
    assert [(row["question"], row["answered"], row["sum"], row["whole"]) for row in book.table("answers")] == [
        ("Сколько договоров с предприятиями", 1, 7, None),
        ("Сколько из них с ОВЗ", 1, 12, 84),
    ]


def test_enrolment_goes_out_as_a_workbook_and_comes_back_filled_in(
    visit, school, second_school, campaign, municipal, tmp_path
):
    visitor = visit(municipal)
    visitor.go("/enrolment/")
    with visitor.page.expect_download() as download:
        visitor.page.locator("main a[href='/enrolment/template.xlsx?year=2019-2020']").click()
    path = tmp_path / "enrolment.xlsx"
    download.value.save_as(path)

    book = load_workbook(path)
    sheet = book.worksheets[0]
    row_of = {row[0].value: row[0].row for row in sheet.iter_rows(min_row=9)}
    assert set(row_of) == {"perspektiva", "tomsk-2"}
    first_grade = 4  # after the code, the municipality and the school

    def upload(number):
        """Write how many fifth-graders the second school has, and send the file."""
        sheet.cell(row_of["tomsk-2"], first_grade + 4).value = number
        book.save(path)
        visitor.go("/enrolment/")
        visitor.fill(source="ОО-1")
        visitor.page.set_input_files("main [name=file]", path)
        return visitor.click("form[enctype] .sticky-submit button")

    # A file with a bad cell is refused: the row and the cell are named.
    assert upload("двадцать").status == 400
    problem = visitor.page.locator("table[aria-labelledby=problems-title] tbody tr")
    assert problem.count() == 1
    assert problem.locator("td").first.inner_text() == str(row_of["tomsk-2"])
    assert f"(H{row_of['tomsk-2']})" in problem.inner_text()
    assert not EnrolmentUpload.objects.exists()

    # A good one is looked over first, and then applied as a whole.
    upload(31)
    stored = EnrolmentUpload.objects.get()
    assert visitor.path == f"/enrolment/uploads/{stored.pk}/"
    assert second_school.name in visitor.text
    assert "31" in visitor.page.locator("main tbody").inner_text()
    assert list(Enrolment.objects.values_list("school__code", flat=True)) == ["perspektiva"]
    visitor.click("form[method=post] .sticky-submit button")
    row = Enrolment.objects.get(school=second_school)
    assert (row.academic_year, row.source, row.as_of) == ("2019/2020", "ОО-1", date(2019, 9, 24))
    assert row.by_grade == dict.fromkeys(range(1, 12), 0) | {5: 31}
    assert Enrolment.objects.get(school=school).by_grade == dict.fromkeys(range(1, 12), 25)


def test_an_accepted_figure_stays_when_enrolment_is_corrected(
    visit, clock, second_school, campaign, lesson, second_coordinator, municipal
):
    EnrolmentFactory(school=second_school)
    EventFactory(school=second_school, campaign=campaign, format=lesson, status="accepted", author=second_coordinator)
    clock("2019-10-16 10:00")
    at_school = visit(second_coordinator)
    at_school.go(f"{of_school(second_school)}edit/")
    # Only one number is possible everywhere, so the school has nothing to type but its name.
    fill_report(at_school)
    send(at_school)
    accept(visit(municipal), of_school(second_school))

    at_school.go(f"/schools/{second_school.pk}/enrolment/2019-2020/")
    at_school.fill(grade_8="30", source="Списки классов")
    at_school.click("form .sticky-submit button")
    assert Enrolment.objects.get().grade_8 == 30
    at_school.go(of_school(second_school))
    eighth = at_school.page.locator("main tr:has(th:text-is('8 класс'))").first.locator("td").all_inner_texts()
    assert (eighth[0], eighth[3].split()[0]) == ("25", "24")
    notice = at_school.page.locator(".notice-ok").inner_text()
    assert "25" in notice
    assert "30" in notice


def test_without_scripts_a_report_and_an_attendance_are_sent(
    visit, clock, school, campaign, events, lesson, coordinator, operator
):
    fair = JointEventFactory(campaign=campaign, format=lesson)
    visitor = visit(coordinator, width=PHONE, java_script_enabled=False)
    visitor.go(f"/events/joint/{fair.pk}/")
    visitor.page.select_option("main [name=grade]", "10")
    visitor.fill(pupils="15")
    visitor.click("[name=intent][value=submit]")
    attendance = Event.objects.get(joint=fair)
    assert (attendance.grade_10, attendance.participants, attendance.status) == (15, 15, "submitted")

    clock("2019-10-16 10:00")
    visitor.go(f"{of_school(school)}edit/")
    fill_report(visitor, grade_8="19")
    assert send(visitor).status == 400
    assert visitor.value("grade_8") == "19"
    visitor.fill(grade_8="24", kind_open_lesson="39")
    send(visitor)
    report = SchoolReport.objects.get()
    assert (report.status, report.grade_8, report.grade_9, report.grade_10, report.pupils) == (
        "submitted",
        24,
        12,
        15,
        51,
    )
    assert {row.kind: row.pupils for row in report.kinds.all()} == {"open_lesson": 39, "contest": 12}
