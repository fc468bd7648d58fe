"""The tables of figures: municipalities, schools, formats, kinds, grades, days, partners, definitions."""

from dataclasses import replace
from datetime import timedelta

from django.utils.translation import gettext as _

from reports.figures import ALL, FIGURES
from reports.queries.coverage import Coverage, coverage_of
from reports.queries.held import Counts
from reports.tables.table import Column, Row, Table, Type

# --- Columns that many tables share ----------------------------------------------------------


def _count_columns(events_add_up: bool) -> tuple[Column, ...]:
    accepted, submitted = {"status": "accepted"}, {"status": "submitted"}
    return (
        Column("accepted", _("Events accepted"), adds_up=events_add_up, params=accepted),
        Column("submitted", _("Events under review"), adds_up=events_add_up, params=submitted),
        Column("participations", _("Participations in accepted"), adds_up=True, params=accepted),
        Column("participations_submitted", _("Participations under review"), adds_up=True, params=submitted),
    )


def _coverage_columns() -> tuple[Column, ...]:
    return (
        Column("low", _("Covered at least, pupils"), adds_up=True),
        Column("high", _("Covered at most, pupils"), adds_up=True),
        Column("enrolled", _("Pupils enrolled"), adds_up=True),
        Column("low_share", _("Coverage, at least"), Type.SHARE, 20),
        Column("high_share", _("Coverage, at most"), Type.SHARE_UP, 20),
        Column("reported", _("Reports it rests on"), adds_up=True),
    )


def _counts(counts) -> tuple:
    return (counts.accepted, counts.submitted, counts.participations, counts.participations_submitted)


def _coverage(coverage) -> tuple:
    if not coverage.of:
        return (None, None, None, None, None, None)
    # An exact figure is one share: rounded down and up it would look like two.
    shares = (coverage.low_share, None if coverage.is_exact else coverage.high_share)
    return (coverage.low, coverage.high, coverage.of, *shares, coverage.reported)


def _coverage_note() -> str:
    return _(
        "Where a school's report is accepted, coverage is what it says; where not, the events alone give bounds. The "
        "last column says how many reports the bounds rest on: if those of all schools, “at least” is the figure and "
        "the share “at most” stays empty."
    )


def _sum_of_grades(coverage: dict) -> Coverage:
    """Add up the grades of one level: pupils add up, the schools are the same in each."""
    parts = list(coverage.values())
    whole = sum(parts, Coverage())
    return replace(whole, reported=parts[0].reported, awaited=parts[0].awaited) if parts else whole


def _places_note() -> str:
    return _(
        "Events are counted anew in each row and in the total: an event held by several schools together counts once "
        "in each, so the column need not add up. Participations do add up."
    )


# --- Tables ----------------------------------------------------------------------------------


def key_figures_table(level, totals, rows, partners, past=None) -> Table:
    """The figures of the whole level; ``rows`` are its schools. The past column holds the campaign compared with as
    a whole."""
    counts, coverage = totals.counts, coverage_of(rows)
    taking_part, expected = sum(row.took_part for row in rows), sum(row.expected for row in rows)
    exact = coverage.low if coverage.is_exact else None
    lines = [
        ("events_accepted", counts.accepted, None, past.accepted if past else None),
        ("events_submitted", counts.submitted, None, None),
        ("participations", counts.participations, None, past.participations if past else None),
        ("participations_submitted", counts.participations_submitted, None, None),
        ("schools", taking_part, expected, None),
        ("reports_accepted", sum(row.reported for row in rows), expected, None),
        ("coverage", exact, coverage.of if coverage.is_exact else None, None),
        ("coverage_low", coverage.low if coverage.of else None, coverage.of or None, None),
        ("coverage_high", coverage.high if coverage.of else None, coverage.of or None, None),
        ("partners", sum(partners.values()), None, None),
        ("teachers", totals.teachers, None, None),
        ("parents", totals.parents, None, None),
    ]
    previous = level.campaign.previous
    rows = []
    for code, value, of, before in lines:
        share = (value, of) if of else None
        shares = (None, share) if code == "coverage_high" else (share, None)
        rows.append(Row((str(FIGURES[code].name), value, of, *shares, before), {"figure": code}))
    columns = (
        Column("figure", _("Figure"), Type.TEXT, 40),
        Column("value", _("Value")),
        Column("of", _("Out of")),
        Column("share", _("Share"), Type.SHARE, 22),
        Column("share_up", _("Share, at most"), Type.SHARE_UP, 22),
        Column("before", previous.name if previous else _("Campaign compared with"), width=24),
    )
    note = _("What each figure means and is a share of stands on the last sheet.")
    return Table("key_figures", _("Key figures"), columns, tuple(rows), note=note)


