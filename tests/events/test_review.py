"""The review: one event or many, a comment for the school, nobody's own, and a line of history for each row."""

from contextlib import contextmanager

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection

from events.actions import Intent, accept_event, accept_events, edit_event, return_event, submit_event
from events.models import Event
from events.queries.events import standing_in, waiting_for_review
from portal.errors import StateForbids
from portal.models import History
from portal.queries.history import history_of
from tests.events.conftest import entries_of, row_of
from tests.factories import EventFactory, FolderFactory, MembershipFactory, UserFactory, event_fields


def test_accepting_makes_a_result(event_in, municipal, clock):
    event = event_in("submitted")
    moment = clock("2019-09-25 10:00")
    accept_event(municipal, event, 1)
    row = row_of(event)
    assert (row["status"], row["version"], row["reviewed_by_id"], row["reviewed_at"]) == (
        "accepted",
        2,
        municipal.pk,
        moment,
    )
    assert [(e.verb, e.who, e.for_whom, e.version) for e in history_of(event)] == [
        ("accept", "Мария Муниципальная", "", 2)
    ]


def test_returning_tells_the_school_what_to_correct(event_in, municipal, clock):
    event = event_in("submitted")
    moment = clock("2019-09-25 10:00")
    return_event(municipal, event, 1, "  Уточните\x00 число участников. ")
    row = row_of(event)
    assert (row["status"], row["comment"], row["reviewed_by_id"], row["reviewed_at"]) == (
        "returned",
        "Уточните число участников.",
        municipal.pk,
        moment,
    )
    assert [(e.verb, e.comment) for e in history_of(event)] == [("return", "Уточните число участников.")]


@pytest.mark.parametrize("comment", ["", "   ", "\x00", "х" * 1_001])
def test_a_return_needs_a_comment_of_reasonable_length(event_in, municipal, comment):
    event = event_in("submitted")
    before = row_of(event)
    with pytest.raises(ValidationError) as refused:
        return_event(municipal, event, 1, comment)
    assert list(refused.value.message_dict) == ["comment"]
    assert row_of(event) == before


def test_the_operator_returns_an_accepted_event(event_in, operator, municipal):
    event = event_in("accepted")
    with pytest.raises(PermissionDenied):
        return_event(municipal, event, 1, "Уточните.")
    assert return_event(operator, event, 1, "Уточните.").status == "returned"


def test_an_event_of_a_frozen_school_stays_as_it_is(event_in, people, school, campaign, log, clock):
    events = {status: event_in(status) for status in ("draft", "planned", "submitted", "returned", "accepted")}
    FolderFactory(school=school, campaign=campaign, frozen_at=clock("2019-10-22 10:00"))
    before = {status: row_of(event) for status, event in events.items()}
    coordinator, municipal, operator = people["coordinator"], people["municipal"], people["operator"]
    attempts = [
        lambda: log(),
        lambda: edit_event(coordinator, events["draft"], 1, intent=Intent.DRAFT, title="Другое"),
        lambda: submit_event(coordinator, events["planned"], 1),
        lambda: accept_event(municipal, events["submitted"], 1),
        lambda: return_event(municipal, events["submitted"], 1, "Уточните."),
        lambda: return_event(operator, events["accepted"], 1, "Уточните."),
    ]
    for attempt in attempts:
        with pytest.raises(StateForbids):
            attempt()
    result = accept_events(municipal, {events["submitted"].pk: 1})
    assert (result.accepted, len(result.skipped)) == ([], 1)
    assert {status: row_of(event) for status, event in events.items()} == before
    assert Event.objects.count() == 5


# --- Nobody's own ----------------------------------------------------------------------------


def test_nobody_accepts_what_they_sent_themselves(log, tomsk, school, english):
    both = UserFactory(coordinator_of=school, municipal_of=tomsk)
    event = log(actor=both)
    with pytest.raises(StateForbids) as refused:
        accept_event(both, event, 1)
    assert str(refused.value) == "Nobody accepts what they sent themselves: ask a colleague."
    result = accept_events(both, {event.pk: 1})
    assert [(row.pk, reason) for row, reason in result.skipped] == [(event.pk, "sent by yourself")]
    assert row_of(event)["status"] == "submitted"


def test_nor_after_leaving_the_school(log, tomsk, school, fresh, clock):
    both = UserFactory(coordinator_of=school, municipal_of=tomsk)
    event = log(actor=both)
    both.memberships.filter(role="school").update(ended_at=clock("2019-09-24 14:20"))
    with pytest.raises(StateForbids):
        accept_event(fresh(both), event, 1)


def test_a_colleague_accepts_it(log, tomsk, school, municipal):
    both = UserFactory(coordinator_of=school, municipal_of=tomsk)
    assert accept_event(municipal, log(actor=both), 1).status == "accepted"


