"""Names of the files that people download."""

from portal.text import without_controls

_NOT_IN_NAMES = str.maketrans(dict.fromkeys('<>:"/\\|?*\n\t\ufffe\uffff', " "))
LONGEST_NAME = 150


def file_name(name: str, extension: str) -> str:
    """Return ``name`` as a file may be called, in Windows too: ``file_name("Отчёт", "pdf")`` is «Отчёт.pdf»."""
    kept = " ".join(without_controls(name).translate(_NOT_IN_NAMES).split())
    return f"{kept[:LONGEST_NAME].rstrip('. ')}.{extension}"
