"""What events forbid to change in what they were held as: their format, its numbers, their partners, their due date."""

from django.utils.translation import gettext as _

from events.models import HELD, Event, IndicatorValue, JointEvent
from portal import registry

KEPT_OF_FORMAT = ("kind", "level")
"""What events are counted by; the name and the description of a format are its wording."""


@registry.format_guards.contribute
def keep_what_was_held(stored, wanted):
    """The kind and the level of a format stand once an event has it: results are counted by them."""
    changed = [name for name in KEPT_OF_FORMAT if getattr(stored, name) != getattr(wanted, name)]
    used = changed and any(model.objects.filter(format=stored.pk).exists() for model in (Event, JointEvent))
    if not used:
        return []
    message = _("Events of this format were logged as “%(was)s”, so it stays. Add another format to the catalogue.")
    return [(name, message % {"was": getattr(stored, f"get_{name}_display")()}) for name in changed]


@registry.indicator_guards.contribute
def keep_what_was_answered(stored, wanted):
    """What an additional number means stands once an event holds it."""
    if stored.name == wanted.name or not IndicatorValue.objects.filter(indicator=stored.pk).exists():
        return []
    message = _("Events hold “%(was)s” under the code %(code)s, so it stays. Give the new number a code of its own.")
    return [("name", message % {"was": stored.name, "code": stored.code})]


@registry.partner_guards.contribute
def keep_kind_of_partner(stored, wanted):
    """The kind of an organisation stands once an accepted event names it: partners are counted by it."""
    accepted = Event.objects.filter(partners=stored.pk, status=Event.Status.ACCEPTED)
    if stored.kind == wanted.kind or not accepted.exists():
        return []
    message = _("Accepted events name it as “%(was)s”, so it stays. Add another organisation.")
    return [("kind", message % {"was": stored.get_kind_display()})]


@registry.campaign_guards.contribute
def keep_what_was_in_time(stored, wanted):
    """The due date moves over no event that was sent: what was in time stays so, and what was late."""
    first, last = sorted((stored.events_due, wanted.events_due))
    sent = Event.objects.filter(campaign=stored.pk, status__in=HELD, submitted_on__gt=first, submitted_on__lte=last)
    if not sent.exists():
        return []
    message = _("Events were sent between %(first)s and %(last)s: what was late or in time stays so.")
    return [("events_due", message % {"first": f"{first:%d.%m.%Y}", "last": f"{last:%d.%m.%Y}"})]
