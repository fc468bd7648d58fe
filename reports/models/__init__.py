"""The chain and the sum: school and municipal reports, the campaign's own questions, builds of the summary."""

from reports.models.chain import (
    ChainReport,
    KindAnswer,
    MunicipalReport,
    MunicipalReportQuerySet,
    ReportStatus,
    SchoolReport,
    SchoolReportQuerySet,
)
from reports.models.questions import (
    QuestionAnswer,
    ReportQuestion,
)
from reports.models.summaries import (
    Summary,
    SummaryQuerySet,
)

__all__ = [
    "ChainReport",
    "KindAnswer",
    "MunicipalReport",
    "MunicipalReportQuerySet",
    "QuestionAnswer",
    "ReportQuestion",
    "ReportStatus",
    "SchoolReport",
    "SchoolReportQuerySet",
    "Summary",
    "SummaryQuerySet",
]
