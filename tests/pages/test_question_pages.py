"""The pages of a campaign's own questions: the list, the form, retiring, what was answered, and the campaign's page."""

import pytest
from django.core.cache import cache

from portal.queries.history import history_of
from reports.models import QuestionAnswer, ReportQuestion
from tests.client import errors, messages_of
from tests.factories import MembershipFactory, QuestionFactory, SchoolFactory, SchoolReportFactory

ADDRESS = "/reports/autumn-2019/questions/"
TYPED = {
    "text": "Сколько договоров с предприятиями",
    "kind": "number",
    "whole": "",
    "reason": "Чтобы знать, где не хватает предприятий.",
    "ground": "Письмо департамента от 26.08.2019 № 57",
    "small_ground": "",
}


@pytest.fixture
def question(campaign):
    return QuestionFactory(campaign=campaign, text=TYPED["text"])


@pytest.fixture
def answered(campaign, school, second_school, village_school):
    """A group's number and a text that three schools answered; their reports are accepted."""
    group = QuestionFactory(campaign=campaign, text="Сколько с ОВЗ", about_group=True)
    text = QuestionFactory(campaign=campaign, text="Что нужно", kind="text")
    for of, number in ((school, 3), (second_school, 9), (village_school, 40)):
        report = SchoolReportFactory(school=of, campaign=campaign, status="accepted")
        QuestionAnswer.objects.create(report=report, question=group, number=number)
        QuestionAnswer.objects.create(report=report, question=text, text=f"Пишет {of.name}")
    return group, text


def state(question):
    return ReportQuestion.objects.values_list("text", "version", "retired_at").get(pk=question.pk)


# --- The list --------------------------------------------------------------------------------


def test_everyone_of_the_region_reads_the_questions_and_the_operator_alone_changes_them(people, question, client_of):
    seen = {}
    for part, person in people.items():
        response = client_of(person).get(ADDRESS)
        context = response.context or {}
        seen[part] = (response.status_code, context.get("may_edit"), context.get("may_retire"))
    hidden, reader = (404, None, None), (200, False, False)
    assert seen == {
        "operator": (200, True, True),
        "department": reader,
        "municipal": reader,
        "another municipal": reader,
        "coordinator": reader,
        "another coordinator": reader,
        "technical staff": hidden,
        "without membership": hidden,
        "foreign operator": hidden,
        "foreign department": hidden,
        "foreign municipal": hidden,
        "foreign coordinator": hidden,
    }


def test_a_visitor_is_led_to_sign_in(question, client_of):
    response = client_of().get(ADDRESS)
    assert (response.status_code, response.url.split("?")[0]) == (302, "/accounts/login/")


def test_the_list_says_why_each_is_asked_and_how_much_a_report_is(campaign, coordinator, client_of):
    QuestionFactory(campaign=campaign, position=2, text="Второй", is_required=True)
    QuestionFactory(campaign=campaign, position=1, text="Первый", about_group=True)
    response = client_of(coordinator).get(ADDRESS)
    assert [row.text for row in response.context["questions"]] == ["Первый", "Второй"]
    burden = response.context["burden"]
    assert (burden.questions, burden.own, burden.minutes) == (15, 2, 6)
    page = " ".join(response.content.decode().split())
    assert "A school will face up to 15 questions in all" in page
    assert "about 6 minutes, if the lists are at hand" in page
    assert "Письмо департамента от 26.08.2019 № 57" in page
    assert "hidden above the school" in page


def test_a_draft_is_the_operators_alone(campaign, question, operator, coordinator, client_of):
    campaign.published_at = None
    campaign.save()
    assert client_of(operator).get(ADDRESS).status_code == 200
    assert client_of(coordinator).get(ADDRESS).status_code == 404


def test_once_schools_report_the_operator_only_retires(question, operator, client_of, clock):
    clock("2019-10-16 10:00")
    context = client_of(operator).get(ADDRESS).context
    assert (context["may_edit"], context["may_retire"], context["shows_answers"]) == (False, True, True)
    clock("2019-11-06 10:00")
    context = client_of(operator).get(ADDRESS).context
    assert (context["may_edit"], context["may_retire"], context["shows_answers"]) == (False, False, True)


# --- The form --------------------------------------------------------------------------------


