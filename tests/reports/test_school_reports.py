"""A school's report is written and sent: what it takes, what it keeps, what stops a sending and what does not."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from portal.actions import save_school
from portal.errors import Changed, StateForbids
from portal.queries.history import history_of
from reports.actions import retire_question
from reports.checks import warnings_of
from reports.models import QuestionAnswer, SchoolReport
from reports.queries.school import known_of, previous_report, report_of
from tests.factories import (
    CampaignFactory,
    EnrolmentFactory,
    EventFactory,
    QuestionFactory,
    SchoolFactory,
    SchoolReportFactory,
    UserFactory,
    folder_of,
    stamp,
)
from tests.reporting import accept_school, report_fields, return_school, told, write_school

pytestmark = pytest.mark.usefixtures("reporting_day", "english")

NO_ANSWER = {"number": None, "whole": None, "yes": None, "text": ""}


@pytest.fixture
def event(school, campaign):
    """Twenty-four eighth-graders of twenty-five."""
    return EventFactory(school=school, campaign=campaign)


@pytest.fixture
def write(coordinator, school, campaign, event):
    """Send the school's report, more or other numbers with changes; ``send=False`` saves it."""

    def write(version=0, actor=coordinator, **changes):
        return write_school(actor, school, campaign, version, **changes)

    return write


def problems(act) -> dict:
    """What a refused writing says, by field."""
    with pytest.raises(ValidationError) as caught:
        act()
    return {
        name: [message for error in errors for message in error] for name, errors in caught.value.error_dict.items()
    }


# --- What is kept ----------------------------------------------------------------------------


def test_a_report_not_begun_has_no_row_and_reads_as_an_open_one(school, campaign):
    school.director = "Иванова А. П."
    school.save()
    report = report_of(folder_of(school, campaign))
    assert (report.pk, report.version, report.status, report.signed_name) == (None, 0, "open", "Иванова А. П.")
    assert SchoolReport.objects.count() == 0


def test_a_sent_report_holds_the_numbers_who_sent_it_and_the_enrolment_it_was_measured_on(write, coordinator):
    report = write(conclusions="  Удалось.\x00 ")
    report.refresh_from_db()
    assert report.by_grade == dict.fromkeys(range(1, 5)) | dict.fromkeys(range(5, 12), 0) | {8: 24}
    assert report.roll == dict.fromkeys(range(1, 12), 25)
    assert (report.roll_as_of, report.roll_source) == (date(2019, 9, 1), "ОО-1")
    assert (report.pupils, report.enrolled, report.basis, report.conclusions) == (24, 175, "lists", "Удалось.")
    assert (report.status, report.version, report.submitted_by, report.on_behalf) == (
        "submitted",
        1,
        coordinator,
        False,
    )
    assert report.submitted_on == date(2019, 10, 17)
    assert [(row.kind, row.pupils) for row in report.kinds.all()] == [("open_lesson", 24)]
    assert told(report) == [("Кира Школьная", "submit", "")]


def test_how_many_never_took_part_is_turned_into_how_many_did(write):
    report = write(answered_by="never", grades=dict.fromkeys(range(5, 12), 25) | {8: 1})
    assert [report.by_grade[grade] for grade in range(5, 12)] == [0, 0, 0, 24, 0, 0, 0]
    assert (report.pupils, report.answered_by) == (24, "never")


def test_without_enrolment_only_how_many_took_part_can_be_said(second_school, campaign, second_coordinator):
    EventFactory(school=second_school, campaign=campaign)
    found = problems(lambda: write_school(second_coordinator, second_school, campaign, answered_by="never"))
    assert found["answered_by"] == ["Enrolment is not known: say how many took part."]
    assert SchoolReport.objects.count() == 0


def test_a_report_without_enrolment_is_sent_and_has_no_denominator(second_school, campaign, second_coordinator):
    EventFactory(school=second_school, campaign=campaign)
    report = write_school(second_coordinator, second_school, campaign)
    assert (report.status, report.pupils, report.enrolled, report.roll, report.roll_as_of) == (
        "submitted",
        24,
        None,
        None,
        None,
    )


def test_each_writing_measures_anew(write, school):
    write(send=False)
    school.enrolments.update(grade_8=24, grade_9=20)
    stamp(school.municipality.region, [school.pk])
    report = write(1)
    assert (report.roll[8], report.roll[9], report.enrolled) == (24, 20, 169)


