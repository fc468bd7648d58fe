"""Which numbers a school's report may hold: the bounds that its events and its enrolment leave, and the form with them.

For a grade the unique pupils lie between min(largest event, enrolment) and min(sum of events, enrolment); for a kind
between the sum over the campaign's grades of min(largest event of the kind, enrolment) and min(sum of its events,
unique pupils in all).
"""

from itertools import combinations, product

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from campaigns.models import CampaignFormat
from events.models import Event
from portal.models import Enrolment
from reports.checks import check_grades, check_kinds, range_text
from reports.forms.reports import SchoolReportForm
from reports.models import SchoolReport
from reports.queries.school import GradeKnown, KindKnown, Range, known_of, report_of
from tests.factories import LONG_AGO, EnrolmentFactory, EventFactory, FormatFactory, QuestionFactory, folder_of, stamp
from tests.reporting import REPORTING, write_school

# --- Against a brute force -------------------------------------------------------------------

SMALL = st.integers(0, 4)


def sizes_of_unions(roll: int, events: list[int]) -> set[int]:
    """How many different pupils may have come, by trying every choice of who came to which event.

    An event with more participants than are enrolled had them all.
    """
    choices = [list(combinations(range(roll), min(count, roll))) for count in events]
    return {len(set().union(*chosen)) for chosen in product(*choices)}


@given(roll=SMALL, events=st.lists(SMALL, max_size=3))
def test_the_range_of_a_grade_holds_just_what_is_possible(campaign, school, operator, roll, events):
    Event.objects.all().delete()
    Enrolment.objects.filter(school=school).update(grade_8=roll)
    stamp(campaign.region, [school.pk])
    for count in events:
        if count:
            EventFactory(school=school, campaign=campaign, author=operator, grade_8=count)
    row = known_of(school, campaign).grade(8)
    assert set(range(row.took_part.low, row.took_part.high + 1)) == sizes_of_unions(roll, events)
    assert set(range(row.never.low, row.never.high + 1)) == {roll - n for n in sizes_of_unions(roll, events)}
    assert row.participations == sum(events)


KINDS = st.sampled_from(["open_lesson", "contest", "club"])
COUNTS = st.dictionaries(st.sampled_from([3, 5, 8, 9, 11]), st.integers(0, 40), max_size=3)
EVENT = st.tuples(
    KINDS, st.sampled_from(["submitted", "accepted", "draft", "planned", "returned", "cancelled"]), COUNTS
)


@given(
    roll=st.none() | st.dictionaries(st.sampled_from([5, 8, 9, 11]), st.integers(0, 40)),
    events=st.lists(EVENT, max_size=5),
    pupils=st.integers(0, 200),
)
def test_the_range_of_a_kind_runs_from_its_largest_events_to_the_sum(
    campaign, school, operator, lesson, contest, club, roll, events, pupils
):
    Event.objects.all().delete()
    Enrolment.objects.all().delete()
    if roll is not None:
        numbers = {f"grade_{grade}": roll.get(grade, 0) for grade in range(1, 12)}
        EnrolmentFactory(school=school, **numbers)
    stamp(campaign.region, [school.pk])
    formats = {"open_lesson": lesson, "contest": contest, "club": club}
    held = []
    for kind, status, counts in events:
        if not sum(counts.values()):
            continue
        numbers = {"grade_8": 0} | {f"grade_{grade}": n for grade, n in counts.items()}
        EventFactory(school=school, campaign=campaign, author=operator, format=formats[kind], status=status, **numbers)
        if status in ("submitted", "accepted"):
            held.append((kind, counts))

    def at_most(grade, number):
        return number if roll is None else min(number, roll.get(grade, 0))

    expected = {}
    for kind in formats:
        own = [counts for name, counts in held if name == kind]
        low = sum(at_most(g, max((counts.get(g, 0) for counts in own), default=0)) for g in campaign.grades)
        together = sum(counts.get(g, 0) for counts in own for g in campaign.grades)
        if together:
            expected[kind] = (low, together, max(min(together, pupils), low))
    found = known_of(school, campaign)
    assert {row.kind: (row.low, row.together, row.within(pupils).high) for row in found.kinds} == expected
    for row in found.kinds:
        assert row.within(pupils).low == row.low
    for row in found.grades:
        counts = [counts.get(row.grade, 0) for _kind, counts in held]
        low, high = max(counts, default=0), sum(counts)
        assert row.took_part == Range(at_most(row.grade, low), at_most(row.grade, high))


