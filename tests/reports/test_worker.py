"""A real worker on the real broker: it builds what is asked for, and dies at any moment without harm."""

import hashlib
import random
import time

import pytest

from reports import actions
from reports.models import Summary
from tests.clock import wait_until
from tests.factories import EventFactory


def state(summary) -> tuple:
    return Summary.objects.values_list("status", "attempt").get(pk=summary.pk)


def is_done(summary):
    return wait_until(lambda: (found := Summary.objects.get(pk=summary.pk)).status == "ready" and found)


@pytest.fixture
def asked(transactional_db, campaign, school, village_school, operator):
    for of in (school, village_school):
        for _ in range(5):
            EventFactory(school=of, campaign=campaign, status="accepted", author=operator)
    return lambda: actions.request_summary(operator, campaign)


def whole(summary) -> bool:
    with summary.file.open() as stored:
        return hashlib.file_digest(stored, "sha256").hexdigest() == summary.file_sha256


def test_a_worker_builds_what_the_operator_asked_for(asked, worker):
    summary = asked()
    worker.start()
    found = is_done(summary)
    assert (found.version, found.attempt) == (1, 1)
    assert whole(found)


def test_what_was_asked_for_while_no_worker_ran_is_built_when_one_is_back(asked, worker):
    summary = asked()
    time.sleep(0.5)
    assert state(summary) == ("queued", 0)
    worker.start()
    assert is_done(summary).version == 1


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_a_random_moment_the_build_finishes_by_itself_once(seed, asked, worker, clock):
    short = {"SUMMARY_STALE_AFTER": "1"}
    summary = asked()
    worker.start(**short)
    wait_until(lambda: state(summary)[0] != "queued")
    time.sleep(random.Random(seed).uniform(0, 0.4))
    worker.kill()
    clock("2019-09-24 14:25")  # a worker's clock runs on from here, and the first one's last word is old by then
    worker.start(**short)
    found = is_done(summary)
    assert found.version == 1
    assert whole(found)
    time.sleep(1.5)
    assert Summary.objects.filter(status="ready").count() == Summary.objects.count() == 1


def test_killed_before_it_reads_the_message_the_build_is_not_lost(asked, worker, clock):
    short = {"SUMMARY_STALE_AFTER": "1"}
    worker.start(**short)
    summary = asked()
    worker.kill()
    clock("2019-09-24 14:25")
    worker.start(**short)
    assert is_done(summary).version == 1