def test_numbers_of_grades_outside_the_campaign_are_not_taken(write):
    report = write(grades=report_fields()["grades"] | {2: 9})
    assert (report.grade_2, report.pupils) == (None, 24)


def test_no_data_is_an_answer_and_no_zero(write):
    report = write(kinds={"open_lesson": None})
    assert [(row.kind, row.pupils) for row in report.kinds.all()] == [("open_lesson", None)]


def test_a_kind_that_was_not_held_is_not_taken(write):
    report = write(kinds={"open_lesson": 24, "contest": 7, "nothing": 3})
    assert [row.kind for row in report.kinds.all()] == ["open_lesson"]


def test_a_report_of_zeros_is_a_report(coordinator, school, campaign):
    report = write_school(coordinator, school, campaign, grades=dict.fromkeys(range(5, 12), 0), kinds={})
    assert (report.status, report.pupils, report.enrolled) == ("submitted", 0, 175)


# --- Drafts ----------------------------------------------------------------------------------


def test_a_draft_takes_what_there_is(write):
    report = write(send=False, grades={8: 24}, kinds={}, basis="", signed_name="")
    assert (report.status, report.version, report.grade_8, report.grade_5, report.pupils) == ("open", 1, 24, None, None)
    assert (report.submitted_on, report.submitted_by) == (None, None)
    assert told(report) == [("Кира Школьная", "write", "")]


def test_a_draft_is_changed_and_then_sent(write):
    write(send=False, grades={8: 24}, kinds={}, basis="")
    write(1, send=False, grades={8: 25}, kinds={})
    report = write(2)
    assert (report.status, report.version, report.grade_8) == ("submitted", 3, 24)
    assert [verb for _who, verb, _for in told(report)] == ["write", "edit", "submit"]


def test_a_draft_cannot_hold_more_pupils_than_are_enrolled(write):
    found = problems(lambda: write(send=False, grades={8: 26}))
    assert found == {"grade_8": ["26 is more than the 25 pupils enrolled."]}


# --- Twice, and two people -------------------------------------------------------------------


def test_a_draft_saved_twice_is_saved_once(write):
    first, second = write(send=False), write(send=False)
    assert (first.pk, first.version, second.version) == (second.pk, 1, 1)
    assert [verb for _who, verb, _for in told(second)] == ["write"]


def test_a_report_sent_twice_is_sent_once(write):
    first, second = write(), write()
    assert (first.pk, first.version, second.version) == (second.pk, 1, 1)
    assert [verb for _who, verb, _for in told(second)] == ["submit"]


def test_a_corrected_report_sent_twice_is_sent_once(write, municipal):
    returned = return_school(municipal, write())
    write(returned.version, conclusions="Исправлено.")
    report = write(returned.version, conclusions="Исправлено.")
    assert (report.status, report.version) == ("submitted", 3)
    assert [verb for _who, verb, _for in told(report)] == ["submit", "return", "submit"]


def test_another_text_over_an_old_version_is_refused_and_the_change_is_shown(write, colleague):
    write(send=False)
    write(1, actor=colleague, send=False, conclusions="Павел дописал.")
    with pytest.raises(Changed) as caught:
        write(1, send=False, conclusions="Кира тоже.")
    report = SchoolReport.objects.get()
    assert (caught.value.current, report.version, report.conclusions) == (report, 2, "Павел дописал.")
    assert [(entry.who, entry.verb) for entry in caught.value.changes] == [("Павел Школьный", "edit")]


def test_the_second_of_two_coordinators_who_both_begin_is_told(write, colleague):
    write(actor=colleague)
    with pytest.raises(Changed) as caught:
        write(conclusions="Кира не знала.")
    assert [(entry.who, entry.verb) for entry in caught.value.changes] == [("Павел Школьный", "submit")]
    assert SchoolReport.objects.get().conclusions == ""


def test_two_who_send_just_the_same_send_it_once(write, colleague, coordinator):
    write()
    report = write(actor=colleague)
    assert (report.version, report.submitted_by) == (1, coordinator)


def test_a_version_that_never_was_is_refused(write):
    with pytest.raises(Changed) as caught:
        write(5)
    assert (caught.value.changes, SchoolReport.objects.count()) == ([], 0)


# --- After sending ---------------------------------------------------------------------------


