"""Caches what was laid out from a level's events, for as long as those are unchanged and a minute at most.

Counting a region reads its events seven times over; on a deadline night hundreds look at the same figures. The
fingerprint of a level is read at every request, so a change shows at once. What stands beside the events (names,
enrolment, the campaign compared with) shows within the minute.
"""

from django.core.cache import cache
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from portal import clock
from reports.queries.dashboard import fingerprint_of
from reports.queries.levels import Level

SECONDS = 60


def render_cached(level: Level, template: str, context, fingerprint: str = "", variant: str = "") -> SafeString:
    """Return ``template`` rendered with what ``context()`` returns. Nothing in it may depend on who looks, only on
    the level and the ``variant`` of the page. ``fingerprint`` is that of the level, where it has been read already."""
    today = clock.local_today(level.campaign.region)
    place = ".".join(f"{name}-{value}" for name, value in level.params.items())
    key = f"reports.{template}.{variant}.{place}.{get_language()}.{today}.{fingerprint or fingerprint_of(level)}"
    found = cache.get(key)
    if found is None:
        found = str(render_to_string(template, context()))
        cache.set(key, found, SECONDS)
    return mark_safe(found)  # noqa: S308  (a template wrote it)
