"""The school's report in a browser: the page, the form, what is refused and kept, the decision, the printed form."""

import re
from datetime import date
from urllib.parse import unquote

import pytest
from django.urls import reverse
from django.utils import translation

from campaigns.models import SchoolCampaign
from events.models import Event
from portal.actions import write_enrolment
from reports.documents.school_report import render_school_report
from reports.models import SchoolReport
from reports.queries.school import report_of
from tests.client import messages_of, text_of
from tests.factories import (
    EnrolmentFactory,
    EventFactory,
    ExtensionFactory,
    QuestionFactory,
    SchoolReportFactory,
    UserFactory,
    folder_of,
)
from tests.reporting import accept_school, return_school, write_school


@pytest.fixture
def event(school, campaign):
    return EventFactory(school=school, campaign=campaign)


@pytest.fixture
def page(campaign, school):
    return reverse("school_report", args=[campaign.slug, school.pk])


@pytest.fixture
def report(event, coordinator, school, campaign, reporting_day, english):
    """Sent by the school."""
    return write_school(coordinator, school, campaign, conclusions="Удалось.")


FORM = {
    "version": "0",
    "answered_by": "took_part",
    "grade_8": "24",
    "kind_open_lesson": "24",
    "basis": "lists",
    "signed_name": "Иванова А. П.",
    "signed_post": "директор",
}


# --- The page --------------------------------------------------------------------------------


def test_what_is_typed_is_sent(client_of, coordinator, page, event, reporting_day):
    client = client_of(coordinator)
    assert client.get(page).status_code == 200
    assert client.get(f"{page}edit/").status_code == 200
    response = client.post(f"{page}edit/", FORM)
    assert (response.status_code, response["Location"]) == (302, page)
    report = SchoolReport.objects.get()
    assert (report.status, report.pupils, report.grade_8, report.grade_5) == ("submitted", 24, 24, 0)
    assert client.get(page).status_code == 200


def test_it_opens_by_itself_filled_with_what_is_known(client_of, coordinator, page, event, reporting_day):
    response = client_of(coordinator).get(page)
    rows = {row.grade: row for row in response.context["report_rows"]}
    assert (rows[8].enrolled, rows[8].participations, rows[8].possible, rows[8].pupils) == (
        25,
        24,
        "only 24 is possible",
        None,
    )
    assert [(row.kind, row.submitted, pupils) for row, pupils in response.context["kind_rows"]] == [
        ("open_lesson", 1, "–")
    ]
    assert response.context["verbs"] == {"write": True, "accept": False, "return": False}
    assert SchoolReport.objects.count() == 0


def test_before_reporting_starts_it_says_when(client_of, coordinator, page, event):
    response = client_of(coordinator).get(page)
    assert response.context["verbs"] == {"write": False, "accept": False, "return": False}
    assert "The report opens by itself on 15.10.2019 and is due by 21.10.2019." in text_of(response)
    response = client_of(coordinator).get(f"{page}edit/")
    assert (response.status_code, response["Location"]) == (302, page)


def test_a_sent_report_shows_numbers_shares_and_who_did_what(client_of, municipal, page, report):
    response = client_of(municipal).get(page)
    whole = response.context["whole"]
    assert (whole.pupils, whole.enrolled, whole.share) == (24, 175, "13\u00a0% of 175")
    assert response.context["lateness"] == "on_time"
    text = text_of(response)
    assert "Удалось." in text
    assert "Кира Школьная : sent for review" in text


def test_what_was_entered_on_behalf_is_marked_so(client_of, municipal, coordinator, page, event, reporting_day):
    assert client_of(municipal).post(f"{page}edit/", FORM).status_code == 302
    text = text_of(client_of(coordinator).get(page))
    assert "on the school's behalf" in text
    assert "Мария Муниципальная : sent for review for: Школа «Перспектива»" in text


def test_a_returned_report_shows_what_to_correct_and_by_when(client_of, coordinator, municipal, page, report):
    return_school(municipal, report)
    client = client_of(coordinator)
    for address in (page, f"{page}edit/"):
        text = text_of(client.get(address))
        assert "Returned for correction (correct by 24.10.2019): Уточните 8 класс." in text


