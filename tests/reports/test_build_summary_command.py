"""``manage.py build_summary CAMPAIGN --output FILE``: the portal's own build, from the command line."""

import hashlib

import pytest
from django.core.management import CommandError, call_command

from reports import actions
from reports.models import Summary
from reports.summaries import building
from reports.writers import excel

pytestmark = pytest.mark.usefixtures("own_files")


@pytest.fixture
def run(english, tmp_path):
    def call(slug="autumn-2019", name="out.xlsx"):
        call_command("build_summary", slug, output=str(tmp_path / name))
        return tmp_path / name

    return call


def test_it_builds_a_version_and_writes_its_workbook(log, campaign, run):
    path = run()
    summary = Summary.objects.get()
    assert (summary.status, summary.version, summary.requested_by) == ("ready", 1, None)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == summary.file_sha256


def test_run_again_it_writes_the_same_version(log, campaign, run):
    first = run().read_bytes()
    assert run(name="again.xlsx").read_bytes() == first
    assert Summary.objects.filter(status="ready").count() == 1


def test_an_unknown_campaign_is_named_with_those_there_are(campaign, run):
    with pytest.raises(CommandError, match="no campaign “nothing”.*autumn-2019"):
        run("nothing")


def test_before_the_first_day_it_says_why_not(campaign, run, clock):
    clock("2019-09-12 12:00")
    with pytest.raises(CommandError, match="nothing to sum up"):
        run()


def test_a_folder_that_is_not_there_is_named(campaign, run, tmp_path):
    with pytest.raises(CommandError, match="no folder"):
        run(name="nowhere/out.xlsx")
    assert not Summary.objects.exists()


def test_when_the_build_fails_the_file_of_before_stays(log, campaign, run, tmp_path, monkeypatch):
    (tmp_path / "out.xlsx").write_bytes(b"before")
    monkeypatch.setattr(excel, "write", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run()
    assert (tmp_path / "out.xlsx").read_bytes() == b"before"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_what_the_portal_has_at_work_is_taken_up_and_not_doubled(log, campaign, operator, run):
    asked = actions.request_summary(operator, campaign, send=False)
    run()
    assert Summary.objects.get() == asked


def test_what_a_worker_builds_is_waited_for(log, campaign, operator, run, monkeypatch):
    asked = actions.request_summary(operator, campaign, send=False)
    waited = []

    def other_worker(seconds):
        waited.append(seconds)
        actions.release(asked.pk, 1, "") if not building.build(asked.pk) else None

    actions.claim(asked.pk)
    monkeypatch.setattr("reports.management.commands.build_summary.time.sleep", other_worker)
    run()
    assert waited
    assert Summary.objects.get().status == "ready"
