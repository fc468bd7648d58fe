"""The autumn campaign of 2019, played through four roles: from the operator's form to the department's workbook."""

from collections import Counter
from datetime import UTC, datetime

import pytest
import time_machine

from campaigns.models import Campaign
from events.models import Event
from reports.models import Summary
from tests.browser.book import Book
from tests.browser.pages import PHONE
from tests.clock import wait_until
from tests.factories import PASSWORD, EnrolmentFactory, EventFactory, FormatFactory, UserFactory

NAME = "Осенняя профориентационная кампания 2019 года"


@pytest.fixture
def formats(region):
    return [
        FormatFactory(region=region, slug="proektoria", name="Проектория"),
        FormatFactory(region=region, slug="urok-cifry", name="Урок цифры"),
    ]


@pytest.fixture
def person(region, tomsk, school):
    """Whoever signs in by typing their password: ``person("operator_of", region)``."""

    def make(role, place):
        return UserFactory(password=PASSWORD, **{role: place})

    return make


def numbers_of(events) -> tuple:
    """Events accepted and under review, participations in the ones and in the others, added up in plain Python."""
    accepted = [event for event in events if event.status == "accepted"]
    submitted = [event for event in events if event.status == "submitted"]
    return (
        len(accepted),
        len(submitted),
        sum(sum(event.by_grade.values()) for event in accepted),
        sum(sum(event.by_grade.values()) for event in submitted),
    )


def by(events, key) -> dict:
    return {value: numbers_of([event for event in events if key(event) == value]) for value in map(key, events)}


def statuses() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("status", flat=True))


