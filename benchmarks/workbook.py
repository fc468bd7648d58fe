"""The workbook of one campaign's summary, beside the bare openpyxl writer."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import transaction
from openpyxl import Workbook, load_workbook

from benchmarks.stage import Stage
from benchmarks.timing import Sample, in_turns, timed
from reports.actions import request_summary
from reports.models import Summary
from reports.summaries.building import build, write_workbook
from reports.tables.summary import read, summary_tables

MOST_SECONDS = 5
TURNS = 5
"""Enough for something that takes long."""


@dataclass(frozen=True)
class WorkbookFigures:
    """The whole build, its two large parts, and openpyxl handed the same cells without any dress."""

    build: Sample
    reading: Sample
    writing: Sample
    bare: Sample
    cells: int
    sheets: int

    @property
    def missed(self) -> list[str]:
        """The targets that the workbook misses, in words."""
        seconds = self.build.median / 1000
        return [f"takes {seconds:.1f} s, not {MOST_SECONDS}"] if seconds >= MOST_SECONDS else []


def _build(campaign) -> float:
    """Build a new version as a worker does, undo it, and return its milliseconds."""
    with transaction.atomic():
        # The same data would end as the version that is there.
        Summary.objects.filter(campaign=campaign).update(data_sha256="")
        summary = request_summary(None, campaign, send=False)
        elapsed = timed(partial(build, summary.pk))
        summary.refresh_from_db()
        summary.file.delete(save=False)
        transaction.set_rollback(True)
    return elapsed


def _write_bare(sheets: list[list[tuple]], path: Path) -> None:
    """Write the rows of each sheet as openpyxl does it fastest."""
    book = Workbook(write_only=True)
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
    book.save(path)


def measure(stage: Stage) -> WorkbookFigures:
    """Build the workbook, and write its cells bare, in turns."""
    summary = stage.summary
    tables = read(summary.tables)
    with TemporaryDirectory() as folder:
        path, bare = Path(folder) / "summary.xlsx", Path(folder) / "bare.xlsx"
        write = partial(write_workbook, summary, tables, summary.version, path)
        write()
        sheets = [list(sheet.iter_rows(values_only=True)) for sheet in load_workbook(path)]
        targets = {
            "build": partial(_build, summary.campaign),
            "reading": partial(timed, partial(summary_tables, summary.campaign)),
            "writing": partial(timed, write),
            "bare": partial(timed, partial(_write_bare, sheets, bare)),
        }
        samples = in_turns(targets, TURNS, warm_up=1)
    cells = sum(value is not None for rows in sheets for row in rows for value in row)
    return WorkbookFigures(**samples, cells=cells, sheets=len(sheets))
