"""Completeness on pages: who has reported, whom to remind, the same as a workbook."""

import re
from datetime import date
from io import BytesIO
from urllib.parse import unquote

import pytest
from django.core.cache import cache
from openpyxl import load_workbook

from campaigns.models import Stage
from tests.factories import (
    CampaignFactory,
    EventFactory,
    ExtensionFactory,
    MembershipFactory,
    MunicipalReportFactory,
    SchoolFactory,
    SchoolReportFactory,
    UserFactory,
)

PAGE, REMIND, WORKBOOK = (f"/reports/autumn-2019/{name}" for name in ("completeness/", "remind/", "completeness.xlsx"))
ADDRESSES = (PAGE, REMIND, WORKBOOK)


@pytest.fixture
def review(campaign, clock):
    """The day after the schools' due date: the municipalities report."""
    clock("2019-10-22 09:00")


def text_of(html) -> str:
    """What stands between the tags."""
    return " ".join(re.sub("<[^>]*>", " ", html).split())


def words(row) -> tuple:
    return row["name"], *map(text_of, row["cells"])


# --- Who sees it -----------------------------------------------------------------------------


def statuses(people, client_of, address) -> dict:
    return {name: client_of(user).get(address).status_code for name, user in people.items()}


def who(default=404, **answers):
    names = (
        "operator",
        "department",
        "municipal",
        "another municipal",
        "coordinator",
        "another coordinator",
        "technical staff",
        "without membership",
        "foreign operator",
        "foreign department",
        "foreign municipal",
        "foreign coordinator",
    )
    return dict.fromkeys(names, default) | {name.replace("_", " "): answer for name, answer in answers.items()}


@pytest.mark.parametrize("address", [PAGE, WORKBOOK])
def test_the_regions_completeness_is_for_those_who_work_for_it_and_leads_others_to_their_own(
    address, people, client_of, campaign
):
    assert statuses(people, client_of, address) == who(
        operator=200,
        department=200,
        municipal=302,
        another_municipal=302,
        coordinator=403,
        another_coordinator=403,
    )


@pytest.mark.parametrize("address", [PAGE, WORKBOOK])
def test_a_municipalitys_completeness_is_for_those_who_answer_for_it(address, people, client_of, campaign, school):
    assert statuses(people, client_of, f"{address}?municipality=tomsk") == who(
        operator=200,
        department=200,
        municipal=200,
        coordinator=403,
        another_coordinator=403,
    )


def test_only_those_remind_who_answer_for_whom_they_remind(people, client_of, campaign, school):
    own = who(operator=200, municipal=200, department=403, coordinator=403, another_coordinator=403)
    for stage in ("events", "school_report"):
        assert statuses(people, client_of, f"{REMIND}?municipality=tomsk&stage={stage}") == own
    assert statuses(people, client_of, f"{REMIND}?municipality=tomsk&stage=municipal_report") == own | {
        "municipal": 403
    }
    assert statuses(people, client_of, f"{REMIND}?stage=municipal_report") == who(
        operator=200, department=403, municipal=302, another_municipal=302, coordinator=403, another_coordinator=403
    )


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_visitor_signs_in_first(address, client_of, campaign):
    assert client_of().get(address).url == f"/accounts/login/?next={address}"


def test_a_municipal_coordinator_is_led_to_its_own_with_the_stage_kept(municipal, client_of, campaign):
    client = client_of(municipal)
    assert client.get(PAGE).url == f"{PAGE}?municipality=tomsk"
    assert client.get(WORKBOOK).url == f"{WORKBOOK}?municipality=tomsk"
    assert client.get(f"{REMIND}?stage=events").url == f"{REMIND}?municipality=tomsk&stage=events"
    assert client.get(f"{REMIND}?stage=events", follow=True).status_code == 200


