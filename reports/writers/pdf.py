"""Writes a document as PDF that is ready to sign: A4, tagged (PDF/UA), the same bytes for the same document.

The page is laid out by ``report.typ``, which holds no word of its own. The data reach it as JSON, so that nothing
that a person typed is ever read as markup.
"""

import json
import re
import unicodedata
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import typst

TEMPLATE = Path(__file__).with_name("report.typ")

_SPELT_OUT = {"₽": "руб.", "\t": " ", "\u2028": "\n", "\u2029": "\n", "\r": "\n"}
_INVISIBLE = ("Cc", "Cf", "Cs", "Mn", "Me")
_STRESS = "\u0301"
_KNOWN = re.compile(
    "[\n -~\u00a0-\u00ac\u00ae-\u017f\u0391-\u03a1\u03a3-\u03c9\u0400-\u045f\u0490-\u04c4\u04d0-\u04f9]"
)
_KNOWN_TOO = set(
    "\u2009\u2010\u2011\u2012\u2013\u2014\u2015\u2018\u2019\u201a\u201c\u201d\u201e\u2020\u2021\u2022\u2026\u202f"
    "\u2030\u2032\u2033\u2039\u203a\u2044\u20ac\u2116\u2122\u2190\u2191\u2192\u2193\u2212\u221e\u2248\u2260\u2264\u2265"
)
"""Signs beside letters. The font has all of these in every weight used; another character is shown as ``_UNKNOWN``."""
_UNKNOWN = "□"


def printable(text: str) -> str:
    """Return ``text`` as the font can show it: what it does not have is a box, what cannot be seen is dropped.

    PDF/UA refuses a document with a character that has no glyph, and a soft hyphen by itself ends the writer.
    """
    spelt = "".join(_SPELT_OUT.get(char, char) for char in text.replace("\r\n", "\n"))
    kept: list[str] = []
    for char in unicodedata.normalize("NFC", spelt):
        if _KNOWN.match(char) or char in _KNOWN_TOO or char == _STRESS and kept and kept[-1].isalpha():
            kept.append(char)
        elif unicodedata.category(char) not in _INVISIBLE and (not kept or kept[-1] != _UNKNOWN):
            kept.append(_UNKNOWN)
    return "".join(kept)


def _cleaned(value):
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {name: _cleaned(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_cleaned(part) for part in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def render_pdf(document) -> bytes:
    """Return ``document``, a :class:`reports.documents.form.PrintedForm`, as PDF of its own ``moment``."""
    data = json.dumps(_cleaned(asdict(document)), ensure_ascii=False)
    # Fonts of the machine are left out, so that the same document looks the same everywhere.
    return typst.compile(
        TEMPLATE,
        format="pdf",
        ignore_system_fonts=True,
        pdf_standards="ua-1",
        sys_inputs={"document": data},
        timestamp=int(document.moment.timestamp()),
    )