def test_enrolment_corrected_later_is_said_and_the_figures_stay(client_of, municipal, page, report, school):
    accept_school(municipal, report)
    enrolment = school.enrolments.get()
    counts = {f"grade_{grade}": count for grade, count in enrolment.by_grade.items()} | {"grade_8": 20, "grade_9": 30}
    day = date(2019, 10, 1)
    write_enrolment(municipal, school, "2019/2020", enrolment.version, as_of=day, source="ОО-1", **counts)
    response = client_of(municipal).get(page)
    assert response.context["corrected"] == [(8, 25, 20), (9, 25, 30)]
    text = text_of(response).replace("\u00a0", " ")
    assert "grade 8: 25 then, 20 now ; grade 9: 25 then, 30 now ." in text.replace("now;", "now ;").replace(
        "now.", "now ."
    )
    rows = {row.grade: row for row in response.context["report_rows"]}
    assert (rows[8].enrolled, rows[8].pupils, response.context["whole"].enrolled) == (25, 24, 175)
    assert "Enrolment as of 01.09.2019, source: ОО-1." in text


def test_enrolment_that_is_as_it_was_is_not_said_to_differ(client_of, municipal, page, report):
    accept_school(municipal, report)
    assert client_of(municipal).get(page).context["corrected"] == []


def test_enrolment_that_came_after_acceptance_changes_no_line(
    client_of, municipal, campaign, second_school, second_coordinator, reporting_day, english
):
    """Measured on none, the report has no enrolment, whatever is known today: its possible numbers stay too."""
    EventFactory(school=second_school, campaign=campaign)
    accept_school(municipal, write_school(second_coordinator, second_school, campaign))
    EnrolmentFactory(school=second_school, grade_8=20)
    response = client_of(municipal).get(reverse("school_report", args=[campaign.slug, second_school.pk]))
    row = next(row for row in response.context["report_rows"] if row.grade == 8)
    assert (row.pupils, row.enrolled, row.share, row.possible) == (24, None, "", "only 24 is possible")
    assert response.context["whole"].enrolled is None


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("operator", 200),
        ("department", 200),
        ("municipal", 200),
        ("coordinator", 200),
        ("another municipal", 404),
        ("another coordinator", 404),
        ("without membership", 404),
        ("technical staff", 404),
        ("foreign operator", 404),
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
        ("coordinator", (302, 403, 403)),
        ("another coordinator", (404, 404, 404)),
        ("another municipal", (404, 404, 404)),
        ("foreign operator", (404, 404, 404)),
    ],
)
def test_who_does_not_write_or_decide(who, answers, people, client_of, page, report):
    client = client_of(people[who])
    data = FORM | {"version": "1", "conclusions": "Удалось.", "comment": "Нет.", "correct_by": "2019-10-24"}
    assert tuple(client.post(page + verb, data).status_code for verb in WRITES) == answers
    assert SchoolReport.objects.get().status == "submitted"


def test_the_operator_does_not_write_for_a_school_of_a_municipality(client_of, operator, page, report):
    client = client_of(operator)
    assert (client.get(f"{page}edit/").status_code, client.post(f"{page}edit/", FORM).status_code) == (403, 403)


@pytest.mark.parametrize("verb", WRITES)
def test_a_visitor_signs_in_first(verb, client_of, page, report):
    response = client_of().post(page + verb, FORM)
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_reading_changes_nothing(client_of, municipal, page, report):
    client = client_of(municipal)
    assert client.get(f"{page}accept/").status_code == 405
    assert client.get(f"{page}return/").status_code == 405
    assert SchoolReport.objects.get().version == 1


def test_a_campaign_that_is_not_published_has_no_reports(client_of, operator, page, campaign):
    campaign.published_at = None
    campaign.save()
    assert client_of(operator).get(page).status_code == 404


def test_a_school_or_a_campaign_of_another_region_is_not_found(client_of, operator, foreign, campaign, school):
    client = client_of(operator)
    for address in (
        reverse("school_report", args=[foreign.campaign.slug, school.pk]),
        reverse("school_report", args=[campaign.slug, foreign.school.pk]),
        reverse("school_report", args=[campaign.slug, 10**15]),
        f"/reports/{campaign.slug}/schools/{'9' * 49}/",
    ):
        assert client.get(address).status_code == 404


# --- The form --------------------------------------------------------------------------------


