"""Two people act on the chain at the same moment: exactly one wins, the other is told, and the chain stays sound.

The races run in several schools side by side, so that each order is met and what the schools share is fought for.
"""

import uuid
from datetime import date, timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError

from campaigns.actions import (
    CAMPAIGN_FIELDS,
    FORMAT_FIELDS,
    decide_extension,
    edit_campaign,
    edit_format,
    grant_extension,
)
from campaigns.models import Campaign, Extension, Format, SchoolCampaign
from events.actions import (
    Intent,
    accept_event,
    accept_events,
    attend_joint_event,
    create_joint_event,
    edit_event,
    edit_joint_event,
    log_event,
    return_event,
)
from events.models import Event
from portal import clock
from portal.actions import end_membership, move_school, save_by_staff, write_enrolment
from portal.errors import Changed, StateForbids
from portal.models import Enrolment, History, Membership, School, User
from reports.actions import (
    accept_municipal_report,
    accept_school_report,
    retire_question,
    return_municipal_report,
    return_school_report,
    write_municipal_report,
    write_school_report,
)
from reports.models import MunicipalReport, ReportStatus, SchoolReport
from tests.factories import (
    EnrolmentFactory,
    EventFactory,
    ExtensionFactory,
    MunicipalReportFactory,
    QuestionFactory,
    SchoolFactory,
    UserFactory,
    event_fields,
    joint_fields,
)

pytestmark = pytest.mark.usefixtures("reporting_day")

CORRECT_BY = date(2019, 10, 25)
MUNICIPAL = {"conclusions": "Все приняли участие.", "signed_name": "Петров П. П."}


def kinds_of(answers) -> list[str]:
    return sorted(type(answer).__name__ for answer in answers)


def entries_of(row, verb=None) -> int:
    """How many lines of history a row has, those of one verb if it is named."""
    entries = History.objects.filter(
        content_type=ContentType.objects.get_for_model(row, for_concrete_model=True), object_id=row.pk
    )
    return (entries.filter(verb=verb) if verb else entries).count()


def last_entry(rows, *verbs) -> int:
    """Where in history the last of ``verbs`` on any of ``rows`` stands; 0 where none does."""
    content_type = ContentType.objects.get_for_model(rows.model)
    entries = History.objects.filter(content_type=content_type, object_id__in=list(rows.values_list("pk", flat=True)))
    found = entries.filter(verb__in=verbs).order_by("-pk").values_list("pk", flat=True)
    return found.first() or 0


def assert_sound():
    """Frozen is what is accepted, nothing waits there; what was sent up was sent after the last change below."""
    frozen = set(SchoolCampaign.objects.exclude(frozen_at=None).values_list("school", flat=True))
    assert set(SchoolReport.objects.accepted().values_list("school", flat=True)) == frozen
    assert Event.objects.filter(school__in=frozen, status="submitted").count() == 0
    for above in MunicipalReport.objects.filter(status__in=["submitted", "accepted"]):
        below = SchoolReport.objects.filter(school__municipality=above.municipality, campaign=above.campaign)
        own = MunicipalReport.objects.filter(pk=above.pk)
        assert last_entry(own, "submit") > last_entry(below, "accept", "reopen")
    for model in (Event, SchoolReport, MunicipalReport, Extension, Enrolment):
        for row in model.objects.filter(version__gt=1):
            # What a factory made has no line for its first version.
            assert row.version - 1 <= entries_of(row) <= row.version


def report_fields(text) -> dict:
    return {
        "grades": dict.fromkeys(range(5, 12), 0) | {8: 24},
        "kinds": {"open_lesson": 24},
        "answers": {},
        "answered_by": "took_part",
        "basis": "lists",
        "conclusions": text,
        "signed_name": "Иванова А. П.",
    }


@pytest.fixture
def schools(tomsk, campaign):
    """Six schools of one municipality, each with a lesson of 24 of its 25 eighth-graders under review."""
    rows = [SchoolFactory(municipality=tomsk) for _ in range(6)]
    for row in rows:
        EnrolmentFactory(school=row)
        EventFactory(school=row, campaign=campaign)
    return rows


@pytest.fixture
def authors(schools):
    return [UserFactory(coordinator_of=school) for school in schools]


@pytest.fixture
def second_municipal(tomsk):
    return UserFactory(municipal_of=tomsk)


