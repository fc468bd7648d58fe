"""Numbers as they are shown and typed. Grouping is done here, where figures are shown, and never by the
localisation of templates: that would split ids over 999 in addresses."""

import re
import unicodedata

NO_BREAK_SPACE = "\u00a0"
_GROUPED = re.compile(r"^[+-]?\d{1,3}( \d{3})+$")


def spaced(value) -> str:
    """Return a whole number with its thousands set apart by a no-break space: 12 345; nothing as a dash."""
    if value is None or value == "":
        return "–"
    return f"{int(value):,}".replace(",", NO_BREAK_SPACE).replace("-", "−")


def decimal(value, places: int = 1) -> str:
    """Return a number with a decimal comma: 4,0."""
    if value is None or value == "":
        return "–"
    return f"{float(value):,.{places}f}".replace(",", NO_BREAK_SPACE).replace(".", ",")


def percent(value) -> str:
    """Return a share from 0 to 1 as whole percent, rounded down so that it never claims more: 63 %."""
    if value is None or value == "":
        return "–"
    return f"{int(value * 100 + 1e-9)}{NO_BREAK_SPACE}%"


def unspaced(text: str) -> str:
    """Return typed digits without the spaces that set thousands apart, of whatever kind: «1 234» is 1234."""
    plain = "".join(" " if unicodedata.category(char) == "Zs" else char for char in text).strip()
    return plain.replace(" ", "") if _GROUPED.match(plain) else plain
