"""The pages of extensions: the list, the form by which the operator grants and a municipality asks, the decision."""

from datetime import date

import pytest

from campaigns.actions import ask_extension, decide_extension, grant_extension
from campaigns.models import Campaign, Extension
from tests.client import errors, lost_descriptions, messages_of
from tests.factories import ExtensionFactory, MembershipFactory, SchoolFactory, UserFactory

ADDRESS = "/campaigns/autumn-2019/extensions/"
UNTIL = date(2019, 10, 24)


@pytest.fixture
def typed(school, campaign):
    return {"place": f"school-{school.pk}", "stage": "events", "until": "2019-10-24", "reason": "Карантин в школе"}


@pytest.fixture
def asked(municipal, campaign, school):
    return ask_extension(municipal, campaign, school=school, stage="events", until=UNTIL, reason="Карантин в школе")


def state(extension):
    return Extension.objects.values_list("status", "version", "answer").get(pk=extension.pk)


# --- The form --------------------------------------------------------------------------------


def test_the_operator_grants_a_later_date(typed, operator, school, client_of):
    response = client_of(operator).post(f"{ADDRESS}new/", typed, follow=True)
    extension = Extension.objects.get()
    assert response.redirect_chain == [(ADDRESS, 302)]
    assert (extension.school, extension.stage, extension.until, extension.reason, extension.status) == (
        school,
        "events",
        UNTIL,
        "Карантин в школе",
        "granted",
    )
    assert messages_of(response) == ["Granted: Школа «Перспектива», until 24.10.2019."]
    assert [row.pk for row in response.context["page"]] == [extension.pk]


def test_a_municipality_asks_and_reads_the_answer_on_home(typed, municipal, operator, tomsk, client_of, clock):
    response = client_of(municipal).post(f"{ADDRESS}new/", typed | {"place": f"municipality-{tomsk.pk}"}, follow=True)
    extension = Extension.objects.get()
    assert (extension.municipality, extension.status) == (tomsk, "asked")
    assert messages_of(response) == ["Sent to the operator: город Томск, until 24.10.2019."]
    clock("2019-09-26 15:00")
    tasks = client_of(operator).get("/").context["tasks"]
    assert [(task.title, task.reason, task.url) for task in tasks] == [
        (
            "Decide on 1 extension asked for",
            "Осенняя профориентационная кампания 2019 года; the oldest waits for 2 days",
            f"{ADDRESS}?status=asked",
        )
    ]
    client_of(operator).post(f"{ADDRESS}{extension.pk}/decide/", {"version": "1", "granted": "0", "answer": "Рано"})
    assert client_of(operator).get("/").context["tasks"] == []
    clock("2019-10-03 14:59")
    assert "«Рано»" in client_of(municipal).get("/").content.decode()
    clock("2019-10-03 15:00")
    assert "«Рано»" not in client_of(municipal).get("/").content.decode()


def test_home_tells_a_municipality_of_its_own_schools_alone(asked, operator, village_municipal, municipal, client_of):
    decide_extension(operator, asked, 1, True)
    assert "What the operator decided on extensions" in client_of(municipal).get("/").content.decode()
    assert "What the operator decided on extensions" not in client_of(village_municipal).get("/").content.decode()


def test_the_form_offers_the_places_that_one_may_act_for(
    operator, municipal, tomsk, school, second_school, village_school, kolpashevo, foreign, client_of, campaign
):
    def offered(user):
        choices = client_of(user).get(f"{ADDRESS}new/").context["form"].fields["place"].choices
        return [[key for key, _label in group] for _name, group in list(choices)[1:]]

    of_tomsk = [f"municipality-{tomsk.pk}", f"school-{second_school.pk}", f"school-{school.pk}"]
    of_kolpashevo = [f"municipality-{kolpashevo.pk}", f"school-{village_school.pk}"]
    assert sorted(map(sorted, offered(operator))) == sorted([sorted(of_tomsk), sorted(of_kolpashevo)])
    assert list(map(sorted, offered(municipal))) == [sorted(of_tomsk)]


def test_a_school_that_had_closed_before_the_campaign_is_not_offered(municipal, tomsk, campaign, client_of):
    SchoolFactory(municipality=tomsk, closed_on=campaign.starts_on)
    working = SchoolFactory(municipality=tomsk, closed_on=campaign.ends_on)
    (_empty, (_name, group)) = client_of(municipal).get(f"{ADDRESS}new/").context["form"].fields["place"].choices
    assert [key for key, _label in group] == [f"municipality-{tomsk.pk}", f"school-{working.pk}"]