@pytest.fixture
def send(campaign):
    """Send or change the report of a school."""

    def send(actor, school, version=0, text="Всё прошло."):
        return write_school_report(actor, school, campaign, version, send=True, **report_fields(text))

    return send


@pytest.fixture
def sent(schools, authors, send):
    """The six schools' reports, all under review."""
    return [send(author, school) for author, school in zip(authors, schools, strict=True)]


def in_pairs(at_once, first, second, number=6):
    """Run both calls for each number at once, now one and now the other first; return the pairs of answers."""
    calls = []
    for n in range(number):
        pair = [lambda n=n: first(n), lambda n=n: second(n)]
        calls += pair if n % 2 else pair[::-1]
    answers = at_once(*calls)
    pairs = [answers[2 * n : 2 * n + 2] for n in range(number)]
    return [pair if n % 2 else pair[::-1] for n, pair in enumerate(pairs)]


# --- One report ------------------------------------------------------------------------------


def test_two_coordinators_send_one_report_and_one_is_told(at_once, schools, authors, send):
    colleagues = [UserFactory(coordinator_of=school) for school in schools]
    pairs = in_pairs(
        at_once, lambda n: send(authors[n], schools[n]), lambda n: send(colleagues[n], schools[n], text="Уточнено.")
    )
    assert [kinds_of(pair) for pair in pairs] == [["Changed", "SchoolReport"]] * 6
    for (mine, theirs), author, colleague in zip(pairs, authors, colleagues, strict=True):
        winner, loser = (mine, theirs) if isinstance(mine, SchoolReport) else (theirs, mine)
        stored = SchoolReport.objects.get(school=winner.school)
        assert (stored.pk, stored.version, stored.conclusions) == (
            winner.pk,
            1,
            "Всё прошло." if winner is mine else "Уточнено.",
        )
        assert stored.submitted_by == (author if winner is mine else colleague)
        assert (loser.current.pk, loser.current.version) == (stored.pk, 1)
        assert entries_of(stored) == 1
    assert_sound()


def test_the_same_report_sent_twice_at_once_is_one(at_once, schools, authors, send):
    pairs = in_pairs(at_once, lambda n: send(authors[n], schools[n]), lambda n: send(authors[n], schools[n]))
    assert [(mine.pk, mine.version) for mine, _ in pairs] == [(theirs.pk, theirs.version) for _, theirs in pairs]
    assert [entries_of(mine) for mine, _theirs in pairs] == [1] * 6
    assert set(SchoolReport.objects.values_list("status", "version")) == {("submitted", 1)}
    assert SchoolReport.objects.count() == 6


def test_what_is_accepted_is_what_was_read_or_nothing(at_once, schools, authors, sent, send, municipal):
    """The school corrects its report while the municipality accepts what it read before."""
    pairs = in_pairs(
        at_once,
        lambda n: accept_school_report(municipal, sent[n], 1),
        lambda n: send(authors[n], schools[n], version=1, text="Уточнено."),
    )
    assert [kinds_of(pair) for pair in pairs] == [["Changed", "SchoolReport"]] * 6
    for accepted, _edited in pairs:
        stored = SchoolReport.objects.get(pk=(accepted if isinstance(accepted, SchoolReport) else accepted.current).pk)
        expected = ("accepted", "Всё прошло.") if isinstance(accepted, SchoolReport) else ("submitted", "Уточнено.")
        assert (stored.status, stored.conclusions, stored.version, entries_of(stored)) == (*expected, 2, 2)
    assert_sound()


def test_two_reviewers_accept_one_report_once(at_once, sent, municipal, second_municipal):
    pairs = in_pairs(
        at_once,
        lambda n: accept_school_report(municipal, sent[n], 1),
        lambda n: accept_school_report(second_municipal, sent[n], 1),
    )
    assert [kinds_of(pair) for pair in pairs] == [["Changed", "SchoolReport"]] * 6
    for first, _second in pairs:
        winner = municipal if isinstance(first, SchoolReport) else second_municipal
        stored = SchoolReport.objects.get(pk=first.pk if isinstance(first, SchoolReport) else first.current.pk)
        assert (stored.status, stored.reviewed_by, stored.version) == ("accepted", winner, 2)
        assert entries_of(stored, "accept") == 1
    assert Event.objects.filter(status="accepted", version=2).count() == 6
    assert [entries_of(event, "accept") for event in Event.objects.all()] == [1] * 6
    assert [entries_of(folder, "freeze") for folder in SchoolCampaign.objects.all()] == [1] * 6
    assert_sound()


