"""The figures as a document."""

import os
import platform
from datetime import date

import django
import psycopg2
from django.db import connection

from benchmarks.actions import MOST_MILLISECONDS as MOST_MILLISECONDS_OF_A_REPORT
from benchmarks.actions import OF_A_REPORT, ActionFigures
from benchmarks.enrolment import MOST_SECONDS as MOST_SECONDS_OF_A_PREVIEW
from benchmarks.enrolment import ROWS, EnrolmentFigures
from benchmarks.pages import MOST_BYTES, MOST_MILLISECONDS, MOST_QUERIES, PageFigures
from benchmarks.stage import Stage
from benchmarks.workbook import MOST_SECONDS, WorkbookFigures
from campaigns.models import Campaign
from events.models import Event
from portal.models import Municipality, School


def _scalar(sql: str):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def load() -> str:
    """Return how many processes wanted a core on average, over one, five and fifteen minutes."""
    return " / ".join(f"{one:.1f}" for one in os.getloadavg())


def machine() -> dict[str, str]:
    """Return what the run stood on, and how busy that was before it began."""
    return {
        "date": f"{date.today():%d.%m.%Y}",
        "cores": str(os.cpu_count()),
        "load before the run": load(),
        "Python": platform.python_version(),
        "Django": django.get_version(),
        "PostgreSQL": _scalar("SHOW server_version").split()[0],
        "psycopg2": psycopg2.__version__.split()[0],
    }


def data(stage: Stage) -> dict[str, str]:
    """Return how much the pages were made of."""
    return {
        "municipalities": _thousands(Municipality.objects.count()),
        "schools": _thousands(School.objects.count()),
        "campaigns": _thousands(Campaign.objects.count()),
        "events": _thousands(Event.objects.count()),
        "events of the campaign whose pages are measured": _thousands(
            Event.objects.filter(campaign=stage.campaign).count()
        ),
        "database": f"{_scalar('SELECT pg_database_size(current_database())') / 1e6:.0f} MB",
    }


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def _row(*cells) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _table(head, rows, left=2) -> list[str]:
    """Return a table whose first ``left`` columns are words and whose others are figures."""
    rule = ["---"] * left + ["---:"] * (len(head) - left)
    return [_row(*head), _row(*rule), *(_row(*row) for row in rows), ""]


def _facts(facts: dict[str, str]) -> list[str]:
    return [*(f"- {name}: {value}" for name, value in facts.items()), ""]


def _ratio(sample, floor) -> str:
    return f"{sample.median / floor.median:.2f}" if floor and floor.median else "–"


def _milliseconds(sample) -> str:
    return f"{sample.median:.1f}" if sample else "–"


def line(figures: PageFigures) -> str:
    """Return what was measured of a page as one line of the console."""
    missed = "; ".join(figures.missed)
    return (
        f"{figures.page.name}, {figures.page.role}: {_milliseconds(figures.portal)} ms, {figures.queries} queries, "
        f"SQL {_milliseconds(figures.sql)}, empty {_milliseconds(figures.empty)}, admin {_milliseconds(figures.admin)}"
        f"{', MISSED: ' + missed if missed else ''}"
    )


def _page_row(figures: PageFigures) -> list:
    return [
        figures.page.name,
        figures.page.role,
        _milliseconds(figures.portal),
        f"{figures.portal.p95:.1f}",
        f"{figures.portal.fastest:.1f}",
        figures.queries,
        _milliseconds(figures.empty),
        _ratio(figures.portal, figures.empty),
        _milliseconds(figures.sql),
        _ratio(figures.portal, figures.sql),
        _milliseconds(figures.admin),
        _ratio(figures.portal, figures.admin),
        "missed" if figures.missed else "met",
    ]


def _misses(pages, actions, workbook, enrolment) -> list[str]:
    """Return one sentence for each target that was missed."""
    sentences = [
        f"The page “{figures.page.name}” as {figures.page.role} {missed}."
        for figures in pages
        for missed in figures.missed
    ]
    sentences.extend(f"To {row.name} {missed}." for row in actions for missed in row.missed)
    sentences.extend(f"The workbook {missed}." for missed in workbook.missed)
    sentences.extend(f"The preview of the enrolment workbook {missed}." for missed in enrolment.missed)
    return sentences


