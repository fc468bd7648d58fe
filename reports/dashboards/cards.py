"""Puts a dashboard together: figures with their meaning and their rows, charts, tables."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.phases import Phase
from portal.models import Partner
from portal.numbers import NO_BREAK_SPACE, spaced
from portal.registry import Task
from reports import charts, queries, question_tables, tables
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
    """Say how what was held compares with the previous campaign's by the same day, in neutral words.

    Those under review are in both numbers: a review that is not finished is no fall.
    """
    if past is None:
        return ""
    name = charts.short_name(past.campaign)
    if past.until:
        when = _("%(name)s, by the same day (%(day)s)") % {"name": name, "day": f"{past.until:%d.%m}"}
    else:
        when = _("%(name)s, in all") % {"name": name}
    if not before:
        return f"{when}: {spaced(before)}"
    change = round(100 * (now - before) / before)
    sign = "+" if change > 0 else "−" if change < 0 else "±"
    words = _("%(change)s with those under review") % {"change": f"{sign}{abs(change)}{NO_BREAK_SPACE}%"}
    return f"{when}: {spaced(before)} ({words})"


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
        _change(counts.held, past, past.counts.held if past else 0),
    )


def participations_card(level: Level, counts: queries.Counts, past=None) -> Card:
    """Participations in accepted events, with those under review beside them."""
    return Card(
        FIGURES["participations"],
        spaced(counts.participations),
        rows_address(level.params, {"status": "accepted"}) if counts.participations else "",
        _under_review(counts.participations_submitted),
        rows_address(level.params, {"status": "submitted"}) if counts.participations_submitted else "",
        _change(
            counts.participations + counts.participations_submitted,
            past,
            past.counts.participations + past.counts.participations_submitted if past else 0,
        ),
    )


def coverage_card(level: Level, coverage: queries.Coverage) -> Card:
    """Coverage: a figure where the reports of all schools are accepted, bounds until then, never an invented one."""
    if not coverage.of:
        return Card(FIGURES["coverage_low"], "–", compare=_("enrolment is not known, so there is no share"))
    low, high = coverage.low * 100 // coverage.of, -(-coverage.high * 100 // coverage.of)
    notes = [
        ngettext("of %(of)s pupil enrolled", "of %(of)s pupils enrolled", coverage.of) % {"of": spaced(coverage.of)}
    ]
    if coverage.without:
        left_out = ngettext(
            "%(n)d school without known enrolment is left out",
            "%(n)d schools without known enrolment are left out",
            coverage.without,
        )
        notes.append(left_out % {"n": coverage.without})
    url = rows_page(level, "schools")
    if coverage.is_exact:
        beside = _("by the accepted reports: %(n)s pupils") % {"n": spaced(coverage.low)}
        return Card(FIGURES["coverage"], f"{low}{NO_BREAK_SPACE}%", url, beside, compare="; ".join(notes))
    if coverage.reported:
        told = _("reports accepted: %(n)s of %(of)s")
        notes.append(told % {"n": coverage.reported, "of": coverage.reported + coverage.awaited})
    elif level.campaign.phase not in (Phase.RUNNING, Phase.ANNOUNCED):
        notes.append(_("no report is accepted yet"))
    return Card(
        FIGURES["coverage_low"],
        _("from %(low)d %%") % {"low": low},
        url,
        _("not more than %(high)d %%") % {"high": high},
        "",
        "; ".join(notes),
    )


def schools_card(level: Level, expected: int, taking_part: int) -> Card:
    """Schools taking part, of those expected; those that logged nothing lead to their list."""
    missing = expected - taking_part
    if level.campaign.is_closed:
        words = ngettext("%(n)s school logged nothing", "%(n)s schools logged nothing", missing)
    else:
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
            cells.append((text, charts.heat_of(rate, most), url))
        rows.append(
            (place.name, reverse("dashboard_municipality", args=[found.level.campaign.slug, place.slug]), cells)
        )
    return HeatTable(tuple((row.format.name, row.format.slug) for row in used), page.heat_body(rows))


# --- What needs attention --------------------------------------------------------------------


def waiting(found: Dashboard) -> list[Task]:
    """What someone should look at while the campaign is not closed: events that wait long, flagged numbers, schools
    without events."""
    level, made = found.level, []
    if level.campaign.is_closed:
        return []
    if found.totals.waiting_long:
        n = found.totals.waiting_long
        title = ngettext(
            "%(n)s event has waited for review for more than 3 days",
            "%(n)s events have waited for review for more than 3 days",
            n,
        )
        url = rows_address(level.params, {"status": "submitted"})
        made.append(Task(title % {"n": spaced(n)}, _("of all events under review"), url, _("Open")))
    if found.totals.flagged:
        n = found.totals.flagged
        title = ngettext("%(n)s event under review is flagged", "%(n)s events under review are flagged", n)
        url = rows_address(level.params, {"status": "submitted", "flagged": 1})
        made.append(Task(title % {"n": spaced(n)}, _("more participants than pupils enrolled"), url, _("Check")))
    most = max(found.municipalities, key=lambda row: row.missing, default=None)
    if most is not None and most.missing:
        title = ngettext("%(n)s school without events", "%(n)s schools without events", found.missing)
        reason = _("most of them: %(name)s, %(n)s") % {"name": most.name, "n": spaced(most.missing)}
        url = f"{rows_page(level, 'schools')}?none=1"
        made.append(Task(title % {"n": spaced(found.missing)}, reason, url, _("Show")))
    return made


# --- The page --------------------------------------------------------------------------------


def context(level: Level) -> dict:
    """Return everything that the template of a dashboard asks for."""
    found = queries.dashboard(level)
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
        "waiting": waiting(found),
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
    days = tables.days(level, found.days, found.totals, found.past_days)
    made["tables"].append(page.shown(tables.formats(level, found.formats, found.totals), params))
    made["tables"].append(page.shown(tables.kinds(level, found.kinds, found.totals, found.reached), params))
    if found.answers:
        made["tables"].append(page.shown(question_tables.answers_table(level, found.answers), params))
    made["tables"].append(page.shown(days, params))
    return made