@given(data=st.data())
def test_whatever_is_possible_by_grade_leaves_each_kind_a_number(campaign, school, operator, lesson, contest, data):
    """So a school whose grades are right can always answer its kinds: the total is at least each kind."""
    Event.objects.all().delete()
    for format_ in (lesson, contest):
        for counts in data.draw(
            st.lists(st.dictionaries(st.integers(8, 11), st.integers(1, 40), min_size=1), max_size=2)
        ):
            numbers = {"grade_8": 0} | {f"grade_{grade}": n for grade, n in counts.items()}
            EventFactory(school=school, campaign=campaign, author=operator, format=format_, **numbers)
    known = known_of(school, campaign)
    pupils = {row.grade: data.draw(st.integers(row.took_part.low, row.took_part.high)) for row in known.grades}
    report = SchoolReport(school=school, campaign=campaign, **{f"grade_{g}": n for g, n in pupils.items()})
    report.fill_derived()
    kinds = {}
    for row in known.kinds:
        assert row.low <= report.pupils
        kinds[row.kind] = data.draw(st.integers(row.within(report.pupils).low, row.within(report.pupils).high))
        assert kinds[row.kind] <= report.pupils
    assert check_grades(report, known) == {}
    assert check_kinds(report, known, kinds) == {}
    for row in known.kinds:
        for wrong in (row.low - 1, row.within(report.pupils).high + 1):
            assert list(check_kinds(report, known, kinds | {row.kind: wrong})) == [f"kind_{row.kind}"]


# --- Each by an example ----------------------------------------------------------------------


@pytest.fixture
def log(school, campaign, lesson, contest):
    """Grade 8: 20 and 10 of 25; grade 9: 10, then 30 of 25; a contest took in grade 9 alone."""
    EventFactory(school=school, campaign=campaign, format=lesson, grade_8=20, grade_9=10)
    EventFactory(school=school, campaign=campaign, format=lesson, status="accepted", grade_8=10)
    EventFactory(school=school, campaign=campaign, format=contest, grade_8=0, grade_9=30, flagged=True, note="Гости")
    EventFactory(school=school, campaign=campaign, format=lesson, status="draft", grade_10=25)


@pytest.fixture
def offer_of(region, campaign):
    """Offer one more format, of a kind that is named."""

    def offer(kind):
        format_ = FormatFactory(region=region, kind=kind)
        CampaignFormat.objects.create(campaign=campaign, format=format_, added_at=LONG_AGO)
        return format_

    return offer


def test_a_grade_lies_between_its_largest_event_and_all_of_them(log, school, campaign):
    known = known_of(school, campaign)
    assert known.grade(8) == GradeKnown(8, 25, 30, Range(20, 25))
    assert known.grade(8).never == Range(0, 5)
    assert known.grade(9) == GradeKnown(9, 25, 40, Range(25, 25))
    assert known.grade(10) == GradeKnown(10, 25, 0, Range(0, 0))


def test_a_kind_lies_between_its_largest_events_and_all_pupils(log, school, campaign, english):
    lesson, contest = known_of(school, campaign).kinds
    assert lesson == KindKnown("open_lesson", "open lesson", 1, 1, 40, 20 + 10, 40)
    assert (lesson.within(50), lesson.within(35), lesson.only) == (Range(30, 40), Range(30, 35), None)
    assert contest == KindKnown("contest", "contest", 0, 1, 30, 25, 30)
    assert contest.within(50) == Range(25, 30)


def test_without_enrolment_the_events_alone_bound(second_school, campaign):
    EventFactory(school=second_school, campaign=campaign, grade_8=20)
    EventFactory(school=second_school, campaign=campaign, grade_8=90)
    row = known_of(second_school, campaign).grade(8)
    assert (row, row.never) == (GradeKnown(8, None, 110, Range(90, 110)), None)


