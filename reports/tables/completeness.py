"""Completeness in words: the stages of a school's chain, and the tables of the workbook."""

from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.due_dates import Lateness
from portal import clock
from portal.numbers import spaced
from reports.models import ReportStatus
from reports.queries.completeness import Completeness, PlaceLine, Reminder, ReportLine, SchoolLine, completeness_of
from reports.tables.table import Column, Row, Table, Type

_KIND_OF_LATENESS = {
    Lateness.ON_TIME: "ok",
    Lateness.EXTENDED: "ok",
    Lateness.LATE: "wait",
    Lateness.MISSING: "trouble",
    Lateness.AWAITED: "quiet",
}
_KIND_OF_STATUS = {
    ReportStatus.SUBMITTED: "wait",
    ReportStatus.RETURNED: "trouble",
    ReportStatus.ACCEPTED: "ok",
}


@dataclass(frozen=True)
class Cell:
    """A stage of the chain: a word, the colour that goes with it, and what more there is to say."""

    word: str
    kind: str
    note: str = ""


def _day(day) -> str:
    return f"{day:%d.%m.%Y}"


# --- The stages ------------------------------------------------------------------------------


def events_logged(line: SchoolLine, today) -> Cell:
    """Whether a school logged events, and by when it should have."""
    if line.events_held:
        text = ngettext("%(n)s event", "%(n)s events", line.events_held) % {"n": spaced(line.events_held)}
        return Cell(text, "ok")
    due = _("due by %(day)s") % {"day": _day(line.events_until)}
    if today > line.events_until:
        return Cell(_("no events"), "trouble", due)
    return Cell(_("no events yet"), "quiet", due)


def events_reviewed(line: SchoolLine) -> Cell:
    """Whether all events that a school sent are reviewed."""
    if not line.events_held:
        return Cell("–", "")
    if line.events_submitted:
        return Cell(_("under review: %(n)s") % {"n": spaced(line.events_submitted)}, "wait")
    return Cell(_("all reviewed"), "ok")


def report_sent(line: ReportLine) -> Cell:
    """Whether a report was sent, and how its first sending stands to its date."""
    notes = []
    if line.is_received:
        notes.append(_day(line.submitted_on))
        if line.on_behalf:
            notes.append(_("entered on another's behalf"))
        if getattr(line, "altered_on", None):
            values = {"who": line.altered_by, "day": _day(line.altered_on)}
            notes.append(_("changed not by the school: %(who)s, %(day)s") % values)
    elif line.is_extended:
        notes.append(_("extended until %(day)s") % {"day": _day(line.until)})
    else:
        notes.append(_("due by %(day)s") % {"day": _day(line.until)})
    return Cell(str(line.lateness.label), _KIND_OF_LATENESS[line.lateness], ", ".join(notes))


def report_accepted(line: ReportLine) -> Cell:
    """Where a report that was sent stands."""
    if not line.is_received or line.status == ReportStatus.OPEN:
        return Cell("–", "")
    note = ""
    if line.is_returned and line.correct_by:
        note = _("correct by %(day)s") % {"day": _day(line.correct_by)}
    return Cell(str(ReportStatus(line.status).label), _KIND_OF_STATUS[line.status], note)


def report_returned() -> Cell:
    """A report that its author is to correct."""
    return Cell(str(ReportStatus.RETURNED.label), _KIND_OF_STATUS[ReportStatus.RETURNED])


def stages(line: SchoolLine, today) -> tuple[Cell, ...]:
    """Return the four stages of a school: events logged, events reviewed, report sent, report accepted."""
    return events_logged(line, today), events_reviewed(line), report_sent(line), report_accepted(line)


def how_late(row: Reminder) -> Cell:
    """Say by how much someone to be reminded is late, or by when something is expected of them."""
    note = _("due by %(day)s") % {"day": _day(row.last_day)} if row.last_day else ""
    if row.days:
        return Cell(ngettext("%(n)s day late", "%(n)s days late", row.days) % {"n": spaced(row.days)}, "trouble", note)
    return Cell(_("in time so far"), "quiet", note)


# --- The workbook ----------------------------------------------------------------------------


