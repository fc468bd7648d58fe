"""What people do with events, beside the bare ``UPDATE``. Each turn is rolled back: the data stay as they are."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

from django.db import connection, transaction
from django.urls import reverse

from benchmarks.stage import Stage as SetUp
from benchmarks.timing import Sample, in_turns, queries_recorded, timed
from campaigns.models import Extension, SchoolCampaign, Stage
from events import actions
from events.forms.events import event_initial
from events.models import Event
from portal import clock
from portal.models import User
from reports.actions import accept_school_report
from reports.models import SchoolReport

BULK = 25
"""As many as a page of the review holds; of different schools, which is the slowest case."""
OF_A_REPORT = 200
"""As many events as wait in the school whose report is accepted."""
MOST_MILLISECONDS = 300
"""What accepting that report must take at most."""


@dataclass(frozen=True)
class ActionFigures:
    """What was measured of an action: its time, its queries, the bare statement that writes the same status."""

    name: str
    action: Sample
    queries: int
    update: Sample

    @property
    def missed(self) -> list[str]:
        """The target that the acceptance of a report misses, in words; the others have none."""
        if "report" not in self.name or self.action.median <= MOST_MILLISECONDS:
            return []
        return [f"takes {self.action.median:.0f} ms, not {MOST_MILLISECONDS}"]


def _rolled_back(prepare: Callable, act: Callable) -> float:
    """Run ``act`` on what ``prepare`` returns, undo both, and return the milliseconds of ``act`` alone."""
    with transaction.atomic():
        elapsed = timed(partial(act, *prepare()))
        transaction.set_rollback(True)
    return elapsed


def _bare_update(status, user, events) -> None:
    """Write a status as the shortest statement does."""
    with connection.connection.cursor() as cursor:
        cursor.execute(
            "UPDATE events_event SET status = %s, version = version + 1, reviewed_by_id = %s, reviewed_at = %s "
            "WHERE id = ANY(%s)",
            [status, user.pk, clock.now(), [event.pk for event in events]],
        )


def _fresh(user) -> User:
    """Return ``user`` as a request loads them: their memberships are not read yet."""
    return User.objects.get(pk=user.pk)


def _subjects(stage: SetUp) -> dict[str, tuple]:
    """Each action as ``(prepare, act, status, user, events)``."""
    school, reviewer, operator = (stage.users[role] for role in ("school", "municipality", "operator"))
    waiting = Event.objects.filter(campaign=stage.running, status=Event.Status.SUBMITTED, flagged=False)
    many, one, own = list(waiting.order_by("submitted_at", "pk")[:BULK]), stage.event, stage.editable

    def draft():
        Event.objects.filter(pk=own.pk).update(status=Event.Status.DRAFT)
        return _fresh(school), Event.objects.with_places().get(pk=own.pk)

    def waits():
        return _fresh(reviewer), Event.objects.with_places().get(pk=one.pk)

    def wait():
        return _fresh(operator), {event.pk: event.version for event in many}

    def filled():
        row = Event.objects.with_places().get(pk=own.pk)
        values = {name: value for name, value in event_initial(row).items() if value is not None}
        values |= {"token": uuid4(), "version": 1, "intent": "submit", "campaign": stage.running.slug}
        values["starts_on"] = f"{row.starts_on:%Y-%m-%d}"
        if "ends_on" in values:
            values["ends_on"] = f"{row.ends_on:%Y-%m-%d}"
        return (values,)

    def send(values):
        response = stage.clients["school"].post(reverse("event_new"), values)
        if response.status_code != 302:
            raise SystemExit(f"The form of a new event answered {response.status_code}: nothing to measure.")

    def sent_report():
        report = (
            SchoolReport.objects.with_places().accepted().filter(campaign=stage.closed, school=stage.neighbour).get()
        )
        Extension.objects.create(
            campaign=stage.closed,
            school=stage.neighbour,
            folder=SchoolCampaign.objects.get(campaign=stage.closed, school=stage.neighbour),
            stage=Stage.SCHOOL_REPORT,
            until=clock.local_today(stage.closed.region),
            reason="benchmark",
            status=Extension.Status.GRANTED,
            asked_by=operator,
        )
        SchoolCampaign.objects.filter(campaign=stage.closed, school=stage.neighbour).update(frozen_at=None)
        SchoolReport.objects.filter(pk=report.pk).update(status="submitted")
        held = Event.objects.held().filter(
            campaign=stage.closed, school=stage.neighbour, format__kind__in=_kinds_answered(report)
        )
        # A pupil or two of a grade that took part already change no bound from below.
        pattern = held.order_by("-participants").first()
        grade = next(grade for grade, count in pattern.by_grade.items() if count and grade in stage.closed.grades)
        numbers = {f"grade_{grade}": 1, "participants": 1, "author": school, "submitted_by": school}
        same = (
            "school_id",
            "campaign_id",
            "folder_id",
            "format_id",
            "starts_on",
            "ends_on",
            "delivery",
            "title",
            "search",
        )
        copied = {name: getattr(pattern, name) for name in same}
        moments = {"status": "submitted", "submitted_at": clock.now(), "submitted_on": pattern.starts_on}
        Event.objects.bulk_create([Event(**copied, **numbers, **moments) for _turn in range(OF_A_REPORT)])
        return _fresh(reviewer), SchoolReport.objects.with_places().get(pk=report.pk)

    def by_version(action):
        return lambda user, event: action(user, event, event.version)

    return {
        "submit an event": (draft, by_version(actions.submit_event), "submitted", school, [own]),
        "accept an event": (waits, by_version(actions.accept_event), "accepted", reviewer, [one]),
        f"accept {len(many)} events at once": (wait, actions.accept_events, "accepted", operator, many),
        f"accept a school report with {OF_A_REPORT} events": (
            sent_report,
            by_version(accept_school_report),
            "accepted",
            reviewer,
            list(Event.objects.filter(campaign=stage.closed)[:OF_A_REPORT]),
        ),
        "send the form of a new event, whole request": (filled, send, "submitted", school, [own]),
    }


def _kinds_answered(report) -> list[str]:
    """Return the kinds that a report knows."""
    return list(report.kinds.filter(pupils__isnull=False).values_list("kind", flat=True))


def measure(stage: SetUp, repetitions: int) -> list[ActionFigures]:
    """Measure each action, turn by turn with the bare statement."""
    figures = []
    for name, (prepare, act, status, user, events) in _subjects(stage).items():
        with transaction.atomic():
            subject = prepare()
            with queries_recorded() as queries:
                act(*subject)
            transaction.set_rollback(True)
        targets = {
            "action": partial(_rolled_back, prepare, act),
            "update": partial(_rolled_back, tuple, partial(_bare_update, status, user, events)),
        }
        samples = in_turns(targets, repetitions)
        figures.append(ActionFigures(name, samples["action"], len(queries), samples["update"]))
    return figures
