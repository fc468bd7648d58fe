"""The clock of the tests, which stands still until it is moved."""

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

CLOCK_START = "2019-09-24 14:20"


@pytest.fixture
def clock():
    """Stop the clock at 14:20 of 24 September 2019 in Tomsk; ``clock("2019-10-17 23:59:59")`` moves it.

    The text is local time of the region, by default Tomsk's: ``clock("…", "Europe/Moscow")``.
    """

    def moment(text, zone) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)

    with time_machine.travel(moment(CLOCK_START, "Asia/Tomsk"), tick=False) as traveller:

        def move(text, zone="Asia/Tomsk") -> datetime:
            traveller.move_to(moment(text, zone))
            return moment(text, zone)

        yield move


def wait_until(condition, seconds: float = 30):
    """Ask ``condition`` until it gives something true, and return that; fail after ``seconds`` of real time."""
    end = time.monotonic() + seconds  # a stopped clock does not stop this one
    while not (found := condition()):
        assert time.monotonic() < end, f"not within {seconds} seconds"
        time.sleep(0.05)
    return found
