"""Puts a dashboard together: figures with their meaning and their rows, charts, tables."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.models import Partner
from portal.numbers import NO_BREAK_SPACE, spaced
from reports import charts, queries, tables
from reports.figures import FIGURES, Figure
from reports.queries import Dashboard, Level
from reports.writers import page
from reports.writers.page import rows_address


@dataclass(frozen=True)
class Card:
    """One figure of a page: its value with the rows behind it, what stands beside it, and what it means."""

    figure: Figure
    value: str
    url: str = ""
    beside: str = ""
    beside_url: str = ""
    compare: str = ""
    trouble: str = ""
    trouble_url: str = ""


def address_of(level: Level) -> str:
    """Return the address of a level's dashboard."""
    slug = level.campaign.slug
    if level.school:
        return reverse("dashboard_school", args=[slug, level.school.pk])
    if level.municipality:
        return reverse("dashboard_municipality", args=[slug, level.municipality.slug])
    return reverse("dashboard", args=[slug])


def rows_page(level: Level, code: str) -> str:
    """Return the address of a list behind a figure that is no list of events: ``schools`` or ``partners``."""
    own = level.params
    del own["campaign"]
    query = "".join(f"?{name}={value}" for name, value in own.items())
    return reverse("dashboard_rows", args=[level.campaign.slug, code]) + query


# --- Figures ---------------------------------------------------------------------------------


def _change(now: int, past: queries.Past | None, before: int) -> str:
    """Say how a number compares with the previous campaign's by the same day, in neutral words."""
    if past is None:
        return ""
    if past.until:
        when = _("%(name)s by the same day (%(day)s)") % {
            "name": past.campaign.name,
            "day": f"{past.until:%d.%m.%Y}",
        }
    else:
        when = _("%(name)s in all") % {"name": past.campaign.name}
    if not before:
        return f"{when}: {spaced(before)}"
    change = round(100 * (now - before) / before)
    sign = "+" if change > 0 else "−" if change < 0 else "±"
    return f"{when}: {spaced(before)} ({sign}{abs(change)}{NO_BREAK_SPACE}%)"


def _under_review(count: int) -> str:
    return _("under review: %(n)s") % {"n": spaced(count)}


def events_card(level: Level, counts: queries.Counts, past=None) -> Card:
    """Events accepted, with those under review beside them."""
    return Card(
        FIGURES["events_accepted"],
        spaced(counts.accepted),
        rows_address(level.params, {"status": "accepted"}) if counts.accepted else "",
        _under_review(counts.submitted),
        rows_address(level.params, {"status": "submitted"}) if counts.submitted else "",
        _change(counts.accepted, past, past.counts.accepted if past else 0),
    )


def participations_card(level: Level, counts: queries.Counts, past=None) -> Card:
    """Participations in accepted events, with those under review beside them."""
    return Card(
        FIGURES["participations"],
        spaced(counts.participations),
        rows_address(level.params, {"status": "accepted"}) if counts.participations else "",
        _under_review(counts.participations_submitted),
        rows_address(level.params, {"status": "submitted"}) if counts.participations_submitted else "",
        _change(counts.participations, past, past.counts.participations if past else 0),
    )


def coverage_card(level: Level, coverage: queries.Coverage) -> Card:
    """Coverage as bounds, never as one invented figure."""
    if not coverage.of:
        return Card(FIGURES["coverage_low"], "–", compare=_("enrolment is not known, so there is no share"))
    low, high = coverage.low * 100 // coverage.of, -(-coverage.high * 100 // coverage.of)
    compare = ngettext("of %(of)s pupil enrolled", "of %(of)s pupils enrolled", coverage.of)
    beside = ""
    if coverage.without:
        beside = ngettext(
            "%(n)d school without known enrolment is left out",
            "%(n)d schools without known enrolment are left out",
            coverage.without,
        )
        beside %= {"n": coverage.without}
    return Card(
        FIGURES["coverage_low"],
        _("from %(low)d %%") % {"low": low},
        rows_page(level, "schools"),
        _("not more than %(high)d %%") % {"high": high},
        "",
        f"{compare % {'of': spaced(coverage.of)}}{'; ' if beside else ''}{beside}",
    )


