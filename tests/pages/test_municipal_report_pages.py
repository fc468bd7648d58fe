"""A municipality's report in a browser: its schools as they come in, the form, the decision, the printed form."""

from datetime import date
from urllib.parse import unquote

import pytest
from django.urls import reverse

from campaigns.models import Stage
from reports.models import MunicipalReport
from tests.client import messages_of, text_of
from tests.factories import (
    EnrolmentFactory,
    EventFactory,
    ExtensionFactory,
    MunicipalReportFactory,
    QuestionFactory,
    SchoolFactory,
    SchoolReportFactory,
    UserFactory,
)
from tests.reporting import accept_school, return_school, write_municipality, write_school

FORM = {
    "version": "0",
    "conclusions": "Все приняли участие.",
    "difficulties": "",
    "proposals": "",
    "signed_name": "Петров П. П.",
    "signed_post": "начальник",
}


@pytest.fixture
def page(campaign, tomsk):
    return reverse("municipal_report", args=[campaign.slug, tomsk.slug])


@pytest.fixture
def report(municipal, tomsk, campaign, reporting_day, english):
    """Sent by the municipality."""
    return write_municipality(municipal, tomsk, campaign)


# --- The page --------------------------------------------------------------------------------


def test_it_shows_its_schools_as_they_come_in(
    client_of, municipal, page, campaign, tomsk, school, second_school, clock
):
    clock("2019-10-24 10:00")
    SchoolReportFactory(school=school, campaign=campaign, status="accepted", submitted_on=date(2019, 10, 21))
    SchoolReportFactory(school=second_school, campaign=campaign, status="returned")
    late = SchoolFactory(municipality=tomsk, name="Школа № 7")
    SchoolReportFactory(school=late, campaign=campaign, submitted_on=date(2019, 10, 22))
    SchoolFactory(municipality=tomsk, name="Школа № 8")
    lines = client_of(municipal).get(page).context["lines"]
    found = [(line.name, line.status, str(line.lateness), line.is_begun, line.pupils) for line in lines]
    assert sorted(found) == [
        ("Школа «Перспектива»", "accepted", "on_time", True, 70),
        ("Школа № 2", "returned", "on_time", True, 70),
        ("Школа № 7", "submitted", "late", True, 70),
        ("Школа № 8", "open", "missing", False, None),
    ]


def test_only_accepted_reports_stand_in_the_sums(
    client_of, municipal, coordinator, page, school, second_school, campaign, reporting_day, english
):
    EventFactory(school=school, campaign=campaign)
    below = write_school(coordinator, school, campaign)
    SchoolReportFactory(school=second_school, campaign=campaign)
    client = client_of(municipal)
    assert client.get(page).context["merged"].reports == 0
    accept_school(municipal, below)
    merged = client.get(page).context["merged"]
    assert (merged.reports, merged.pupils, merged.enrolled) == (1, 24, 175)
    assert [(row.kind, row.pupils, row.enrolled) for row in merged.kinds] == [("open_lesson", 24, 175)]


def test_small_numbers_of_groups_are_hidden(client_of, municipal, page, school, campaign, reporting_day):
    question = QuestionFactory(campaign=campaign, kind="number", about_group=True, text="С ОВЗ")
    SchoolReportFactory(school=school, campaign=campaign, status="accepted").answers.create(question=question, number=3)
    response = client_of(municipal).get(page)
    assert "<td>hidden</td>" in response.context["answers"].body
    assert ">3<" not in response.context["answers"].body


def test_before_reporting_starts_nothing_is_written(client_of, municipal, page):
    client = client_of(municipal)
    assert client.get(page).context["verbs"] == {"write": False, "accept": False, "return": False}
    response = client.get(f"{page}edit/")
    assert (response.status_code, response["Location"]) == (302, page)
    assert client.post(f"{page}edit/", FORM).status_code == 409
    assert MunicipalReport.objects.count() == 0


