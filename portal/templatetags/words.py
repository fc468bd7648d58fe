"""Filters and tags for words and numbers, loaded for every template."""

from django import template

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


@register.simple_tag
def status_tag_kind(status) -> str:
    """Return the colour class of a status tag."""
    return {"accepted": "ok", "submitted": "wait", "returned": "trouble", "ready": "ok", "failed": "trouble"}.get(
        status, "quiet"
    )
