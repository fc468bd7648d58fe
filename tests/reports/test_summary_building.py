"""A build: one snapshot, one version, and whoever is cut off leaves nothing broken."""

import hashlib
from io import BytesIO

import openpyxl
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from events import actions as event_actions
from reports import actions
from reports.models import Summary
from reports.summaries import building
from reports.tables import table
from reports.tables.summary import read, summary_tables
from reports.writers import excel
from tests.factories import EventFactory

pytestmark = pytest.mark.usefixtures("own_files")


@pytest.fixture
def ask(operator, campaign):
    """Ask for a summary, as the operator."""
    return lambda: actions.request_summary(operator, campaign, send=False)


@pytest.fixture
def built(ask):
    """Ask, build, and return the row as it then stands."""

    def run():
        summary = ask()
        building.build(summary.pk)
        summary.refresh_from_db()
        return summary

    return run


@pytest.fixture
def sent_again(campaign):
    """Sweep, and return the builds of the campaign that were sent again (the closed one before it gets its own)."""
    return lambda: [row for row in actions.sweep() if row.campaign_id == campaign.pk]


def content_of(summary) -> bytes:
    with summary.file.open() as stored:
        return stored.read()


def files() -> set[str]:
    try:
        return set(default_storage.listdir("summaries")[1])
    except FileNotFoundError:
        return set()


def test_a_ready_version_is_whole(log, built, campaign, clock):
    summary = built()
    assert (summary.status, summary.version, summary.attempt, summary.progress) == ("ready", 1, 1, 100)
    content = content_of(summary)
    assert hashlib.sha256(content).hexdigest() == summary.file_sha256
    assert len(content) == summary.file_size
    assert table.sha256_of(summary.tables) == summary.data_sha256
    assert read(summary.tables) == summary_tables(campaign)
    assert len(openpyxl.load_workbook(BytesIO(content)).sheetnames) == 10
    assert summary.taken_at == summary.ready_at == clock("2019-09-24 14:20")


def test_the_same_data_are_the_same_version(log, built):
    first, second = built(), built()
    assert (second.status, second.same_as, second.version, second.tables) == ("same", first, None, None)
    assert not second.file
    assert len(files()) == 1


def test_other_data_are_the_next_version_and_the_first_stays_as_it_was(log, built, campaign, school):
    first = built()
    before = (first.tables, content_of(first))
    EventFactory(school=school, campaign=campaign, status="accepted")
    second = built()
    assert (second.status, second.version) == ("ready", 2)
    first.refresh_from_db()
    assert (first.tables, content_of(first)) == before


def test_what_went_back_to_an_older_state_is_a_new_version(log, built, campaign, school):
    built()
    event = EventFactory(school=school, campaign=campaign, status="accepted")
    built()
    event.delete()
    assert built().version == 3


def test_in_full_is_never_the_same_as_so_far(log, built, clock):
    assert (built().version, built().status) == (1, "same")
    clock("2019-11-06 00:01")
    full = built()
    assert (full.version, full.is_full) == (2, True)


def test_a_build_that_was_asked_for_before_closing_and_made_after_is_in_full(log, ask, clock):
    clock("2019-11-05 23:59:59")
    summary = ask()
    clock("2019-11-06 00:00:01")
    building.build(summary.pk)
    summary.refresh_from_db()
    assert (summary.is_full, summary.status) == (True, "ready")


def test_a_message_that_comes_twice_builds_once(log, ask):
    summary = ask()
    assert building.build(summary.pk) is True
    assert building.build(summary.pk) is False
    assert Summary.objects.get().attempt == 1
    assert len(files()) == 1


def test_a_message_for_a_row_that_is_gone_does_nothing(db):
    assert building.build(10_999) is False


def test_what_another_worker_is_at_is_left_to_it(log, ask):
    summary = ask()
    actions.claim(summary.pk)
    assert building.build(summary.pk) is False


def test_an_abandoned_build_is_taken_over_and_finished(log, ask, clock, settings):
    summary = ask()
    assert actions.claim(summary.pk) == 1
    clock("2019-09-24 14:20:59")
    assert building.build(summary.pk) is False
    clock("2019-09-24 14:21:01")
    assert building.build(summary.pk) is True
    summary.refresh_from_db()
    assert (summary.status, summary.version, summary.attempt) == ("ready", 1, 2)