def test_a_draft_is_saved_and_comes_back(client_of, coordinator, page, event, reporting_day):
    client = client_of(coordinator)
    response = client.post(f"{page}edit/", {"version": "0", "intent": "save", "grade_8": "24"}, follow=True)
    assert messages_of(response) == ["Saved. Send the report when it is whole."]
    report = SchoolReport.objects.get()
    assert (report.status, report.grade_8, report.pupils, report.basis) == ("open", 24, 24, "")
    form = client.get(f"{page}edit/").context["form"]
    assert (form.initial["grade_8"], form.initial["version"]) == (24, 1)


def test_everything_missing_is_named_at_its_field_and_nothing_typed_is_lost(
    client_of, coordinator, page, school, campaign, reporting_day
):
    EventFactory(school=school, campaign=campaign, grade_8=10)
    EventFactory(school=school, campaign=campaign, grade_8=10)
    data = {"version": "0", "grade_8": "22", "grade_9": "x", "conclusions": "Моё", "nodata_open_lesson": "on"}
    response = client_of(coordinator).post(f"{page}edit/", data)
    form = response.context["form"]
    assert (response.status_code, SchoolReport.objects.count()) == (400, 0)
    assert form.errors == {"grade_9": ["Write a whole number in digits, for example 25."]}
    response = client_of(coordinator).post(f"{page}edit/", data | {"grade_9": ""})
    form = response.context["form"]
    assert form.errors == {
        "grade_8": ["22 cannot be right: from 10 to 20. The largest event had 10, all events together 20."],
        "basis": ["Say what the numbers rest on: lists, or an estimate."],
        "signed_name": ["Write who signs the report: the director."],
    }
    assert (form["grade_8"].value(), form["conclusions"].value(), form["nodata_open_lesson"].value()) == (
        "22",
        "Моё",
        True,
    )
    html = response.content.decode()
    assert 'value="22"' in html
    assert 'href="#id_grade_8"' in html
    assert form.fields["grade_8"].widget.attrs["aria-invalid"] == "true"


def test_each_error_has_the_id_that_its_field_and_the_list_above_the_form_lead_to(
    client_of, coordinator, page, event, campaign, reporting_day
):
    part = QuestionFactory(campaign=campaign, kind="part")
    asked = QuestionFactory(campaign=campaign, kind="yes_no", is_required=True)
    of_part, of_asked = f"id_question_{part.pk}", f"id_question_{asked.pk}"
    data = FORM | {"grade_8": "x", "kind_open_lesson": "x", "basis": "x", f"question_{part.pk}": "x"}
    html = client_of(coordinator).post(f"{page}edit/", data | {f"question_{part.pk}_whole": "x"}).content.decode()
    wrong = ["id_grade_8", "id_kind_open_lesson", "id_basis", of_part, f"{of_part}_whole"]
    assert re.findall(r'<a href="#(id_\w+)"', html) == wrong
    assert sorted(re.findall(r'aria-describedby="(\w+_error)"', html)) == sorted(f"{name}_error" for name in wrong)
    ids = re.findall(r' id="([^"]*)"', html)
    assert [ids.count(name) for name in (*wrong, of_asked)] == [1] * 6
    assert [ids.count(f"{name}_error") for name in wrong] == [1] * 5
    html = client_of(coordinator).post(f"{page}edit/", FORM).content.decode()
    assert re.findall(r'<fieldset id="(\w+)"\s+aria-describedby="(\w+)"', html) == [(of_asked, f"{of_asked}_error")]


def test_a_number_above_enrolment_is_named_at_its_grade_even_in_a_draft(
    client_of, coordinator, page, event, reporting_day
):
    response = client_of(coordinator).post(f"{page}edit/", FORM | {"grade_8": "26", "intent": "save"})
    assert response.status_code == 400
    assert response.context["form"].errors == {"grade_8": ["26 is more than the 25 pupils enrolled."]}


def test_no_data_stands_before_a_number_and_is_shown_as_a_gap(client_of, coordinator, page, event, reporting_day):
    client = client_of(coordinator)
    assert client.post(f"{page}edit/", FORM | {"nodata_open_lesson": "on"}).status_code == 302
    assert [(row.kind, shown) for row, shown in client.get(page).context["kind_rows"]] == [("open_lesson", "no data")]
    initial = client.get(f"{page}edit/").context["form"].initial
    assert (initial["kind_open_lesson"], initial["nodata_open_lesson"]) == (None, True)


