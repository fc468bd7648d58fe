"""Two people at one event: the second is told who changed what, and nothing is written."""

from datetime import date

import pytest

from events.actions import Intent, accept_event, cancel_event, delete_draft, edit_event, return_event, submit_event
from events.models import Event
from portal.errors import Changed
from portal.queries.history import history_of
from tests.events.conftest import row_of
from tests.factories import event_fields


def fields_of(event, **changes):
    """What the form of a factory's event holds."""
    return event_fields(
        event.format, title=event.title, grade_8=event.grade_8, place=event.place, teachers=event.teachers, **changes
    )


def test_the_second_editor_is_told_who_changed_what(event_in, coordinator, colleague, english):
    event = event_in("draft", title="Урок")
    edit_event(colleague, event, 1, intent=Intent.DRAFT, **fields_of(event) | {"title": "Урок труда", "grade_8": 20})
    before = row_of(event)
    with pytest.raises(Changed) as told:
        edit_event(coordinator, event, 1, intent=Intent.SUBMIT, **fields_of(event) | {"title": "Моё"})
    assert row_of(event) == before
    assert (told.value.current.pk, told.value.current.version, told.value.current.title) == (event.pk, 2, "Урок труда")
    [entry] = told.value.changes
    assert (entry.who, entry.verb) == ("Павел Школьный", "edit")
    assert entry.changes == (("title", "Урок", "Урок труда"), ("grade 8", "24", "20"))


def test_told_and_looked_at_the_second_editor_saves(event_in, coordinator, colleague):
    event = event_in("draft", title="Урок")
    edit_event(colleague, event, 1, intent=Intent.DRAFT, **fields_of(event) | {"title": "Урок труда"})
    saved = edit_event(coordinator, event, 2, intent=Intent.DRAFT, **fields_of(event) | {"title": "Моё"})
    assert (saved.title, saved.version) == ("Моё", 3)


def test_all_changes_since_are_told_newest_first_and_none_before(event_in, coordinator, colleague, municipal):
    event = event_in("submitted")
    edit_event(colleague, event, 1, intent=Intent.DRAFT, **fields_of(event) | {"title": "Первое"})
    edit_event(colleague, event, 2, intent=Intent.DRAFT, **fields_of(event) | {"title": "Второе"})
    return_event(municipal, event, 3, "Уточните.")
    with pytest.raises(Changed) as told:
        edit_event(coordinator, event, 2, intent=Intent.DRAFT, **fields_of(event) | {"title": "Моё"})
    assert [(entry.verb, entry.who, entry.comment) for entry in told.value.changes] == [
        ("return", "Мария Муниципальная", "Уточните."),
        ("edit", "Павел Школьный", ""),
    ]


def test_one_who_typed_the_same_as_the_other_has_nothing_to_decide(event_in, coordinator, colleague):
    event = event_in("draft")
    edit_event(colleague, event, 1, intent=Intent.DRAFT, **fields_of(event) | {"title": "Одно"})
    before = row_of(event)
    assert edit_event(coordinator, event, 1, intent=Intent.DRAFT, **fields_of(event) | {"title": "Одно"}).version == 2
    assert row_of(event) == before


def test_an_unchanged_form_writes_nothing(event_in, coordinator):
    event = event_in("returned")
    before = row_of(event)
    edit_event(coordinator, event, 1, intent=Intent.DRAFT, **fields_of(event))
    assert row_of(event) == before


@pytest.mark.parametrize(
    ("status", "verb"),
    [
        ("submitted", lambda p, e: accept_event(p["municipal"], e, 1)),
        ("submitted", lambda p, e: return_event(p["municipal"], e, 1, "Уточните.")),
        ("planned", lambda p, e: cancel_event(p["coordinator"], e, 1)),
        ("draft", lambda p, e: delete_draft(p["coordinator"], e, 1)),
        ("draft", lambda p, e: submit_event(p["coordinator"], e, 1)),
        ("returned", lambda p, e: submit_event(p["coordinator"], e, 1)),
    ],
)
def test_every_verb_names_the_version_that_was_read(status, verb, event_in, people, colleague):
    event = event_in(status)
    edit_event(colleague, event, 1, intent=Intent.DRAFT, **fields_of(event) | {"title": "Изменено", "grade_8": 3})
    before = row_of(event)
    with pytest.raises(Changed) as told:
        verb(people, event)
    assert row_of(event) == before
    assert [(entry.who, entry.version) for entry in told.value.changes] == [("Павел Школьный", 2)]


def test_an_accepted_event_is_not_returned_by_one_who_read_an_older_version(event_in, operator, municipal):
    event = event_in("submitted")
    accept_event(municipal, event, 1)
    with pytest.raises(Changed):
        return_event(operator, event, 1, "Уточните.")
    assert row_of(event)["status"] == "accepted"


def test_a_version_from_the_future_is_no_version(event_in, municipal):
    event = event_in("submitted")
    with pytest.raises(Changed):
        accept_event(municipal, event, 2)
    assert row_of(event)["status"] == "submitted"


def test_of_two_editors_at_once_one_saves_and_one_is_told(at_once, event_in, coordinator, colleague):
    event = event_in("draft")
    answers = at_once(
        lambda: edit_event(coordinator, event, 1, intent=Intent.DRAFT, **fields_of(event) | {"title": "Моё"}),
        lambda: edit_event(colleague, event, 1, intent=Intent.DRAFT, **fields_of(event) | {"title": "Коллеги"}),
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Changed", "Event"]
    [saved] = [answer for answer in answers if isinstance(answer, Event)]
    assert (row_of(event)["title"], row_of(event)["version"], row_of(event)["entries"]) == (saved.title, 2, 1)


def test_an_edit_and_an_acceptance_at_once_never_accept_what_was_not_read(at_once, event_in, coordinator, municipal):
    for _ in range(3):
        event = event_in("submitted")
        at_once(
            lambda event=event: accept_event(municipal, event, 1),
            lambda event=event: edit_event(
                coordinator, event, 1, intent=Intent.DRAFT, **fields_of(event) | {"grade_8": 5}
            ),
        )
        row = row_of(event)
        assert (row["status"], row["grade_8"]) in [("accepted", 24), ("submitted", 5)]
        assert (row["version"], row["entries"]) == (2, 1)


def test_saving_several_times_counts_versions_and_lines_alike(event_in, coordinator):
    event = event_in("draft")
    for version in range(1, 6):
        fields = fields_of(event) | {"grade_8": version, "starts_on": date(2019, 9, 13 + version)}
        fields["ends_on"] = fields["starts_on"]
        edit_event(coordinator, event, version, intent=Intent.DRAFT, **fields)
    assert (row_of(event)["version"], row_of(event)["entries"]) == (6, 5)
    assert [entry.version for entry in history_of(event)] == [6, 5, 4, 3, 2]