def test_of_two_municipalities_that_of_the_role_on_screen_comes_first(municipal, kolpashevo, client_of, campaign):
    second = MembershipFactory(user=municipal, role="municipal", municipality=kolpashevo)
    client = client_of(municipal)
    client.post("/membership/", {"membership": second.pk})
    assert client.get(PAGE).url == f"{PAGE}?municipality=kolpashevskiy"


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("value", ["9" * 49, "-1", "a[]=1", "нет", "../x", "barnaul"])
def test_a_municipality_or_a_stage_that_is_not_known_does_not_exist(
    address, value, operator, client_of, foreign, school
):
    CampaignFactory(region=school.municipality.region, slug="autumn-2019")
    client = client_of(operator)
    assert client.get(address, {"municipality": value}).status_code == 404
    assert client.get(REMIND, {"stage": value}).status_code == 404


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("name", ["municipality", "stage"])
def test_a_character_that_no_address_holds_is_refused(address, name, operator, client_of, campaign):
    assert client_of(operator).get(address, {name: "\x00"}).status_code == 400


# --- A municipality: schools by stage --------------------------------------------------------


def test_a_municipality_sees_each_school_by_stage_in_words(
    municipal, client_of, campaign, school, second_school, tomsk, review
):
    EventFactory(school=school, campaign=campaign, status="accepted")
    SchoolReportFactory(school=school, campaign=campaign, status="accepted", on_behalf=True)
    late = SchoolFactory(municipality=tomsk, name="Школа № 8")
    EventFactory(school=late, campaign=campaign)
    SchoolReportFactory(
        school=late,
        campaign=campaign,
        status="returned",
        submitted_on=date(2019, 10, 22),
        correct_by=date(2019, 10, 25),
    )
    extended = SchoolFactory(municipality=tomsk, name="Школа № 9")
    for stage in (Stage.EVENTS, Stage.SCHOOL_REPORT):
        ExtensionFactory(school=extended, campaign=campaign, stage=stage)
    response = client_of(municipal).get(f"{PAGE}?municipality=tomsk")
    assert [words(row) for row in response.context["rows"]] == [
        (school.name, "1 event", "all reviewed", "on time 18.10.2019, entered on another&#x27;s behalf", "accepted"),
        (second_school.name, "no events due by 17.10.2019", "–", "missing due by 21.10.2019", "–"),
        ("Школа № 8", "1 event", "under review: 1", "late 22.10.2019", "returned correct by 25.10.2019"),
        (
            "Школа № 9",
            "no events yet due by 24.10.2019",
            "–",
            "not due yet extended until 24.10.2019",
            "–",
        ),
    ]
    figures = response.context["schools"]
    assert (figures["rate"], figures["timeliness"]) == ("50\u00a0% of 4", "25\u00a0% of 4")
    text = response.content.decode()
    assert f'<a href="/reports/autumn-2019/schools/{school.pk}/">{school.name}</a>' in text
    assert f'<a href="/events/?campaign=autumn-2019&amp;school={school.pk}">' in text
    assert 'href="/reports/autumn-2019/municipalities/tomsk/"' in text


def test_before_reporting_starts_it_says_what_is_expected_and_by_when(municipal, client_of, campaign, school):
    response = client_of(municipal).get(f"{PAGE}?municipality=tomsk")
    assert [words(row) for row in response.context["rows"]] == [
        (school.name, "no events yet due by 17.10.2019", "–", "not due yet due by 21.10.2019", "–")
    ]
    assert response.context["begun"] is False
    assert "they open after the window’s last day, 14.10.2019" in response.content.decode()


def test_a_place_without_expected_schools_says_so(operator, client_of, campaign, tomsk):
    client = client_of(operator)
    for address in (PAGE, f"{PAGE}?municipality=tomsk"):
        assert "so no report is expected" in client.get(address).content.decode()
    assert client.get(WORKBOOK).status_code == 200


# --- The region: by municipality -------------------------------------------------------------


