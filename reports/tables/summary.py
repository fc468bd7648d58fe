"""The tables of a summary: which there are, how they are stored, and which part of them a coordinator gets."""

from datetime import date

from django.conf import settings
from django.utils import translation

from reports.queries import answers, completeness, coverage, held, levels, municipality
from reports.tables import figures, questions
from reports.tables.completeness import municipalities_by_stage_table
from reports.tables.table import Table


def summary_tables(campaign, on_progress=lambda part: None) -> list[Table]:
    """Read all tables of a campaign's summary, in the portal's own language.

    ``on_progress`` is called with how far it is, 0 to 100. Nothing here depends on the day of building, so the same
    data give the same tables.
    """
    level = levels.Level(campaign)
    with translation.override(settings.LANGUAGE_CODE):
        used, totals = held.formats(level)
        school_rows = coverage.schools(level)
        matrix = held.municipality_by_format(level)
        on_progress(50)
        places = coverage.municipalities(school_rows, matrix)
        held_by_day, past_days = held.days(level)
        past = sum((day.counts for day in past_days), held.Counts()) if campaign.previous else None
        coverage_by_grade = dict(coverage.coverage_by_grade(campaign, school_rows))
        on_progress(75)
        partners_found = held.partners_by_kind(level)
        merged = municipality.merged(level)
        # Whoever has not sent is missing, whenever the summary is built.
        lines = completeness.school_lines(level, today=date.max)
        reports = completeness.municipal_lines(level, today=date.max)
        answers_found = answers.rows_by_place(level)
        found = [
            figures.key_figures_table(level, totals, school_rows, partners_found, past),
            figures.municipalities_table(level, places, totals),
            figures.schools_table(level, school_rows, totals),
            figures.formats_table(level, used, totals),
            figures.kinds_table(level, held.kinds(used), totals, merged.kinds),
            figures.grades_table(level, held.grades_with_events(level), coverage_by_grade),
            figures.municipality_by_format_table(level, places, used, matrix),
            figures.days_table(level, held_by_day, totals),
            municipalities_by_stage_table(level, completeness.places(lines, reports)),
        ]
        if answers_found.sums:
            found.append(questions.answers_table(level, list(answers_found.sums)))
            found.append(questions.answers_by_place_table(level, answers_found))
        return [*found, figures.definitions_table()]


def stored(found: list[Table]) -> dict:
    """Return what a summary stores: the tables, and its key figures by code for pages that need them alone."""
    key = found[0]
    key_figures = {
        row.params["figure"]: {"value": value, "of": of}
        for row, value, of in zip(key.rows, key.column("value"), key.column("of"), strict=True)
    }
    return {"figures": key_figures, "tables": [table.to_json() for table in found]}


def read(data: dict) -> list[Table]:
    """Return the tables that :func:`stored` wrote."""
    return [Table.from_json(table) for table in data["tables"]]


def part_of(found: list[Table], municipalities: set[str], schools: set[int]) -> list[Table]:
    """Return what a coordinator may have of a region's tables: the rows of their municipalities (by slug) and
    schools (by id), and the definitions. Rows of a school coordinator are their own school's alone."""

    def own(row):
        return row.params.get("municipality") in municipalities or row.params.get("school") in schools

    wanted = ("municipalities", "schools", "municipality_by_format", "completeness", "answers_by_municipality")
    parts = [table.only(own) for table in found if table.code in wanted]
    return [*(table for table in parts if table.rows), *(table for table in found if table.code == "definitions")]
