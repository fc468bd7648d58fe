"""The workbook of one campaign's summary, beside the bare openpyxl writer."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from openpyxl import Workbook, load_workbook

from benchmarks.stage import Stage
from benchmarks.timing import Sample, in_turns, timed
from portal import clock
from reports.tables import Table, read, stored, summary_tables
from reports.writers import excel

MOST_SECONDS = 5
TURNS = 5
"""Enough for something that takes seconds."""


@dataclass(frozen=True)
class WorkbookFigures:
    """Reading the tables, writing them as a workbook, and openpyxl handed the same cells without any dress."""

    reading: Sample
    writing: Sample
    bare: Sample
    cells: int
    sheets: int

    @property
    def seconds(self) -> float:
        """The workbook from the database to the file, in the middle turn."""
        return (self.reading.median + self.writing.median) / 1000

    @property
    def missed(self) -> list[str]:
        """The targets that the workbook misses, in words."""
        return [f"takes {self.seconds:.1f} s, not {MOST_SECONDS}"] if self.seconds >= MOST_SECONDS else []


def _read(stage: Stage) -> list[Table]:
    """Return the tables as a summary stores them and reads them back."""
    return read(stored(summary_tables(stage.campaign)))


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
    with TemporaryDirectory() as folder:
        path, bare = Path(folder) / "summary.xlsx", Path(folder) / "bare.xlsx"
        head = excel.Head(str(stage.campaign), stage.campaign.name, clock.now(), "1")
        tables = _read(stage)
        excel.write(tables, head, path)
        sheets = [[row for row in sheet.iter_rows(values_only=True)] for sheet in load_workbook(path)]
        targets = {
            "reading": partial(timed, partial(_read, stage)),
            "writing": partial(timed, partial(excel.write, tables, head, path)),
            "bare": partial(timed, partial(_write_bare, sheets, bare)),
        }
        samples = in_turns(targets, TURNS, warm_up=1)
    cells = sum(value is not None for rows in sheets for row in rows for value in row)
    return WorkbookFigures(samples["reading"], samples["writing"], samples["bare"], cells, len(sheets))