def test_a_required_question_and_a_part_above_its_whole_are_named(
    client_of, coordinator, page, event, campaign, reporting_day
):
    asked = QuestionFactory(campaign=campaign, kind="text", is_required=True)
    part = QuestionFactory(campaign=campaign, kind="part")
    data = FORM | {f"question_{part.pk}": "5", f"question_{part.pk}_whole": "4"}
    response = client_of(coordinator).post(f"{page}edit/", data)
    assert response.status_code == 400
    assert response.context["form"].errors == {
        f"question_{asked.pk}": ["This question is required."],
        f"question_{part.pk}": ["5 cannot be out of 4."],
    }


def test_the_form_says_why_each_question_is_asked(client_of, coordinator, page, event, campaign, reporting_day):
    QuestionFactory(campaign=campaign, kind="number", about_group=True)
    text = text_of(client_of(coordinator).get(f"{page}edit/"))
    assert (
        "Why: Чтобы знать, где не хватает предприятий. Ground: Письмо департамента от 26.08.2019 № 57 "
        "May be left empty. Numbers from 1 to 4 are hidden above the school."
    ) in text


def test_over_a_colleagues_change_nothing_is_lost_and_the_change_is_shown(
    client_of, coordinator, colleague, page, event, reporting_day
):
    client_of(colleague).post(f"{page}edit/", FORM | {"intent": "save", "conclusions": "Павел"})
    client = client_of(coordinator)
    response = client.post(f"{page}edit/", FORM | {"conclusions": "Кира"})
    assert (response.status_code, response.context["conflict"]) == (409, True)
    assert [(entry.who, entry.verb) for entry in response.context["changes"]] == [("Павел Школьный", "write")]
    form = response.context["form"]
    assert (form["conclusions"].value(), form["version"].value()) == ("Кира", "1")
    assert SchoolReport.objects.get().conclusions == "Павел"
    again = client.post(f"{page}edit/", FORM | {"version": "1", "conclusions": "Кира"})
    assert (again.status_code, SchoolReport.objects.get().conclusions) == (302, "Кира")


def test_a_form_sent_twice_is_one_report_and_no_conflict(client_of, coordinator, page, event, reporting_day):
    client = client_of(coordinator)
    assert [client.post(f"{page}edit/", FORM).status_code for _ in range(2)] == [302, 302]
    assert SchoolReport.objects.get().version == 1


def test_what_is_worth_a_look_stands_above_the_form(
    client_of, coordinator, page, event, school, campaign, reporting_day
):
    EventFactory(school=school, campaign=campaign, status="draft")
    response = client_of(coordinator).get(f"{page}edit/")
    assert [(row.text, row.url) for row in response.context["warnings"]] == [
        (
            "1 draft is not sent. What is not sent will count nowhere once the report is accepted.",
            f"/events/?campaign=autumn-2019&school={school.pk}&status=draft",
        ),
        (
            "1 event is still under review. It does not hold you up and makes nothing late.",
            f"/events/?campaign=autumn-2019&school={school.pk}&status=submitted",
        ),
    ]
    assert "None of this stops the report." in text_of(response)


def test_after_closing_the_form_is_refused_with_the_reason(client_of, coordinator, page, event, clock):
    clock("2019-11-06 00:00:00")
    response = client_of(coordinator).post(f"{page}edit/", FORM)
    assert response.status_code == 409
    assert "The campaign closed on 05.11.2019. After that its reports change only with an extension" in text_of(
        response
    )
    assert SchoolReport.objects.count() == 0


def test_an_extension_shows_its_day_beside_the_others(client_of, coordinator, page, school, campaign, reporting_day):
    ExtensionFactory(school=school, campaign=campaign, stage="school_report", until=date(2019, 10, 24))
    assert "24.10.2019 by extension; for the others 21.10.2019" in text_of(client_of(coordinator).get(page))
    assert "due by 24.10.2019" in text_of(client_of(coordinator).get(f"{page}edit/"))


NONSENSE = ["\x00", "-1", "9" * 49, "x", "1.5", "١٢", "<b>", "1e9", " "]