def test_a_reviewer_who_clicks_twice_accepts_once(at_once, sent, municipal):
    pairs = in_pairs(
        at_once,
        lambda n: accept_school_report(municipal, sent[n], 1),
        lambda n: accept_school_report(municipal, sent[n], 1),
    )
    assert [kinds_of(pair) for pair in pairs] == [["SchoolReport", "SchoolReport"]] * 6
    assert [entries_of(report, "accept") for report in sent] == [1] * 6
    assert set(SchoolReport.objects.values_list("status", "version")) == {("accepted", 2)}
    assert_sound()


def test_one_accepts_and_one_returns_and_one_of_them_is_told(at_once, sent, municipal, second_municipal):
    pairs = in_pairs(
        at_once,
        lambda n: accept_school_report(municipal, sent[n], 1),
        lambda n: return_school_report(second_municipal, sent[n], 1, "Уточните.", CORRECT_BY),
    )
    # Whom the acceptance came before may not reopen it at all: that is for who accepted it, and the operator.
    assert {tuple(kinds_of(pair)) for pair in pairs} <= {
        ("Changed", "SchoolReport"),
        ("PermissionDenied", "SchoolReport"),
    }
    for report, (accepted, _returned) in zip(sent, pairs, strict=True):
        report.refresh_from_db()
        expected = "accepted" if isinstance(accepted, SchoolReport) else "returned"
        assert (report.status, report.version, entries_of(report)) == (expected, 2, 2)
    assert_sound()


# --- A report and its events -----------------------------------------------------------------


@pytest.fixture
def events(schools):
    return [Event.objects.get(school=school) for school in schools]


def test_an_event_logged_while_the_report_is_accepted_is_frozen_with_it_or_refused(
    at_once, schools, authors, sent, campaign, lesson, municipal
):
    pairs = in_pairs(
        at_once,
        lambda n: accept_school_report(municipal, sent[n], 1),
        lambda n: log_event(
            authors[n], schools[n], campaign, token=uuid.uuid4(), intent=Intent.SUBMIT, **event_fields(lesson)
        ),
    )
    assert [type(accepted) for accepted, _logged in pairs] == [SchoolReport] * 6
    for school, (_accepted, logged) in zip(schools, pairs, strict=True):
        expected = 1 if isinstance(logged, StateForbids) else 2
        assert isinstance(logged, StateForbids | Event)
        assert list(Event.objects.filter(school=school).values_list("status", flat=True)) == ["accepted"] * expected
    assert_sound()


def test_an_event_accepted_by_itself_and_with_the_report_is_accepted_once(
    at_once, sent, events, municipal, second_municipal
):
    pairs = in_pairs(
        at_once,
        lambda n: accept_school_report(municipal, sent[n], 1),
        lambda n: accept_event(second_municipal, events[n], 1),
    )
    assert [type(accepted) for accepted, _event in pairs] == [SchoolReport] * 6
    assert {type(event) for _accepted, event in pairs} <= {Event, StateForbids}
    assert set(Event.objects.values_list("status", "version")) == {("accepted", 2)}
    assert [entries_of(event) for event in events] == [1] * 6
    assert_sound()


def test_an_event_returned_while_the_report_is_accepted(at_once, sent, events, municipal, second_municipal):
    """Either it goes back, and the report whose numbers rest on it is not accepted, or it is frozen."""
    pairs = in_pairs(
        at_once,
        lambda n: accept_school_report(municipal, sent[n], 1),
        lambda n: return_event(second_municipal, events[n], 1, "Уточните."),
    )
    assert {tuple(kinds_of(pair)) for pair in pairs} <= {
        ("SchoolReport", "StateForbids"),
        ("PermissionDenied", "SchoolReport"),
        ("Event", "StateForbids"),
    }
    for report, event, (accepted, _returned) in zip(sent, events, pairs, strict=True):
        report.refresh_from_db()
        event.refresh_from_db()
        won = isinstance(accepted, SchoolReport)
        assert (report.status, event.status) == (("accepted", "accepted") if won else ("submitted", "returned"))
        assert (event.version, entries_of(event)) == (2, 1)
    assert_sound()


