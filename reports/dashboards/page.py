"""Puts a dashboard together: cards, charts, tables and what needs attention."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from portal.numbers import NO_BREAK_SPACE, spaced
from reports.dashboards import charts
from reports.dashboards.attention import attention_tasks
from reports.dashboards.cards import cards
from reports.figures import FIGURES
from reports.queries import held
from reports.queries.dashboard import Dashboard, read_dashboard
from reports.queries.levels import Level
from reports.tables import figures, questions
from reports.writers import page
from reports.writers.page import rows_address

# --- Charts ----------------------------------------------------------------------------------


def _bar_text(counts: held.Counts) -> str:
    return f"{spaced(counts.accepted)} + {spaced(counts.submitted)}" if counts.submitted else spaced(counts.accepted)


def places_bars(found: Dashboard) -> list[charts.Bar]:
    """Events by municipality, or by school of a municipality, most first."""
    slug = found.level.campaign.slug
    if found.municipalities:
        rows = [
            (row.name, row.counts, reverse("dashboard_municipality", args=[slug, row.slug]))
            for row in found.municipalities
        ]
    else:
        rows = [(row.name, row.counts, reverse("dashboard_school", args=[slug, row.pk])) for row in found.schools]
    rows.sort(key=lambda row: -row[1].held)
    return charts.bars((name, counts.accepted, counts.submitted, _bar_text(counts), url) for name, counts, url in rows)


@dataclass(frozen=True)
class GradeLine:
    """Participations of a grade, with the rows behind them: the numbers of that grade in each add up to it."""

    grade: int
    accepted: int
    submitted: int
    accepted_url: str
    submitted_url: str


def grade_lines(found: Dashboard) -> list[GradeLine]:
    """Participations by grade: those of the campaign, and others that took part."""
    lines = []
    for row in found.totals.grades:
        if row.grade in found.level.campaign.grades or row.accepted or row.submitted:
            base = rows_address(found.level.params, {"grade": row.grade})
            urls = (
                f"{base}&status=accepted" if row.accepted else "",
                f"{base}&status=submitted" if row.submitted else "",
            )
            lines.append(GradeLine(row.grade, row.accepted, row.submitted, *urls))
    return lines


@dataclass(frozen=True)
class CoverageBar:
    """The lower bound of one grade; ``low`` is 0 to 100."""

    grade: int
    low: int
    percent: str
    text: str


def coverage_bars(by_grade) -> list[CoverageBar]:
    """The lower bound of coverage by grade, where enrolment is known."""
    return [
        CoverageBar(
            grade,
            100 * coverage.low // coverage.of,
            f"{100 * coverage.low // coverage.of}{NO_BREAK_SPACE}%",
            _("%(n)s of %(of)s") % {"n": spaced(coverage.low), "of": spaced(coverage.of)},
        )
        for grade, coverage in by_grade
        if coverage.of
    ]


def tiles(found: Dashboard) -> list[charts.Tile]:
    """The region as tiles, shaded by the lower bound of coverage."""
    made = []
    for row in found.municipalities:
        low = row.coverage.low * 100 // row.coverage.of if row.coverage.of else None
        made.append(
            charts.Tile(
                row.name,
                f"{low}{NO_BREAK_SPACE}%" if low is not None else "–",
                page.percent_of(row.coverage.low_share) if low is not None else _("enrolment is not known"),
                *row.tile,
                min(low // 10, 9) if low is not None else None,
                reverse("dashboard_municipality", args=[found.level.campaign.slug, row.slug]),
            )
        )
    return made


@dataclass(frozen=True)
class HeatTable:
    """Events per school by municipality and format; ``body`` is in HTML."""

    heads: tuple
    body: str


def heat_table(found: Dashboard) -> HeatTable:
    """Lay out how many events a school held on average, by municipality and format."""
    used = [row for row in found.formats if row.counts.held][:8]
    rates = {
        (place.pk, row.format.pk): found.matrix.get((place.pk, row.format.pk), held.Counts()).held / place.expected
        for place in found.municipalities
        if place.expected
        for row in used
    }
    most = max(rates.values(), default=0)
    base = rows_address(found.level.params, {"status": "held"})
    rows = []
    for place in found.municipalities:
        cells = []
        for row in used:
            rate = rates.get((place.pk, row.format.pk), 0)
            url = f"{base}&municipality={place.slug}&format={row.format.slug}" if rate else ""
            text = f"{rate:.1f}".replace(".", ",") if rate else "–"
            cells.append((text, charts.heat_of(rate, most), url))
        rows.append(
            (place.name, reverse("dashboard_municipality", args=[found.level.campaign.slug, place.slug]), cells)
        )
    return HeatTable(tuple((row.format.name, row.format.slug) for row in used), page.heat_body(rows))


# --- The page --------------------------------------------------------------------------------


def dashboard_context(level: Level) -> dict:
    """Return everything that the template of a dashboard asks for."""
    found = read_dashboard(level)
    slug, params, lines = level.campaign.slug, level.params, grade_lines(found)
    made = {
        "level": level,
        "campaign": level.campaign,
        "found": found,
        "cards": cards(found),
        "curve": charts.curve(level.campaign, found.days, found.past_days, found.today),
        "grade_rows": lines,
        "columns": charts.columns((str(line.grade), line.accepted, line.submitted) for line in lines),
        "coverage_by_grade": coverage_bars(found.coverage_by_grade),
        "coverage_is_exact": found.coverage.is_exact,
        "waiting": attention_tasks(found),
        "tables": [],
    }
    if level.is_region:
        made["tiles"] = tiles(found)
        made["heat"] = heat_table(found)
        made["per_school"] = FIGURES["events_per_school"]
        table = figures.municipalities_table(level, found.municipalities, found.totals)
        made["tables"].append(
            page.shown(
                table, params, lambda row: reverse("dashboard_municipality", args=[slug, row.params["municipality"]])
            )
        )
    if not level.school:
        made["bars"] = places_bars(found)
    if level.municipality:
        table = figures.schools_table(level, found.schools, found.totals, with_municipality=False)
        made["tables"].append(
            page.shown(table, params, lambda row: reverse("dashboard_school", args=[slug, row.params["school"]]))
        )
    days = figures.days_table(level, found.days, found.totals, found.past_days)
    made["tables"].append(page.shown(figures.formats_table(level, found.formats, found.totals), params))
    made["tables"].append(page.shown(figures.kinds_table(level, found.kinds, found.totals, found.reached), params))
    if found.answers:
        made["tables"].append(page.shown(questions.answers_table(level, found.answers), params))
    made["tables"].append(page.shown(days, params))
    return made
