"""What a dashboard shows, read at once, and the fingerprint under which it is cached."""

from dataclasses import dataclass
from datetime import date

from django.db.models import BigIntegerField, Count, ExpressionWrapper, F, Q, Sum, Value

from portal import clock
from reports.queries.answers import QuestionSum, answers
from reports.queries.coverage import (
    Coverage,
    MunicipalityRow,
    SchoolRow,
    coverage_by_grade,
    coverage_of,
    municipalities,
    schools,
)
from reports.queries.held import (
    DayCount,
    FormatRow,
    KindRow,
    Past,
    Totals,
    days,
    formats,
    kinds,
    municipality_by_format,
    partners_by_kind,
    past_of,
)
from reports.queries.levels import Level
from reports.queries.municipality import KindSum, kind_sums


@dataclass(frozen=True)
class Dashboard:
    """Everything that a dashboard shows."""

    level: Level
    today: date
    totals: Totals
    past: Past | None
    days: list[DayCount]
    past_days: list[DayCount]
    schools: list[SchoolRow]
    municipalities: list[MunicipalityRow]
    formats: list[FormatRow]
    kinds: list[KindRow]
    partners: dict[str, int]
    matrix: dict
    coverage: Coverage
    coverage_by_grade: list[tuple[int, Coverage]]
    reached: tuple[KindSum, ...]
    answers: list[QuestionSum]

    @property
    def expected(self) -> int:
        return sum(row.expected for row in self.schools)

    @property
    def taking_part(self) -> int:
        return sum(row.took_part for row in self.schools)

    @property
    def missing(self) -> int:
        return self.expected - self.taking_part


def read_dashboard(level: Level) -> Dashboard:
    """Count everything that the dashboard of ``level`` shows: nine queries, ten for a region."""
    campaign = level.campaign
    today = clock.local_today(campaign.region)
    held_by_day, past = days(level)
    rows = schools(level)
    reported = [row for row in rows if row.coverage.reported]
    used, own = formats(level)
    matrix = municipality_by_format(level) if level.is_region else {}
    return Dashboard(
        level=level,
        today=today,
        totals=own,
        past=past_of(campaign, past, today),
        days=held_by_day,
        past_days=past,
        schools=rows,
        municipalities=municipalities(rows, matrix) if level.is_region else [],
        formats=used,
        kinds=kinds(used),
        partners=partners_by_kind(level),
        matrix=matrix,
        coverage=coverage_of(rows),
        coverage_by_grade=coverage_by_grade(campaign, rows),
        reached=kind_sums(level, sum(row.coverage.of for row in reported)),
        answers=answers(level) if any(row.reported for row in rows) else [],
    )


def fingerprint_of(level: Level) -> str:
    """Return a text that changes whenever a held event or a school report of the level does, in one query: each
    action gives its row a new version."""
    held = _sums(level.events(), "events", "participants")
    rows = held.union(_sums(level.reports(), "reports", "pupils"), all=True)
    return "-".join(str(value or 0) for row in sorted(rows, key=lambda row: row[0]) for value in row)


def _sums(rows, name: str, people: str):
    versions = ExpressionWrapper(F("pk") * F("version"), output_field=BigIntegerField())
    counted = rows.annotate(of=Value(name)).values("of")
    summed = counted.annotate(
        n=Count("pk"), accepted=Count("pk", filter=Q(status="accepted")), people=Sum(people), versions=Sum(versions)
    )
    return summed.values_list("of", "n", "accepted", "people", "versions")
