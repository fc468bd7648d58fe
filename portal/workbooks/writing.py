"""What every workbook that the portal writes shares: text that stays text, and what a cell can hold."""

import re

from portal.text import without_controls

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""The content type of a workbook."""
LONGEST_TEXT = 32_767
"""Of a cell, in characters."""
FORMULA_SIGNS = ("=", "+", "-", "@")
"""What Excel takes for the beginning of a formula when it is typed."""
_NOT_IN_XML = re.compile("[\ufffe\uffff]")


def cell_text(text) -> str:
    """Return ``text`` as a cell can hold it: no control characters, not too long."""
    return _NOT_IN_XML.sub("", without_controls(str(text)))[:LONGEST_TEXT]


def put_text(cell, text):
    """Put text that stays text into ``cell``, whatever it begins with, and return the cell. It may be used again."""
    cell.value = cell_text(text) or None
    if cell.value is not None:
        cell.data_type = "s"
        starts_formula = cell.value.startswith(FORMULA_SIGNS)
        if cell.quotePrefix != starts_formula:
            cell.quotePrefix = starts_formula
    return cell
