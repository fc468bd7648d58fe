"""Two people act on the chain at the same moment: exactly one wins, the other is told, and the chain stays sound.

The races run in several schools side by side, so that each order is met and what the schools share is fought for.
"""

import uuid
from datetime import date

import pytest
from django.contrib.contenttypes.models import ContentType

from campaigns.actions import decide_extension, grant_extension
from campaigns.models import Extension, SchoolCampaign
from events.actions import Intent, accept_event, accept_events, edit_event, log_event, return_event
from events.models import Event
from portal.actions import write_enrolment
from portal.errors import Changed, StateForbids
from portal.models import Enrolment, History
from reports.actions import (
    accept_municipal_report,
    accept_school_report,
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
    SchoolFactory,
    UserFactory,
    event_fields,
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