def test_a_region_sees_each_municipality_and_its_own_report(
    operator, client_of, campaign, school, second_school, village_school, unrun_school, review
):
    SchoolReportFactory(school=school, campaign=campaign, status="accepted")
    MunicipalReportFactory(
        municipality=school.municipality, campaign=campaign, status="submitted", submitted_on=date(2019, 10, 22)
    )
    response = client_of(operator).get(PAGE)
    found = [
        (
            row["place"].name,
            row["figures"]["rate"],
            row["own"] and [text_of(row["own"][key]) for key in ("sent", "accepted")],
        )
        for row in response.context["places"]
    ]
    assert found == [
        ("город Томск", "50\u00a0% of 2", ["on time 22.10.2019", "under review"]),
        ("Колпашевский район", "0\u00a0% of 1", ["not due yet due by 28.10.2019", "–"]),
        ("Областные школы", "0\u00a0% of 1", None),
    ]
    assert (response.context["schools"]["rate"], response.context["municipal"]["rate"]) == (
        "25\u00a0% of 4",
        "50\u00a0% of 2",
    )
    assert [label for label, _url in response.context["reminds"]] == ["events", "school report", "municipal report"]


def test_what_is_missing_leads_to_those_to_remind_for_who_may(
    operator, department, client_of, campaign, school, village_school, clock
):
    clock("2019-10-30 09:00")
    context = client_of(operator).get(PAGE).context
    assert (context["schools"]["missing_url"], context["municipal"]["missing_url"]) == (
        f"{REMIND}?stage=school_report",
        f"{REMIND}?stage=municipal_report",
    )
    assert client_of(department).get(PAGE).context["schools"]["missing_url"] == ""


def test_after_closing_it_says_that_only_an_extension_helps(operator, client_of, campaign, school, clock):
    clock("2019-11-06 09:00")
    text = client_of(operator).get(f"{REMIND}?stage=events").content.decode()
    assert "The campaign closed on 05.11.2019" in text
    assert '<a href="/campaigns/autumn-2019/extensions/">' in text


def test_the_department_looks_and_does_not_remind(department, client_of, campaign, school):
    assert client_of(department).get(PAGE).context["reminds"] == []


# --- Whom to remind --------------------------------------------------------------------------


def test_those_to_remind_stand_with_their_coordinators_and_a_letter(
    municipal, client_of, campaign, school, second_school, coordinator, colleague, review
):
    response = client_of(municipal).get(f"{REMIND}?municipality=tomsk&stage=school_report")
    rows = response.context["rows"]
    assert [(row["name"], text_of(row["late"]), [*map(text_of, row["contacts"])]) for row in rows] == [
        (
            school.name,
            "1 day late due by 21.10.2019",
            ["Кира Школьная coordinator@school.example", "Павел Школьный colleague@school.example"],
        ),
        (second_school.name, "1 day late due by 21.10.2019", []),
    ]
    assert [row["name"] for row in response.context["without"]] == [second_school.name]
    assert response.context["addresses"] == "coordinator@school.example, colleague@school.example"
    assert [(unquote(letter.url), letter.count) for letter in response.context["letters"]] == [
        (
            f"mailto:?subject=School report: {campaign.name}&bcc=coordinator@school.example,colleague@school.example",
            2,
        )
    ]
    assert response.context["text"].splitlines() == [
        "Good day!",
        "",
        f"Please send your school's report on the campaign “{campaign.name}”.",
        "The due date was 21.10.2019. If you were granted a later one, that holds.",
        "What is left to do stands on your first page: http://testserver/",
        "",
        "Мария Муниципальная",
    ]