def test_a_municipality_without_schools_says_so(client_of, operator, kolpashevo, campaign, reporting_day):
    response = client_of(operator).get(reverse("municipal_report", args=[campaign.slug, kolpashevo.slug]))
    assert "No school is expected." in text_of(response)


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("operator", 200),
        ("department", 200),
        ("municipal", 200),
        ("another municipal", 404),
        ("coordinator", 403),
        ("without membership", 404),
        ("technical staff", 404),
        ("foreign operator", 404),
        ("foreign municipal", 404),
        ("foreign coordinator", 404),
    ],
)
def test_who_sees_it(who, status, people, client_of, page, report):
    client = client_of(people[who])
    assert (client.get(page).status_code, client.get(f"{page}report.pdf").status_code) == (status, status)


WRITES = ("edit/", "accept/", "return/")


@pytest.mark.parametrize(
    ("who", "answers"),
    [
        ("department", (403, 403, 403)),
        ("municipal", (302, 403, 403)),
        ("coordinator", (403, 403, 403)),
        ("another municipal", (404, 404, 404)),
        ("foreign operator", (404, 404, 404)),
    ],
)
def test_who_does_not_write_or_decide(who, answers, people, client_of, page, report):
    client = client_of(people[who])
    data = FORM | {"version": "1", "signed_post": "", "comment": "Нет.", "correct_by": "2019-10-24"}
    assert tuple(client.post(page + verb, data).status_code for verb in WRITES) == answers
    assert MunicipalReport.objects.get().status == "submitted"


@pytest.mark.parametrize("who", ["operator", "regional coordinator"])
def test_schools_that_no_municipality_runs_have_no_municipal_report(
    who, client_of, operator, unrun, unrun_school, campaign, reporting_day
):
    person = operator if who == "operator" else UserFactory(municipal_of=unrun)
    address = reverse("municipal_report", args=[campaign.slug, unrun.slug])
    client = client_of(person)
    response = client.get(address)
    assert (response.status_code, response.context["verbs"]["write"]) == (200, False)
    assert (client.get(f"{address}edit/").status_code, client.post(f"{address}edit/", FORM).status_code) == (403, 403)
    assert client.post(f"{address}accept/", {"version": "0"}).status_code == 404
    assert MunicipalReport.objects.count() == 0


@pytest.mark.parametrize("verb", ["accept/", "return/"])
def test_reading_changes_nothing(verb, client_of, operator, page, report):
    assert client_of(operator).get(page + verb).status_code == 405


def test_other_campaigns_and_places_are_not_found(client_of, operator, foreign, campaign, tomsk):
    client = client_of(operator)
    for address in (
        reverse("municipal_report", args=[foreign.campaign.slug, tomsk.slug]),
        reverse("municipal_report", args=[campaign.slug, foreign.municipality.slug]),
        f"/reports/{campaign.slug}/municipalities/{'9' * 49}/",
        f"/reports/{campaign.slug}/municipalities/nowhere/",
    ):
        assert client.get(address).status_code == 404


# --- The form --------------------------------------------------------------------------------


def test_it_is_saved_and_sent(client_of, municipal, page, reporting_day):
    client = client_of(municipal)
    response = client.post(f"{page}edit/", {"version": "0", "intent": "save"}, follow=True)
    assert messages_of(response) == ["Saved."]
    assert MunicipalReport.objects.get().status == "open"
    response = client.post(f"{page}edit/", FORM | {"version": "1", "intent": "send"}, follow=True)
    assert (response.redirect_chain, messages_of(response)) == ([(page, 302)], ["The report is sent."])
    assert MunicipalReport.objects.get().status == "submitted"