def test_a_club_of_other_grades_is_an_event_and_no_kind_to_answer(school, campaign, club):
    EventFactory(school=school, campaign=campaign, format=club, grade_8=0, grade_2=12)
    known = known_of(school, campaign)
    assert (known.kinds, known.held, known.participations) == ((), 1, 12)


@pytest.mark.parametrize(
    ("low", "high", "text"), [(24, 24, "only 24 is possible"), (1_000, 1_234, "from 1 000 to 1 234")]
)
def test_a_range_is_said_in_words(low, high, text, english):
    assert range_text(Range(low, high)) == text.replace("1 0", "1\u00a00").replace("1 2", "1\u00a02")


# --- The form --------------------------------------------------------------------------------


@pytest.fixture
def form(school, campaign, english):
    """Fill in the school's form: ``form(grade_8="24")``; without anything it is just opened."""

    def fill(data=None, report=None, questions=()):
        report = report or report_of(folder_of(school, campaign))
        return SchoolReportForm(data, known=known_of(school, campaign), report=report, questions=questions)

    return fill


def numbers_of(form) -> dict:
    return form.report_values["grades"] if form.is_valid() else form.errors


def test_the_opened_form_is_filled_in_where_one_number_alone_is_possible(log, form):
    initial = form().initial
    assert {grade: initial[f"grade_{grade}"] for grade in range(5, 12)} == {
        5: 0,
        6: 0,
        7: 0,
        8: None,
        9: 25,
        10: 0,
        11: 0,
    }
    assert (initial["kind_open_lesson"], initial["kind_contest"]) == (None, None)


def test_the_posted_form_is_filled_in_where_one_number_alone_is_possible(log, form):
    assert numbers_of(form({"grade_8": "22"})) == {5: 0, 6: 0, 7: 0, 8: 22, 9: 25, 10: 0, 11: 0}
    never = form({"answered_by": "never", "grade_8": "3"})
    assert numbers_of(never) == {5: 25, 6: 25, 7: 25, 8: 3, 9: 0, 10: 25, 11: 25}


def test_a_kind_of_one_possible_number_is_filled_in(log, form, school, campaign, offer_of):
    EventFactory(school=school, campaign=campaign, format=offer_of("fair"), grade_8=0, grade_10=4)
    assert form().initial["kind_fair"] == 4
    posted = form({"grade_8": "22", "kind_open_lesson": "30", "kind_contest": "25"})
    assert posted.is_valid()
    assert posted.report_values["kinds"] == {"open_lesson": 30, "contest": 25, "fair": 4}


def test_a_kind_that_all_pupils_together_leave_one_number_is_filled_in_too(form, school, campaign):
    """Two lessons of the whole grade: 25 different pupils, whatever their sum."""
    EventFactory.create_batch(2, school=school, campaign=campaign, grade_8=25)
    opened = form()
    assert [possible for _row, possible, *_fields in opened.kind_rows] == ["only 25 is possible"]
    assert opened.initial["kind_open_lesson"] == 25
    posted = form({})
    assert posted.is_valid()
    assert posted.report_values["kinds"] == {"open_lesson": 25}


def test_a_kind_that_the_typed_numbers_leave_one_number_is_filled_in_too(form, school, campaign):
    """Two lessons of 20 of 25: who writes that 20 different pupils came has said it of the lessons."""
    EventFactory.create_batch(2, school=school, campaign=campaign, grade_8=20)
    assert form().initial["kind_open_lesson"] is None
    posted = form({"grade_8": "20"})
    assert posted.is_valid()
    assert posted.report_values["kinds"] == {"open_lesson": 20}


def test_a_draft_answered_by_never_comes_back_as_it_was_typed(log, form, coordinator, school, campaign, clock):
    clock(REPORTING)
    write_school(coordinator, school, campaign, send=False, answered_by="never", grades={8: 3}, kinds={})
    opened = form()
    assert (opened.initial["answered_by"], opened.initial["grade_8"], opened.initial["grade_9"]) == ("never", 3, 0)


