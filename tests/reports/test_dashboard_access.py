"""Who may look at which level: 404 for what one does not see, 403 for a level that is not one's own."""

import pytest
from django.urls import reverse

from events.models import Event

LEVELS = {
    "region": ("dashboard", ()),
    "municipality": ("dashboard_municipality", ("tomsk",)),
    "another municipality": ("dashboard_municipality", ("kolpashevskiy",)),
    "school": ("dashboard_school", ("school",)),
    "another school": ("dashboard_school", ("village_school",)),
}
ALLOWED = {
    "operator": (200, 200, 200, 200, 200),
    "department": (200, 200, 200, 200, 200),
    "municipal": (403, 200, 404, 200, 404),
    "another municipal": (403, 404, 200, 404, 200),
    "coordinator": (403, 403, 404, 200, 404),
    "another coordinator": (403, 403, 404, 404, 404),
    "technical staff": (404, 404, 404, 404, 404),
    "without membership": (404, 404, 404, 404, 404),
    "foreign operator": (404, 404, 404, 404, 404),
    "foreign department": (404, 404, 404, 404, 404),
    "foreign municipal": (404, 404, 404, 404, 404),
    "foreign coordinator": (404, 404, 404, 404, 404),
}


@pytest.mark.parametrize("who", ALLOWED)
def test_each_role_looks_at_its_own_levels(who, people, client_of, log, campaign, school, village_school):
    ids = {"school": school.pk, "village_school": village_school.pk}
    client = client_of(people[who])
    found = tuple(
        client.get(reverse(name, args=[campaign.slug, *(ids.get(arg, arg) for arg in args)])).status_code
        for name, args in LEVELS.values()
    )
    assert found == ALLOWED[who]


@pytest.mark.parametrize("code", ["schools", "partners"])
def test_lists_behind_figures_follow_the_same_rights(code, people, client_of, log, campaign, school, village_school):
    def status(who, query):
        return client_of(people[who]).get(reverse("dashboard_rows", args=[campaign.slug, code]) + query).status_code

    assert [status("operator", ""), status("municipal", ""), status("coordinator", "")] == [200, 403, 403]
    assert [status("municipal", "?municipality=tomsk"), status("coordinator", "?municipality=tomsk")] == [200, 403]
    assert status("municipal", "?municipality=kolpashevskiy") == 404
    assert [status("coordinator", f"?school={school.pk}"), status("coordinator", f"?school={village_school.pk}")] == [
        200,
        404,
    ]


def test_a_visitor_is_asked_to_sign_in(client_of, campaign):
    response = client_of().get(reverse("dashboard", args=[campaign.slug]))
    assert (response.status_code, response["Location"]) == (302, "/accounts/login/?next=/dashboards/autumn-2019/")


def test_another_regions_place_is_not_shown_in_ones_own_campaign(client_of, operator, campaign, foreign):
    client = client_of(operator)
    assert client.get(reverse("dashboard_school", args=[campaign.slug, foreign.school.pk])).status_code == 404
    assert client.get(reverse("dashboard_municipality", args=[campaign.slug, "barnaul"])).status_code == 404
    assert client.get(reverse("dashboard", args=[foreign.campaign.slug])).status_code == 404


def test_a_draft_is_the_operators_alone(client_of, operator, department, campaign):
    campaign.published_at = None
    campaign.save()
    address = reverse("dashboard", args=[campaign.slug])
    assert [client_of(who).get(address).status_code for who in (operator, department)] == [200, 404]


@pytest.mark.parametrize(
    ("who", "leads_to"),
    [
        ("operator", "/dashboards/autumn-2019/"),
        ("department", "/dashboards/autumn-2019/"),
        ("municipal", "/dashboards/autumn-2019/municipalities/tomsk/"),
    ],
)
def test_the_navigation_leads_to_ones_own_level(who, leads_to, people, client_of, campaign):
    assert client_of(people[who]).get(reverse("dashboards"))["Location"] == leads_to


def test_a_coordinator_is_led_to_the_school(client_of, coordinator, school, campaign):
    assert (
        client_of(coordinator).get(reverse("dashboards"))["Location"] == f"/dashboards/autumn-2019/schools/{school.pk}/"
    )


def test_without_a_membership_or_a_campaign_a_word_is_said(client_of, nobody, operator, region):
    assert client_of(nobody).get(reverse("dashboards")).status_code == 200
    response = client_of(operator).get(reverse("dashboards"))
    assert (response.status_code, response.templates[0].name) == (200, "reports/no_campaign.html")


def test_drafts_and_returned_events_are_no_figures_for_anyone(client_of, coordinator, campaign, log, school):
    response = client_of(coordinator).get(reverse("dashboard_school", args=[campaign.slug, school.pk]))
    held = Event.objects.filter(school=school, campaign=campaign, status__in=["accepted", "submitted"]).count()
    assert response.context["found"].totals.counts.held == held == 4


@pytest.mark.parametrize("value", ["\x00", "9" * 49, "-1", "[]", "%ED%A0%80", "'", "0"])
def test_any_value_of_a_parameter_is_answered(value, client_of, operator, log, campaign):
    client = client_of(operator)
    for code in ("schools", "partners"):
        for name in ("school", "municipality", "none"):
            address = reverse("dashboard_rows", args=[campaign.slug, code])
            assert client.get(f"{address}?{name}={value}").status_code in (200, 400, 404)
            assert client.get(address, {name: value}).status_code in (200, 400, 404)
    assert client.get(f"/dashboards/{campaign.slug}/schools/{'9' * 30}/").status_code == 404


def test_a_list_of_nothing_known_is_not_found(client_of, operator, campaign):
    assert client_of(operator).get(reverse("dashboard_rows", args=[campaign.slug, "teachers"])).status_code == 404
