"""Short ways to what tests of events say again and again."""

import uuid

import pytest
from django.contrib.contenttypes.models import ContentType

from events.actions import Intent, log_event
from events.models import Event
from portal.models import History
from tests.factories import EventFactory, event_fields


@pytest.fixture
def log(coordinator, school, campaign, lesson):
    """Send the form of a new event: ``log("submit", grade_8=20)``; ``actor=``, ``token=`` and so on as needed."""

    def send(intent="submit", actor=None, to=None, token=None, version=1, format_=None, in_campaign=None, **changes):
        return log_event(
            actor or coordinator,
            to or school,
            in_campaign or campaign,
            token=token or uuid.uuid4(),
            version=version,
            intent=Intent(intent),
            **event_fields(format_ or lesson, **changes),
        )

    return send


@pytest.fixture
def event_in(coordinator, school, campaign, lesson):
    """Make an event of the school in a state: ``event_in("planned")``."""

    def make(status, **fields):
        fields = {"school": school, "campaign": campaign, "format": lesson, "author": coordinator} | fields
        return EventFactory(status=status, **fields)

    return make


def entries_of(event) -> int:
    """How many lines of history the event has."""
    content_type = ContentType.objects.get_for_model(Event)
    return History.objects.filter(content_type=content_type, object_id=event.pk).count()


def row_of(event):
    """Everything the database holds of the event, its history counted; None once it is deleted."""
    row = Event.objects.filter(pk=event.pk).values().first()
    if row is not None:
        row["partners"] = sorted(event.partners.values_list("name", flat=True))
        row["indicators"] = sorted(event.indicator_values.values_list("indicator_id", "value"))
        row["entries"] = entries_of(event)
    return row