def test_what_was_sent_can_be_corrected_and_stays_sent_on_its_first_day(write, clock):
    write()
    clock("2019-10-25 10:00")
    report = write(1, send=False, conclusions="Дописано.")
    assert (report.status, report.version, report.submitted_on) == ("submitted", 2, date(2019, 10, 17))
    assert [verb for _who, verb, _for in told(report)] == ["submit", "edit"]


def test_what_was_sent_cannot_lose_what_a_sending_asks_for(write):
    write()
    found = problems(lambda: write(1, send=False, basis="", kinds={}))
    assert found == {
        "basis": ["Say what the numbers rest on: lists, or an estimate."],
        "kind_open_lesson": ["Write how many different pupils took part, or tick «no data»."],
    }
    report = SchoolReport.objects.get()
    assert (report.version, report.basis, report.kinds.count()) == (1, "lists", 1)


def test_a_corrected_report_keeps_its_first_day_and_forgets_the_comment(write, municipal, clock):
    returned = return_school(municipal, write())
    clock("2019-10-23 10:00")
    report = write(returned.version, conclusions="Исправлено.")
    assert (report.submitted_on, report.comment, report.correct_by) == (date(2019, 10, 17), "", None)


def test_an_accepted_report_is_not_written(write, municipal):
    accepted = accept_school(municipal, write())
    with pytest.raises(StateForbids) as caught:
        write(accepted.version, conclusions="Ещё одно.")
    assert str(caught.value) == "The report is accepted. Who accepted it or the operator can reopen it."


# --- What stops a sending --------------------------------------------------------------------


def test_everything_that_is_missing_is_named_at_once(write):
    found = problems(lambda: write(grades={8: 24}, kinds={}, basis="", signed_name=" "))
    assert found == {
        f"grade_{grade}": ["Answer for this grade too; 0 is an answer."] for grade in (5, 6, 7, 9, 10, 11)
    } | {
        "kind_open_lesson": ["Write how many different pupils took part, or tick «no data»."],
        "basis": ["Say what the numbers rest on: lists, or an estimate."],
        "signed_name": ["Write who signs the report: the director."],
    }
    assert SchoolReport.objects.count() == 0


def test_a_number_outside_its_range_says_which_are_possible(write):
    found = problems(lambda: write(grades=dict.fromkeys(range(5, 12), 0) | {8: 23, 9: 1}, kinds={"open_lesson": 20}))
    assert found == {
        "grade_8": ["23 cannot be right: only 24 is possible. The largest event had 24, all events together 24."],
        "grade_9": ["1 cannot be right: only 0 is possible. The largest event had 0, all events together 0."],
        "kind_open_lesson": [
            "20 cannot be right: only 24 is possible. "
            "Not more than its events together (24) and than all unique pupils (24)."
        ],
    }


def test_who_says_how_many_never_took_part_is_answered_in_the_same_terms(write):
    found = problems(lambda: write(answered_by="never", grades=dict.fromkeys(range(5, 12), 25) | {8: 5}))
    assert found["grade_8"] == [
        "5 cannot be right: only 1 is possible. The largest event had 24, all events together 24."
    ]


def test_a_number_above_enrolment_is_named_at_its_grade(write):
    found = problems(lambda: write(grades=dict.fromkeys(range(5, 12), 0) | {8: 26}))
    assert found["grade_8"] == ["26 is more than the 25 pupils enrolled."]


def test_a_text_that_is_too_long_is_named_at_its_field(write):
    found = problems(lambda: write(conclusions="я" * 3_001))
    assert list(found) == ["conclusions"]


def test_events_under_review_never_stop_a_school(write, school, campaign):
    EventFactory(school=school, campaign=campaign, flagged=True, grade_8=30, note="Два потока")
    report = write(grades=dict.fromkeys(range(5, 12), 0) | {8: 25}, kinds={"open_lesson": 25})
    assert (report.status, report.submitted_on) == ("submitted", date(2019, 10, 17))


def test_a_school_that_closed_before_the_last_day_is_not_expected_to_report(write, school):
    school.closed_on = date(2019, 10, 14)
    save_school(None, school)
    with pytest.raises(StateForbids) as caught:
        write()
    message = "No report is expected: the school is closed on the campaign's last day or has no pupils in its grades."
    assert str(caught.value) == message


def test_a_campaign_of_another_region_takes_no_report(coordinator, school, foreign):
    found = problems(lambda: write_school(coordinator, school, foreign.campaign))
    assert found == {"campaign": ["The campaign belongs to another region."]}


# --- The campaign's own questions ------------------------------------------------------------


