"""A municipality's report: written over its schools' accepted ones, sent to the operator, accepted, returned."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from portal.errors import Changed, StateForbids
from reports.actions import accept_municipal_report, return_municipal_report
from reports.models import MunicipalReport
from reports.queries.levels import Level
from reports.queries.municipality import GradeSum, KindSum, merged, municipal_report_of
from tests.factories import EnrolmentFactory, EventFactory, SchoolFactory, SchoolReportFactory, UserFactory
from tests.reporting import CORRECT_BY, accept_school, again, told, write_municipality, write_school

pytestmark = pytest.mark.usefixtures("reporting_day", "english")


@pytest.fixture
def write(municipal, tomsk, campaign):
    """Send the municipality's report; ``send=False`` saves it."""

    def write(version=0, actor=municipal, **changes):
        return write_municipality(actor, tomsk, campaign, version, **changes)

    return write


# --- Writing ---------------------------------------------------------------------------------


def test_a_report_not_begun_has_no_row_and_reads_as_an_open_one(tomsk, campaign):
    report = municipal_report_of(tomsk, campaign)
    assert (report.pk, report.version, report.status) == (None, 0, "open")


def test_it_is_kept_with_who_sent_it_and_the_day(write, municipal):
    report = write(conclusions=" Удалось.\x00 ", difficulties="Автобус.", proposals="Два дня.", signed_post="начальник")
    report.refresh_from_db()
    assert (report.status, report.version, report.submitted_by, report.submitted_on, report.on_behalf) == (
        "submitted",
        1,
        municipal,
        date(2019, 10, 17),
        False,
    )
    assert (report.conclusions, report.difficulties, report.proposals) == ("Удалось.", "Автобус.", "Два дня.")
    assert (report.signed_name, report.signed_post) == ("Петров П. П.", "начальник")
    assert told(report) == [("Мария Муниципальная", "submit", "")]


def test_a_draft_may_be_empty_and_is_changed_and_sent(write):
    report = write(send=False, conclusions="", signed_name="")
    assert (report.status, report.version, report.submitted_on) == ("open", 1, None)
    write(1, send=False)
    report = write(2)
    assert (report.status, report.version) == ("submitted", 3)
    assert [verb for _who, verb, _for in told(report)] == ["write", "edit", "submit"]


def test_what_is_sent_says_something_and_who_signs(write):
    with pytest.raises(ValidationError) as caught:
        write(conclusions=" ", signed_name="")
    assert caught.value.message_dict == {
        "conclusions": ["Write at least one sentence: what the municipality concludes."],
        "signed_name": ["Write who signs the report."],
    }
    assert MunicipalReport.objects.count() == 0


def test_what_was_sent_cannot_lose_them(write):
    write()
    with pytest.raises(ValidationError) as caught:
        write(1, send=False, conclusions="")
    assert list(caught.value.message_dict) == ["conclusions"]
    assert MunicipalReport.objects.get().version == 1


def test_a_text_that_is_too_long_is_named_at_its_field(write):
    with pytest.raises(ValidationError) as caught:
        write(difficulties="я" * 3_001)
    assert list(caught.value.message_dict) == ["difficulties"]


def test_schools_that_are_missing_stop_nothing(write, school, second_school):
    assert write().status == "submitted"


@pytest.mark.parametrize("send", [True, False])
def test_the_same_twice_is_once(send, write):
    first, second = write(send=send), write(send=send)
    assert (first.pk, first.version, second.version) == (second.pk, 1, 1)
    assert len(told(second)) == 1


def test_another_text_over_an_old_version_is_refused_and_the_change_is_shown(write, tomsk):
    colleague = UserFactory(name="Павел Городской", municipal_of=tomsk)
    write(actor=colleague, send=False)
    with pytest.raises(Changed) as caught:
        write(conclusions="Мария не знала.")
    assert [(entry.who, entry.verb) for entry in caught.value.changes] == [("Павел Городской", "write")]
    assert caught.value.current.conclusions == "Все приняли участие."
    assert MunicipalReport.objects.get().version == 1


def test_two_who_send_at_once_make_one_report(at_once, tomsk, campaign, municipal, english):
    colleague = UserFactory(name="Павел Городской", municipal_of=tomsk)
    results = at_once(
        *(
            lambda person=person: write_municipality(person, tomsk, campaign, conclusions=person.name)
            for person in (municipal, colleague)
        )
    )
    report = MunicipalReport.objects.get()
    assert sorted(type(result).__name__ for result in results) == ["Changed", "MunicipalReport"]
    assert (report.version, report.conclusions) == (1, report.submitted_by.name)