def test_a_campaign_from_its_opening_to_the_workbook(
    visit, clock, region, tomsk, school, second_school, village_school, formats, person, worker, tmp_path
):
    school.enrolments.all().delete()
    EnrolmentFactory(school=school, grade_7=60, grade_8=60)

    # The operator opens the campaign.
    clock("2019-09-10 10:00")
    operator = visit().sign_in(person("operator_of", region))
    operator.go("/campaigns/new/")
    operator.fill(
        name=NAME,
        starts_on="2019-09-13",
        ends_on="2019-10-14",
        events_due="2019-10-17",
        school_reports_due="2019-10-21",
        municipal_reports_due="2019-10-28",
        closes_on="2019-11-05",
    )
    operator.page.select_option("[name=season]", "autumn")
    operator.page.select_option("[name=grade_from]", "5")
    operator.page.select_option("[name=grade_to]", "11")
    for format_ in formats:
        operator.page.check(f"[name=formats][value='{format_.pk}']")
    operator.click("form[method=post] .sticky-submit button")
    operator.click("form[action$='/publish/'] button")
    assert operator.page.locator("h1").inner_text() == NAME
    campaign = Campaign.objects.get()
    assert campaign.published_at is not None
    assert set(campaign.formats.all()) == set(formats)

    # The school plans one event on the phone, before the window opens.
    coordinator = visit(width=PHONE).sign_in(person("coordinator_of", school))
    coordinator.go("/events/new/")
    coordinator.page.check("[name=format][value=proektoria]")
    coordinator.fill(starts_on="2019-09-20", grade_7="50")
    coordinator.click("[name=intent][value=plan]")
    planned = Event.objects.get()
    assert (planned.status, planned.participants) == ("planned", 50)

    # It was held: real numbers go in. Two more are logged, one with the explanation that it needs.
    clock("2019-09-24 14:20")
    coordinator.go("/")
    coordinator.click(f".tasks a[href='/events/{planned.pk}/edit/']")
    coordinator.fill(grade_7="52")
    coordinator.click("[name=intent][value=submit]")
    for grade_8, note in (("18", ""), ("70", "Вместе с соседней школой")):
        coordinator.go("/")
        coordinator.click("a[href^='/events/new/']")
        coordinator.page.check("[name=format][value=urok-cifry]")
        coordinator.fill(starts_on="2019-09-23", grade_8=grade_8)
        if note:
            coordinator.page.locator("details:has([name=note]) > summary").click()
            coordinator.fill(note=note)
        coordinator.click("[name=intent][value=submit]")
    assert list(Event.objects.order_by("pk").values_list("status", "participants", "flagged")) == [
        ("submitted", 52, False),
        ("submitted", 18, False),
        ("submitted", 70, True),
    ]
    second, flagged = Event.objects.order_by("pk")[1:]

    # The municipality returns one and accepts the rest in bulk, the flagged one by itself.
    municipal = visit().sign_in(person("municipal_of", tomsk))
    municipal.go(f"/review/?event={planned.pk}")
    municipal.fill(comment="Укажите тему урока")
    municipal.click("[data-return]")
    assert statuses() == ["returned", "submitted", "submitted"]
    municipal.page.locator("#tick-all").click()
    municipal.click("#review-list .actions button:not([type=button])")
    assert statuses() == ["returned", "accepted", "submitted"]
    municipal.go("/review/")
    assert municipal.page.locator(f"[name=event][value^='{flagged.pk}:']").is_disabled()
    assert "Вместе с соседней школой" in municipal.text
    municipal.click("[data-accept]")
    assert statuses() == ["returned", "accepted", "accepted"]

    # The school corrects what came back, and the municipality accepts it.
    coordinator.go("/")
    assert "Укажите тему урока" in coordinator.page.locator(".tasks").inner_text()
    coordinator.click(f".tasks a[href='/events/{planned.pk}/edit/']")
    coordinator.fill(title="Проектория: кем быть в 2030 году")
    coordinator.click("[name=intent][value=submit]")
    municipal.go("/review/")
    municipal.click("[data-accept]")
    assert statuses() == ["accepted", "accepted", "accepted"]

    # Other schools took part too; what one of them sent was never looked at.
    proektoria, urok_cifry = formats
    for of, status, format_, grades in (
        (second_school, "accepted", urok_cifry, {"grade_5": 31, "grade_8": 0}),
        (village_school, "accepted", proektoria, {"grade_9": 7, "grade_8": 4}),
        (village_school, "submitted", proektoria, {"grade_10": 12, "grade_8": 0}),
        (village_school, "returned", proektoria, {"grade_8": 100}),
    ):
        EventFactory(school=of, campaign=campaign, format=format_, status=status, **grades)

    # Time moves past the end. Nobody asks: a worker finds the closed campaign by itself and builds.
    clock("2019-11-06 09:00")
    assert not Summary.objects.exists()
    with time_machine.travel(datetime.now(UTC)):  # the worker's start compares with the real time, known only then
        worker.start()
    summary = wait_until(lambda: Summary.objects.filter(status="ready").first(), seconds=60)
    assert (summary.version, summary.is_full, summary.requested_by) == (1, True, None)
    worker.stop()

    # The department downloads it.
    ministry = visit().sign_in(person("department_of", region))
    ministry.go("/summaries/")
    ministry.click(f"a[href='/summaries/{summary.pk}/']")
    with ministry.page.expect_download() as download:
        ministry.page.locator(f"a[href='/summaries/{summary.pk}/summary.xlsx']").first.click()
    path = tmp_path / "summary.xlsx"
    download.value.save_as(path)
    assert NAME in download.value.suggested_filename
    assert download.value.suggested_filename.endswith(".xlsx")

    # Its totals equal sums of the same events by another path.
    book = Book(path, summary)
    events = list(Event.objects.filter(status__in=("accepted", "submitted")).select_related("school__municipality"))
    assert (len(events), Event.objects.count()) == (6, 7)
    assert book.total("schools") == book.total("municipalities") == book.total("formats") == numbers_of(events)
    assert book.total("days") == numbers_of(events)
    assert book.rows("municipalities", "municipality") == by(events, lambda event: event.school.municipality.name)
    assert book.rows("schools", "school") == by(events, lambda event: event.school.name)
    assert book.rows("formats", "format") == by(events, lambda event: event.format.name)
    days = {day.date(): numbers for day, numbers in book.rows("days", "day").items() if any(numbers)}
    assert days == by(events, lambda event: event.starts_on)
    participations = {"accepted": Counter(), "submitted": Counter()}
    for event in events:
        for grade, count in event.by_grade.items():
            participations[event.status][str(grade)] += count
    for status, counted in participations.items():
        grades = {row["grade"]: row[status] for row in book.table("grades")[:-1] if row[status]}
        assert grades == +counted
    figures = book.key_figures()
    assert (
        figures["events_accepted"],
        figures["events_submitted"],
        figures["participations"],
        figures["participations_submitted"],
    ) == numbers_of(events)
    assert figures["schools"] == len({event.school_id for event in events})