def test_an_event_edited_while_the_report_is_accepted(at_once, sent, events, authors, lesson, municipal):
    fields = event_fields(lesson, grade_8=25)
    pairs = in_pairs(
        at_once,
        lambda n: accept_school_report(municipal, sent[n], 1),
        lambda n: edit_event(authors[n], events[n], 1, intent=Intent.SUBMIT, **fields),
    )
    # Edited first, the largest event has 25 pupils, and a report of 24 is no longer right.
    assert {tuple(kinds_of(pair)) for pair in pairs} <= {("SchoolReport", "StateForbids"), ("Event", "StateForbids")}
    for event, (accepted, _edited) in zip(events, pairs, strict=True):
        event.refresh_from_db()
        expected = ("accepted", 24) if isinstance(accepted, SchoolReport) else ("submitted", 25)
        assert (event.status, event.grade_8, event.version) == (*expected, 2)
    assert_sound()


def test_all_accepted_in_bulk_while_the_reports_are_accepted(at_once, sent, events, municipal, operator):
    """The bulk locks six folders in one order while six acceptances hold one each."""
    versions = {event.pk: 1 for event in events}
    answers = at_once(
        lambda: accept_events(operator, versions),
        *(lambda report=report: accept_school_report(municipal, report, 1) for report in sent),
        lambda: accept_events(municipal, versions),
    )
    assert kinds_of(answers) == ["BulkResult"] * 2 + ["SchoolReport"] * 6
    assert [len(bulk.accepted) + len(bulk.skipped) for bulk in (answers[0], answers[-1])] == [6, 6]
    assert set(Event.objects.values_list("status", "version")) == {("accepted", 2)}
    assert [entries_of(event, "accept") for event in events] == [1] * 6
    assert_sound()


@pytest.fixture
def fairs(campaign, lesson, operator):
    """Two joint events of the region, made through the actions."""
    fields = joint_fields(lesson)
    return [create_joint_event(operator, campaign, None, token=uuid.uuid4(), **fields) for _ in range(2)]


@pytest.fixture
def attend():
    """Send a school's attendance of a joint event for review."""

    def attend(actor, school, joint):
        return attend_joint_event(actor, school, joint, token=uuid.uuid4(), intent=Intent.SUBMIT, grade_8=20)

    return attend


def test_a_school_joins_a_fair_while_its_report_is_accepted(at_once, schools, authors, sent, municipal, fairs, attend):
    """The attendance is accepted with the report or refused; come in between, it has the reviewer look again."""
    pairs = in_pairs(
        at_once,
        lambda n: accept_school_report(municipal, sent[n], 1),
        lambda n: attend(authors[n], schools[n], fairs[n % 2]),
    )
    assert {tuple(kinds_of(pair)) for pair in pairs} <= {
        ("SchoolReport", "StateForbids"),
        ("Event", "SchoolReport"),
        ("Changed", "Event"),
    }
    for report, school, (accepted, joined) in zip(sent, schools, pairs, strict=True):
        report.refresh_from_db()
        won = isinstance(accepted, SchoolReport)
        assert report.status == ("accepted" if won else "submitted")
        statuses = list(Event.objects.filter(school=school, joint__isnull=False).values_list("status", flat=True))
        assert statuses == ([report.status] if isinstance(joined, Event) else [])
        if not won:
            accept_school_report(municipal, report, 1)
    assert_sound()


def test_fairs_change_while_schools_join_and_their_reports_are_accepted(
    at_once, schools, authors, sent, municipal, operator, lesson, fairs, attend
):
    """Each school attends one fair and joins the other, both days are moved, all reports are accepted: no deadlock."""
    for n in range(6):
        attend(authors[n], schools[n], fairs[n % 2])
    days = {"starts_on": date(2019, 9, 21), "ends_on": date(2019, 9, 21)}
    calls = [lambda fair=fair: edit_joint_event(operator, fair, 1, **joint_fields(lesson, **days)) for fair in fairs]
    for n in range(6):
        calls += [
            lambda n=n: accept_school_report(municipal, sent[n], 1),
            lambda n=n: attend(authors[n], schools[n], fairs[1 - n % 2]),
        ]
    answers = at_once(*calls)
    others = {type(answer) for answer in answers if isinstance(answer, Exception)}
    assert others <= {Changed, StateForbids, ValidationError}
    for fair in fairs:
        fair.refresh_from_db()
        assert set(fair.attendances.values_list("starts_on", "ends_on")) == {(fair.starts_on, fair.ends_on)}
    assert_sound()


