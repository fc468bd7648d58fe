"""Text as people type it: search that knows Cyrillic, order that knows numbers, cleaning."""

import re
import unicodedata

COLLATION = "russian"
"""Name of the collation that names are sorted by: Russian alphabet, «№ 2» before «№ 10».

On PostgreSQL it is ICU's ``ru-u-kn-true`` (``ru-x-icu`` with numbers in order), created by a migration;
on SQLite it is registered for each connection by :mod:`portal.apps`.
"""

_NUMBER = re.compile(r"(\d+)")
_SPACES = re.compile(r"\s+")


def searchable(*parts: str) -> str:
    """Return ``parts`` in the form that search compares: case folded, ё as е, single spaces."""
    # «№10» and «№ 10» are found by each other, and by 10.
    joined = unicodedata.normalize("NFKC", " ".join(part for part in parts if part).replace("№", " "))
    return _SPACES.sub(" ", joined.casefold().replace("ё", "е")).strip()


_LATIN_LAST = {ord(letter): chr(0xE000 + ord(letter)) for letter in "abcdefghijklmnopqrstuvwxyz"}
"""The Russian order has Cyrillic letters before Latin ones."""


def _sort_key(text: str) -> tuple:
    """Return what ICU's Russian order with numbers compares, in turn: letters and numbers, then ё, then case."""
    folded = text.casefold()
    plain = folded.replace("ё", "е").translate(_LATIN_LAST)
    parts = [part for part in _NUMBER.split(plain) if part]
    primary = [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]
    return primary, folded, text.swapcase()


def compare(left: str, right: str) -> int:
    """Compare two names for SQLite's collation: -1, 0 or 1. Only equal texts compare as equal."""
    if left == right:
        return 0
    return -1 if _sort_key(left) < _sort_key(right) else 1


def without_controls(text: str) -> str:
    """Return ``text`` without control characters other than line feeds and tabs.

    They come from pasting out of office programs, carry nothing, and break Excel files.
    """
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs"))