@pytest.mark.parametrize("value", NONSENSE)
@pytest.mark.parametrize(
    "name", ["version", "grade_8", "kind_open_lesson", "answered_by", "basis", "intent", "question"]
)
def test_any_answer_at_all_is_understood_or_refused(
    name, value, client_of, coordinator, page, event, campaign, reporting_day
):
    question = QuestionFactory(campaign=campaign, kind="part")
    name = f"question_{question.pk}" if name == "question" else name
    response = client_of(coordinator).post(f"{page}edit/", FORM | {name: [value, value]})
    assert response.status_code in (302, 400, 409)


@pytest.mark.parametrize("value", ["\x00", "-1", "9" * 49, "x", ""])
def test_any_decision_at_all_is_understood_or_refused(value, client_of, municipal, page, report):
    client = client_of(municipal)
    for verb in ("accept/", "return/"):
        for name in ("version", "comment", "correct_by", "event"):
            data = {"version": "1", "comment": "К.", "correct_by": "2019-10-16", "event": "1", name: [value, value]}
            if verb == "accept/":
                data |= {"version": value or "0"}
            assert client.post(page + verb, data).status_code in (302, 400, 409), (verb, name)


# --- The decision ----------------------------------------------------------------------------


def test_it_is_accepted_and_the_page_says_what_is_frozen(client_of, municipal, coordinator, page, report, event):
    client = client_of(municipal)
    assert client.get(page).context["verbs"] == {"write": True, "accept": True, "return": True}
    response = client.post(f"{page}accept/", {"version": "1"}, follow=True)
    assert response.redirect_chain == [(page, 302)]
    assert messages_of(response) == ["The report is accepted; the school's events are frozen."]
    assert "The school's events are frozen: nothing in them changes until the report is reopened." in text_of(response)
    event.refresh_from_db()
    assert (event.status, SchoolReport.objects.get().status) == ("accepted", "accepted")
    own = client_of(coordinator).get(page).context["verbs"]
    assert own == {"write": False, "accept": False, "return": False}


def test_what_changed_since_it_was_opened_is_not_accepted_and_shown(
    client_of, municipal, coordinator, page, report, school, campaign
):
    write_school(coordinator, school, campaign, 1, conclusions="Дописано.")
    response = client_of(municipal).post(f"{page}accept/", {"version": "1"})
    assert (response.status_code, response.context["conflict"]) == (409, True)
    assert [(entry.who, entry.verb) for entry in response.context["changes"]] == [("Кира Школьная", "edit")]
    assert response.context["return_form"].initial["version"] == "2"
    assert SchoolReport.objects.get().status == "submitted"


def test_flagged_events_refuse_it_with_their_number(
    client_of, municipal, coordinator, page, school, campaign, reporting_day
):
    EventFactory.create_batch(2, school=school, campaign=campaign, grade_8=30, flagged=True, note="Гости")
    client_of(coordinator).post(f"{page}edit/", FORM | {"grade_8": "25", "kind_open_lesson": "25"})
    response = client_of(municipal).post(f"{page}accept/", {"version": "1"})
    assert response.status_code == 409
    assert "2 events want a decision of their own first" in text_of(response)
    assert SchoolReport.objects.get().status == "submitted"


def test_a_return_without_what_or_by_when_keeps_what_was_typed(client_of, municipal, page, report, event):
    response = client_of(municipal).post(
        f"{page}return/", {"version": "1", "comment": "", "correct_by": "2019-10-24", "event": [str(event.pk)]}
    )
    form = response.context["return_form"]
    assert response.status_code == 400
    assert form.errors == {"comment": ["Say what to correct: who wrote the report sees nothing else."]}
    assert (form["correct_by"].value(), response.context["ticked"]) == ("2019-10-24", {event.pk})
    response = client_of(municipal).post(f"{page}return/", {"version": "1", "comment": "Уточните", "correct_by": ""})
    form = response.context["return_form"]
    assert form.errors == {"correct_by": ["Name a day to correct by."]}
    assert form["comment"].value() == "Уточните"


def test_a_comment_that_is_too_long_is_said_to_be_too_long_and_nothing_else(client_of, municipal, page, report):
    response = client_of(municipal).post(
        f"{page}return/", {"version": "1", "comment": "я" * 1_001, "correct_by": "2019-10-24"}
    )
    assert response.status_code == 400
    assert len(response.context["return_form"].errors["comment"]) == 1


