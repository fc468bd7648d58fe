"""Filters and tags for words and numbers, loaded for every template."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal import numbers

register = template.Library()
register.filter("number", numbers.spaced)
register.filter("percent", numbers.percent)
register.filter("decimal", numbers.decimal)


@register.simple_tag(takes_context=True)
def query(context, **changes):
    """Return the address's query with ``changes`` made: None or an empty value drops a parameter."""
    params = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            params.pop(name, None)
        else:
            params[name] = str(value)
    return "?" + params.urlencode()


@register.simple_tag(takes_context=True)
def query_without(context, name):
    """Return the address's query without the parameter ``name`` and without the page."""
    params = context["request"].GET.copy()
    params.pop(name, None)
    params.pop("page", None)
    return "?" + params.urlencode()


@register.filter
def days_long(first, last) -> str:
    """Write two days as people do: «13.09.2019» or «13.09.2019 – 14.10.2019»."""
    if first == last:
        return f"{first:%d.%m.%Y}"
    return f"{first:%d.%m.%Y} – {last:%d.%m.%Y}"


KINDS_OF_STATUS = {
    "accepted": "ok",
    "ready": "ok",
    "granted": "ok",
    "running": "ok",
    "submitted": "wait",
    "asked": "wait",
    "announced": "wait",
    "reporting": "wait",
    "review": "wait",
    "decision": "wait",
    "returned": "trouble",
    "declined": "trouble",
    "failed": "trouble",
}
"""The colour of each status and phase; the others are quiet."""
KINDS_OF_MESSAGE = {"success": "ok", "warning": "wait", "error": "trouble"}
"""The colour of a message by its level; the others only inform."""


@register.simple_tag
def status_tag_kind(status) -> str:
    """Return the colour class of a status tag."""
    return KINDS_OF_STATUS.get(status, "quiet")


@register.filter
def notice_kind(level_tag) -> str:
    """Return the colour class of a message of this level."""
    return KINDS_OF_MESSAGE.get(level_tag, "info")


@register.filter
def button_kind(tags) -> str:
    """Return the class of one of allauth's buttons by the ``tags`` that say what it is for."""
    tags = set(tags or ())
    if tags & {"cancel", "link"}:
        return "btn-link"
    return "btn-danger" if tags & {"danger", "delete"} else "btn-primary"


@register.simple_block_tag
def table(content, kinds="", *, label="", labelled_by="", described_by="", wrap="") -> SafeString:
    """Stand rows in a table that scrolls by itself when it is wider than the page, with the keyboard too.

    ``kinds`` are classes of the table, ``wrap`` those of the frame around it. The table is named by ``label``, or by
    the element whose id is ``labelled_by``.
    """
    frame_names = format_html(' aria-labelledby="{}"', labelled_by) if labelled_by else ""
    frame_names = frame_names or format_html(' aria-label="{}"', label)
    table_names = format_html(' aria-labelledby="{}"', labelled_by) if labelled_by else ""
    if described_by:
        table_names += format_html(' aria-describedby="{}"', described_by)
    return format_html(
        '<div class="{}" tabindex="0" role="group"{}>\n<table class="{}"{}>\n{}\n</table>\n</div>',
        " ".join(filter(None, [wrap, "table-wrap"])),
        frame_names,
        " ".join(filter(None, ["table", kinds])),
        table_names,
        content,
    )