# --- The chain above -------------------------------------------------------------------------


def test_a_report_reopened_while_the_operator_accepts_the_one_above(
    at_once, sent, campaign, tomsk, municipal, operator
):
    """Whichever came first, the municipality has it back, and nothing accepted rests on what is no longer so."""
    for report in sent[:2]:
        accept_school_report(municipal, report, 1)
    above = write_municipal_report(municipal, tomsk, campaign, 0, send=True, **MUNICIPAL)
    answers = at_once(
        lambda: accept_municipal_report(operator, above, 1),
        *(
            lambda report=report: return_school_report(municipal, report, 2, "Уточните.", CORRECT_BY)
            for report in sent[:2]
        ),
    )
    assert [type(answer) for answer in answers[1:]] == [SchoolReport] * 2
    assert isinstance(answers[0], MunicipalReport | Changed)
    above.refresh_from_db()
    won = isinstance(answers[0], MunicipalReport)
    # Reopened once: the second school finds it reopened already.
    assert (above.status, above.version, entries_of(above, "reopen")) == ("returned", 3 if won else 2, 1)
    assert entries_of(above, "accept") == int(won)
    assert_sound()


def test_reports_accepted_while_the_one_above_is_sent(at_once, sent, campaign, tomsk, municipal, second_municipal):
    answers = at_once(
        *(lambda report=report: accept_school_report(municipal, report, 1) for report in sent[:3]),
        lambda: write_municipal_report(second_municipal, tomsk, campaign, 0, send=True, **MUNICIPAL),
        *(lambda report=report: accept_school_report(municipal, report, 1) for report in sent[3:]),
    )
    assert kinds_of(answers) == ["MunicipalReport"] + ["SchoolReport"] * 6
    above = MunicipalReport.objects.get()
    reopened = entries_of(above, "reopen")
    assert (above.status, above.version) == (("returned", 2) if reopened else ("submitted", 1))
    assert reopened in (0, 1)
    assert_sound()


def test_a_municipal_report_returned_and_accepted_at_once(at_once, campaign, tomsk, operator, region):
    second = UserFactory(operator_of=region)
    above = MunicipalReportFactory(campaign=campaign, municipality=tomsk)
    answers = at_once(
        lambda: accept_municipal_report(operator, above, 1),
        lambda: return_municipal_report(second, above, 1, "Уточните.", CORRECT_BY),
    )
    assert kinds_of(answers) == ["Changed", "MunicipalReport"]
    above.refresh_from_db()
    won = isinstance(answers[0], MunicipalReport)
    assert (above.status, above.version) == (ReportStatus.ACCEPTED if won else ReportStatus.RETURNED, 2)
    assert entries_of(above) == 1


def test_a_municipality_and_the_operator_send_its_report_at_once(at_once, campaign, tomsk, municipal, operator):
    answers = at_once(
        lambda: write_municipal_report(municipal, tomsk, campaign, 0, send=True, **MUNICIPAL),
        lambda: write_municipal_report(
            operator, tomsk, campaign, 0, send=True, **MUNICIPAL | {"conclusions": "Со слов муниципалитета."}
        ),
    )
    assert kinds_of(answers) == ["Changed", "MunicipalReport"]
    above = MunicipalReport.objects.get()
    winner = municipal if isinstance(answers[0], MunicipalReport) else operator
    assert (above.version, above.submitted_by, above.on_behalf) == (1, winner, winner == operator)
    assert entries_of(above) == 1


# --- Extensions ------------------------------------------------------------------------------


def test_one_extension_granted_by_two_operators_at_once_is_one(at_once, campaign, region, schools, operator):
    second = UserFactory(operator_of=region)

    def grant(actor, n):
        return grant_extension(
            actor, campaign, stage="school_report", school=schools[n], until=date(2019, 10, 30), reason="Карантин"
        )

    pairs = in_pairs(at_once, lambda n: grant(operator, n), lambda n: grant(second, n))
    assert [mine.pk for mine, _theirs in pairs] == [theirs.pk for _mine, theirs in pairs]
    assert set(Extension.objects.values_list("school", "status", "version")) == {
        (school.pk, "granted", 1) for school in schools
    }
    assert Extension.objects.count() == 6
    assert [entries_of(extension) for extension in Extension.objects.all()] == [1] * 6


