"""The tables of a summary: which there are, how they are stored, and which part of them a coordinator gets."""

from datetime import date

from django.conf import settings
from django.utils import translation

from reports import completeness_tables, queries, question_tables, tables
from reports.queries import answers, completeness, municipality
from reports.tables import Table


def summary_tables(campaign, beat=lambda part: None) -> list[Table]:
    """Read all tables of a campaign's summary, in the portal's own language.

    ``beat`` is told how far it is, 0 to 100. Nothing here depends on the day of building, so the same data give
    the same tables.
    """
    level = queries.Level(campaign)
    with translation.override(settings.LANGUAGE_CODE):
        used, totals = queries.formats(level)
        school_rows = queries.schools(level)
        matrix = queries.municipality_by_format(level)
        beat(50)
        places = queries.municipalities(school_rows, matrix)
        held_by_day, past_days = queries.days(level)
        past = sum((day.counts for day in past_days), queries.Counts()) if campaign.previous else None
        coverage = dict(queries.coverage_by_grade(campaign, school_rows))
        beat(75)
        partners_found = queries.partners_by_kind(level)
        told = municipality.merged(level)
        # Whoever has not sent is missing, whenever the summary is built.
        lines = completeness.school_lines(level, today=date.max)
        reports = completeness.municipal_lines(level, today=date.max)
        answers_found = answers.rows_by_place(level)
        found = [
            tables.key_figures(level, totals, school_rows, partners_found, past),
            tables.municipalities(level, places, totals),
            tables.schools(level, school_rows, totals),
            tables.formats(level, used, totals),
            tables.kinds(level, queries.kinds(used), totals, told.kinds),
            tables.grades(level, queries.grades_with_events(level), coverage),
            tables.municipality_by_format(level, places, used, matrix),
            tables.days(level, held_by_day, totals),
            completeness_tables.by_municipality(level, completeness.places(lines, reports)),
        ]
        if answers_found.sums:
            found.append(question_tables.answers_table(level, list(answers_found.sums)))
            found.append(question_tables.answers_by_place_table(level, answers_found))
        return [*found, tables.definitions()]


def stored(found: list[Table]) -> dict:
    """Return what a summary stores: the tables, and its key figures by code for pages that need them alone."""
    key = found[0]
    figures = {
        row.params["figure"]: {"value": value, "of": of}
        for row, value, of in zip(key.rows, key.column("value"), key.column("of"), strict=True)
    }
    return {"figures": figures, "tables": [table.to_json() for table in found]}


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