def municipalities_table(level, rows, totals=None) -> Table:
    """A row a municipality; ``totals`` are the region's own."""
    columns = (
        Column("municipality", _("Municipality"), Type.TEXT, 36),
        *_count_columns(events_add_up=False),
        Column("schools", _("Schools taking part"), adds_up=True),
        Column("expected", _("Schools expected"), adds_up=True),
        *_coverage_columns(),
    )
    lines = tuple(
        Row(
            (row.name, *_counts(row.counts), row.taking_part, row.expected, *_coverage(row.coverage)),
            {"municipality": row.slug},
        )
        for row in rows
    )
    total = None
    if totals is not None:
        coverage = sum((row.coverage for row in rows), Coverage())
        taking_part, expected = sum(row.taking_part for row in rows), sum(row.expected for row in rows)
        total = Row((_("Region"), *_counts(totals.counts), taking_part, expected, *_coverage(coverage)))
    chart = {"type": "bar", "columns": ["accepted", "submitted"]}
    note = f"{_places_note()} {_coverage_note()}"
    return Table("municipalities", _("Municipalities"), columns, lines, total, note, chart)


def schools_table(level, rows, totals=None, with_municipality=True) -> Table:
    """A row a school, those without events included."""
    columns = (
        *([Column("municipality", _("Municipality"), Type.TEXT, 30)] if with_municipality else []),
        Column("school", _("School"), Type.TEXT, 44),
        *_count_columns(events_add_up=False),
        *_coverage_columns(),
    )
    lines = tuple(
        Row(
            (
                *([row.municipality] if with_municipality else []),
                row.name,
                *_counts(row.counts),
                *_coverage(row.coverage),
            ),
            {"municipality": row.municipality_slug, "school": row.pk},
        )
        for row in rows
    )
    total = None
    if totals is not None:
        words = (_("Together"), "") if with_municipality else (_("Together"),)
        total = Row((*words, *_counts(totals.counts), *_coverage(coverage_of(rows))))
    note = _(
        "A school that closed before the window's last day stands here only with the events it held. Where enrolment "
        "is not known, no share is shown."
    )
    return Table("schools", _("Schools"), columns, lines, total, f"{_places_note()} {note} {_coverage_note()}")


def formats_table(level, rows, totals=None) -> Table:
    """A row a format, the unused ones last."""
    columns = (
        Column("format", _("Format"), Type.TEXT, 60),
        Column("kind", _("Kind"), Type.TEXT, 26),
        *_count_columns(events_add_up=True),
    )
    lines = tuple(
        Row(
            (row.format.name, str(row.format.get_kind_display()), *_counts(row.counts)),
            {"format": row.format.slug},
        )
        for row in rows
    )
    total = Row((_("Together"), "", *_counts(totals.counts))) if totals is not None else None
    return Table("formats", _("Formats"), columns, lines, total)


def kinds_table(level, rows, totals=None, reached=()) -> Table:
    """A row a kind of format; ``reached`` is what the accepted reports say of each."""
    columns = (
        Column("kind", _("Kind of format"), Type.TEXT, 40),
        *_count_columns(events_add_up=True),
        Column("pupils", _("Unique pupils, by reports")),
        Column("of", _("Out of pupils enrolled")),
        Column("share", _("Share"), Type.SHARE, 20),
        Column("told", _("Reports with data")),
        Column("without", _("Reports without data")),
    )
    by = {row.kind: row for row in reached}
    lines = tuple(
        Row((str(row.label), *_counts(row.counts), *_reached(by.get(row.kind))), {"kind": row.kind}) for row in rows
    )
    total = Row((_("Together"), *_counts(totals.counts), *_reached(None))) if totals is not None else None
    note = _(
        "Unique pupils stand in the accepted school reports alone. A school that answered «no data» is left out on "
        "both sides of the share; one that held nothing of the kind counts with all its pupils. A pupil may stand in "
        "several kinds, so they do not add up."
    )
    return Table("kinds", _("Kinds of formats"), columns, lines, total, note)


def _reached(row) -> tuple:
    if row is None:
        return (None, None, None, None, None)
    return (row.pupils, row.enrolled or None, row.share, row.schools, row.without)


def grades_table(level, rows, coverage) -> Table:
    """A row a grade that took part or belongs to the campaign; ``coverage`` is ``{grade: Coverage}``."""
    accepted, submitted = {"status": "accepted"}, {"status": "submitted"}
    columns = (
        Column("grade", _("Grade"), Type.TEXT, 12),
        Column("events_accepted", _("Events accepted"), params=accepted),
        Column("events_submitted", _("Events under review"), params=submitted),
        Column("accepted", _("Participations in accepted"), adds_up=True, params=accepted),
        Column("submitted", _("Participations under review"), adds_up=True, params=submitted),
        *_coverage_columns(),
    )
    shown = [row for row in rows if row.grade in level.campaign.grades or row.accepted or row.submitted]
    lines = tuple(
        Row(
            (
                str(row.grade),
                row.events_accepted,
                row.events_submitted,
                row.accepted,
                row.submitted,
                *_coverage(coverage.get(row.grade, Coverage())),
            ),
            {"grade": row.grade},
        )
        for row in shown
    )
    sums = (sum(row.accepted for row in shown), sum(row.submitted for row in shown))
    whole = _sum_of_grades(coverage)
    total = Row((_("Together"), None, None, *sums, *_coverage(whole)))
    note = _(
        "An event of several grades counts in each of them, so events do not add up here. Coverage is measured on the "
        "campaign's grades alone."
    )
    chart = {"type": "bar", "columns": ["accepted", "submitted"]}
    return Table("grades", _("Grades"), columns, lines, total, f"{note} {_coverage_note()}", chart)