def test_what_is_missing_is_named_at_its_field_and_nothing_typed_is_lost(client_of, municipal, page, reporting_day):
    data = {"version": "0", "difficulties": "Автобус"}
    response = client_of(municipal).post(f"{page}edit/", data)
    form = response.context["form"]
    assert response.status_code == 400
    assert form.errors == {
        "conclusions": ["Write at least one sentence: what the municipality concludes."],
        "signed_name": ["Write who signs the report."],
    }
    assert form["difficulties"].value() == "Автобус"
    assert 'href="#id_conclusions"' in response.content.decode()
    assert MunicipalReport.objects.count() == 0


def test_over_a_colleagues_change_nothing_is_lost_and_the_change_is_shown(
    client_of, municipal, tomsk, page, reporting_day
):
    colleague = UserFactory(name="Павел Городской", municipal_of=tomsk)
    client_of(colleague).post(f"{page}edit/", FORM | {"intent": "save"})
    client = client_of(municipal)
    response = client.post(f"{page}edit/", FORM | {"conclusions": "Моё"})
    form = response.context["form"]
    assert (response.status_code, form["conclusions"].value(), form["version"].value()) == (409, "Моё", "1")
    assert [(entry.who, entry.verb) for entry in response.context["changes"]] == [("Павел Городской", "write")]
    assert client.post(f"{page}edit/", FORM | {"version": "1", "conclusions": "Моё"}).status_code == 302


def test_a_form_sent_twice_is_one_report_and_no_conflict(client_of, municipal, page, reporting_day):
    client = client_of(municipal)
    assert [client.post(f"{page}edit/", FORM).status_code for _ in range(2)] == [302, 302]
    assert MunicipalReport.objects.get().version == 1


def test_what_the_operator_entered_is_marked_so(client_of, operator, municipal, page, reporting_day):
    assert client_of(operator).post(f"{page}edit/", FORM).status_code == 302
    text = text_of(client_of(municipal).get(page))
    assert "on the municipality's behalf" in text
    assert "Ольга Оператор : sent for review for: город Томск" in text


NONSENSE = ["\x00", "-1", "9" * 49, "x", "<b>", "я" * 4_000]


@pytest.mark.parametrize("value", NONSENSE)
@pytest.mark.parametrize("name", ["version", "conclusions", "signed_name", "signed_post", "intent"])
def test_any_answer_at_all_is_understood_or_refused(name, value, client_of, municipal, page, reporting_day):
    response = client_of(municipal).post(f"{page}edit/", FORM | {name: [value, value]})
    assert response.status_code in (302, 400, 409)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("version", value) for value in ("\x00", "-1", "9" * 49, "x", "", "2")),
        *(("comment", value) for value in ("\x00", " ", "я" * 1_001)),
        *(("correct_by", value) for value in ("\x00", "-1", "9" * 49, "x", "", "0001-01-01", "2019-10-16")),
    ],
)
def test_a_decision_that_cannot_be_read_is_refused(name, value, client_of, operator, page, report):
    data = {"version": "1", "comment": "К.", "correct_by": "2019-10-24", name: [value, value]}
    assert client_of(operator).post(f"{page}return/", data).status_code in (400, 409)
    assert MunicipalReport.objects.get().status == "submitted"


# --- The decision ----------------------------------------------------------------------------


def test_the_operator_accepts_it(client_of, operator, municipal, page, report):
    client = client_of(operator)
    assert client.get(page).context["verbs"] == {"write": True, "accept": True, "return": True}
    response = client.post(f"{page}accept/", {"version": "1"}, follow=True)
    assert (response.redirect_chain, messages_of(response)) == ([(page, 302)], ["The report is accepted."])
    assert "If a school's report is reopened, this one is too." in text_of(response)
    verbs = {"write": False, "accept": False, "return": False}
    assert client_of(municipal).get(page).context["verbs"] == verbs
    assert client.get(page).context["verbs"] == verbs | {"return": True}


