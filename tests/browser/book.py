"""The workbook of a summary, as whoever downloads it reads it."""

from openpyxl import load_workbook

COUNTS = ("accepted", "submitted", "participations", "participations_submitted")


class Book:
    """The workbook as anyone may read it: by the sheets' order, and by the columns' codes that the summary stores."""

    def __init__(self, path, summary):
        self.sheets = load_workbook(path, data_only=True).worksheets
        self.tables = summary.tables["tables"]
        self.codes = [table["code"] for table in self.tables]
        self.columns = [[column["key"] for column in table["columns"]] for table in self.tables]
        assert len(self.sheets) == len(self.codes)

    def table(self, code) -> list[dict]:
        """The rows below the heads until the first empty one; the last is the total."""
        place = self.codes.index(code)
        found = []
        for cells in self.sheets[place].iter_rows(min_row=5, values_only=True):
            if not any(cell is not None for cell in cells):
                break
            found.append(dict(zip(self.columns[place], cells, strict=False)))
        return found

    def key_figures(self) -> dict:
        codes = [row["params"]["figure"] for row in self.tables[0]["rows"]]
        return dict(zip(codes, (row["value"] for row in self.table("key_figures")), strict=True))

    def total(self, code) -> tuple:
        return tuple(self.table(code)[-1][key] for key in COUNTS)

    def rows(self, code, key) -> dict:
        return {row[key]: tuple(row[count] for count in COUNTS) for row in self.table(code)[:-1]}

    def note(self, code) -> str:
        """What the table says of its own numbers."""
        return self.tables[self.codes.index(code)]["note"]

    def texts(self, code) -> list[str]:
        """Every text that stands on the table's sheet."""
        rows = self.sheets[self.codes.index(code)].iter_rows(values_only=True)
        return [cell for row in rows for cell in row if isinstance(cell, str)]
