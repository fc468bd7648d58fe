"""The campaign's own questions: who asks them, until when, what they must have, what stays once they are answered."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from portal.errors import Changed, StateForbids
from portal.queries.history import history_of
from reports.actions import create_question, edit_question, retire_question
from reports.burden import burden_of, own_kinds
from reports.models import QuestionAnswer, ReportQuestion
from tests.factories import QuestionFactory, SchoolReportFactory

FIELDS = {
    "kind": "number",
    "text": "Сколько договоров с предприятиями",
    "whole": "",
    "reason": "Чтобы знать, где не хватает предприятий.",
    "ground": "Письмо департамента от 26.08.2019 № 57",
    "is_required": False,
    "about_group": False,
    "small_ground": "",
}
ABOUT_GROUP = FIELDS | {
    "kind": "part",
    "text": "Сколько обучающихся с ОВЗ приняли участие",
    "whole": "обучающихся с ОВЗ",
    "about_group": True,
}


@pytest.fixture
def question(campaign):
    return QuestionFactory(campaign=campaign, **FIELDS)


@pytest.fixture
def answer(question, school, campaign):
    report = SchoolReportFactory(school=school, campaign=campaign)
    return QuestionAnswer.objects.create(report=report, question=question, number=3)


def row_of(question) -> dict:
    return ReportQuestion.objects.filter(pk=question.pk).values().get()


def errors_of(act) -> dict:
    with pytest.raises(ValidationError) as caught:
        act()
    return caught.value.message_dict


# --- Asking ----------------------------------------------------------------------------------


def test_a_question_is_added_at_the_end_and_stands_in_history(operator, campaign, english):
    first = create_question(operator, campaign, **FIELDS)
    second = create_question(operator, campaign, **ABOUT_GROUP)
    assert [(row.text, row.position, row.version) for row in campaign.questions.all()] == [
        (FIELDS["text"], 1, 1),
        (ABOUT_GROUP["text"], 2, 1),
    ]
    assert (first.hides_small, second.hides_small) == (False, True)
    entry = history_of(second)[0]
    assert (entry.verb, entry.who, entry.version) == ("create", "Ольга Оператор", 1)
    assert ("question", "–", ABOUT_GROUP["text"]) in entry.changes
    assert ("answered with", "–", "a number out of another") in entry.changes


def test_the_same_form_sent_twice_is_one_question(operator, campaign):
    assert create_question(operator, campaign, **FIELDS) == create_question(operator, campaign, **FIELDS)
    assert campaign.questions.count() == 1
    assert len(history_of(campaign.questions.get())) == 1


def test_the_same_text_asked_otherwise_is_refused_at_the_field(operator, campaign, question, english):
    changes = {"kind": "yes_no", "text": f"  {FIELDS['text']} "}
    assert errors_of(lambda: create_question(operator, campaign, **FIELDS | changes)) == {
        "text": ["The campaign asks this already."]
    }
    assert campaign.questions.count() == 1


def test_what_was_retired_can_be_asked_anew(operator, campaign, question):
    retire_question(operator, question, 1)
    anew = create_question(operator, campaign, **FIELDS)
    assert anew != question
    assert list(campaign.questions.filter(retired_at=None)) == [anew]


def test_another_campaign_may_ask_the_same(operator, campaign, question, previous):
    previous.published_at = None
    previous.save()
    assert create_question(operator, previous, **FIELDS).campaign == previous


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"text": " "}, {"text": ["This field cannot be blank."]}),
        ({"reason": ""}, {"reason": ["This field cannot be blank."]}),
        ({"ground": "\x00"}, {"ground": ["This field cannot be blank."]}),
        ({"kind": "part", "whole": ""}, {"whole": ["Say out of what the number is."]}),
        ({"kind": "poem"}, {"kind": ["Value 'poem' is not a valid choice."]}),
        (
            {"about_group": True, "is_required": True},
            {"is_required": ["A question about a group of pupils cannot be required."]},
        ),
        (
            {"small_ground": "Приказ"},
            {"small_ground": ["Only for a question about a group of pupils: mark it as one, or leave this empty."]},
        ),
        (
            {"text": "я" * 301},
            {"text": ["Ensure this value has at most 300 characters (it has 301)."]},
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_field(operator, campaign, english, changes, errors):
    assert errors_of(lambda: create_question(operator, campaign, **FIELDS | changes)) == errors
    assert campaign.questions.count() == 0


def test_out_of_what_belongs_to_a_number_out_of_another_alone(operator, campaign):
    question = create_question(operator, campaign, **FIELDS | {"whole": "всех обучающихся"})
    assert question.whole == ""


def test_control_characters_and_spaces_are_dropped(operator, campaign):
    question = create_question(operator, campaign, **FIELDS | {"text": " Сколько\x00\n  классов "})
    assert question.text == "Сколько классов"


# --- Changing --------------------------------------------------------------------------------


def test_a_change_gives_a_new_version_and_a_line_of_history(operator, question, english):
    edited = edit_question(operator, question, 1, **FIELDS | {"is_required": True})
    assert (edited.version, row_of(question)["is_required"]) == (2, True)
    assert [(entry.verb, entry.changes) for entry in history_of(question)] == [("edit", (("required", "no", "yes"),))]


def test_nothing_changed_writes_nothing_whatever_the_version(operator, question):
    edit_question(operator, question, 1, **FIELDS | {"is_required": True})
    before = row_of(question)
    edit_question(operator, question, 1, **FIELDS | {"is_required": True})
    assert row_of(question) == before
    assert len(history_of(question)) == 1


def test_what_a_colleague_changed_meanwhile_is_told_and_nothing_written(operator, question, english):
    edit_question(operator, question, 1, **FIELDS | {"reason": "По просьбе колледжей."})
    before = row_of(question)
    with pytest.raises(Changed) as caught:
        edit_question(operator, question, 1, **FIELDS | {"is_required": True})
    assert [entry.changes for entry in caught.value.changes] == [
        (("why it is asked", "Чтобы знать, где не хватает предприятий.", "По просьбе колледжей."),)
    ]
    assert caught.value.current.reason == "По просьбе колледжей."
    assert row_of(question) == before


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "yes_no"}, "kind"),
        ({"text": "Сколько соглашений"}, "text"),
    ],
)
def test_once_answered_what_it_asks_stays(operator, question, answer, english, changes, field):
    message = "Schools have answered this already, so it stays. Retire the question and ask another."
    before = row_of(question)
    assert errors_of(lambda: edit_question(operator, question, 1, **FIELDS | changes)) == {field: [message]}
    assert row_of(question) == before


def test_once_answered_out_of_what_stays(operator, campaign, school, english):
    question = QuestionFactory(campaign=campaign, **ABOUT_GROUP)
    report = SchoolReportFactory(school=school, campaign=campaign)
    QuestionAnswer.objects.create(report=report, question=question, number=3, whole=9)
    changes = {"whole": "всех обучающихся"}
    assert list(errors_of(lambda: edit_question(operator, question, 1, **ABOUT_GROUP | changes))) == ["whole"]


def test_once_answered_the_reason_may_still_be_put_better(operator, question, answer):
    edit_question(operator, question, 1, **FIELDS | {"reason": "Чтобы найти новых партнёров."})
    assert row_of(question)["reason"] == "Чтобы найти новых партнёров."


def test_a_text_that_is_asked_already_is_refused_in_a_change_too(operator, campaign, question, english):
    other = QuestionFactory(campaign=campaign)
    assert errors_of(lambda: edit_question(operator, other, 1, **FIELDS)) == {
        "text": ["The campaign asks this already."]
    }


def test_a_retired_question_is_not_changed(operator, question, english):
    retired = retire_question(operator, question, 1)
    with pytest.raises(StateForbids, match="The question is retired"):
        edit_question(operator, retired, 2, **FIELDS | {"is_required": True})


# --- When ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "adds", "retires"),
    [
        ("2019-08-27 10:00", True, True),
        ("2019-09-13 00:00", True, True),
        ("2019-10-14 23:59:59", True, True),
        ("2019-10-15 00:00", False, True),
        ("2019-10-22 10:00", False, True),
        ("2019-11-05 23:59:59", False, True),
        ("2019-11-06 00:00", False, False),
    ],
)
def test_questions_are_added_until_the_last_day_and_retired_until_the_closing(
    operator, campaign, question, clock, moment, adds, retires
):
    clock(moment)
    acts = (
        (lambda: create_question(operator, campaign, **ABOUT_GROUP), adds),
        (lambda: edit_question(operator, question, 1, **FIELDS | {"reason": "Иначе."}), adds),
        (lambda: retire_question(operator, question, 2 if adds else 1), retires),
    )
    for act, works in acts:
        if works:
            act()
        else:
            with pytest.raises(StateForbids):
                act()
    assert campaign.questions.count() == 1 + adds
    assert (row_of(question)["retired_at"] is not None) == retires


def test_who_comes_too_late_is_told_why(operator, campaign, question, clock, english):
    clock("2019-10-15 00:00")
    with pytest.raises(StateForbids) as late:
        create_question(operator, campaign, **ABOUT_GROUP)
    assert str(late.value) == (
        "Questions are added and changed until the campaign's last day, 14.10.2019, so that schools meet no new ones "
        "while they report. A question can still be retired."
    )
    clock("2019-11-06 00:00")
    with pytest.raises(StateForbids) as closed:
        retire_question(operator, question, 1)
    assert str(closed.value) == "The campaign is closed: its questions stand as they were answered."


def test_a_draft_has_questions_before_it_is_published(operator, campaign):
    campaign.published_at = None
    campaign.save()
    assert create_question(operator, campaign, **FIELDS).pk


# --- Retiring --------------------------------------------------------------------------------


def test_a_retired_question_keeps_its_answers_and_history(operator, question, answer, clock, english):
    retire_question(operator, question, 1)
    assert (row_of(question)["retired_at"], row_of(question)["version"]) == (clock("2019-09-24 14:20"), 2)
    assert question.answers.count() == 1
    assert [(entry.verb, entry.changes) for entry in history_of(question)] == [
        ("retire", (("retired", "–", "24.09.2019 14:20"),))
    ]


def test_retiring_twice_is_once(operator, question):
    retire_question(operator, question, 1)
    retire_question(operator, question, 1)
    assert (row_of(question)["version"], len(history_of(question))) == (2, 1)


def test_a_question_that_changed_meanwhile_is_not_retired(operator, question):
    edit_question(operator, question, 1, **FIELDS | {"is_required": True})
    with pytest.raises(Changed):
        retire_question(operator, question, 1)
    assert row_of(question)["retired_at"] is None


# --- Who -------------------------------------------------------------------------------------


def test_the_operator_of_the_region_alone_asks(people, campaign, question):
    acts = (
        lambda person: create_question(person, campaign, **ABOUT_GROUP),
        lambda person: edit_question(person, question, 1, **FIELDS | {"is_required": True}),
        lambda person: retire_question(person, question, 1),
    )
    for part, person in people.items():
        if part == "operator":
            continue
        for act in acts:
            with pytest.raises(PermissionDenied):
                act(person)
    assert (campaign.questions.count(), row_of(question)["version"]) == (1, 1)


def test_of_two_who_add_the_same_at_once_both_have_the_one(at_once, operator, campaign):
    results = at_once(*[lambda: create_question(operator, campaign, **FIELDS)] * 2)
    assert [row.text for row in results] == [FIELDS["text"]] * 2
    assert list(campaign.questions.values_list("position", "version")) == [(1, 1)]


def test_of_two_who_change_at_once_one_wins_and_the_other_is_told(at_once, operator, question):
    results = at_once(
        lambda: edit_question(operator, question, 1, **FIELDS | {"reason": "Первое."}),
        lambda: edit_question(operator, question, 1, **FIELDS | {"reason": "Второе."}),
    )
    assert sorted(type(result).__name__ for result in results) == ["Changed", "ReportQuestion"]
    assert row_of(question)["version"] == 2


# --- How much it is --------------------------------------------------------------------------


def test_a_report_asks_for_the_grades_the_kinds_on_offer_the_texts_and_the_own_questions(campaign):
    """Seven grades; open lessons and contests, but no club, whose grades are not the campaign's."""
    bare = burden_of(campaign, own_kinds(campaign))
    assert (bare.questions, bare.numbers, bare.choices, bare.texts, bare.own) == (13, 9, 1, 3, 0)
    assert bare.minutes == 6  # 9 × 15 + 5 + 3 × 60 = 320 seconds
    for kind in ("number", "part", "yes_no", "text"):
        QuestionFactory(campaign=campaign, kind=kind)
    full = burden_of(campaign, own_kinds(campaign))
    assert (full.questions, full.numbers, full.choices, full.texts, full.own) == (17, 12, 2, 4, 4)
    assert full.minutes == 8  # 12 × 15 + 2 × 5 + 4 × 60 = 430 seconds


def test_a_retired_question_costs_a_school_nothing(operator, campaign, question):
    before = burden_of(campaign, own_kinds(campaign))
    retire_question(operator, question, 1)
    after = burden_of(campaign, own_kinds(campaign))
    assert (before.own, after.own, before.questions - after.questions) == (1, 0, 1)


def test_the_burden_takes_two_queries(campaign, question, queries_of):
    assert len(queries_of(lambda: burden_of(campaign, own_kinds(campaign)))) == 2