def municipality_by_format_table(level, places, used, matrix) -> Table:
    """Accepted events by municipality and format, with those under review beside them.

    ``places`` are rows of municipalities, ``used`` of formats, ``matrix`` what was held by both.
    """
    columns = (
        Column("municipality", _("Municipality"), Type.TEXT, 36),
        *(
            Column(row.format.slug, row.format.name, width=17, params={"format": row.format.slug, "status": "accepted"})
            for row in used
        ),
        Column("accepted", _("Accepted in all"), params={"status": "accepted"}),
        Column("submitted", _("Under review in all"), params={"status": "submitted"}),
    )
    nothing = Counts()
    lines = tuple(
        Row(
            (
                place.name,
                *(matrix.get((place.pk, row.format.pk), nothing).accepted for row in used),
                place.counts.accepted,
                place.counts.submitted,
            ),
            {"municipality": place.slug},
        )
        for place in places
    )
    accepted = [row.counts.accepted for row in used]
    whole = sum((row.counts for row in used), Counts())
    total = Row((_("Region"), *accepted, whole.accepted, whole.submitted))
    title = _("Accepted events by municipality and format")
    return Table("municipality_by_format", title, columns, lines, total, _places_note())


def days_table(level, counted, totals=None, past=()) -> Table:
    """A row a day: every day of the window until ``counted`` ends, and days before it on which a long event began.

    ``past`` are days of the campaign compared with: its accepted events by the same day of its window.
    """
    campaign, previous = level.campaign, level.campaign.previous
    by_day = {row.day: row.counts for row in counted}
    last = max([row.day for row in counted], default=campaign.starts_on - timedelta(1))
    window = range((min(last, campaign.ends_on) - campaign.starts_on).days + 1)
    shown = sorted({*by_day, *(campaign.starts_on + timedelta(n) for n in window)})
    columns = (
        Column("day", _("First day of the event"), Type.DATE, 16),
        *_count_columns(events_add_up=True),
        Column("cumulative", _("Accepted since the start"), width=16),
        Column("cumulative_held", _("… with those under review"), width=16),
        *([Column("past", previous.name, width=24)] if past else []),
    )
    lines, accepted, held = [], 0, 0
    for day in shown:
        counts = by_day.get(day, Counts())
        accepted += counts.accepted
        held += counts.held
        cells = (day, *_counts(counts), accepted, held)
        if past:
            same_day = previous.starts_on + (day - campaign.starts_on)
            cells = (*cells, sum(row.counts.accepted for row in past if row.day <= same_day))
        lines.append(Row(cells, {"day": day.isoformat()}))
    total = None
    if totals is not None:
        total = Row((None, *_counts(totals.counts), None, None, *([None] if past else [])))
    chart = {"type": "line", "columns": ["cumulative", "cumulative_held"]}
    return Table("days", _("Days"), columns, tuple(lines), total, chart=chart)


def partners_table(level, rows) -> Table:
    """A row an organisation that events were held with."""
    columns = (
        Column("name", _("Organisation"), Type.TEXT, 50),
        Column("kind", _("Kind"), Type.TEXT, 24),
        Column("accepted", _("Events accepted")),
        Column("submitted", _("Events under review")),
    )
    lines = tuple(Row((row["name"], str(row["kind"]), row["accepted"], row["submitted"])) for row in rows)
    note = _("An event with several organisations counts with each of them.")
    return Table("partners", _("Partner organisations"), columns, lines, note=note)


def definitions_table() -> Table:
    """What each figure means."""
    columns = (
        Column("name", _("Figure"), Type.TEXT, 28),
        Column("meaning", _("What it means"), Type.TEXT, 52),
        Column("formula", _("How it is counted"), Type.TEXT, 52),
        Column("denominator", _("A share of what"), Type.TEXT, 40),
        Column("source", _("Where the numbers come from"), Type.TEXT, 32),
    )
    rows = tuple(
        Row(tuple(str(getattr(figure, column.key)) for column in columns), {"figure": figure.code}) for figure in ALL
    )
    return Table("definitions", _("What the figures mean"), columns, rows)
