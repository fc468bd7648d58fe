"""The operator creates, edits and publishes campaigns and formats in the portal itself."""

from datetime import date

import pytest

from campaigns.models import Campaign, Format
from tests.client import errors

DATES = {
    "starts_on": "2020-04-01",
    "ends_on": "2020-05-15",
    "events_due": "2020-05-18",
    "school_reports_due": "2020-05-22",
    "municipal_reports_due": "2020-05-29",
    "closes_on": "2020-06-05",
}


@pytest.fixture
def typed(lesson):
    return {
        "name": "Весна 2020",
        "season": "spring",
        "grade_from": "5",
        "grade_to": "11",
        "description": "",
        "previous": "",
        "formats": [str(lesson.pk)],
        "goal_coverage": "90",
        "ground_coverage": "Приказ № 1",
        **DATES,
    }


def test_the_operator_creates_a_draft_and_publishes_it(typed, operator, coordinator, lesson, client_of, clock):
    client = client_of(operator)
    response = client.post("/campaigns/new/", typed)
    campaign = Campaign.objects.get(name="Весна 2020")
    assert (response.status_code, response.url) == (302, "/campaigns/spring-2020/")
    assert (campaign.academic_year, campaign.phase, campaign.starts_on) == ("2019/2020", "draft", date(2020, 4, 1))
    assert [(goal.measure, goal.target, goal.ground) for goal in campaign.goals.all()] == [
        ("coverage", 90, "Приказ № 1")
    ]
    assert client_of(coordinator).get(response.url).status_code == 404
    client.post(f"{response.url}publish/")
    assert client_of(coordinator).get(response.url).context["phase"] == "announced"


def test_dates_out_of_order_are_explained_at_the_later_one(typed, operator, client_of):
    response = client_of(operator).post("/campaigns/new/", typed | {"ends_on": "2020-03-31"})
    assert response.status_code == 400
    assert errors(response)["ends_on"] == ["31.03.2020 is before “first day” (01.04.2020)."]
    assert response.context["form"]["name"].value() == "Весна 2020"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"starts_on": "0019-04-01"}, "starts_on"),
        ({"grade_from": "11", "grade_to": "5"}, "__all__"),
        ({"grade_from": "12"}, "grade_from"),
        ({"name": ""}, "name"),
        ({"name": "я" * 10_000}, "name"),
        ({"goal_coverage": "101"}, "goal_coverage"),
        ({"ground_coverage": ""}, "ground_coverage"),
        ({"formats": ["999999"]}, "formats"),
        ({"season": "winter"}, "season"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(typed, operator, client_of, changes, field):
    response = client_of(operator).post("/campaigns/new/", typed | changes)
    assert response.status_code == 400
    assert field in errors(response)
    assert not Campaign.objects.filter(season="spring").exists()


def test_two_campaigns_of_one_season_do_not_overlap(typed, operator, campaign, client_of):
    dates = {name: f"{getattr(campaign, name)}" for name in DATES}
    response = client_of(operator).post("/campaigns/new/", typed | dates | {"season": "autumn"})
    assert errors(response) == {
        "starts_on": [
            "This window overlaps that of “Осенняя профориентационная кампания 2019 года” (13.09.2019 – 14.10.2019), "
            "a campaign of the same season."
        ]
    }


def test_a_published_window_only_widens_and_its_formats_stay(operator, campaign, client_of, typed, contest, lesson):
    dates = {name: f"{getattr(campaign, name)}" for name in DATES}
    values = typed | dates | {"season": "autumn", "name": campaign.name, "version": "1"}
    address = f"/campaigns/{campaign.slug}/edit/"
    narrower = client_of(operator).post(address, values | {"ends_on": "2019-10-13"})
    assert list(errors(narrower)) == ["ends_on"]
    fewer = client_of(operator).post(address, values)
    assert list(errors(fewer)) == ["formats"]
    assert campaign.formats.count() == 3


def test_the_second_of_two_operators_is_told_and_loses_nothing(typed, operator, client_of):
    client = client_of(operator)
    client.post("/campaigns/new/", typed)
    address = "/campaigns/spring-2020/edit/"
    client.post(address, typed | {"version": "1", "name": "Весна первая"})
    response = client.post(address, typed | {"version": "1", "name": "Весна вторая"})
    assert response.status_code == 409
    assert response.context["form"]["name"].value() == "Весна вторая"
    assert [entry.changes for entry in response.context["changes"]] == [
        (("name", "Весна 2020", "Весна первая"),),
    ]
    assert client.post(address, response.context["form"].data).status_code == 302
    assert Campaign.objects.get(slug="spring-2020").name == "Весна вторая"


def test_a_format_is_made_with_the_numbers_it_asks_for(operator, client_of):
    client = client_of(operator)
    values = {
        "name": "Профессиональные пробы",
        "level": "regional",
        "kind": "career_trial",
        "organiser": "Колледжи",
        "grade_from": "6",
        "grade_to": "11",
        "delivery": "onsite",
        "link": "",
        "description": "",
        "indicators": "Проб\n\n Разных  специальностей \n",
    }
    response = client.post("/formats/new/", values)
    row = Format.objects.get(name="Профессиональные пробы")
    assert response.url == f"/formats/{row.slug}/"
    assert [indicator.name for indicator in row.indicators.all()] == ["Проб", "Разных специальностей"]
    client.post(f"{response.url}edit/", values | {"indicators": "Проб", "version": "1"})
    assert [indicator.name for indicator in row.indicators.filter(retired_at=None)] == ["Проб"]
    assert row.indicators.count() == 2


def test_a_format_of_a_taken_name_is_refused_at_the_name(operator, lesson, client_of):
    values = {"name": lesson.name, "level": "regional", "kind": "fair", "organiser": "О", "delivery": "online"}
    response = client_of(operator).post("/formats/new/", values | {"grade_from": "5", "grade_to": "11"})
    assert response.status_code == 400
    assert errors(response) == {"__all__": ["A format of this name exists already."]}