def test_what_was_entered_on_a_schools_behalf_may_be_accepted_and_stays_marked(log, municipal, school):
    event = log(actor=municipal)
    assert (event.on_behalf, event.author, event.submitted_by) == (True, municipal, municipal)
    assert [(e.verb, e.who, e.for_whom) for e in history_of(event)] == [
        ("submit", "Мария Муниципальная", "Школа «Перспектива»")
    ]
    accept_event(municipal, event, 1)
    assert (row_of(event)["status"], row_of(event)["on_behalf"]) == ("accepted", True)


def test_what_the_school_sends_anew_is_no_longer_on_its_behalf(log, municipal, coordinator):
    event = log(actor=municipal)
    return_event(municipal, event, 1, "Уточните.")
    submit_event(coordinator, event, 2)
    row = row_of(event)
    assert (row["on_behalf"], row["submitted_by_id"], row["author_id"]) == (False, coordinator.pk, municipal.pk)


def test_the_operator_stands_in_for_a_municipality_and_history_says_so(event_in, operator):
    event = event_in("submitted")
    accept_event(operator, event, 1)
    assert [(e.verb, e.who, e.for_whom) for e in history_of(event)] == [("accept", "Ольга Оператор", "город Томск")]


def test_the_operator_reviews_schools_that_no_municipality_runs_as_its_own_task(
    operator, campaign, lesson, unrun_school, unrun_coordinator
):
    event = EventFactory(school=unrun_school, campaign=campaign, format=lesson, author=unrun_coordinator)
    assert list(waiting_for_review(operator)) == [event]
    accept_event(operator, event, 1)
    assert [(e.who, e.for_whom) for e in history_of(event)] == [("Ольга Оператор", "")]


# --- Many at once ----------------------------------------------------------------------------


@contextmanager
def _changed_events():
    """Count, by a trigger of the database itself, the rows of events that an UPDATE touches."""
    table = Event._meta.db_table
    with connection.cursor() as cursor:
        # PostgreSQL makes no trigger while checks of foreign keys are still to come.
        connection.check_constraints()
        cursor.execute("CREATE TABLE changed_events (event_id bigint)")
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE FUNCTION note_event() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN INSERT INTO changed_events VALUES (NEW.id); RETURN NULL; END $$"
            )
            cursor.execute(
                f"CREATE TRIGGER note_event AFTER UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION note_event()"
            )
        else:
            cursor.execute(
                f"CREATE TRIGGER note_event AFTER UPDATE ON {table} FOR EACH ROW "
                "BEGIN INSERT INTO changed_events VALUES (NEW.id); END"
            )

        def changed() -> list[int]:
            cursor.execute("SELECT event_id FROM changed_events ORDER BY 1")
            return [pk for (pk,) in cursor.fetchall()]

        yield changed


def test_every_row_that_bulk_acceptance_changes_has_its_line_of_history(
    municipal, campaign, lesson, school, second_school, coordinator
):
    schools = [school, second_school] * 15
    events = [EventFactory(school=place, campaign=campaign, format=lesson, author=coordinator) for place in schools]
    entries = History.objects.count()
    with _changed_events() as changed:
        result = accept_events(municipal, {event.pk: 1 for event in events})
        assert changed() == sorted(event.pk for event in events)
        lines = History.objects.filter(verb="accept").order_by("object_id").values_list("object_id", flat=True)
        assert list(lines) == changed()
    assert History.objects.count() == entries + 30
    assert (len(result.accepted), result.skipped) == (30, [])
    assert set(Event.objects.values_list("status", "version", "reviewed_by")) == {("accepted", 2, municipal.pk)}


def test_a_line_of_a_bulk_acceptance_says_what_that_of_one_would(event_in, municipal, english):
    one, many = event_in("submitted"), event_in("submitted")
    accept_event(municipal, one, 1)
    accept_events(municipal, {many.pk: 1})
    assert history_of(many) == history_of(one)
    assert history_of(one)[0].changes == (("status", "under review", "accepted"),)


def test_the_operator_in_bulk_acts_for_each_municipality(
    operator, event_in, campaign, lesson, village_school, unrun_school, unrun_coordinator, coordinator
):
    town = event_in("submitted")
    village = EventFactory(school=village_school, campaign=campaign, format=lesson, author=coordinator)
    unrun = EventFactory(school=unrun_school, campaign=campaign, format=lesson, author=unrun_coordinator)
    accept_events(operator, {event.pk: 1 for event in (town, village, unrun)})
    assert [history_of(event)[0].for_whom for event in (town, village, unrun)] == [
        "город Томск",
        "Колпашевский район",
        "",
    ]