def test_the_operator_adds_a_question(operator, campaign, client_of):
    response = client_of(operator).post(f"{ADDRESS}new/", TYPED | {"about_group": "on"}, follow=True)
    question = ReportQuestion.objects.get()
    assert response.redirect_chain == [(ADDRESS, 302)]
    assert messages_of(response) == ["The question is added."]
    assert (question.campaign, question.text, question.kind, question.about_group, question.is_required) == (
        campaign,
        TYPED["text"],
        "number",
        True,
        False,
    )


def test_an_empty_form_says_what_is_missing(operator, campaign, client_of):
    response = client_of(operator).post(f"{ADDRESS}new/", {})
    assert (response.status_code, ReportQuestion.objects.count()) == (400, 0)
    assert errors(response) == {
        "text": ["This field is required."],
        "kind": ["Choose how it is answered."],
        "reason": ["This field is required."],
        "ground": ["This field is required."],
    }


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"kind": "part"}, {"whole": ["Say out of what the number is."]}),
        (
            {"about_group": "on", "is_required": "on"},
            {"is_required": ["A question about a group of pupils cannot be required."]},
        ),
        (
            {"small_ground": "Приказ"},
            {"small_ground": ["Only for a question about a group of pupils: mark it as one, or leave this empty."]},
        ),
        ({"text": TYPED["text"]}, {"text": ["The campaign asks this already."]}),
        ({"text": "я" * 301}, {"text": ["Ensure this value has at most 300 characters (it has 301)."]}),
        ({"kind": "poem"}, {"kind": ["Choose how it is answered."]}),
        ({"kind": ["number", "\x00"]}, {"kind": ["Choose how it is answered."]}),
    ],
)
def test_what_is_wrong_is_said_at_its_field(question, operator, client_of, changes, wrong):
    typed = TYPED | {"text": "Сколько классов", "ground": "Приказ"}
    response = client_of(operator).post(f"{ADDRESS}new/", typed | changes)
    assert (response.status_code, errors(response)) == (400, wrong)
    assert ReportQuestion.objects.count() == 1


@pytest.mark.parametrize("name", [*TYPED, "is_required", "about_group", "version"])
@pytest.mark.parametrize("value", ["\x00", "-1", "9" * 49, ["1", "2"], "\ud800", "💬" * 400])
def test_any_input_is_answered(question, operator, client_of, name, value):
    value = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
    for address in ("new/", f"{question.pk}/"):
        assert client_of(operator).post(f"{ADDRESS}{address}", TYPED | {name: value}).status_code in (302, 400, 409)


def test_a_change_is_saved_and_told_below_the_form(question, operator, client_of):
    client = client_of(operator)
    response = client.post(f"{ADDRESS}{question.pk}/", TYPED | {"version": "1", "is_required": "on"}, follow=True)
    assert messages_of(response) == ["Saved."]
    shown = client.get(f"{ADDRESS}{question.pk}/")
    assert [entry.changes for entry in shown.context["history"]] == [(("required", "no", "yes"),)]
    assert shown.context["form"].initial["version"] == 2


def test_a_colleagues_change_is_shown_and_what_was_typed_is_kept(question, operator, client_of):
    client = client_of(operator)
    client.post(f"{ADDRESS}{question.pk}/", TYPED | {"version": "1", "reason": "Иначе."})
    response = client.post(f"{ADDRESS}{question.pk}/", TYPED | {"version": "1", "is_required": "on"})
    assert (response.status_code, state(question)[1]) == (409, 2)
    assert [entry.who for entry in response.context["changes"]] == ["Ольга Оператор"]
    form = response.context["form"]
    assert (form["version"].value(), form["is_required"].value()) == ("2", True)


def test_an_answered_question_keeps_what_it_asks(answered, operator, client_of):
    group, _text = answered
    typed = TYPED | {"about_group": "on", "version": "1", "text": "Сколько с инвалидностью"}
    response = client_of(operator).post(f"{ADDRESS}{group.pk}/", typed)
    message = "Schools have answered this already, so it stays. Retire the question and ask another."
    assert (response.status_code, errors(response)) == (400, {"text": [message]})
    assert response.context["is_answered"] is True


