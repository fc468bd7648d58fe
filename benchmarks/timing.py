"""How things are timed: turn by turn, so that what the machine does meanwhile falls on all of them alike."""

import math
import statistics
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from django.db import connection

WARM_UP = 4
"""Turns that nobody counts: templates, plans and caches are loaded in them."""


@dataclass(frozen=True)
class Sample:
    """The times of one thing, in milliseconds."""

    times: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.times)

    @property
    def p95(self) -> float:
        return sorted(self.times)[math.ceil(0.95 * len(self.times)) - 1]

    @property
    def fastest(self) -> float:
        """What it takes when nothing else wants the machine."""
        return min(self.times)


def timed(act: Callable) -> float:
    """Return how many milliseconds ``act()`` takes."""
    started = perf_counter()
    act()
    return (perf_counter() - started) * 1000


def in_turns(targets: dict[str, Callable[[], float]], repetitions: int, warm_up: int = WARM_UP) -> dict[str, Sample]:
    """Call each target once a turn (A B C, A B C, ...); a target does its work and returns its milliseconds."""
    times: dict[str, list[float]] = {name: [] for name in targets}
    for turn in range(warm_up + repetitions):
        for name, target in targets.items():
            elapsed = target()
            if turn >= warm_up:
                times[name].append(elapsed)
    return {name: Sample(tuple(values)) for name, values in times.items()}


@contextmanager
def queries_recorded():
    """Give the list that fills with ``(sql, params, many)`` of every query while the block runs."""
    queries: list[tuple] = []

    def keep(execute, sql, params, many, context):
        queries.append((sql, params, many))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        yield queries


def run_bare(queries) -> None:
    """Run recorded queries through the driver's own cursor and read all their rows."""
    with connection.connection.cursor() as cursor:
        for sql, params, many in queries:
            if many:
                cursor.executemany(sql, params)
            else:
                cursor.execute(sql, params)
            if cursor.description is not None:
                cursor.fetchall()