def test_what_was_asked_for_is_granted_or_declined_but_not_both(at_once, campaign, region, schools, operator):
    second = UserFactory(operator_of=region)
    asked = [ExtensionFactory(school=school, campaign=campaign, status="asked") for school in schools]
    pairs = in_pairs(
        at_once,
        lambda n: decide_extension(operator, asked[n], 1, True),
        lambda n: decide_extension(second, asked[n], 1, False, "Срок достаточный."),
    )
    assert [kinds_of(pair) for pair in pairs] == [["Changed", "Extension"]] * 6
    for extension, (granted, _declined) in zip(asked, pairs, strict=True):
        extension.refresh_from_db()
        expected = "granted" if isinstance(granted, Extension) else "declined"
        assert (extension.status, extension.version, entries_of(extension)) == (expected, 2, 1)


# --- What stands above them changes meanwhile -------------------------------------------------


def as_read(row, names, **changes) -> dict:
    """What a form hands to the action when only ``changes`` were made."""
    return {name: getattr(row, name) for name in names} | changes


def test_an_event_is_logged_while_its_format_is_edited(at_once, schools, authors, campaign, lesson, operator):
    """Nobody waits for each other for nothing: all are written."""
    answers = at_once(
        lambda: edit_format(operator, lesson, 1, indicators=[], **as_read(lesson, FORMAT_FIELDS, organiser="Сириус")),
        *(
            lambda n=n: log_event(
                authors[n], schools[n], campaign, token=uuid.uuid4(), intent=Intent.SUBMIT, **event_fields(lesson)
            )
            for n in range(6)
        ),
    )
    assert kinds_of(answers) == ["Event"] * 6 + ["Format"]
    assert (Event.objects.filter(format=lesson).count(), Format.objects.get(pk=lesson.pk).version) == (12, 2)


def test_reports_are_sent_for_the_grades_that_the_campaign_has_then(
    at_once, schools, authors, send, campaign, operator
):
    """The operator widens the grades while the schools send: for the old ones alone, or not at all."""
    fields = as_read(campaign, CAMPAIGN_FIELDS, grade_from=campaign.grade_from - 1)
    calls = [lambda n=n: send(authors[n], schools[n]) for n in range(6)]
    calls.insert(
        1,
        lambda: edit_campaign(operator, campaign, 1, formats=list(campaign.formats.all()), goals=[], **fields),
    )
    answers = at_once(*calls)
    edited = answers.pop(1)
    if isinstance(edited, Campaign):
        # A grade more was asked for than the form had.
        assert kinds_of(answers) == ["ValidationError"] * 6
    else:
        assert set(edited.message_dict) == {"grade_from"}
        assert kinds_of(answers) == ["SchoolReport"] * 6
    assert SchoolReport.objects.filter(submitted_on__isnull=False).exists() is not isinstance(edited, Campaign)
    assert_sound()


def test_reports_are_sent_before_the_campaign_closes_or_not_at_all(at_once, schools, authors, send, campaign, operator):
    """The operator brings the closing forward to yesterday's last day while the schools send."""
    yesterday = clock.local_today(campaign.region) - timedelta(days=1)
    due = {"events_due": yesterday, "school_reports_due": yesterday, "municipal_reports_due": yesterday}
    fields = as_read(campaign, CAMPAIGN_FIELDS, closes_on=yesterday, **due)
    calls = [lambda n=n: send(authors[n], schools[n]) for n in range(6)]
    calls.insert(
        2,
        lambda: edit_campaign(operator, campaign, 1, formats=list(campaign.formats.all()), goals=[], **fields),
    )
    answers = at_once(*calls)
    edited = answers.pop(2)
    if isinstance(edited, ValidationError):  # a report was sent first, and a due date moves over none
        assert kinds_of(answers) == ["SchoolReport"] * 6
        return
    assert isinstance(edited, Campaign)
    assert set(kinds_of(answers)) <= {"SchoolReport", "StateForbids"}
    closed_at = last_entry(Campaign.objects.filter(pk=campaign.pk), "edit")
    assert last_entry(SchoolReport.objects.all(), "submit") < closed_at


