"""What people look at: figures of events held, coverage, the chain of reports. One module a noun.

``levels`` says what figures are about, ``held`` what was held, ``coverage`` how many were reached; ``dashboard`` reads
what a page shows at once.
"""

from reports.queries.coverage import (
    Coverage,
    MunicipalityRow,
    SchoolRow,
    coverage_by_grade,
    coverage_of,
    municipalities,
    schools,
)
from reports.queries.dashboard import Dashboard, dashboard, mark_of
from reports.queries.held import (
    Counts,
    DayCount,
    FormatRow,
    GradeCount,
    KindRow,
    Past,
    Totals,
    days,
    formats,
    grades_with_events,
    kinds,
    municipality_by_format,
    partner_rows,
    partners_by_kind,
    past_of,
    same_day_of,
    totals,
)
from reports.queries.levels import SUMMARY_IS_NEWS, SUMMARY_PHASES, Level

__all__ = [
    "SUMMARY_IS_NEWS",
    "SUMMARY_PHASES",
    "Counts",
    "Coverage",
    "Dashboard",
    "DayCount",
    "FormatRow",
    "GradeCount",
    "KindRow",
    "Level",
    "MunicipalityRow",
    "Past",
    "SchoolRow",
    "Totals",
    "coverage_by_grade",
    "coverage_of",
    "dashboard",
    "days",
    "formats",
    "grades_with_events",
    "kinds",
    "mark_of",
    "municipalities",
    "municipality_by_format",
    "partner_rows",
    "partners_by_kind",
    "past_of",
    "same_day_of",
    "schools",
    "totals",
]