def schools_card(level: Level, expected: int, taking_part: int) -> Card:
    """Schools taking part, of those expected; those that logged nothing lead to their list."""
    missing = expected - taking_part
    words = ngettext("%(n)s school logged nothing yet", "%(n)s schools logged nothing yet", missing)
    url = rows_page(level, "schools")
    return Card(
        FIGURES["schools"],
        _("%(n)s of %(of)s") % {"n": spaced(taking_part), "of": spaced(expected)},
        url,
        trouble=words % {"n": spaced(missing)} if missing else "",
        trouble_url=f"{url}{'&' if '?' in url else '?'}none=1",
    )


def partners_card(level: Level, by_kind: dict[str, int]) -> Card:
    """Different partner organisations, by kind."""
    labels = dict(Partner.Kind.choices)
    parts = [f"{labels[kind]}: {spaced(by_kind[kind])}" for kind in Partner.Kind.values if by_kind.get(kind)]
    total = sum(by_kind.values())
    url = rows_page(level, "partners") if total else ""
    return Card(FIGURES["partners"], spaced(total), url, compare=", ".join(parts))


def cards(found: Dashboard) -> list[Card]:
    """The figures at the head of a dashboard."""
    level, counts = found.level, found.totals.counts
    made = [
        events_card(level, counts, found.past),
        participations_card(level, counts, found.past),
        coverage_card(level, found.coverage),
    ]
    if level.school is None:
        made.append(schools_card(level, found.expected, found.taking_part))
    return [*made, partners_card(level, found.partners)]


# --- Charts ----------------------------------------------------------------------------------


def _bar_text(counts: queries.Counts) -> str:
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


def grade_columns(found: Dashboard) -> charts.Columns:
    """Participations by grade."""
    shown = [
        row for row in found.totals.grades if row.grade in found.level.campaign.grades or row.accepted or row.submitted
    ]
    return charts.columns((str(row.grade), row.accepted, row.submitted) for row in shown)


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
class HeatCell:
    text: str
    heat: int | None
    url: str


@dataclass(frozen=True)
class HeatTable:
    """Events per school by municipality and format."""

    heads: tuple
    rows: tuple


def heat_table(found: Dashboard) -> HeatTable:
    """Lay out how many events a school held on average, by municipality and format."""
    used = [row for row in found.formats if row.counts.held][:10]
    rates = {
        (place.pk, row.format.pk): found.matrix.get((place.pk, row.format.pk), queries.Counts()).held / place.expected
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
            cells.append(HeatCell(text, charts.heat_of(rate, most), url))
        rows.append(
            (place.name, reverse("dashboard_municipality", args=[found.level.campaign.slug, place.slug]), cells)
        )
    return HeatTable(tuple((row.format.name, row.format.slug) for row in used), tuple(rows))


# --- The page --------------------------------------------------------------------------------


def context(level: Level) -> dict:
    """Return everything that the template of a dashboard asks for."""
    found = queries.dashboard(level)
    slug, params = level.campaign.slug, level.params
    made = {
        "level": level,
        "campaign": level.campaign,
        "found": found,
        "cards": cards(found),
        "curve": charts.curve(level.campaign, found.days, found.past_days, found.today),
        "columns": grade_columns(found),
        "tables": [],
    }
    if level.is_region:
        made["tiles"] = tiles(found)
        made["heat"] = heat_table(found)
        made["per_school"] = FIGURES["events_per_school"]
        table = tables.municipalities(level, found.municipalities, found.totals)
        made["tables"].append(
            page.shown(
                table, params, lambda row: reverse("dashboard_municipality", args=[slug, row.params["municipality"]])
            )
        )
    if not level.school:
        made["bars"] = places_bars(found)
    if level.municipality:
        table = tables.schools(level, found.schools, found.totals, with_municipality=False)
        made["tables"].append(
            page.shown(table, params, lambda row: reverse("dashboard_school", args=[slug, row.params["school"]]))
        )
    made["tables"].append(page.shown(tables.formats(level, found.formats, found.totals), params))
    made["tables"].append(page.shown(tables.kinds(level, found.kinds, found.totals), params))
    made["tables"].append(page.shown(tables.days(level, found.days, found.totals), params))
    if level.school:
        made["coverage_by_grade"] = queries.coverage_by_grade(level)
    return made
