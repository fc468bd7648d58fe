"""The clock set for the demo: everything that asks the time sees that moment, and afterwards the real one again."""

from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

from portal import clock

EVENING = datetime(2019, 10, 14, 23, 30, tzinfo=timezone(timedelta(hours=3)))


def test_a_set_clock_stands_at_its_moment_in_utc_and_runs_on_afterwards():
    before = clock.now()
    with clock.set_to(EVENING):
        assert clock.now() == EVENING
        assert clock.now().tzinfo is UTC
        assert clock.local_today(SimpleNamespace(time_zone="Asia/Tomsk")).isoformat() == "2019-10-15"
        with clock.set_to(EVENING + timedelta(days=1)):
            assert clock.now() == EVENING + timedelta(days=1)
        assert clock.now() == EVENING
    assert clock.now() >= before


def test_a_clock_that_was_set_is_put_back_when_what_it_was_set_for_fails():
    with pytest.raises(ZeroDivisionError), clock.set_to(EVENING):
        1 / 0  # noqa: B018
    assert clock.now() != EVENING