def test_a_question_retired_while_reports_answer_it_keeps_their_answers(at_once, schools, authors, campaign, operator):
    question = QuestionFactory(campaign=campaign, kind="number")
    fields = report_fields("Всё прошло.") | {"answers": {question.pk: {"number": 3}}}
    calls = [
        lambda n=n: write_school_report(authors[n], schools[n], campaign, 0, send=True, **fields) for n in range(6)
    ]
    calls.insert(3, lambda: retire_question(operator, question, 1))
    answers = at_once(*calls)
    assert kinds_of(answers) == ["ReportQuestion"] + ["SchoolReport"] * 6
    question.refresh_from_db()
    assert (question.version, question.retired_at is None) == (2, False)
    # Who came after it was asked no more.
    assert set(question.answers.values_list("number", flat=True)) <= {3}
    assert_sound()


def test_a_school_moves_or_its_report_is_sent(at_once, schools, authors, send, tomsk, village_school, operator):
    """Whichever came first: a sent report stays with the municipality that answers for it."""
    district = village_school.municipality
    pairs = in_pairs(
        at_once, lambda n: send(authors[n], schools[n]), lambda n: move_school(operator, schools[n], 1, district)
    )
    assert [type(sent) for sent, _moved in pairs] == [SchoolReport] * 6
    assert {type(moved) for _sent, moved in pairs} <= {School, ValidationError}
    for school, (_sent, moved) in zip(schools, pairs, strict=True):
        place = SchoolCampaign.objects.get(school=school).municipality
        assert place == (district if isinstance(moved, School) else tomsk)
        assert School.objects.get(pk=school.pk).municipality == place


def test_who_is_ended_while_they_write_has_written_or_not(at_once, schools, authors, send):
    """The writing was let in before: it is whole, with its history, and nobody waits for each other for ever."""

    def end(n):
        person = User.objects.get(pk=authors[n].pk)
        person.is_active = False
        save_by_staff(None, person, person.save)
        return end_membership(None, person.memberships.get())

    pairs = in_pairs(at_once, lambda n: send(authors[n], schools[n]), end)
    assert {type(ended) for _sent, ended in pairs} == {Membership}
    assert {type(sent) for sent, _ended in pairs} <= {SchoolReport, PermissionDenied}
    for school, (sent, _ended) in zip(schools, pairs, strict=True):
        assert SchoolReport.objects.filter(school=school).exists() is isinstance(sent, SchoolReport)
    assert_sound()


# --- Everything ------------------------------------------------------------------------------


def test_the_last_evening_locks_nobody_out(
    at_once, schools, authors, sent, events, send, campaign, tomsk, lesson, municipal, operator
):
    """Schools log and correct, the municipality accepts and reports, the operator extends, all in one moment."""
    versions = {event.pk: 1 for event in events}
    calls = [
        lambda: accept_events(municipal, versions),
        lambda: write_municipal_report(municipal, tomsk, campaign, 0, send=True, **MUNICIPAL),
        lambda: grant_extension(
            operator, campaign, stage="events", municipality=tomsk, until=date(2019, 10, 30), reason="Карантин"
        ),
    ]
    for n, (school, author) in enumerate(zip(schools, authors, strict=True)):
        enrolment = {"as_of": date(2019, 9, 5), "source": "ОО-1", "grade_8": 26 + n}
        calls += [
            lambda n=n: accept_school_report(municipal, sent[n], 1),
            lambda school=school, author=author: log_event(
                author, school, campaign, token=uuid.uuid4(), intent=Intent.SUBMIT, **event_fields(lesson)
            ),
            lambda school=school, author=author, enrolment=enrolment: write_enrolment(
                author, school, "2019/2020", 1, **enrolment
            ),
            lambda school=school, author=author: send(author, school, version=1, text="Уточнено."),
        ]
    answers = at_once(*calls)
    others = [answer for answer in answers if isinstance(answer, Exception)]
    assert {type(answer) for answer in others} <= {Changed, StateForbids}
    assert Enrolment.objects.filter(version=2).count() == 6
    assert Extension.objects.count() == 1
    assert MunicipalReport.objects.count() == 1
    assert set(SchoolReport.objects.values_list("version", flat=True)) == {2}
    assert_sound()