def document(
    machine,
    data,
    pages: list[PageFigures],
    actions: list[ActionFigures],
    workbook: WorkbookFigures,
    enrolment: EnrolmentFigures,
    repetitions: int,
) -> str:
    """Return ``results.md``."""
    misses = _misses(pages, actions, workbook, enrolment)
    compared = [figures for figures in pages if figures.admin]
    lines = [
        "# What was measured",
        "",
        "`DATABASE_URL=postgres://… make bench` wrote this file. Everything ran in one process, through Django's",
        "handler with the whole middleware, on the demo's data. A page and its floors take turns (page, floor, floor,",
        f"page, …), so that what else the machine does falls on all of them; {repetitions} turns each after a warm-up,",
        "the median, and ratios of medians. A ratio carries to another machine, milliseconds do not. The fastest turn",
        "shows what a page takes when nothing else wants the machine.",
        "",
        *_facts(machine),
        "Data:",
        "",
        *_facts(data),
        "## Missed targets",
        "",
        *([f"- {sentence}" for sentence in misses] or ["None."]),
        "",
        "## Pages",
        "",
        f"Targets: at most {MOST_MILLISECONDS} ms and {MOST_QUERIES} queries; a list or form no slower than the",
        "admin's (a ratio of at most 1). The floors: an empty page behind the same middleware for the same person; the",
        "SQL of the page alone, through the driver's cursor; Django's own admin, its list with the same filters and 25",
        "rows a page, its form with default widgets.",
        "",
        *_table(
            [
                "page",
                "as",
                f"ms (≤ {MOST_MILLISECONDS})",
                "p95",
                "fastest",
                f"queries (≤ {MOST_QUERIES})",
                "empty page, ms",
                "ratio",
                "bare SQL, ms",
                "ratio",
                "admin, ms",
                "ratio (≤ 1)",
                "targets",
            ],
            [_page_row(figures) for figures in pages],
        ),
        "Queries of the compared pages beside the admin's:",
        "",
        *_table(
            ["page", "as", "queries", "the admin's"],
            [[row.page.name, row.page.role, row.queries, row.admin_queries] for row in compared],
        ),
        "## First sight",
        "",
        "Bytes sent when nothing is cached, compressed by gzip: the page, and the page with its styles, scripts and",
        f"pictures. Target: at most {MOST_BYTES // 1000} KB.",
        "",
        *_table(
            ["page", "as", "page, KB", f"first sight, KB (≤ {MOST_BYTES // 1000})", "of the target"],
            [
                [
                    row.page.name,
                    row.page.role,
                    f"{row.weight / 1000:.1f}",
                    f"{row.first_sight / 1000:.1f}",
                    f"{row.first_sight / MOST_BYTES:.2f}",
                ]
                for row in pages
            ],
        ),
        "## Actions",
        "",
        "An action locks, judges, writes and records history in one transaction; its floor is the bare `UPDATE` of the",
        f"same rows. Every turn is rolled back. Target: a school report with {OF_A_REPORT} events under",
        f"{MOST_MILLISECONDS_OF_A_REPORT} ms.",
        "",
        *_table(
            ["action", "ms", "p95", "queries", "bare UPDATE, ms", "ratio"],
            [
                [
                    row.name,
                    _milliseconds(row.action),
                    f"{row.action.p95:.1f}",
                    row.queries,
                    _milliseconds(row.update),
                    _ratio(row.action, row.update),
                ]
                for row in actions
            ],
            left=1,
        ),
        "## The workbook",
        "",
        f"The summary of the campaign with most events, {workbook.cells} cells on {workbook.sheets} sheets.",
        "The whole build is what a worker does: claim it, read one snapshot, store the tables, write the workbook,",
        "keep the file; each turn is rolled back. The floor is openpyxl's write-only book handed the same values,",
        f"undressed. Target: under {MOST_SECONDS} s.",
        "",
        *_table(
            ["what", f"seconds (< {MOST_SECONDS})", "ratio to bare openpyxl"],
            [
                [name, f"{sample.median / 1000:.2f}", _ratio(sample, workbook.bare)]
                for name, sample in (
                    ("the whole build", workbook.build),
                    ("of it: the tables from the database", workbook.reading),
                    ("of it: the workbook from the tables", workbook.writing),
                    ("bare openpyxl, the same cells", workbook.bare),
                )
            ],
            left=1,
        ),
        "## An enrolment workbook",
        "",
        f"{ROWS} schools of eleven grades: sent, read, checked, stored and previewed, two whole requests; beside them",
        f"openpyxl reading the same cells. Reading takes {enrolment.megabytes:.1f} MB at most. Target: under",
        f"{MOST_SECONDS_OF_A_PREVIEW} s.",
        "",
        *_table(
            ["what", f"seconds (< {MOST_SECONDS_OF_A_PREVIEW})", "ratio to bare openpyxl"],
            [
                [name, f"{sample.median / 1000:.2f}", _ratio(sample, enrolment.bare)]
                for name, sample in (("upload and preview", enrolment.preview), ("bare openpyxl", enrolment.bare))
            ],
            left=1,
        ),
    ]
    return "\n".join(lines).rstrip() + "\n"
