"""A page costs the same number of queries with ten rows and with ten times as many, and at most fifteen."""

from datetime import date

import pytest
from django.core.cache import cache
from django.urls import reverse

from reports import actions
from reports.summaries.building import build
from tests.factories import (
    EnrolmentFactory,
    ExtensionFactory,
    MunicipalityFactory,
    MunicipalReportFactory,
    QuestionFactory,
    SchoolFactory,
    SchoolReportFactory,
)

MOST = 15
PAGES = {
    ("operator", "dashboard"): 13,
    ("department", "dashboard"): 13,
    ("operator", "dashboard_municipality"): 13,
    ("municipal", "dashboard_municipality"): 13,
    ("operator", "dashboard_school"): 13,
    ("municipal", "dashboard_school"): 14,
    ("coordinator", "dashboard_school"): 13,
    ("operator", "dashboard_rows"): 8,
    ("operator", "summaries"): 5,
    ("municipal", "summaries"): 6,
    ("operator", "summary"): 5,
    ("operator", "figures"): 3,
}


def address_of(name, campaign, school, summary):
    return {
        "dashboard": lambda: reverse("dashboard", args=[campaign.slug]),
        "dashboard_municipality": lambda: reverse("dashboard_municipality", args=[campaign.slug, "tomsk"]),
        "dashboard_school": lambda: reverse("dashboard_school", args=[campaign.slug, school.pk]),
        "dashboard_rows": lambda: reverse("dashboard_rows", args=[campaign.slug, "schools"]),
        "summaries": lambda: reverse("summaries"),
        "summary": lambda: reverse("summary", args=[summary.pk]),
        "figures": lambda: reverse("figures"),
    }[name]()


@pytest.mark.parametrize(("who", "name"), PAGES)
def test_a_page_costs_the_same_at_any_size(
    who, name, people, client_of, queries_of, log, campaign, school, operator, more_events
):
    summary = actions.request_summary(operator, campaign, send=False)
    build(summary.pk)
    client = client_of(people[who])
    address = address_of(name, campaign, school, summary)
    client.get(address)
    cache.clear()  # what is cached costs less
    few = len(queries_of(lambda: client.get(address)))
    more_events()
    cache.clear()
    many = len(queries_of(lambda: client.get(address)))
    assert (few, many) == (PAGES[who, name], PAGES[who, name])
    assert few <= MOST


# --- The chain of reports --------------------------------------------------------------------

CHAIN = {
    ("coordinator", "school_report"): 13,
    ("municipal", "school_report"): 15,
    ("operator", "school_report"): 14,
    ("department", "school_report"): 13,
    ("coordinator", "school_report_edit"): 12,
    ("municipal", "school_report_edit"): 13,
    ("municipal", "municipal_report"): 14,
    ("operator", "municipal_report"): 13,
    ("department", "municipal_report"): 13,
    ("municipal", "municipal_report_edit"): 9,
    ("operator", "municipal_report_edit"): 8,
    ("operator", "completeness"): 7,
    ("department", "completeness"): 7,
    ("municipal", "completeness"): 8,
    ("operator", "remind"): 7,
    ("municipal", "remind"): 8,
    ("operator", "questions"): 6,
    ("department", "questions"): 6,
}


@pytest.fixture
def chain(log, campaign, school, tomsk, municipal, coordinator, clock):
    """The campaign's reports on the second day of review: one under review with answers and kinds, one above it."""
    clock("2019-10-23 10:00")
    report = SchoolReportFactory(school=school, campaign=campaign, submitted_by=coordinator)
    question = QuestionFactory(campaign=campaign)
    QuestionFactory(campaign=campaign, kind="text")
    report.answers.create(question=question, number=5)
    report.kinds.create(kind="open_lesson", pupils=60)
    MunicipalReportFactory(municipality=tomsk, campaign=campaign, submitted_by=municipal)
    return report