@pytest.mark.parametrize("address", ["new/", "{}/"])
def test_the_form_is_the_operators_and_closes_with_the_window(
    question, operator, department, coordinator, client_of, clock, address
):
    address = ADDRESS + address.format(question.pk)
    assert client_of(department).get(address).status_code == 403
    assert client_of(coordinator).post(address, TYPED).status_code == 403
    clock("2019-10-15 00:00")
    response = client_of(operator).post(address, TYPED | {"text": "Поздно", "version": "1"})
    assert (response.status_code, state(question)[0]) == (409, TYPED["text"])
    assert "until the campaign&#x27;s last day, 14.10.2019" in response.content.decode()


def test_a_question_is_found_in_its_own_campaign_alone(question, foreign, operator, client_of):
    abroad = QuestionFactory(campaign=foreign.campaign)
    client = client_of(operator)
    assert client.get(f"{ADDRESS}{abroad.pk}/").status_code == 404
    assert client.get(f"{ADDRESS}{abroad.pk}/answers/").status_code == 404
    assert client.post(f"{ADDRESS}{abroad.pk}/retire/", {"version": "1"}).status_code == 404
    assert client.get(f"{ADDRESS}{'9' * 49}/").status_code == 404
    assert client.get(f"/reports/altai-2019/questions/{abroad.pk}/").status_code == 404


# --- Retiring --------------------------------------------------------------------------------


def test_the_operator_retires_a_question(question, operator, client_of, clock):
    response = client_of(operator).post(f"{ADDRESS}{question.pk}/retire/", {"version": "1"}, follow=True)
    assert messages_of(response) == ["The question is retired: schools are not asked it any more."]
    assert state(question)[1:] == (2, clock("2019-09-24 14:20"))
    assert (response.context["questions"], response.context["retired"]) == ([], [question])
    assert client_of(operator).get(f"{ADDRESS}{question.pk}/").status_code == 404


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 49, "0", "\x00"])
def test_a_question_that_was_read_otherwise_is_not_retired(question, operator, client_of, version):
    response = client_of(operator).post(f"{ADDRESS}{question.pk}/retire/", {"version": version})
    assert (response.status_code, response.context["conflict"], state(question)[2]) == (409, True, None)


def test_nobody_else_retires(question, department, municipal, client_of):
    for person in (department, municipal):
        assert client_of(person).post(f"{ADDRESS}{question.pk}/retire/", {"version": "1"}).status_code == 403
    assert history_of(question) == []


# --- What was answered -----------------------------------------------------------------------


def test_the_region_sees_municipalities_and_no_texts(answered, operator, client_of):
    group, text = answered
    response = client_of(operator).get(f"{ADDRESS}{group.pk}/answers/")
    table = response.context["table"]
    assert [title for title, _is_number in table.heads] == ["Municipality", "Accepted reports", "Сколько с ОВЗ"]
    assert f'<a href="{ADDRESS}{group.pk}/answers/?municipality=tomsk">город Томск</a>' in table.body
    assert response.context["written"] is None
    assert "Пишет" not in client_of(operator).get(f"{ADDRESS}{text.pk}/answers/").content.decode()


def test_a_municipality_sees_its_own_schools_small_numbers_hidden_and_their_texts(answered, municipal, client_of):
    group, text = answered
    body = client_of(municipal).get(f"{ADDRESS}{group.pk}/answers/").context["table"].body
    assert body == (
        '<tr><th scope="row">Школа «Перспектива»</th><td class="num">1</td><td>hidden</td></tr>'
        '<tr><th scope="row">Школа № 2</th><td class="num">1</td><td>hidden</td></tr>'
    )
    written = client_of(municipal).get(f"{ADDRESS}{text.pk}/answers/").context["written"]
    assert [row.text for row in written] == ["Пишет Школа «Перспектива»", "Пишет Школа № 2"]


def test_who_reads_answers(people, answered, client_of):
    _group, text = answered
    seen = {
        part: client_of(person).get(f"{ADDRESS}{text.pk}/answers/?municipality=tomsk").status_code
        for part, person in people.items()
    }
    assert seen == {
        "operator": 200,
        "department": 200,
        "municipal": 200,
        "another municipal": 404,
        "coordinator": 403,
        "another coordinator": 403,
        "technical staff": 404,
        "without membership": 404,
        "foreign operator": 404,
        "foreign department": 404,
        "foreign municipal": 404,
        "foreign coordinator": 404,
    }