def test_a_day_that_is_none_is_said_to_be_none_and_nothing_else(client_of, municipal, page, report):
    response = client_of(municipal).post(f"{page}return/", {"version": "1", "comment": "К.", "correct_by": "завтра"})
    assert response.status_code == 400
    assert response.context["return_form"].errors == {"correct_by": ["Write the day as 13.09.2019."]}


def test_a_return_over_a_change_keeps_the_comment(client_of, municipal, coordinator, page, report, school, campaign):
    write_school(coordinator, school, campaign, 1, conclusions="Дописано.")
    response = client_of(municipal).post(
        f"{page}return/", {"version": "1", "comment": "Уточните", "correct_by": "2019-10-24"}
    )
    form = response.context["return_form"]
    assert (response.status_code, form["comment"].value(), form["version"].value()) == (409, "Уточните", "2")
    assert SchoolReport.objects.get().status == "submitted"


def test_it_is_reopened_with_the_ticked_events(client_of, municipal, page, report, event, school, campaign):
    client = client_of(municipal)
    client.post(f"{page}accept/", {"version": "1"})
    other = EventFactory(school=school, campaign=campaign, status="accepted")
    assert [row.pk for row in client.get(page).context["held"]] == [other.pk, event.pk]
    data = {"version": "2", "comment": "Уточните", "correct_by": "24.10.2019", "event": [str(event.pk), "x", "-1"]}
    response = client.post(f"{page}return/", data, follow=True)
    assert messages_of(response) == ["The report came back to the school with your comment."]
    statuses = dict(Event.objects.values_list("pk", "status"))
    assert (statuses, SchoolCampaign.objects.get().frozen_at) == ({event.pk: "returned", other.pk: "accepted"}, None)


def test_another_coordinator_of_the_municipality_sees_no_reopening(client_of, municipal, tomsk, page, report):
    accept_school(municipal, report)
    client = client_of(UserFactory(municipal_of=tomsk))
    assert client.get(page).context["verbs"] == {"write": False, "accept": False, "return": False}
    data = {"version": "2", "comment": "Уточните", "correct_by": "2019-10-24"}
    assert client.post(f"{page}return/", data).status_code == 403


def test_a_report_not_begun_is_not_decided_on(client_of, municipal, page, reporting_day):
    assert client_of(municipal).post(f"{page}accept/", {"version": "0"}).status_code == 404


# --- Small numbers of groups -----------------------------------------------------------------


@pytest.fixture
def small(campaign, event, coordinator, school, reporting_day, english):
    """A report with 3 pupils of a group out of 40, sent over a first answer of 4."""
    group = QuestionFactory(campaign=campaign, kind="part", about_group=True, text="Из них с ОВЗ")
    grounded = QuestionFactory(
        campaign=campaign, kind="number", about_group=True, small_ground="Приказ", text="С инвалидностью"
    )
    answer = {"number": None, "whole": None, "yes": None, "text": ""}
    answers = {group.pk: answer | {"number": 4, "whole": 40}, grounded.pk: answer | {"number": 2}}
    write_school(coordinator, school, campaign, answers=answers)
    return write_school(
        coordinator, school, campaign, 1, answers=answers | {group.pk: answer | {"number": 3, "whole": 40}}
    )


@pytest.mark.parametrize(
    ("who", "shown"), [("coordinator", "3 of 40"), ("municipal", "< 5"), ("operator", "< 5"), ("department", "< 5")]
)
def test_small_numbers_of_a_group_are_hidden_above_the_school(who, shown, people, client_of, page, small):
    answers = [(question.text, answer) for question, answer in client_of(people[who]).get(page).context["answers"]]
    assert answers == [("Из них с ОВЗ", shown), ("С инвалидностью", "2")]


@pytest.mark.parametrize("who", ["coordinator", "municipal", "operator", "department"])
def test_they_are_hidden_in_print_too(who, people, client_of, page, small):
    """The same data are the same bytes."""
    report = report_of(folder_of(small.school, small.campaign))
    with translation.override("en"):
        wholly, hidden = render_school_report(report, False), render_school_report(report, True)
    assert wholly != hidden
    assert client_of(people[who]).get(f"{page}report.pdf").content == (wholly if who == "coordinator" else hidden)


