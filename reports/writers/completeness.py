"""Writes stages and people for pages. A municipality has hundreds of cells, and a template takes ten times as long."""

from html import escape
from urllib.parse import quote

from django.utils.safestring import SafeString, mark_safe

from reports.queries.completeness import Contact
from reports.tables.completeness import Cell
from reports.writers.page import link


def cell(stage: Cell, url: str = "") -> SafeString:
    """Return a stage as a tag with its word, leading to ``url`` if there is one, and its note beside it."""
    word = f'<span class="tag tag-{stage.kind}">{escape(stage.word)}</span>' if stage.kind else escape(stage.word)
    if url:
        word = f'<a href="{escape(url)}">{word}</a>'
    note = f' <span class="row-note">{escape(stage.note)}</span>' if stage.note else ""
    return mark_safe(f"<span>{word}{note}</span>")  # noqa: S308  (every text and address is escaped)


def contact(person: Contact) -> SafeString:
    """Return a coordinator's name with links that write to them and call them."""
    ways = link(person.email, f"mailto:{quote(person.email, safe='@')}")
    if person.phone:
        ways += f" · {link(person.phone, f'tel:{_digits(person.phone)}')}"
    return mark_safe(f'<div>{escape(person.name)} <span class="row-note">{ways}</span></div>')  # noqa: S308


def _digits(phone: str) -> str:
    """Return a telephone number as a link takes it: digits and a leading plus."""
    return "".join(char for char in phone if char.isascii() and (char.isdigit() or char == "+"))