@pytest.fixture
def more_reports(chain, campaign, tomsk, region, more_events):
    """Make everything that the pages of the chain list ten times as long."""

    def add():
        more_events()
        questions = [QuestionFactory(campaign=campaign, kind=kind) for kind in ("number", "part", "yes_no", "text") * 3]
        for question in questions[::4]:
            chain.answers.create(question=question, number=7)
        for kind in ("contest", "fair", "excursion"):
            chain.kinds.create(kind=kind, pupils=3)
        for number in range(20):
            row = SchoolFactory(municipality=tomsk, code=f"more-{number}", name=f"Школа № {200 + number}")
            EnrolmentFactory(school=row)
            status = ("accepted", "submitted", "returned", "open")[number % 4]
            report = SchoolReportFactory(school=row, campaign=campaign, status=status)
            report.kinds.create(kind="open_lesson", pupils=None if number % 2 else 9)
            report.answers.create(question=questions[0], number=number)
            town = MunicipalityFactory(region=region, slug=f"town-{number}", name=f"Район № {number}")
            SchoolFactory(municipality=town)
            MunicipalReportFactory(municipality=town, campaign=campaign)

    return add


def address_in_chain(name, campaign, school, who) -> str:
    if name.startswith("school"):
        return reverse(name, args=[campaign.slug, school.pk])
    if name.startswith("municipal"):
        return reverse(name, args=[campaign.slug, "tomsk"])
    query = "?municipality=tomsk" if who == "municipal" else ""
    if name == "remind":
        query = f"{query or '?municipality='}&stage=school_report"
    return reverse(name, args=[campaign.slug]) + query


@pytest.mark.parametrize(("who", "name"), CHAIN)
def test_a_page_of_the_chain_costs_the_same_at_any_size(
    who, name, people, client_of, queries_of, campaign, school, chain, more_reports
):
    client = client_of(people[who])
    address = address_in_chain(name, campaign, school, who)
    assert client.get(address).status_code == 200
    cache.clear()
    few = len(queries_of(lambda: client.get(address)))
    more_reports()
    cache.clear()
    many = len(queries_of(lambda: client.get(address)))
    assert (few, many) == (CHAIN[who, name], CHAIN[who, name])
    assert few <= MOST


@pytest.mark.parametrize(("who", "name"), CHAIN)
def test_so_it_stays_after_closing_with_an_extension(
    who, name, people, client_of, queries_of, campaign, school, chain, clock
):
    """Whether the school is open is then one more thing to look up."""
    ExtensionFactory(school=school, campaign=campaign, stage="school_report", until=date(2019, 11, 9))
    clock("2019-11-07 10:00")
    client = client_of(people[who])
    address = address_in_chain(name, campaign, school, who)
    assert client.get(address).status_code == 200
    cache.clear()
    assert len(queries_of(lambda: client.get(address))) <= MOST


@pytest.mark.parametrize("day", ["2019-10-16 10:00", "2019-10-23 10:00", "2019-11-07 10:00"])
@pytest.mark.parametrize("who", ["operator", "department", "municipal", "coordinator"])
def test_home_stays_within_fifteen_while_reports_are_made(
    who, day, people, client_of, queries_of, chain, more_reports, clock
):
    client = client_of(people[who])
    clock(day)
    client.get("/")
    cache.clear()
    few = len(queries_of(lambda: client.get("/")))
    more_reports()
    cache.clear()
    assert len(queries_of(lambda: client.get("/"))) == few
    assert few <= MOST


# --- Home ------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["operator", "department", "municipal", "coordinator"])
def test_home_stays_within_fifteen(who, people, client_of, queries_of, log, more_events):
    client = client_of(people[who])
    client.get("/")
    cache.clear()
    few = len(queries_of(lambda: client.get("/")))
    more_events()
    cache.clear()
    assert len(queries_of(lambda: client.get("/"))) == few
    assert few <= MOST


def test_a_visitors_home_too(client_of, queries_of, log):
    client = client_of()
    assert len(queries_of(lambda: client.get("/"))) <= MOST