@pytest.mark.parametrize("who", ["municipal", "operator", "department"])
def test_they_stand_nowhere_on_the_page_in_its_history_neither(who, people, client_of, page, small):
    text = text_of(client_of(people[who]).get(page))
    assert "3 of 40" not in text
    assert "4 of 40" not in text


def test_nor_in_the_operators_log_of_the_region(client_of, operator, small):
    text = text_of(client_of(operator).get("/history/"))
    assert "3 of 40" not in text
    assert "4 of 40" not in text


def test_nor_in_what_is_shown_of_a_change_meanwhile(client_of, municipal, page, small):
    response = client_of(municipal).post(f"{page}accept/", {"version": "1"})
    assert response.status_code == 409
    assert "3 of 40" not in text_of(response)


# --- The printed form ------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["coordinator", "municipal", "operator", "department"])
def test_the_printed_form_is_a_pdf_with_a_russian_name(who, people, client_of, page, report):
    response = client_of(people[who]).get(f"{page}report.pdf")
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert response.content.startswith(b"%PDF-")
    assert unquote(response["Content-Disposition"]) == (
        "inline; filename*=utf-8''Отчёт школы. Школа «Перспектива». "
        "Осенняя профориентационная кампания 2019 года. Версия 1.pdf"
    )


def test_a_report_not_begun_has_nothing_to_print(client_of, coordinator, page, reporting_day):
    response = client_of(coordinator).get(f"{page}report.pdf")
    assert response.status_code == 409
    assert "The report was not begun: there is nothing to print yet." in text_of(response)


# --- Where one is led ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "address"),
    [
        ("operator", "/reports/autumn-2019/completeness/"),
        ("department", "/reports/autumn-2019/completeness/"),
        ("municipal", "/reports/autumn-2019/municipalities/tomsk/"),
        ("coordinator", "/reports/autumn-2019/schools/{school}/"),
    ],
)
def test_each_role_is_led_to_its_own_report(who, address, people, client_of, school, campaign, reporting_day):
    client = client_of(people[who])
    assert client.get("/reports/")["Location"] == "/reports/autumn-2019/"
    assert client.get("/reports/autumn-2019/")["Location"] == address.format(school=school.pk)


def test_who_has_no_membership_or_no_campaign_is_told(client_of, nobody, foreign):
    assert client_of(nobody).get("/reports/").status_code == 200
    foreign.campaign.folders.all().delete()
    foreign.campaign.delete()
    assert client_of(foreign.coordinator).get("/reports/").status_code == 200


def test_a_report_of_the_past_campaign_stays_readable_after_closing(
    client_of, coordinator, page, school, campaign, clock
):
    SchoolReportFactory(school=school, campaign=campaign, status="accepted")
    clock("2020-03-01 10:00")
    response = client_of(coordinator).get(page)
    assert (response.status_code, response.context["verbs"]["write"]) == (200, False)


# --- Closed without a report ------------------------------------------------------------------


def test_the_operator_closes_a_school_without_a_report_and_expects_one_again(
    reporting, page, school, campaign, operator, municipal, client_of
):
    client = client_of(operator)
    assert client.get(page).context["may_close"] is True
    assert client_of(municipal).get(page).context["may_close"] is False
    response = client.post(page + "close/", {"reason": "", "letter": "57-р"})
    assert (response.status_code, response.context["close_form"].errors) == (
        400,
        {"reason": ["Say why no report is expected."]},
    )
    response = client.post(page + "close/", {"reason": "Карантин", "letter": "57-р"}, follow=True)
    assert "Closed without a report: Карантин (letter 57-р)." in response.content.decode()
    assert (response.context["may_close"], response.context["may_expect"]) == (False, True)
    client.post(page + "expect/")
    assert folder_of(school, campaign).is_expected is True


def test_a_school_closed_without_a_report_writes_none(
    reporting_day, page, school, campaign, operator, coordinator, client_of
):
    client_of(operator).post(page + "close/", {"reason": "Карантин", "letter": "57-р"})
    client = client_of(coordinator)
    assert client.get(page).context["verbs"]["write"] is False
    assert client.post(page + "edit/", FORM).status_code == 409
    assert SchoolReport.objects.count() == 0
