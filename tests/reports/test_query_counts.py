"""A page costs the same number of queries with ten rows and with ten times as many, and at most fifteen."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from reports import actions
from reports.building import build

MOST = 15
PAGES = {
    ("operator", "dashboard"): 13,
    ("department", "dashboard"): 13,
    ("operator", "dashboard_municipality"): 13,
    ("municipal", "dashboard_municipality"): 14,
    ("operator", "dashboard_school"): 13,
    ("municipal", "dashboard_school"): 14,
    ("coordinator", "dashboard_school"): 13,
    ("operator", "dashboard_rows"): 8,
    ("operator", "summaries"): 5,
    ("municipal", "summaries"): 6,
    ("operator", "summary"): 6,
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
    cache.clear()  # what is remembered costs less
    few = len(queries_of(lambda: client.get(address)))
    more_events()
    cache.clear()
    many = len(queries_of(lambda: client.get(address)))
    assert (few, many) == (PAGES[who, name], PAGES[who, name])
    assert few <= MOST


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
