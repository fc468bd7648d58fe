"""The list of events: the filter lives in the address, the order is total, search knows Cyrillic."""

import pytest

from tests.factories import EventFactory


@pytest.fixture
def titles(operator, client_of):
    """The titles that the operator's list shows for a query."""
    client = client_of(operator)
    return lambda query="": [event.title for event in client.get(f"/events/{query}").context["page"].object_list]


@pytest.fixture
def events(school, village_school, campaign, lesson, contest):
    return [
        EventFactory(school=school, campaign=campaign, title="Урок о ёлках", starts_on="2019-09-20"),
        EventFactory(
            school=village_school, campaign=campaign, title="ЕЛЬНИК", format=contest, status="accepted",
            starts_on="2019-09-21",
        ),
        EventFactory(
            school=village_school, campaign=campaign, title="Завод", status="returned", grade_8=0, grade_11=3,
            starts_on="2019-09-22", submitted_on="2019-10-18",
        ),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Завод", "ЕЛЬНИК", "Урок о ёлках"]),
        ("?q=ЁЛК", ["Урок о ёлках"]),
        ("?q=елк", ["Урок о ёлках"]),
        ("?q=ельник", ["ЕЛЬНИК"]),
        ("?q=перспектива урок", ["Урок о ёлках"]),
        ("?q=100%25", []),
        ("?q=_", []),
        ("?status=accepted", ["ЕЛЬНИК"]),
        ("?status=held", ["ЕЛЬНИК", "Урок о ёлках"]),
        ("?municipality=tomsk", ["Урок о ёлках"]),
        ("?format=contest", ["ЕЛЬНИК"]),
        ("?kind=contest", ["ЕЛЬНИК"]),
        ("?grade=11", ["Завод"]),
        ("?day=2019-09-21", ["ЕЛЬНИК"]),
        ("?late=1", ["Завод"]),
        ("?campaign=autumn-2019&status=returned", ["Завод"]),
    ],
)
def test_the_address_filters(events, titles, query, expected):
    assert titles(query) == expected


@pytest.mark.parametrize(
    ("query", "ignored"),
    [
        ("?status=lost", ["Status"]),
        ("?campaign=none&format=none", ["Campaign", "Format"]),
        ("?school=" + "9" * 40, ["School"]),
        ("?school=-1", ["School"]),
        ("?day=0019-09-20", ["First day"]),
        ("?grade=12", ["Grade"]),
        ("?q=" + "я" * 300, ["Search"]),
    ],
)
def test_an_unknown_value_is_ignored_with_a_word(events, operator, client_of, query, ignored):
    response = client_of(operator).get(f"/events/{query}")
    assert (response.status_code, response.context["ignored"]) == (200, ignored)
    assert len(response.context["page"].object_list) == 3


def test_another_scopes_values_filter_nothing_in(events, village_municipal, school, client_of):
    response = client_of(village_municipal).get(f"/events/?school={school.pk}&municipality=tomsk")
    assert sorted(response.context["ignored"]) == ["Municipality", "School"]
    assert [event.title for event in response.context["page"].object_list] == ["Завод", "ЕЛЬНИК"]


def test_department_staff_see_what_is_submitted_and_accepted(events, department, client_of):
    page = client_of(department).get("/events/").context["page"]
    assert [event.title for event in page.object_list] == ["ЕЛЬНИК", "Урок о ёлках"]


def test_pages_neither_repeat_nor_lose_an_event(school, campaign, operator, client_of):
    made = EventFactory.create_batch(60, school=school, campaign=campaign, author=operator)
    client = client_of(operator)
    seen = [event.pk for n in (1, 2, 3) for event in client.get(f"/events/?page={n}").context["page"].object_list]
    assert seen == sorted((event.pk for event in made), reverse=True)


def test_the_list_costs_the_same_with_ten_events_or_a_hundred(
    school, campaign, operator, coordinator, client_of, queries_of
):
    EventFactory.create_batch(10, school=school, campaign=campaign, author=operator)
    costs = []
    for _size in (10, 100):
        costs.append([len(queries_of(lambda u=user: client_of(u).get("/events/"))) for user in (operator, coordinator)])
        EventFactory.create_batch(90, school=school, campaign=campaign, author=operator)
    assert costs[0] == costs[1]


def test_schools_are_looked_for_in_ones_own_region_alone(events, titles, queries_of, region):
    asked = [query for query in queries_of(lambda: titles("?q=перспектива")) if 'FROM "portal_school"' in query]
    looked_for = [query for query in asked if "LIKE" in query]
    assert len(looked_for) == 1
    assert f'"region_id" IN ({region.pk})' in looked_for[0]