def test_the_operator_writes_for_a_municipality_and_history_says_for_whom(write, operator):
    report = write(actor=operator)
    assert (report.on_behalf, told(report)) == (True, [("Ольга Оператор", "submit", "город Томск")])


def test_schools_that_no_municipality_runs_have_no_municipal_report(operator, unrun, campaign):
    with pytest.raises(PermissionDenied):
        write_municipality(operator, unrun, campaign)
    with pytest.raises(PermissionDenied):
        write_municipality(UserFactory(municipal_of=unrun), unrun, campaign)
    assert MunicipalReport.objects.count() == 0


def test_a_campaign_of_another_region_takes_no_report(municipal, tomsk, foreign):
    with pytest.raises(ValidationError) as caught:
        write_municipality(municipal, tomsk, foreign.campaign)
    assert caught.value.message_dict == {"__all__": ["The campaign belongs to another region."]}


# --- The operator decides --------------------------------------------------------------------


def accept(actor, report):
    current = MunicipalReport.objects.get(pk=report.pk)
    return accept_municipal_report(again(actor), current, current.version)


def give_back(actor, report, comment="Поясните трудности.", day=CORRECT_BY):
    current = MunicipalReport.objects.get(pk=report.pk)
    return return_municipal_report(again(actor), current, current.version, comment, day)


def test_it_is_accepted_once(write, operator):
    report = write()
    first = accept_municipal_report(operator, report, 1)
    second = accept_municipal_report(operator, report, 1)
    assert (first.status, first.version, second.version, first.reviewed_by) == ("accepted", 2, 2, operator)
    assert told(report) == [("Мария Муниципальная", "submit", ""), ("Ольга Оператор", "accept", "")]


def test_what_changed_since_it_was_read_is_not_accepted(write, operator):
    report = write()
    write(1, proposals="Ещё.")
    with pytest.raises(Changed) as caught:
        accept_municipal_report(operator, report, 1)
    assert [(entry.who, entry.verb) for entry in caught.value.changes] == [("Мария Муниципальная", "edit")]


def test_what_a_school_s_acceptance_reopened_meanwhile_is_not_accepted(
    write, operator, municipal, coordinator, school, campaign
):
    EventFactory(school=school, campaign=campaign)
    below = write_school(coordinator, school, campaign)
    report = write()
    accept_school(municipal, below)
    with pytest.raises(Changed) as caught:
        accept_municipal_report(operator, report, 1)
    assert [entry.verb for entry in caught.value.changes] == ["reopen"]


def test_what_the_operator_entered_for_a_municipality_the_operator_may_accept(write, operator):
    report = accept(operator, write(actor=operator))
    assert (report.status, report.on_behalf) == ("accepted", True)


def test_nobody_accepts_what_they_sent_themselves(write, tomsk, region):
    both = UserFactory(municipal_of=tomsk, operator_of=region)
    with pytest.raises(StateForbids) as caught:
        accept(both, write(actor=both))
    assert str(caught.value) == "Nobody accepts what they sent themselves: ask a colleague."


def test_a_draft_is_neither_accepted_nor_returned(write, operator):
    report = write(send=False)
    for act in (accept, give_back):
        with pytest.raises(StateForbids):
            act(operator, report)
    assert MunicipalReport.objects.get().status == "open"


def test_a_return_says_what_and_by_when(write, operator):
    report = give_back(operator, write())
    assert (report.status, report.version, report.comment, report.correct_by) == (
        "returned",
        2,
        "Поясните трудности.",
        CORRECT_BY,
    )
    assert told(report)[1:] == [("Ольга Оператор", "return", "")]


def test_a_return_without_what_or_by_when_is_refused(write, operator):
    with pytest.raises(ValidationError) as caught:
        give_back(operator, write(), " ", None)
    assert caught.value.message_dict == {
        "comment": ["Say what to correct: who wrote the report sees nothing else."],
        "correct_by": ["Name a day to correct by."],
    }


def test_returning_twice_is_returning_once(write, operator):
    report = write()
    first = return_municipal_report(operator, report, 1, "Поясните.", CORRECT_BY)
    second = return_municipal_report(operator, report, 1, "Поясните.", CORRECT_BY)
    assert (first.version, second.version, len(told(report))) == (2, 2, 2)


def test_a_returned_report_is_corrected_and_keeps_its_first_day(write, operator, clock):
    report = give_back(operator, write())
    clock("2019-10-29 10:00")
    report = write(report.version, proposals="Исправлено.")
    assert (report.status, report.comment, report.correct_by, report.submitted_on) == (
        "submitted",
        "",
        None,
        date(2019, 10, 17),
    )