def test_answers_of_every_kind_are_kept(write, campaign):
    number, part, yes, text = (
        QuestionFactory(campaign=campaign, kind=kind) for kind in ("number", "part", "yes_no", "text")
    )
    report = write(
        answers={
            number.pk: NO_ANSWER | {"number": 0},
            part.pk: NO_ANSWER | {"number": 3, "whole": 24},
            yes.pk: NO_ANSWER | {"yes": False},
            text.pk: NO_ANSWER | {"text": "Завод"},
        }
    )
    stored = report.answers.order_by("question_id").values_list("question_id", "number", "whole", "yes", "text")
    assert list(stored) == [
        (number.pk, 0, None, None, ""),
        (part.pk, 3, 24, None, ""),
        (yes.pk, None, None, False, ""),
        (text.pk, None, None, None, "Завод"),
    ]


@pytest.mark.parametrize("kind", ["number", "part", "yes_no", "text"])
def test_a_required_question_is_answered(kind, write, campaign):
    question = QuestionFactory(campaign=campaign, kind=kind, is_required=True)
    found = problems(lambda: write(answers={question.pk: NO_ANSWER}))
    assert found == {f"question_{question.pk}": ["This question is required."]}


@pytest.mark.parametrize("kind", ["number", "part", "yes_no", "text"])
def test_an_optional_one_may_be_left(kind, write, campaign):
    question = QuestionFactory(campaign=campaign, kind=kind)
    assert write(answers={question.pk: NO_ANSWER}).answers.count() == 0


def test_a_part_is_not_larger_than_its_whole(write, campaign):
    question = QuestionFactory(campaign=campaign, kind="part")
    found = problems(lambda: write(answers={question.pk: NO_ANSWER | {"number": 5, "whole": 4}}))
    assert found == {f"question_{question.pk}": ["5 cannot be out of 4."]}


def test_a_part_names_its_whole(write, campaign):
    question = QuestionFactory(campaign=campaign, kind="part")
    found = problems(lambda: write(answers={question.pk: NO_ANSWER | {"number": 5}}))
    assert found == {f"question_{question.pk}": ["Say out of how many."]}


def test_a_whole_without_its_part_is_not_lost_in_silence(write, campaign):
    question = QuestionFactory(campaign=campaign, kind="part")
    found = problems(lambda: write(answers={question.pk: NO_ANSWER | {"whole": 5}}))
    assert list(found) == [f"question_{question.pk}"]


def test_another_campaigns_question_is_not_answered(write, foreign):
    question = QuestionFactory(campaign=foreign.campaign)
    assert write(answers={question.pk: NO_ANSWER | {"number": 5}}).answers.count() == 0


def test_an_answer_can_be_taken_back(write, campaign):
    question = QuestionFactory(campaign=campaign)
    write(answers={question.pk: NO_ANSWER | {"number": 5}})
    assert write(1, answers={question.pk: NO_ANSWER}).answers.count() == 0


def test_what_was_answered_before_a_question_was_retired_stays(write, campaign, operator):
    question = QuestionFactory(campaign=campaign)
    write(answers={question.pk: NO_ANSWER | {"number": 5}})
    retire_question(operator, question, 1)
    report = write(1, conclusions="Дописано.")
    assert [row.number for row in QuestionAnswer.objects.filter(report=report)] == [5]


# --- On behalf -------------------------------------------------------------------------------


def test_what_a_municipal_coordinator_enters_is_marked_and_history_says_for_whom(write, municipal):
    report = write(actor=municipal)
    assert (report.on_behalf, report.submitted_by) == (True, municipal)
    assert told(report) == [("Мария Муниципальная", "submit", "Школа «Перспектива»")]


def test_what_the_school_sends_after_a_return_is_its_own_again(write, municipal, coordinator):
    returned = return_school(municipal, write(actor=municipal))
    report = write(returned.version, conclusions="Сами.")
    assert (report.on_behalf, report.submitted_by) == (False, coordinator)


def test_who_holds_both_roles_writes_as_the_school(write, school, tomsk):
    both = UserFactory(name="Зоя Двойная", coordinator_of=school, municipal_of=tomsk)
    report = write(actor=both)
    assert (report.on_behalf, told(report)) == (False, [("Зоя Двойная", "submit", "")])


