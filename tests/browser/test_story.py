"""The autumn campaign of 2019, played through four roles: from the operator's form to the department's workbook."""

import datetime as dt
from collections import defaultdict

import pytest
from openpyxl import load_workbook

from events.models import Event
from reports.models import Summary

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def fill(page, **values):
    for name, value in values.items():
        page.fill(f"[name={name}]", value)


def test_a_campaign_from_its_opening_to_the_workbook(visit, portal_time, story, worker, tmp_path):
    # The operator opens the campaign.
    portal_time("2019-09-10 10:00")
    operator = visit(story.operator)
    operator.go("/campaigns/new/")
    fill(
        operator.page,
        name="Осенняя профориентационная кампания 2019 года",
        starts_on="2019-09-13",
        ends_on="2019-10-14",
        events_due="2019-10-17",
        school_reports_due="2019-10-21",
        municipal_reports_due="2019-10-28",
        closes_on="2019-11-05",
    )
    operator.page.select_option("[name=season]", "autumn")
    for format_ in story.formats:
        operator.page.check(f"[name=formats][value='{format_.pk}']")
    operator.press("Сохранить")
    operator.press("Опубликовать")
    assert operator.page.locator("h1").inner_text() == "Осенняя профориентационная кампания 2019 года"

    # The school plans one event, before the window opens.
    school = visit(story.school_user, width=360)
    school.go("/events/new/")
    school.page.check("[name=format][value=proektoria]")
    fill(school.page, starts_on="2019-09-20", grade_7="50")
    school.press("Сохранить как план")
    planned = Event.objects.get()
    assert (planned.status, planned.participants) == ("planned", 50)

    # It is held: real numbers go in. Two more are logged, one with the note that it needs.
    portal_time("2019-09-24 14:20")
    school.go("/")
    school.page.get_by_role("link", name="Отметить").first.click()
    school.page.fill("[name=grade_7]", "52")
    school.press("Отправить на проверку")
    for grade_8, note in (("1 8", ""), ("70", "Вместе с соседней школой")):
        school.go("/events/new/")
        school.page.check("[name=format][value=urok-cifry]")
        school.page.fill("[name=starts_on]", "2019-09-23")
        school.page.fill("[name=grade_8]", grade_8.replace(" ", ""))
        if note:
            school.page.locator("summary", has_text="Участников больше").click()
            school.page.fill("[name=note]", note)
        school.press("Отправить на проверку")
    assert list(Event.objects.order_by("pk").values_list("status", "participants", "flagged")) == [
        ("submitted", 52, False),
        ("submitted", 18, False),
        ("submitted", 70, True),
    ]

    # The municipality returns one and accepts the rest; the flagged one by itself.
    municipal = visit(story.municipal)
    municipal.go("/review/")
    municipal.page.fill("#comment", "Укажите тему урока")
    municipal.press("Вернуть на доработку")
    assert Event.objects.get(pk=planned.pk).status == "returned"
    municipal.page.get_by_role("button", name="Отметить все").click()
    municipal.press("Принять отмеченные")
    municipal.page.locator("[data-accept]").click()
    municipal.page.wait_for_load_state()

    # The school corrects what was returned, the municipality accepts it.
    school.go("/")
    assert "Укажите тему урока" in school.page.locator(".tasks").inner_text()
    school.page.get_by_role("link", name="Исправить").first.click()
    school.page.fill("[name=title]", "Проектория: кем быть в 2030 году")
    school.press("Отправить на проверку")
    municipal.go("/review/")
    municipal.page.locator("[data-accept]").click()
    municipal.page.wait_for_load_state()
    assert list(Event.objects.order_by("pk").values_list("status", flat=True)) == ["accepted"] * 3

    # Time moves past the end. Nobody asks: the worker finds the closed campaign and builds.
    offset = portal_time("2019-11-06 09:00")
    worker.start(clock_offset=int(offset.total_seconds()))
    worker.wait_for(lambda: Summary.objects.filter(status="ready").exists())
    summary = Summary.objects.get()
    assert (summary.version, summary.is_full, summary.requested_by) == (1, True, None)

    # The department downloads it.
    ministry = visit(story.department)
    ministry.go("/summaries/")
    ministry.go(f"/summaries/{summary.pk}/")
    with ministry.page.expect_download() as download:
        ministry.page.locator(f"a[href='/summaries/{summary.pk}/summary.xlsx']").first.click()
    path = tmp_path / "summary.xlsx"
    download.value.save_as(path)
    assert download.value.suggested_filename.endswith(".xlsx")

    # Its totals equal sums computed by another path.
    totals = defaultdict(int)
    for event in Event.objects.all():
        totals["events"] += 1
        totals["participants"] += sum(event.by_grade.values())
    assert story.totals_of(load_workbook(path)) == (totals["events"], totals["participants"])
    assert dt.date(2019, 11, 6) == story.taken_on(summary)
