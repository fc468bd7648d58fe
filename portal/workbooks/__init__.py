"""Reads workbooks that strangers send: what may be opened at all (``archive``), and its table (``reading``)."""

from portal.workbooks.archive import WorkbookError
from portal.workbooks.reading import Sheet, as_count, as_text, place, read_sheet, shown, stumbling_is_damage

__all__ = ["Sheet", "WorkbookError", "as_count", "as_text", "place", "read_sheet", "shown", "stumbling_is_damage"]