def test_the_operator_writes_for_a_school_that_no_municipality_runs(operator, unrun_school, campaign):
    EnrolmentFactory(school=unrun_school)
    EventFactory(school=unrun_school, campaign=campaign)
    report = write_school(operator, unrun_school, campaign)
    assert (report.on_behalf, told(report)) == (True, [("Ольга Оператор", "submit", "Школа-интернат")])


# --- What is worth a look --------------------------------------------------------------------


def warned(school, campaign) -> list[str]:
    report, known = report_of(folder_of(school, campaign)), known_of(school, campaign)
    return [row.text for row in warnings_of(report, known, previous_report(school, campaign))]


def test_what_is_left_is_named_and_stops_nothing(write, school, campaign):
    for number, status in enumerate(("draft", "planned", "returned"), start=1):
        EventFactory.create_batch(number, school=school, campaign=campaign, status=status)
    assert warned(school, campaign) == [
        "1 draft is not sent. What is not sent will count nowhere once the report is accepted.",
        "2 planned events are not marked as held. What is not sent will count nowhere once the report is accepted.",
        "3 returned events are not corrected. What is not sent will count nowhere once the report is accepted.",
        "1 event is still under review. It does not hold you up and makes nothing late.",
    ]
    assert write().status == "submitted"


def test_what_is_not_known_and_not_held_is_named(second_school, campaign):
    assert warned(second_school, campaign) == [
        "Enrolment is not known, so no share is shown and nothing can be compared with it.",
        "No event was held. A report of zeros is a report too.",
    ]


@pytest.mark.parametrize(
    ("then", "named"),
    [
        (10, True),  # 70 in all
        (7, True),  # 49 in all: the difference is 25
        (6, False),  # 42 in all: the difference is 18, so of few pupils
        (3, False),  # 21 in all: within a half
    ],
)
def test_numbers_out_of_line_with_the_last_campaign_are_named(then, named, write, school, campaign):
    past = CampaignFactory(region=campaign.region, academic_year="2018/2019", starts_on=date(2019, 4, 1))
    campaign.previous = past
    campaign.save()
    SchoolReportFactory(
        school=school, campaign=past, status="accepted", **{f"grade_{grade}": then for grade in range(5, 12)}
    )
    write(send=False)
    texts = [f"Unique pupils are out of line with the last campaign: 24, then {then * 7}."] if named else []
    assert warned(school, campaign)[1:] == texts


def test_a_report_of_the_last_campaign_that_was_not_accepted_is_not_compared_with(write, school, campaign):
    past = CampaignFactory(region=campaign.region, academic_year="2018/2019", starts_on=date(2019, 4, 1))
    campaign.previous = past
    campaign.save()
    SchoolReportFactory(school=school, campaign=past, status="submitted")
    write(send=False)
    assert len(warned(school, campaign)) == 1


def test_one_draft_of_another_school_is_not_ours(write, second_school, school, campaign):
    EventFactory(school=second_school, campaign=campaign, status="draft")
    assert warned(school, campaign) == [
        "1 event is still under review. It does not hold you up and makes nothing late."
    ]


def test_history_says_what_the_numbers_were(write):
    write(send=False)
    report = write(1, send=False, grades=report_fields()["grades"] | {8: 25}, kinds={"open_lesson": None})
    assert sorted((str(label), before, after) for label, before, after in history_of(report)[0].changes) == [
        ("grade 8", "24", "25"),
        ("unique pupils by kind", "open lesson: 24", "open lesson: no data"),
    ]


def test_two_coordinators_who_send_at_once_make_one_report(at_once, coordinator, colleague, school, campaign, english):
    """Each with a text of their own: one wins, the other is told."""
    EventFactory(school=school, campaign=campaign)
    results = at_once(
        *(
            lambda person=person: write_school(person, school, campaign, conclusions=person.name)
            for person in (coordinator, colleague)
        )
    )
    report = SchoolReport.objects.get()
    assert sorted(type(result).__name__ for result in results) == ["Changed", "SchoolReport"]
    assert (report.version, report.conclusions, report.kinds.count()) == (1, report.submitted_by.name, 1)


def test_a_school_of_a_smaller_campaign_answers_for_its_grades_alone(coordinator, school, campaign):
    campaign.grade_from, campaign.grade_to = 8, 9
    campaign.save()
    EventFactory(school=school, campaign=campaign)
    report = write_school(coordinator, school, campaign)
    assert (report.pupils, report.enrolled, report.grade_5) == (24, 50, None)
    assert SchoolFactory(municipality=school.municipality).reports.count() == 0