def test_a_person_of_two_municipalities_reads_either(answered, municipal, kolpashevo, client_of):
    MembershipFactory(user=municipal, role="municipal", municipality=kolpashevo)
    _group, text = answered
    client = client_of(municipal)
    seen = [
        [row.text for row in client.get(f"{ADDRESS}{text.pk}/answers/{query}").context["written"]]
        for query in ("", "?municipality=kolpashevskiy")
    ]
    assert seen == [["Пишет Школа «Перспектива»", "Пишет Школа № 2"], ["Пишет Школа № 3"]]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?municipality=barnaul", 404),
        ("?municipality=-1", 404),
        ("?municipality=..%2F", 404),
        ("?municipality=%00", 400),
        ("?municipality=tomsk&page=" + "9" * 49, 200),
        ("?municipality=tomsk&page=-1", 200),
    ],
)
def test_an_address_is_answered_whatever_it_holds(answered, operator, foreign, client_of, query, status):
    assert client_of(operator).get(f"{ADDRESS}{answered[1].pk}/answers/{query}").status_code == status


def test_the_texts_are_paged(campaign, tomsk, answered, municipal, client_of):
    _group, text = answered
    for number in range(60):
        school = SchoolFactory(municipality=tomsk, name=f"Школа № {100 + number}")
        report = SchoolReportFactory(school=school, campaign=campaign, status="accepted")
        QuestionAnswer.objects.create(report=report, question=text, text=f"Текст {number}")
    client = client_of(municipal)
    pages = [
        [row.text for row in client.get(f"{ADDRESS}{text.pk}/answers/?page={number}").context["written"]]
        for number in (1, 2)
    ]
    assert (len(pages[0]), pages[1]) == (50, [f"Текст {number}" for number in range(48, 60)])


# --- The campaign's page ---------------------------------------------------------------------


def _panel(response):
    panels = [panel.context for panel in response.context["side"] if panel.template == "reports/_questions_panel.html"]
    return [(panel["burden"] and panel["burden"].minutes, panel["own"]) for panel in panels]


def test_the_operator_sees_how_much_a_report_asks_before_publishing(campaign, operator, client_of):
    campaign.published_at = None
    campaign.save()
    QuestionFactory(campaign=campaign, kind="text")
    response = client_of(operator).get("/campaigns/autumn-2019/")
    assert _panel(response) == [(7, 1)]
    page = " ".join(response.content.decode().split())
    assert "A school will face up to 14 questions in all" in page
    assert f'href="{ADDRESS}"' in page


def test_the_others_of_the_region_see_the_way_to_the_questions_where_there_are_some(
    campaign, coordinator, foreign, client_of
):
    assert _panel(client_of(coordinator).get("/campaigns/autumn-2019/")) == []
    QuestionFactory(campaign=campaign)
    assert _panel(client_of(coordinator).get("/campaigns/autumn-2019/")) == [(None, 1)]
    assert _panel(client_of().get("/campaigns/autumn-2019/")) == []


# --- Queries ---------------------------------------------------------------------------------


def test_each_page_sends_as_many_queries_with_many_rows_as_with_few(
    campaign, tomsk, answered, operator, municipal, client_of, queries_of, clock
):
    group, text = answered
    pages = [
        (operator, ADDRESS),
        (operator, f"{ADDRESS}new/"),
        (operator, f"{ADDRESS}{group.pk}/"),
        (operator, f"{ADDRESS}{group.pk}/answers/"),
        (operator, f"{ADDRESS}{text.pk}/answers/?municipality=tomsk"),
        (municipal, f"{ADDRESS}{text.pk}/answers/"),
        (operator, "/campaigns/autumn-2019/"),
        (municipal, ADDRESS),
    ]
    clients = {person: client_of(person) for person in (operator, municipal)}

    def count():
        cache.clear()  # panels are cached as long as nothing changes
        return [len(queries_of(lambda p=person, a=address: clients[p].get(a))) for person, address in pages]

    count()  # what a process reads once
    few = count()
    for number in range(12):
        QuestionFactory(campaign=campaign, kind=("number", "part", "yes_no", "text")[number % 4])
        school = SchoolFactory(municipality=tomsk)
        report = SchoolReportFactory(school=school, campaign=campaign, status="accepted")
        QuestionAnswer.objects.create(report=report, question=text, text="Ещё")
        QuestionAnswer.objects.create(report=report, question=group, number=number)
    many = count()
    assert few == many
    assert max(many) <= 15, many