def test_a_letter_goes_to_at_most_fifty_and_a_link_stays_short_enough(operator, client_of, campaign, tomsk):
    for number in range(103):
        person = UserFactory(email=f"a{number}@s.example")
        MembershipFactory(user=person, role="school", school=SchoolFactory(municipality=tomsk))
    letters = client_of(operator).get(f"{REMIND}?stage=events").context["letters"]
    assert [letter.count for letter in letters] == [50, 50, 3]
    for number in range(40):
        person = UserFactory(email=f"{'long-' * 11}{number}@school.example")
        MembershipFactory(user=person, role="school", school=SchoolFactory(municipality=tomsk))
    letters = client_of(operator).get(f"{REMIND}?stage=events").context["letters"]
    assert sum(letter.count for letter in letters) == 143
    assert max(len(letter.url) for letter in letters) <= 1_900


def test_an_address_cannot_break_out_of_the_link(operator, client_of, campaign, school):
    UserFactory(email='a+b&cc=x?"@school.example', coordinator_of=school)
    response = client_of(operator).get(f"{REMIND}?stage=events")
    assert [letter.url.partition("&bcc=")[2] for letter in response.context["letters"]] == [
        "a%2Bb%26cc%3Dx%3F%22@school.example"
    ]


def test_what_people_are_called_is_shown_as_text_and_telephones_as_links(operator, client_of, campaign, tomsk):
    school = SchoolFactory(municipality=tomsk, name="<b>№ 1</b>")
    UserFactory(name="<i>Яна</i>", email="yana@school.example", phone="+7 (3822) 11-22-33 <b>", coordinator_of=school)
    text = client_of(operator).get(f"{REMIND}?stage=events").content.decode()
    assert "&lt;b&gt;№ 1&lt;/b&gt;</a>" in text
    assert '&lt;i&gt;Яна&lt;/i&gt; <span class="row-note"><a href="mailto:yana@school.example">' in text
    assert '<a href="tel:+73822112233">+7 (3822) 11-22-33 &lt;b&gt;</a>' in text


def test_a_returned_report_says_so_among_those_to_remind(municipal, client_of, campaign, school, clock):
    SchoolReportFactory(school=school, campaign=campaign, status="returned", correct_by=date(2019, 10, 25))
    clock("2019-10-27 09:00")
    response = client_of(municipal).get(f"{REMIND}?municipality=tomsk&stage=school_report")
    assert [text_of(row["late"]) for row in response.context["rows"]] == ["returned 2 days late due by 25.10.2019"]
    assert "If your report was returned, correct it by the day that the comment names." in response.context["text"]


def test_one_who_coordinates_two_schools_is_written_to_once(municipal, client_of, coordinator, second_school, campaign):
    MembershipFactory(user=coordinator, role="school", school=second_school)
    response = client_of(municipal).get(f"{REMIND}?municipality=tomsk&stage=events")
    assert (len(response.context["rows"]), response.context["addresses"]) == (2, "coordinator@school.example")


def test_the_stage_that_is_due_comes_first(municipal, client_of, campaign, school, clock):
    address = f"{REMIND}?municipality=tomsk"
    assert client_of(municipal).get(address).context["stage"] == "events"
    clock("2019-10-15 09:00")
    assert client_of(municipal).get(address).context["stage"] == "school_report"


def test_the_operator_reminds_municipalities(operator, client_of, campaign, school, municipal, unrun_school, clock):
    clock("2019-10-30 09:00")
    response = client_of(operator).get(f"{REMIND}?stage=municipal_report")
    rows = response.context["rows"]
    assert [(row["name"], text_of(row["late"]), [*map(text_of, row["contacts"])], row["url"]) for row in rows] == [
        (
            "город Томск",
            "2 days late due by 28.10.2019",
            ["Мария Муниципальная municipal@tomsk.example"],
            "/reports/autumn-2019/municipalities/tomsk/",
        )
    ]


def test_schools_that_no_municipality_runs_are_reminded_of_no_municipal_report(
    operator, client_of, campaign, unrun_school
):
    response = client_of(operator).get(f"{REMIND}?municipality=regional&stage=municipal_report")
    assert (response.context["rows"], [stage for stage, *_ in response.context["stages"]]) == (
        [],
        ["events", "school_report"],
    )
    assert "There is nobody to remind" in response.content.decode()