def test_what_cannot_be_accepted_is_skipped_and_named_and_the_rest_accepted(
    event_in, municipal, second_school, campaign, lesson, clock, english, colleague
):
    good = event_in("submitted")
    flagged = event_in("submitted", flagged=True, note="Вместе с соседями")
    changed = event_in("submitted", version=2)
    planned, accepted = event_in("planned"), event_in("accepted")
    frozen = EventFactory(school=second_school, campaign=campaign, format=lesson, author=colleague)
    FolderFactory(school=second_school, campaign=campaign, frozen_at=clock("2019-09-24 14:20"))
    rest = [flagged, changed, planned, accepted, frozen]
    before = [row_of(event) for event in rest]
    result = accept_events(municipal, {event.pk: 1 for event in [good, *rest]})
    assert result.accepted == [good]
    assert {event.pk: reason for event, reason in result.skipped} == {
        flagged.pk: "flagged: look at it and accept it by itself",
        changed.pk: "changed since you opened the page",
        planned.pk: "no longer under review",
        accepted.pk: "no longer under review",
        frozen.pk: "frozen by the accepted report",
    }
    assert row_of(good)["status"] == "accepted"
    assert [row_of(event) for event in rest] == before


def test_a_flagged_event_is_accepted_by_itself(event_in, municipal):
    event = event_in("submitted", flagged=True, note="Вместе с соседями")
    assert accept_event(municipal, event, 1).status == "accepted"


def test_what_a_person_does_not_see_is_not_accepted_with_the_rest(
    event_in, municipal, village_school, campaign, lesson, coordinator, foreign
):
    mine = event_in("submitted")
    village = EventFactory(school=village_school, campaign=campaign, format=lesson, author=coordinator)
    abroad = EventFactory(school=foreign.school, campaign=foreign.campaign, author=foreign.coordinator)
    result = accept_events(municipal, {mine.pk: 1, village.pk: 1, abroad.pk: 1, 99_999_999: 1})
    assert (result.accepted, result.skipped) == ([mine], [])
    assert (row_of(village)["status"], row_of(abroad)["status"]) == ("submitted", "submitted")


def test_one_who_sees_but_does_not_review_is_told_so(event_in, coordinator, department, english):
    event = event_in("submitted")
    for person in (coordinator, department):
        assert [reason for _event, reason in accept_events(person, {event.pk: 1}).skipped] == ["not yours to review"]
    assert row_of(event)["status"] == "submitted"


def test_accepting_nothing_changes_nothing(municipal):
    result = accept_events(municipal, {})
    assert (result.accepted, result.skipped) == ([], [])


def test_bulk_acceptance_sends_as_many_queries_for_thirty_events_as_for_three(event_in, municipal, fresh, queries_of):
    accept_events(municipal, {event_in("submitted").pk: 1})  # the folder of the school is there from now on
    few, many = [event_in("submitted") for _ in range(3)], [event_in("submitted") for _ in range(30)]
    counts = [
        len(queries_of(lambda rows=rows: accept_events(fresh(municipal), {event.pk: 1 for event in rows})))
        for rows in (few, many)
    ]
    assert counts[0] == counts[1]


def test_the_same_bulk_sent_at_once_accepts_each_event_once(at_once, event_in, municipal, tomsk):
    second = UserFactory(municipal_of=tomsk)
    events = [event_in("submitted") for _ in range(10)]
    versions = {event.pk: 1 for event in events}
    results = at_once(lambda: accept_events(municipal, versions), lambda: accept_events(second, versions))
    assert sorted(len(result.accepted) for result in results) == [0, 10]
    assert [(row_of(event)["version"], entries_of(event)) for event in events] == [(2, 1)] * 10


# --- What waits ------------------------------------------------------------------------------


def test_what_waits_is_the_oldest_first_and_only_ones_own(
    event_in, municipal, operator, village_school, campaign, lesson, coordinator, clock
):
    late = event_in("submitted", submitted_at=clock("2019-09-23 10:00"))
    early = event_in("submitted", submitted_at=clock("2019-09-22 10:00"))
    event_in("planned")
    event_in("accepted")
    village = EventFactory(school=village_school, campaign=campaign, format=lesson, author=coordinator)
    assert list(waiting_for_review(municipal)) == [early, late]
    assert list(waiting_for_review(operator)) == []
    assert list(standing_in(operator, village_school.municipality)) == [village]
    assert list(standing_in(municipal, village_school.municipality)) == []


def test_a_person_of_two_municipalities_reviews_both(
    event_in, municipal, village_school, kolpashevo, campaign, lesson, coordinator, fresh
):
    MembershipFactory(user=municipal, role="municipal", municipality=kolpashevo)
    events = {
        event_in("submitted"),
        EventFactory(school=village_school, campaign=campaign, format=lesson, author=coordinator),
    }
    assert set(waiting_for_review(fresh(municipal))) == events


def test_an_event_edited_by_the_reviewer_says_for_whom(event_in, municipal):
    event = event_in("submitted")
    edit_event(municipal, event, 1, intent=Intent.DRAFT, **event_fields(event.format, grade_8=20))
    assert [(e.verb, e.who, e.for_whom) for e in history_of(event)] == [
        ("edit", "Мария Муниципальная", "Школа «Перспектива»")
    ]
