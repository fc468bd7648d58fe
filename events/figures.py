"""How events are counted. Every page, table and chart that says how many were held asks here."""

from django.db.models import Count, Q


def events_held(only: Q | None = None) -> Count:
    """Return the aggregate that counts events held, those that meet ``only`` if given.

    It is asked anew at each level (region, municipality, school, format, day) and never summed across
    levels: once several schools can hold one event together, that event counts once at each level, so the
    parts need not add up to the whole. Distinct, so that a join with partners or indicators multiplies nothing.
    """
    return Count("pk", distinct=True, filter=only)