def test_a_worker_that_comes_back_too_late_leaves_without_a_trace(log, ask, clock, monkeypatch):
    summary = ask()
    write = excel.write

    def slow(*args):
        write(*args)
        monkeypatch.setattr(excel, "write", write)
        clock("2019-09-24 14:30")
        assert building.build(summary.pk) is True  # another worker, meanwhile

    monkeypatch.setattr(excel, "write", slow)
    assert building.build(summary.pk) is False
    summary.refresh_from_db()
    assert (summary.status, summary.attempt, summary.version) == ("ready", 2, 1)
    assert files() == {f"autumn-2019-{summary.pk}-2.xlsx"}


def test_a_late_worker_cannot_finish_after_the_sweeper_queued_it_again(log, ask, clock, tmp_path):
    summary = ask()
    attempt = actions.claim(summary.pk)
    clock("2019-09-24 14:30")
    actions.sweep()
    path = tmp_path / "late.xlsx"
    path.write_bytes(b"late")
    with pytest.raises(actions.AttemptLost):
        actions.finish(summary.pk, attempt, path, 1)
    with pytest.raises(actions.AttemptLost):
        actions.heartbeat(summary.pk, attempt, 50)
    with pytest.raises(actions.AttemptLost):
        actions.store_tables(summary.pk, attempt, tables={}, sha256="0", taken_at=None, is_full=False)
    assert files() == set()


@pytest.mark.parametrize("step", ["heartbeat", "store_tables", "next_version", "finish", "_make_ready"])
def test_cut_off_at_any_step_the_build_is_finished_by_the_next_attempt(step, log, ask, clock, monkeypatch, sent_again):
    class Killed(BaseException):
        """As SIGKILL: no error handling runs that catches errors."""

    def cut(*args, **options):
        raise Killed

    summary = ask()
    with monkeypatch.context() as patch:
        patch.setattr(actions if hasattr(actions, step) else actions.summaries, step, cut)
        with pytest.raises(Killed):
            building.build(summary.pk)
    clock("2019-09-24 14:30")
    assert sent_again() == [summary]
    assert building.build(summary.pk) is True
    summary.refresh_from_db()
    assert (summary.status, summary.version) == ("ready", 1)
    assert files() == {f"autumn-2019-{summary.pk}-2.xlsx"}


def test_a_file_that_a_killed_attempt_left_is_deleted_by_the_next(log, ask, clock):
    summary = ask()
    actions.claim(summary.pk)
    default_storage.save(f"summaries/autumn-2019-{summary.pk}-1.xlsx", ContentFile(b"half"))
    clock("2019-09-24 14:30")
    building.build(summary.pk)
    assert files() == {f"autumn-2019-{summary.pk}-2.xlsx"}


def test_an_error_is_kept_and_the_build_is_tried_again_later(log, ask, clock, monkeypatch, sent_again):
    summary = ask()
    with monkeypatch.context() as patch:
        patch.setattr(excel, "write", lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            building.build(summary.pk)
    summary.refresh_from_db()
    assert (summary.status, summary.error) == ("queued", "ZeroDivisionError: division by zero")
    assert sent_again() == []
    clock("2019-09-24 14:30")
    assert sent_again() == [summary]
    building.build(summary.pk)
    summary.refresh_from_db()
    assert (summary.status, summary.error, summary.attempt) == ("ready", "", 2)


def test_after_five_attempts_it_is_given_up(log, ask, clock, monkeypatch):
    summary = ask()
    monkeypatch.setattr(excel, "write", lambda *args: 1 / 0)
    for _ in range(5):
        with pytest.raises(ZeroDivisionError):
            building.build(summary.pk)
    summary.refresh_from_db()
    assert (summary.status, summary.attempt) == ("failed", 5)
    assert building.build(summary.pk) is False


def test_a_build_whose_worker_dies_each_time_is_given_up_too(log, ask, clock):
    summary = ask()
    for minute in range(5):
        clock(f"2019-09-24 15:{minute * 2:02}")
        assert actions.claim(summary.pk) == minute + 1
        clock(f"2019-09-24 15:{minute * 2 + 1:02}:30")
        actions.sweep()
    summary.refresh_from_db()
    assert (summary.status, bool(summary.error)) == ("failed", True)


def test_the_numbers_of_a_summary_do_not_follow_what_is_accepted_later(log, built, campaign, operator):
    first = built()
    waiting = next(event for event in log.events if event.status == "submitted" and not event.flagged)
    event_actions.accept_event(operator, waiting, waiting.version)
    second = built()
    counts = [row.tables["figures"]["events_accepted"]["value"] for row in (first, second)]
    assert counts == [5, 6]


def test_a_version_that_is_not_ready_has_no_workbook(client_of, operator, ask):
    summary = ask()
    response = client_of(operator).get(f"/summaries/{summary.pk}/summary.xlsx")
    assert response.status_code == 409