def test_the_letter_is_written_in_the_language_of_the_page(municipal, client_of, campaign, school):
    response = client_of(municipal, language="ru").get(f"{REMIND}?municipality=tomsk&stage=events")
    assert response.headers["Content-Language"] == "ru"


# --- The workbook ----------------------------------------------------------------------------


def test_the_workbook_says_what_the_page_says(
    operator, client_of, campaign, school, village_school, unrun_school, review
):
    SchoolReportFactory(school=school, campaign=campaign, status="accepted")
    response = client_of(operator).get(WORKBOOK)
    book = load_workbook(BytesIO(b"".join(response)), data_only=True)
    assert book.sheetnames == ["Completeness", "Completeness by municipality", "Schools by stage"]
    sheet = book["Completeness by municipality"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4, max_row=8)]
    assert rows == [
        [
            "Municipality",
            "Reports expected",
            "Received",
            "Reporting rate",
            "On time",
            "By extension",
            "Late",
            "Received in time",
            "Missing",
            "Not due yet",
            "Under review",
            "Returned",
            "Accepted",
            "Its own report",
            "Status of its own report",
        ],
        ["город Томск", 1, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 1, "not due yet (due by 28.10.2019)", "–"],
        ["Колпашевский район", 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, "not due yet (due by 28.10.2019)", "–"],
        ["Областные школы", 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, "none to write", None],
        ["Together", 3, 1, 0.333, 1, 0, 0, 0.333, 2, 0, 0, 0, 1, None, None],
    ]
    assert [row[1].value for row in book["Schools by stage"].iter_rows(min_row=5, max_row=7)] == [
        school.name,
        village_school.name,
        unrun_school.name,
    ]


def test_a_municipalitys_workbook_holds_its_own_schools_alone(municipal, client_of, campaign, school, village_school):
    response = client_of(municipal).get(f"{WORKBOOK}?municipality=tomsk")
    book = load_workbook(BytesIO(b"".join(response)))
    assert book.sheetnames == ["Completeness", "Schools by stage"]
    texts = [cell.value for row in book["Schools by stage"].iter_rows() for cell in row]
    assert (texts.count(school.name), texts.count(village_school.name)) == (1, 0)
    assert unquote(response.headers["Content-Disposition"]) == (
        f"attachment; filename*=utf-8''Completeness. {campaign.name}. город Томск.xlsx"
    )


# --- Speed -----------------------------------------------------------------------------------

COSTS = {
    ("operator", PAGE): 7,
    ("department", PAGE): 7,
    ("operator", f"{PAGE}?municipality=tomsk"): 8,
    ("municipal", f"{PAGE}?municipality=tomsk"): 8,
    ("operator", WORKBOOK): 7,
    ("operator", f"{REMIND}?stage=events"): 7,
    ("operator", f"{REMIND}?stage=school_report"): 7,
    ("operator", f"{REMIND}?stage=municipal_report"): 6,
    ("municipal", f"{REMIND}?municipality=tomsk&stage=school_report"): 8,
}


@pytest.mark.parametrize(("name", "address"), COSTS)
def test_a_page_costs_the_same_at_any_size(name, address, people, client_of, queries_of, campaign, tomsk, school):
    client = client_of(people[name])
    client.get(address)
    few = len(queries_of(lambda: client.get(address)))
    for number in range(40):
        row = SchoolFactory(municipality=tomsk, name=f"Школа № {number + 10}")
        UserFactory(coordinator_of=row)
        EventFactory(school=row, campaign=campaign)
        SchoolReportFactory(school=row, campaign=campaign, status="returned")
    cache.clear()
    assert (few, len(queries_of(lambda: client.get(address)))) == (COSTS[name, address],) * 2
    assert few <= 15