def test_what_changed_since_it_was_opened_is_not_accepted_and_shown(
    client_of, operator, municipal, tomsk, campaign, page, report
):
    write_municipality(municipal, tomsk, campaign, 1, proposals="Ещё.")
    response = client_of(operator).post(f"{page}accept/", {"version": "1"})
    assert (response.status_code, response.context["conflict"]) == (409, True)
    assert [(entry.who, entry.verb) for entry in response.context["changes"]] == [("Мария Муниципальная", "edit")]
    assert response.context["return_form"].initial["version"] == "2"


def test_a_return_without_what_or_by_when_keeps_what_was_typed(client_of, operator, page, report):
    response = client_of(operator).post(f"{page}return/", {"version": "1", "comment": "Поясните", "correct_by": ""})
    form = response.context["return_form"]
    assert (response.status_code, form["comment"].value()) == (400, "Поясните")
    assert form.errors == {"correct_by": ["Name a day to correct by."]}
    assert MunicipalReport.objects.get().status == "submitted"


def test_a_return_reaches_the_municipality(client_of, operator, municipal, page, report):
    data = {"version": "1", "comment": "Поясните", "correct_by": "2019-10-24"}
    response = client_of(operator).post(f"{page}return/", data, follow=True)
    assert messages_of(response) == ["Returned with your comment."]
    text = text_of(client_of(municipal).get(page))
    assert "Returned for correction (correct by 24.10.2019): Поясните" in text


def test_a_school_reopened_below_is_told_on_the_page(
    client_of, municipal, coordinator, operator, page, school, campaign, tomsk, reporting_day, english
):
    EventFactory(school=school, campaign=campaign)
    below = accept_school(municipal, write_school(coordinator, school, campaign))
    write_municipality(municipal, tomsk, campaign)
    client_of(operator).post(f"{page}accept/", {"version": "1"})
    return_school(municipal, below)
    text = text_of(client_of(operator).get(page))
    assert (
        "Returned for correction (correct by 24.10.2019): "
        "The report of Школа «Перспектива» was reopened: Уточните 8 класс."
    ) in text


def test_a_report_not_begun_is_not_decided_on(client_of, operator, page, reporting_day):
    assert client_of(operator).post(f"{page}accept/", {"version": "0"}).status_code == 404


# --- Days ------------------------------------------------------------------------------------


def test_an_extension_shows_its_day_beside_the_others(client_of, municipal, page, tomsk, campaign, reporting_day):
    until = campaign.closes_on
    ExtensionFactory(municipality=tomsk, campaign=campaign, stage=Stage.MUNICIPAL_REPORT, until=until)
    assert "05.11.2019 by extension; for the others 28.10.2019" in text_of(client_of(municipal).get(page))


def test_after_closing_it_is_refused_with_the_reason(client_of, municipal, operator, tomsk, campaign, page, clock):
    MunicipalReportFactory(municipality=tomsk, campaign=campaign)
    clock("2019-11-06 00:00:00")
    response = client_of(municipal).post(f"{page}edit/", FORM | {"version": "1"})
    assert response.status_code == 409
    assert "The campaign closed on 05.11.2019." in text_of(response)
    assert client_of(operator).post(f"{page}accept/", {"version": "1"}).status_code == 409
    assert client_of(operator).get(page).context["verbs"] == {"write": False, "accept": False, "return": False}
    assert MunicipalReport.objects.get().version == 1


# --- The printed form ------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["municipal", "operator", "department"])
def test_the_printed_form_is_a_pdf_with_a_russian_name(who, people, client_of, page, report, school):
    EnrolmentFactory(school=SchoolFactory(municipality=school.municipality))
    response = client_of(people[who]).get(f"{page}report.pdf")
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert response.content.startswith(b"%PDF-")
    assert unquote(response["Content-Disposition"]) == (
        "inline; filename*=utf-8''Муниципальный отчёт. город Томск. "
        "Осенняя профориентационная кампания 2019 года. Версия 1.pdf"
    )


def test_a_report_not_begun_has_nothing_to_print(client_of, municipal, page, reporting_day):
    assert client_of(municipal).get(f"{page}report.pdf").status_code == 409