def test_the_address_fills_the_form_in(municipal, school, tomsk, client_of, campaign):
    client = client_of(municipal)
    form = client.get(f"{ADDRESS}new/?stage=school_report&school={school.pk}").context["form"]
    assert (form["stage"].value(), form["place"].value()) == ("school_report", f"school-{school.pk}")
    form = client.get(f"{ADDRESS}new/?municipality=tomsk&stage=lunch").context["form"]
    assert (form["stage"].value(), form["place"].value()) == (None, f"municipality-{tomsk.pk}")
    page = client.get(f"{ADDRESS}new/?school={school.pk}").content.decode()
    assert f'<option value="school-{school.pk}" selected>' in page
    assert '<optgroup label="город Томск">' in page


def test_a_place_that_one_may_not_act_for_does_not_exist(municipal, village_school, foreign, client_of, campaign):
    client = client_of(municipal)
    for query in (
        f"school={village_school.pk}",
        f"school={foreign.school.pk}",
        "municipality=kolpashevskiy",
        "municipality=barnaul",
        "school=-1",
        "school=" + "9" * 40,
    ):
        assert client.get(f"{ADDRESS}new/?{query}").status_code == 404


@pytest.mark.parametrize(
    ("changes", "messages"),
    [
        ({"place": ""}, {"place": ["Choose a school or a municipality."]}),
        ({"place": "school-1"}, {"place": ["Choose a school or a municipality of the list."]}),
        ({"place": "\x00"}, {"place": ["Choose a school or a municipality of the list."]}),
        ({"place": "9" * 40}, {"place": ["Choose a school or a municipality of the list."]}),
        ({"stage": ""}, {"stage": ["Choose what is extended."]}),
        ({"stage": "lunch"}, {"stage": ["Choose what is extended."]}),
        ({"stage": "municipal_report"}, {"stage": ["A school has no municipal report to extend."]}),
        ({"until": ""}, {"until": ["This field is required."]}),
        ({"until": "-1"}, {"until": ["Write the day as 13.09.2019."]}),
        ({"until": "\x00"}, {"until": ["Write the day as 13.09.2019."]}),
        ({"until": "9" * 40}, {"until": ["Write the day as 13.09.2019."]}),
        ({"until": "2101-01-01"}, {"until": ["The year 2101 cannot be right: use a year from 2000 to 2100."]}),
        (
            {"until": "17.10.2019"},
            {"until": ["Choose a day from 18.10.2019 to 17.10.2020: everyone's own date is 17.10.2019."]},
        ),
        ({"reason": ""}, {"reason": ["This field is required."]}),
        ({"reason": "\x00"}, {"reason": ["This field is required."]}),
        (
            {"reason": "х" * 501},
            {"reason": ["Ensure this value has at most 500 characters (it has 501)."]},
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_field(typed, operator, municipal, client_of, campaign, changes, messages):
    for user in (operator, municipal):
        response = client_of(user).post(f"{ADDRESS}new/", typed | changes)
        assert (response.status_code, errors(response)) == (400, messages)
        assert response.context["form"].data["reason"] == (typed | changes)["reason"]
    assert Extension.objects.count() == 0


def test_an_empty_form_is_answered_at_every_field(operator, municipal, client_of, campaign):
    for user in (operator, municipal):
        response = client_of(user).post(f"{ADDRESS}new/", {})
        assert response.status_code == 400
        assert list(errors(response)) == ["place", "stage", "until", "reason"]


def test_a_neighbours_school_is_not_in_the_list_of_a_municipality(
    typed, municipal, village_school, foreign, client_of, campaign
):
    for place in (village_school, foreign.school):
        response = client_of(municipal).post(f"{ADDRESS}new/", typed | {"place": f"school-{place.pk}"})
        assert errors(response) == {"place": ["Choose a school or a municipality of the list."]}


def test_a_form_sent_twice_is_one(typed, operator, client_of, campaign):
    client = client_of(operator)
    for _time in range(2):
        assert messages_of(client.post(f"{ADDRESS}new/", typed, follow=True)) == [
            "Granted: Школа «Перспектива», until 24.10.2019."
        ]
    assert Extension.objects.count() == 1


def test_asking_for_what_is_granted_says_so(typed, operator, municipal, client_of, campaign):
    client_of(operator).post(f"{ADDRESS}new/", typed)
    response = client_of(municipal).post(f"{ADDRESS}new/", typed, follow=True)
    assert messages_of(response) == ["Granted already: Школа «Перспектива», until 24.10.2019."]


def test_an_earlier_date_beside_a_later_one_is_granted_with_a_word(typed, operator, tomsk, campaign, client_of):
    ExtensionFactory(campaign=campaign, municipality=tomsk, until=date(2019, 10, 26))
    assert messages_of(client_of(operator).post(f"{ADDRESS}new/", typed, follow=True)) == [
        "Granted: Школа «Перспектива», until 24.10.2019.",
        "A later date is granted already and holds: 26.10.2019. Withdraw it if the earlier one should hold.",
    ]


def test_who_may_open_the_form(people, campaign, client_of):
    statuses = {who: client_of(person).get(f"{ADDRESS}new/").status_code for who, person in people.items()}
    assert statuses == {
        "operator": 200,
        "department": 403,
        "municipal": 200,
        "another municipal": 200,
        "coordinator": 403,
        "another coordinator": 403,
        "technical staff": 404,
        "without membership": 404,
        "foreign operator": 404,
        "foreign department": 404,
        "foreign municipal": 404,
        "foreign coordinator": 404,
    }
    assert client_of().get(f"{ADDRESS}new/").url == f"/accounts/login/?next={ADDRESS}new/"


def test_a_draft_takes_no_extension(typed, operator, campaign, client_of):
    Campaign.objects.update(published_at=None)
    client = client_of(operator)
    assert client.get(f"{ADDRESS}new/").status_code == 409
    assert client.post(f"{ADDRESS}new/", typed).status_code == 409
    assert client.get(ADDRESS).status_code == 200


def test_a_person_of_two_regions_asks_in_the_one_they_coordinate(foreign, tomsk, campaign, client_of):
    both = UserFactory(municipal_of=tomsk)
    MembershipFactory(user=both, role="school", school=foreign.school)
    assert client_of(both).get(f"{ADDRESS}new/").status_code == 200
    assert client_of(both).get("/campaigns/altai-2019/extensions/new/").status_code == 403


# --- The list --------------------------------------------------------------------------------


@pytest.fixture
def listed(campaign, school, second_school, village_school, tomsk):
    """One extension of each place, by its name."""
    return {
        "school": ExtensionFactory(campaign=campaign, school=school),
        "second": ExtensionFactory(campaign=campaign, school=second_school, stage="school_report", status="declined"),
        "village": ExtensionFactory(campaign=campaign, school=village_school),
        "tomsk": ExtensionFactory(campaign=campaign, municipality=tomsk, status="asked"),
    }


@pytest.fixture
def seen(listed, client_of):
    """Return the names of the extensions that a person's list shows."""
    names = {row.pk: name for name, row in listed.items()}
    return lambda user, query="": [names[row.pk] for row in client_of(user).get(ADDRESS + query).context["page"]]


def test_everyone_sees_what_concerns_them_and_what_waits_first(
    seen, operator, department, municipal, village_municipal, coordinator
):
    assert seen(operator) == ["tomsk", "village", "second", "school"]
    assert seen(department) == ["tomsk", "village", "second", "school"]
    assert seen(municipal) == ["tomsk", "second", "school"]
    assert seen(village_municipal) == ["village"]
    assert seen(coordinator) == ["tomsk", "school"]


def test_the_list_is_filtered_by_the_address(seen, operator, school, second_school):
    assert seen(operator, f"?school={school.pk}") == ["tomsk", "school"]
    assert seen(operator, "?municipality=tomsk") == ["tomsk", "second", "school"]
    assert seen(operator, "?municipality=kolpashevskiy") == ["village"]
    assert seen(operator, "?status=granted") == ["village", "school"]
    assert seen(operator, f"?stage=school_report&school={second_school.pk}") == ["second"]


@pytest.mark.parametrize("value", ["\x00", "-1", "9" * 40, "a[]=1", "' OR 1=1 --", "٣", "%"])
def test_a_value_that_is_not_known_is_ignored(value, listed, operator, municipal, coordinator, client_of):
    for user in (operator, municipal, coordinator):
        for name in ("school", "municipality", "stage", "status", "page"):
            response = client_of(user).get(ADDRESS, {name: value})
            assert response.status_code == (400 if value == "\x00" else 200)
        assert client_of(user).get(ADDRESS, {"school": [value, "x"], "status": ["", value]}).status_code in (200, 400)


def test_a_foreign_school_does_not_filter_the_list(seen, operator, foreign):
    assert seen(operator, f"?school={foreign.school.pk}") == ["tomsk", "village", "second", "school"]


def test_the_list_shows_reasons_answers_and_who(asked, operator, coordinator, client_of):
    decide_extension(operator, asked, 1, True, "Согласовано с департаментом")
    page = client_of(coordinator).get(ADDRESS).content.decode()
    for text in ("Карантин в школе", "24.10.2019", "Ольга Оператор", "«Согласовано с департаментом»", "granted"):
        assert text in page
    assert '<form method="post" action="/campaigns/' not in page


def test_an_empty_list_says_what_will_stand_there(operator, campaign, client_of):
    page = client_of(operator).get(ADDRESS).content.decode()
    assert "Later dates for single schools and municipalities stand here, each with its reason." in page


def test_what_is_written_in_a_reason_stays_text(operator, campaign, school, client_of):
    ExtensionFactory(campaign=campaign, school=school, reason="<script>alert(1)</script>")
    page = client_of(operator).get(ADDRESS).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert(1)" not in page


def test_who_may_open_the_list(people, campaign, foreign, client_of):
    statuses = {who: client_of(person).get(ADDRESS).status_code for who, person in people.items()}
    assert {who for who, status in statuses.items() if status == 200} == {
        "operator",
        "department",
        "municipal",
        "another municipal",
        "coordinator",
        "another coordinator",
    }
    assert set(statuses.values()) == {200, 404}
    assert client_of().get(ADDRESS).url == f"/accounts/login/?next={ADDRESS}"


@pytest.mark.parametrize("who", ["operator", "department", "municipal", "coordinator"])
def test_a_page_of_fifty_costs_the_same_queries_as_one_of_three(
    who, people, campaign, school, tomsk, client_of, queries_of
):
    client = client_of(people[who])
    ExtensionFactory.create_batch(2, campaign=campaign, school=school, status="withdrawn")
    ExtensionFactory(campaign=campaign, municipality=tomsk, status="asked")
    client.get(ADDRESS)
    few = len(queries_of(lambda: client.get(ADDRESS)))
    for _n in range(99):
        place = SchoolFactory(municipality=tomsk)
        ExtensionFactory(campaign=campaign, school=place)
        ExtensionFactory(campaign=campaign, school=place, status="asked")
        ExtensionFactory(campaign=campaign, school=school, status="withdrawn")
    many = queries_of(lambda: client.get(ADDRESS))
    assert len(many) == few <= 15
    page = client.get(ADDRESS).context["page"]
    expected = {"operator": (300, 50), "department": (300, 50), "municipal": (300, 50), "coordinator": (102, 50)}
    assert (page.paginator.count, len(page.object_list)) == expected[who]


@pytest.mark.parametrize("address", [f"{ADDRESS}new/", "/campaigns/autumn-2019/", "/"])
@pytest.mark.parametrize("who", ["operator", "municipal"])
def test_other_pages_cost_the_same_queries_with_few_and_with_many(
    who, address, people, campaign, school, tomsk, client_of, queries_of
):
    client = client_of(people[who])
    ExtensionFactory.create_batch(2, campaign=campaign, school=school, status="withdrawn")
    ExtensionFactory(campaign=campaign, school=school)
    ExtensionFactory(campaign=campaign, municipality=tomsk, status="asked")
    client.get(address)
    few = len(queries_of(lambda: client.get(address)))
    for _n in range(40):
        place = SchoolFactory(municipality=tomsk)
        ExtensionFactory(campaign=campaign, school=place)
        ExtensionFactory(campaign=campaign, school=place, status="asked")
    assert len(queries_of(lambda: client.get(address))) == few <= 15


# --- On the campaign's page ------------------------------------------------------------------


def test_the_campaigns_page_leads_to_its_extensions(asked, people, client_of):
    pages = {who: client_of(people[who]).get("/campaigns/autumn-2019/").content.decode() for who in people}
    links = {who for who, page in pages.items() if f'href="{ADDRESS}"' in page}
    assert links == {"operator", "department", "municipal", "coordinator"}
    assert {who for who, page in pages.items() if "Grant an extension" in page} == {"operator"}
    assert {who for who, page in pages.items() if "Ask for an extension" in page} == {"municipal", "another municipal"}
    assert ADDRESS not in client_of().get("/campaigns/autumn-2019/").content.decode()


# --- The decision ----------------------------------------------------------------------------


def test_the_operator_grants_from_the_list_and_comes_back_to_it(asked, operator, client_of):
    values = {"version": "1", "granted": "1", "answer": "", "next": f"{ADDRESS}?status=asked"}
    response = client_of(operator).post(f"{ADDRESS}{asked.pk}/decide/", values, follow=True)
    assert response.redirect_chain == [(f"{ADDRESS}?status=asked", 302)]
    assert messages_of(response) == ["Granted: Школа «Перспектива», until 24.10.2019."]
    assert state(asked) == ("granted", 2, "")


def test_declining_needs_an_answer_and_keeps_the_row_in_sight(asked, operator, client_of):
    response = client_of(operator).post(f"{ADDRESS}{asked.pk}/decide/", {"version": "1", "granted": "0"})
    assert (response.status_code, response.context["problems"]) == (
        400,
        {"answer": ["Say why it is declined: the municipality reads it."]},
    )
    assert [row.pk for row in response.context["page"]] == [asked.pk]
    assert lost_descriptions(response) == []
    assert state(asked) == ("asked", 1, "")


@pytest.mark.parametrize("granted", ["", "2", "yes", "\x00", "9" * 40])
def test_a_decision_that_is_none_is_refused(asked, operator, client_of, granted):
    response = client_of(operator).post(
        f"{ADDRESS}{asked.pk}/decide/", {"version": "1", "granted": granted, "answer": "Нет"}
    )
    assert (response.status_code, response.context["problems"]) == (400, {"until": ["Choose: grant or decline."]})
    assert "Нет</textarea>" in response.content.decode()
    assert state(asked) == ("asked", 1, "")


@pytest.mark.parametrize("version", ["", "0", "2", "-1", "\x00", "9" * 40, "x"])
def test_a_decision_on_another_version_is_refused_and_shown(asked, operator, client_of, version):
    values = {"version": version, "granted": "1"}
    response = client_of(operator).post(f"{ADDRESS}{asked.pk}/decide/", values)
    assert (response.status_code, response.context["conflict"]) == (409, True)
    assert state(asked) == ("asked", 1, "")


def test_what_a_colleague_decided_meanwhile_is_told(asked, operator, region, client_of):
    decide_extension(UserFactory(name="Второй Оператор", operator_of=region), asked, 1, False, "Рано")
    response = client_of(operator).post(f"{ADDRESS}{asked.pk}/decide/", {"version": "1", "granted": "1"})
    assert response.status_code == 409
    assert [(entry.who, entry.comment) for entry in response.context["changes"]] == [("Второй Оператор", "Рано")]
    assert state(asked) == ("declined", 2, "Рано")


def test_a_day_that_has_passed_is_explained(asked, operator, client_of, clock):
    clock("2019-11-10 10:00")
    response = client_of(operator).post(f"{ADDRESS}{asked.pk}/decide/", {"version": "1", "granted": "1"})
    assert response.status_code == 400
    assert "Choose a day from 10.11.2019 to 10.11.2020: everyone&#x27;s own date is 17.10.2019." in (
        response.content.decode()
    )


def test_withdrawing_needs_a_reason_and_takes_it_back(operator, campaign, school, client_of):
    extension = grant_extension(
        operator, campaign, school=school, stage="events", until=UNTIL, reason="Карантин в школе"
    )
    client, address = client_of(operator), f"{ADDRESS}{extension.pk}/withdraw/"
    response = client.post(address, {"version": "1", "reason": " "})
    assert (response.status_code, response.context["problems"]) == (400, {"reason": ["Say why it is withdrawn."]})
    assert lost_descriptions(response) == []
    response = client.post(address, {"version": "1", "reason": "Снят"}, follow=True)
    assert messages_of(response) == ["Withdrawn: Школа «Перспектива», until 24.10.2019."]
    assert state(extension) == ("withdrawn", 2, "Снят")
    assert client.post(address, {"version": "2", "reason": "Снят"}).status_code == 409


def test_who_is_answered_what(asked, people, campaign, village_school, foreign, client_of):
    other = ExtensionFactory(campaign=foreign.campaign, school=foreign.school)

    def statuses(verb, extension, where=ADDRESS):
        return {
            who: client_of(person).post(f"{where}{extension.pk}/{verb}/", {}).status_code
            for who, person in people.items()
            if not who.startswith("foreign")
        }

    nobody = {"technical staff": 404, "without membership": 404, "another municipal": 404, "another coordinator": 404}
    assert statuses("decide", asked) == {
        "operator": 400,
        "department": 403,
        "municipal": 403,
        "coordinator": 403,
        **nobody,
    }
    assert statuses("withdraw", asked) == {
        "operator": 403,
        "department": 403,
        "municipal": 409,
        "coordinator": 403,
        **nobody,
    }
    for verb in ("decide", "withdraw"):
        assert set(statuses(verb, other).values()) == {404}
        assert set(statuses(verb, other, "/campaigns/altai-2019/extensions/").values()) == {404}
        assert client_of(people["operator"]).get(f"{ADDRESS}{asked.pk}/{verb}/").status_code == 405
        assert client_of(people["operator"]).post(f"{ADDRESS}{'9' * 40}/{verb}/").status_code == 404
    assert state(asked) == ("asked", 1, "")