def _columns() -> tuple[Column, ...]:
    return (
        Column("expected", _("Reports expected"), adds_up=True),
        Column("received", _("Received"), adds_up=True),
        Column("rate", _("Reporting rate"), Type.SHARE, 16),
        Column("on_time", capfirst(str(Lateness.ON_TIME.label)), adds_up=True),
        Column("extended", capfirst(str(Lateness.EXTENDED.label)), adds_up=True),
        Column("late", capfirst(str(Lateness.LATE.label)), adds_up=True),
        Column("timeliness", _("Received in time"), Type.SHARE, 16),
        Column("missing", capfirst(str(Lateness.MISSING.label)), adds_up=True),
        Column("awaited", capfirst(str(Lateness.AWAITED.label)), adds_up=True),
        Column("under_review", capfirst(str(ReportStatus.SUBMITTED.label)), adds_up=True),
        Column("returned", capfirst(str(ReportStatus.RETURNED.label)), adds_up=True),
        Column("accepted", capfirst(str(ReportStatus.ACCEPTED.label)), adds_up=True),
    )


def _counts(whole: Completeness) -> tuple:
    return (
        whole.expected,
        whole.received,
        whole.reporting_rate,
        whole.on_time,
        whole.extended,
        whole.late,
        whole.timeliness,
        whole.missing,
        whole.awaited,
        whole.under_review,
        whole.returned,
        whole.accepted,
    )


def explanation() -> str:
    """Say how completeness is counted."""
    return _(
        "Expected are the schools that are open on the window's last day. Received are reports sent at least once, "
        "those returned since included; a report counts once however often it was sent. The reporting rate is the "
        "received out of the expected; received in time are those sent by the due date, or by that of an extension, "
        "out of the same expected."
    )


def _in_words(cell: Cell) -> str:
    return cell.word if not cell.note else f"{cell.word} ({cell.note})"


def municipalities_by_stage_table(level, places: list[PlaceLine]) -> Table:
    """A row a municipality: its schools' reports, and its own."""
    columns = (
        Column("municipality", _("Municipality"), Type.TEXT, 36),
        *_columns(),
        Column("own_sent", _("Its own report"), Type.TEXT, 28),
        Column("own_accepted", _("Status of its own report"), Type.TEXT, 28),
    )
    lines = tuple(
        Row((place.name, *_counts(place.schools), *_own(place)), {"municipality": place.slug}) for place in places
    )
    whole = sum((place.schools for place in places), Completeness())
    total = Row((_("Together"), *_counts(whole), "", "")) if lines else None
    return Table("completeness", _("Completeness by municipality"), columns, lines, total, explanation())


def _own(place: PlaceLine) -> tuple[str, str]:
    if place.report is None:
        return _("none to write"), ""
    return _in_words(report_sent(place.report)), _in_words(report_accepted(place.report))


def schools_by_stage_table(level, lines: list[SchoolLine]) -> Table:
    """A row a school: its events, and where its report stands."""
    today = clock.local_today(level.campaign.region)
    with_municipality = level.municipality is None
    columns = (
        *([Column("municipality", _("Municipality"), Type.TEXT, 30)] if with_municipality else []),
        Column("school", _("School"), Type.TEXT, 40),
        Column("events_accepted", _("Events accepted")),
        Column("events_submitted", _("Events under review")),
        Column("events", _("Events logged"), Type.TEXT, 24),
        Column("reviewed", _("Events reviewed"), Type.TEXT, 20),
        Column("sent", _("Report sent"), Type.TEXT, 30),
        Column("sent_on", _("First sent on"), Type.DATE, 14),
        Column("until", _("Due by"), Type.DATE, 14),
        Column("accepted", _("Report accepted"), Type.TEXT, 30),
    )
    rows = []
    for line in lines:
        events, reviewed, sent, accepted = (_in_words(cell) for cell in stages(line, today))
        cells = (
            *([line.municipality] if with_municipality else []),
            line.name,
            line.events_accepted,
            line.events_submitted,
            events,
            reviewed,
            sent,
            line.submitted_on,
            line.until,
            accepted,
        )
        rows.append(Row(cells, {"municipality": line.municipality_slug, "school": line.pk}))
    return Table("completeness_schools", _("Schools by stage"), columns, tuple(rows), note=explanation())


def totals_table(level, lines: list[SchoolLine], reports: list[ReportLine]) -> Table:
    """A row for the schools of a level together, and one for its municipal reports."""
    columns = (Column("what", _("Reports"), Type.TEXT, 30), *_columns())
    rows = [Row((_("School reports"), *_counts(completeness_of(lines))))]
    if reports:
        rows.append(Row((_("Municipal reports"), *_counts(completeness_of(reports)))))
    return Table("completeness_totals", _("Completeness"), columns, tuple(rows), note=explanation())


def workbook_tables(level, lines, reports, places) -> list[Table]:
    """Return the sheets of the workbook: what the page of the level shows, and the schools one by one."""
    tables = [totals_table(level, lines, reports)]
    if level.is_region:
        tables.append(municipalities_by_stage_table(level, places))
    return [*tables, schools_by_stage_table(level, lines)]