@pytest.mark.parametrize("typed", ["1 234", "1\u00a0234", "1\u202f234", "1\u2009234", " 1234 "])
def test_numbers_are_taken_with_any_kind_of_space(typed, log, form):
    posted = form({"grade_8": "22", "kind_open_lesson": typed})
    assert posted.is_valid()
    assert posted.report_values["kinds"]["open_lesson"] == 1234


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("-1", "A number of people cannot be less than 0."),
        ("9" * 49, "Write a whole number in digits, for example 25."),
        ("10000", "At most 9999: a larger number is a slip of the hand."),
        ("2.5", "Write a whole number in digits, for example 25."),
        ("двадцать", "Write a whole number in digits, for example 25."),
        ("2\x002", "Write a whole number in digits, for example 25."),
    ],
)
def test_what_is_no_number_of_people_is_said_at_its_grade(typed, message, log, form):
    assert form({"grade_8": typed}).errors["grade_8"] == [message]


def test_no_data_is_ticked_on_purpose_and_stands_before_a_number(log, form):
    """The number may have been filled in by the form; it is not kept beside the answer that there is none."""
    posted = form({"grade_8": "22", "kind_open_lesson": "30", "nodata_open_lesson": "on"})
    assert posted.is_valid()
    assert posted.report_values["kinds"]["open_lesson"] is None


def test_no_data_alone_is_an_answer_even_where_one_number_is_possible(form, school, campaign):
    EventFactory(school=school, campaign=campaign)
    posted = form({"nodata_open_lesson": "on", "kind_open_lesson": ""})
    assert posted.is_valid()
    assert posted.report_values["kinds"] == {"open_lesson": None}


def test_a_way_to_answer_that_does_not_exist_is_refused(log, form):
    assert list(form({"answered_by": "maybe", "basis": "guess"}).errors) == ["answered_by", "basis"]


def test_without_enrolment_the_form_does_not_ask_how_many_never_took_part(second_school, campaign, english):
    report, known = report_of(folder_of(second_school, campaign)), known_of(second_school, campaign)
    posted = SchoolReportForm({"answered_by": "never", "grade_8": "3"}, known=known, report=report)
    assert posted.is_valid()
    assert ("answered_by" in posted.fields, posted.report_values["answered_by"]) == (False, "took_part")


def test_questions_are_read_as_their_kind_asks(log, form, campaign):
    number, part, yes, text = (
        QuestionFactory(campaign=campaign, kind=kind) for kind in ("number", "part", "yes_no", "text")
    )
    posted = form(
        {
            f"question_{number.pk}": "1 200",
            f"question_{part.pk}": "3",
            f"question_{part.pk}_whole": "24",
            f"question_{yes.pk}": "no",
            f"question_{text.pk}": "Завод",
        },
        questions=[number, part, yes, text],
    )
    assert posted.is_valid()
    assert posted.report_values["answers"] == {
        number.pk: {"number": 1200, "whole": None, "yes": None, "text": ""},
        part.pk: {"number": 3, "whole": 24, "yes": None, "text": ""},
        yes.pk: {"number": None, "whole": None, "yes": False, "text": ""},
        text.pk: {"number": None, "whole": None, "yes": None, "text": "Завод"},
    }


def test_what_the_form_fills_in_the_action_takes(log, form, coordinator, school, campaign, clock):
    """Every number left empty that can only be one: the whole report is two numbers and a signature."""
    clock(REPORTING)
    posted = form(
        {"grade_8": "22", "kind_open_lesson": "30", "kind_contest": "25", "basis": "lists", "signed_name": "И"}
    )
    assert posted.is_valid()
    report = write_school(coordinator, school, campaign, **posted.report_values)
    assert (report.status, report.pupils) == ("submitted", 47)


@pytest.mark.parametrize("number", [-1, 10**9, 10**48])
def test_the_action_itself_takes_no_number_that_the_form_would_not(number, log, coordinator, school, campaign, clock):
    clock(REPORTING)
    with pytest.raises(ValidationError):
        write_school(coordinator, school, campaign, send=False, grades={8: number})
    assert SchoolReport.objects.count() == 0


@pytest.mark.parametrize("number", [-1, 10**9, 10**48])
def test_nor_of_a_school_without_enrolment(number, second_coordinator, second_school, campaign, clock):
    clock(REPORTING)
    with pytest.raises(ValidationError):
        write_school(second_coordinator, second_school, campaign, send=False, grades={8: number})
    assert SchoolReport.objects.count() == 0