def test_the_operator_reopens_an_accepted_one_with_a_reason_and_the_schools_stay(
    write, operator, municipal, coordinator, school, campaign
):
    EventFactory(school=school, campaign=campaign)
    below = accept_school(municipal, write_school(coordinator, school, campaign))
    report = give_back(operator, accept(operator, write()))
    below.refresh_from_db()
    assert (report.status, report.version, below.status, below.version) == ("returned", 3, "accepted", 2)
    assert told(report)[2:] == [("Ольга Оператор", "reopen", "")]


def test_an_accepted_one_is_not_written(write, operator):
    report = accept(operator, write())
    with pytest.raises(StateForbids) as caught:
        write(report.version, proposals="Ещё.")
    assert str(caught.value) == "The report is accepted. The operator can reopen it."


def test_one_accepts_while_another_returns_and_exactly_one_wins(at_once, write, region, operator):
    report, other = write(), UserFactory(operator_of=region)
    results = at_once(
        lambda: accept_municipal_report(again(operator), report, 1),
        lambda: return_municipal_report(again(other), report, 1, "Поясните.", CORRECT_BY),
    )
    assert sorted(type(result).__name__ for result in results) == ["Changed", "MunicipalReport"]
    assert [verb for _who, verb, _for in told(report)][1:] in (["accept"], ["return"])


# --- The sum of its schools ------------------------------------------------------------------


@pytest.fixture
def reports(campaign, tomsk, school, second_school, village_school):
    """Of three schools of the town: one by lists, one an estimate without enrolment, one closed since; and one report
    under review, and one of another municipality."""

    def report(of, roll=None, kinds=None, status="accepted", basis="lists", **grades):
        numbers = dict.fromkeys((f"grade_{grade}" for grade in range(5, 12)), 10) | grades
        rolls = {f"roll_{grade}": roll for grade in range(1, 12)} if roll else {}
        row = SchoolReportFactory(school=of, campaign=campaign, status=status, basis=basis, **numbers, **rolls)
        for kind, pupils in (kinds or {}).items():
            row.kinds.create(kind=kind, pupils=pupils)
        return row

    third = SchoolFactory(municipality=tomsk)
    report(school, 25, {"open_lesson": 60, "contest": None}, grade_8=20)
    report(third, 20, {"open_lesson": 30}, basis="estimate")
    report(second_school, None, {"open_lesson": 44}, basis="estimate")
    report(SchoolFactory(municipality=tomsk, closed_on=date(2019, 10, 1)), 25, {"open_lesson": 70})
    report(SchoolFactory(municipality=tomsk), 25, {"open_lesson": 70}, status="submitted")
    report(village_school, 30, {"contest": 5})


def test_a_municipality_is_the_sum_of_its_accepted_reports_with_known_enrolment(reports, campaign, tomsk):
    found = merged(Level(campaign, municipality=tomsk))
    assert (found.reports, found.with_roll, found.by_lists, found.by_estimate) == (3, 2, 1, 2)
    assert (found.pupils, found.enrolled, found.share) == (80 + 70, 175 + 140, (150, 315))
    assert found.grades == tuple(GradeSum(grade, 30 if grade == 8 else 20, 45) for grade in range(5, 12))


def test_a_kind_without_data_is_left_out_on_both_sides(reports, campaign, tomsk, english):
    lesson, contest = sorted(
        merged(Level(campaign, municipality=tomsk)).kinds, key=lambda row: row.kind != "open_lesson"
    )
    assert lesson == KindSum("open_lesson", lesson.label, 90, 315, 2, 0)
    # The school with enrolment that does not know is out; the one that held no contest counts as nobody.
    assert contest == KindSum("contest", contest.label, 0, 140, 0, 1)


def test_the_region_is_the_sum_of_all_of_them(reports, campaign):
    found = merged(Level(campaign))
    assert (found.reports, found.pupils, found.enrolled) == (4, 80 + 70 + 70, 175 + 140 + 210)


def test_nothing_accepted_has_no_share(campaign, tomsk, school):
    found = merged(Level(campaign, municipality=tomsk))
    assert (found.reports, found.pupils, found.enrolled, found.share, found.kinds) == (0, 0, 0, None, ())


def test_the_sum_takes_two_queries_however_many(reports, campaign, tomsk, queries_of):
    few = len(queries_of(lambda: merged(Level(campaign, municipality=tomsk))))
    for _ in range(20):
        row = SchoolFactory(municipality=tomsk)
        EnrolmentFactory(school=row)
        SchoolReportFactory(school=row, campaign=campaign, status="accepted").kinds.create(kind="fair", pupils=3)
    assert (few, len(queries_of(lambda: merged(Level(campaign, municipality=tomsk))))) == (2, 2)
