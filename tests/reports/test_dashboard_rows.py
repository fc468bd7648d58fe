"""Every figure of a dashboard leads to the rows that it was counted from, and they add up to it."""

import html
import re

import pytest
from django.urls import reverse

from reports.dashboards import addresses
from reports.queries import coverage
from reports.queries.levels import Level

LINK = re.compile(r'<a href="(/events/\?[^"]+)"[^>]*>([\d\u00a0]+|[^<]*: [\d\u00a0]+)</a>')


def number(text: str) -> int:
    return int(re.sub(r"\D", "", text.split(":")[-1]))


def rows_behind(client, address):
    response = client.get(html.unescape(address))
    assert response.status_code == 200
    assert response.context["ignored"] == []
    return list(response.context["filter"].qs)


def people(rows, address) -> int:
    grade = re.search(r"grade=(\d+)", address)
    return sum(row.by_grade[int(grade[1])] if grade else row.participants for row in rows)


@pytest.fixture(params=["region", "municipality", "school"])
def page(request, log, campaign, tomsk, school, operator, client_of):
    level = {
        "region": Level(campaign),
        "municipality": Level(campaign, municipality=tomsk),
        "school": Level(campaign, school=school),
    }[request.param]
    client = client_of(operator)
    return client, client.get(addresses.dashboard_url(level))


def test_every_number_that_leads_to_events_equals_their_number_or_their_participants(page):
    client, response = page
    links = LINK.findall(response.content.decode())
    assert len(links) > 20
    for address, text in links:
        rows = rows_behind(client, address)
        assert number(text) in (len(rows), people(rows, address)), (address, text)


def test_the_figures_at_the_head_lead_to_what_they_count(page):
    client, response = page
    events, participations = response.context["cards"][:2]
    for card, measure in ((events, len), (participations, lambda rows: sum(row.participants for row in rows))):
        assert number(card.value) == measure(rows_behind(client, card.url))
        assert number(card.beside) == measure(rows_behind(client, card.beside_url))


def test_numbers_by_grade_lead_to_events_in_which_that_grade_adds_up_to_them(page):
    client, response = page
    for line in response.context["grade_rows"]:
        for count, url in ((line.accepted, line.accepted_url), (line.submitted, line.submitted_url)):
            assert bool(count) == bool(url)
            if url:
                assert sum(row.by_grade[line.grade] for row in rows_behind(client, url)) == count


def test_nothing_leads_nowhere(log, campaign, operator, client_of):
    """A zero is no link: there are no rows behind it."""
    body = client_of(operator).get(reverse("dashboard", args=[campaign.slug])).content.decode()
    assert not re.findall(r'<a href="/events/[^"]*"[^>]*>0</a>', body)


def test_schools_taking_part_lead_to_the_schools(log, campaign, operator, client_of):
    client = client_of(operator)
    card = client.get(reverse("dashboard", args=[campaign.slug])).context["cards"][3]
    assert (card.value, card.trouble) == ("4 of 5", "1 school logged nothing yet")
    assert client.get(card.url).context["table"].length == 5
    silent = client.get(card.trouble_url)
    assert silent.context["table"].length == 1
    assert "Школа № 5" in silent.content.decode()


def test_coverage_leads_to_schools_whose_bounds_add_up_to_it(log, campaign, operator, client_of):
    client = client_of(operator)
    card = client.get(reverse("dashboard", args=[campaign.slug])).context["cards"][2]
    assert (card.value, card.beside) == ("from 14 %", "not more than 16 %")
    assert "700 pupils enrolled" in card.compare
    assert "1 school without known enrolment is left out" in card.compare
    assert client.get(card.url).status_code == 200
    rows = coverage.schools(Level(campaign))
    assert (sum(row.coverage.low for row in rows), sum(row.coverage.high for row in rows)) == (100, 111)


def test_partners_lead_to_the_organisations(log, campaign, operator, client_of):
    client = client_of(operator)
    card = client.get(reverse("dashboard", args=[campaign.slug])).context["cards"][4]
    assert card.value == "2"
    assert client.get(card.url).context["table"].length == 2


def test_a_heat_cell_leads_to_the_events_that_it_averages(log, campaign, operator, client_of, tomsk):
    client = client_of(operator)
    body = client.get(reverse("dashboard", args=[campaign.slug])).content.decode()
    cells = re.findall(r'<td class="heat-\d"><a href="([^"]+)">([\d,]+)</a>', body)
    assert cells
    for address, text in cells:
        rows = rows_behind(client, address)
        expected = 2 if "municipality=kolpashevskiy" in address or "municipality=tomsk" in address else 1
        assert f"{len(rows) / expected:.1f}".replace(".", ",") == text
