"""What the rules allow in the chain: which verb moves which rows from what state to what, by whom and when.

Written down once more, in plain Python over plain rows, to hold the portal against (``test_chain_property``).
"""

from dataclasses import dataclass
from datetime import date, timedelta

from campaigns.models import Extension, SchoolCampaign
from events.models import Event, IndicatorValue, JointEvent
from portal.models import Enrolment, History, Partner, User
from reports.models import KindAnswer, MunicipalReport, QuestionAnswer, SchoolReport

# --- What the database holds -----------------------------------------------------------------

MODELS = (Event, SchoolReport, MunicipalReport, SchoolCampaign, JointEvent, Extension, Enrolment)
"""Each change of a row of these is one entry in history. What hangs on a row is part of it."""
PARTS = (
    (Event, "partners", Event.partners.through, "event_id", ("partner_id",)),
    (Event, "indicators", IndicatorValue, "event_id", ("indicator_id", "value")),
    (JointEvent, "partners", JointEvent.partners.through, "jointevent_id", ("partner_id",)),
    (SchoolReport, "kinds", KindAnswer, "report_id", ("kind", "pupils")),
    (SchoolReport, "answers", QuestionAnswer, "report_id", ("question_id", "number", "whole", "yes", "text")),
)


def snapshot() -> dict:
    """Read every row that anyone may change: ``{model: {id: {column: value}}}``, and how long history is."""
    rows = {model: {row["id"]: row for row in model.objects.order_by("pk").values()} for model in MODELS}
    for model, name, table, owner, columns in PARTS:
        for row in rows[model].values():
            row[name] = []
        for pk, *values in table.objects.order_by("pk").values_list(owner, *columns):
            rows[model][pk][name].append(tuple(values))
        for row in rows[model].values():
            row[name].sort(key=str)
    rows[Partner] = dict.fromkeys(Partner.objects.order_by("pk").values_list("pk", "name"))
    rows[History] = History.objects.count()
    return rows


def state(model, row) -> str | None:
    """Where a row stands; None where there is none."""
    if row is None:
        return None
    if model is SchoolCampaign:
        return "frozen" if row["frozen_at"] else "open"
    if model is JointEvent:
        return "cancelled" if row["cancelled_at"] else "standing"
    return row.get("status", "there")


def changes(before, after) -> dict:
    """Return what differs as ``{(model, id): (row before, row after)}``, None for a row that is not there."""
    found = {}
    for model in MODELS:
        for pk in before[model].keys() | after[model].keys():
            pair = before[model].get(pk), after[model].get(pk)
            # An empty folder is made by whoever looks for it, and tells nothing.
            if pair[0] != pair[1] and (model, state(model, pair[0]), state(model, pair[1])) != (
                SchoolCampaign,
                None,
                "open",
            ):
                found[model, pk] = pair
    return found


# --- What the rules allow ---------------------------------------------------------------

_KEPT = {(status, status) for status in ("draft", "planned", "submitted", "returned")}
_SENT = {(status, "submitted") for status in (None, "draft", "planned", "returned", "submitted")}
_REOPENED = {("submitted", "returned"), ("accepted", "returned")}
MOVES = {
    "draft": {Event: _KEPT | {(None, "draft")}},
    "plan": {Event: _KEPT | {(None, "planned"), ("draft", "planned")}},
    "submit": {Event: _SENT},
    **dict.fromkeys(("accept", "accept many"), {Event: {("submitted", "accepted")}}),
    "return": {Event: _REOPENED},
    "cancel": {Event: {("planned", "cancelled"), ("returned", "cancelled")}},
    "delete": {Event: {("draft", None)}},
    "make joint": {JointEvent: {(None, "standing")}},
    "edit joint": {JointEvent: {("standing", "standing")}, Event: _KEPT},
    "call off": {JointEvent: {("standing", "cancelled")}, Event: {("planned", "cancelled")}},
    "write report": {SchoolReport: {(None, "open"), ("open", "open")} | _KEPT},
    "send report": {SchoolReport: {(old, "submitted") for old in (None, "open", "returned", "submitted")}},
    "accept report": {
        SchoolReport: {("submitted", "accepted")},
        SchoolCampaign: {("open", "frozen")},
        Event: {("submitted", "accepted")},
        MunicipalReport: _REOPENED,
    },
    "return report": {
        SchoolReport: _REOPENED,
        SchoolCampaign: {("frozen", "open")},
        Event: _REOPENED,
        MunicipalReport: _REOPENED,
    },
    "write municipal": {MunicipalReport: {(None, "open"), ("open", "open")} | _KEPT},
    "send municipal": {MunicipalReport: {(old, "submitted") for old in (None, "open", "returned", "submitted")}},
    "accept municipal": {MunicipalReport: {("submitted", "accepted")}},
    "return municipal": {MunicipalReport: _REOPENED},
    "grant": {Extension: {(None, "granted"), ("asked", "granted")}},
    "ask": {Extension: {(None, "asked")}},
    "decide": {Extension: {("asked", "granted"), ("asked", "declined")}},
    "withdraw": {Extension: {("asked", "withdrawn"), ("granted", "withdrawn")}},
    # The folders of the school follow.
    "enrol": {
        Enrolment: {(None, "there"), ("there", "there")},
        SchoolCampaign: {("open", "open"), ("frozen", "frozen")},
    },
}
"""Which rows each verb changes, from what state to what; all else stays as it is."""

