"""How events are counted. Every page, table and chart that says how many were held asks here."""

from django.db.models import Count, F, Q
from django.db.models.functions import Coalesce


def events_held(only: Q | None = None, event: str = "") -> Count:
    """Return the aggregate that counts events held, those that meet ``only`` if given.

    It is asked anew at each level (region, municipality, school, format, day) and never summed across
    levels: the attendances of several schools at one joint event are one event held at each level, so the
    parts need not add up to the whole. Distinct, so that a join with partners or indicators multiplies nothing.
    ``event`` is the path to the event where the rows counted are others'.
    """
    path = f"{event}__" if event else ""
    # Attendances share the number of their joint event, turned negative so that it is no other event's.
    number = Coalesce(F(f"{path}joint_id") * -1, F(f"{event}_id" if event else "pk"))
    return Count(number, distinct=True, filter=only)