RUNNING, REPORTING = ("running",), ("reporting", "review", "decision")
PHASES = {
    "plan": ("announced", "running"),
    "make joint": ("announced", *RUNNING, *REPORTING),
    "edit joint": ("announced", *RUNNING, *REPORTING),
    "call off": ("announced", *RUNNING, *REPORTING),
    **dict.fromkeys(("draft", "submit", "accept", "accept many", "return"), RUNNING + REPORTING),
    **dict.fromkeys(("cancel", "delete"), ("announced", *RUNNING, *REPORTING)),
    **dict.fromkeys(("write report", "send report", "accept report", "return report"), REPORTING),
    **dict.fromkeys(("write municipal", "send municipal", "accept municipal", "return municipal"), REPORTING),
}
"""When each verb changes anything, beside after closing with an extension; the others do whenever they are asked."""


@dataclass(frozen=True)
class Person:
    """Someone and what they hold: ids of schools they coordinate and of municipalities, whether they operate."""

    user: User
    schools: frozenset = frozenset()
    municipalities: frozenset = frozenset()
    operates: bool = False


@dataclass(frozen=True)
class Step:
    """What one person asked for, of which school or municipality; ``named`` are events that a return names."""

    verb: str
    person: Person
    school: object = None
    municipality: object = None
    named: tuple = ()
    is_stale: bool = False


def phase_on(campaign, day: date) -> str:
    ends = (
        campaign.starts_on - timedelta(days=1),
        campaign.ends_on,
        campaign.school_reports_due,
        campaign.municipal_reports_due,
        campaign.closes_on,
    )
    return ("announced", "running", "reporting", "review", "decision", "closed")[sum(day > end for end in ends)]


def extended(rows, today, schools, municipalities) -> bool:
    """Whether an extension of one of these places runs today."""
    return any(
        row["status"] == "granted"
        and row["until"] >= today
        and (row["school_id"] in schools or row["municipality_id"] in municipalities)
        for row in rows[Extension].values()
    )


def is_open(world, step, rows, today) -> bool:
    """Whether the verb may change anything today: in its phases, and after closing where an extension runs."""
    phase = phase_on(world.campaign, today)
    if step.verb not in PHASES or phase in PHASES[step.verb]:
        return True
    if phase != "closed" or step.verb in ("plan", "make joint", "edit joint", "call off"):
        return False
    if step.school is not None:
        return extended(rows, today, [step.school.pk], [step.school.municipality_id])
    own = [row.pk for row in world.schools if row.municipality_id == step.municipality.pk]
    return extended(rows, today, own, [step.municipality.pk])


def may(world, step, model, old, new, before) -> bool:
    """Whether the tables of rights let this person change this row so."""
    person, row = step.person, new or old
    school = world.by_pk.get(row.get("school_id"))
    municipality_id = school.municipality_id if school else row.get("municipality_id")
    heads = municipality_id in person.municipalities
    writes = heads or (school and school.pk in person.schools)
    writes = writes or (person.operates and municipality_id == world.unrun)
    reviews = heads or person.operates
    own = old is not None and old.get("submitted_by_id") == person.user.pk and not old.get("on_behalf")
    match step.verb, model.__name__:
        case ("draft" | "plan" | "submit" | "cancel" | "delete", _) | ("write report" | "send report", _):
            return writes and row["school_id"] == step.school.pk
        case "accept", _:
            return reviews and not own
        case "accept many", _:
            return reviews and not own and not old["flagged"]
        case "return", _:
            return reviews if old["status"] == "submitted" else person.operates
        case (("make joint" | "edit joint" | "call off"), "JointEvent"):
            return reviews
        case (("edit joint" | "call off"), "Event"):
            return not _folder(before, row)["frozen_at"]
        case "accept report", ("SchoolReport" | "Event"):
            return reviews and not own and row["school_id"] == step.school.pk and not row.get("flagged")
        case "return report", "SchoolReport":
            accepted_by = old["reviewed_by_id"] if old["status"] == "accepted" else person.user.pk
            return person.operates or (heads and accepted_by == person.user.pk)
        case "return report", "Event":
            report = next(r for r in before[SchoolReport].values() if r["school_id"] == step.school.pk)
            named = old["id"] in step.named and row["school_id"] == step.school.pk
            # Beside a reopening an accepted event is the operator's alone to return.
            return named and (report["status"] == "accepted" or old["status"] == "submitted" or person.operates)
        case (("accept report" | "return report"), "SchoolCampaign"):
            return row["school_id"] == step.school.pk
        case (("accept report" | "return report"), "MunicipalReport"):
            return row["municipality_id"] == step.school.municipality_id
        case (("write municipal" | "send municipal"), _):
            return reviews and municipality_id != world.unrun
        case (("accept municipal"), _):
            return person.operates and not own
        case "ask", _:
            return heads
        case "withdraw", _:
            return heads if old["status"] == "asked" else person.operates
        case "enrol", _:
            return reviews or school.pk in person.schools
    assert step.verb in ("return municipal", "grant", "decide")
    return person.operates


def _folder(rows, event) -> dict:
    return next(row for row in rows[SchoolCampaign].values() if row["school_id"] == event["school_id"])
