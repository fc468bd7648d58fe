"""Several queries, one moment: what is committed meanwhile is not seen, and writers are not kept waiting."""

import threading
from contextlib import suppress

import pytest
from django.db import DatabaseError, connection

from events.models import Event
from reports.summaries.snapshot import snapshot
from tests.factories import EventFactory

pytestmark = pytest.mark.django_db(transaction=True)


def in_another_connection(act):
    errors = []

    def run():
        try:
            act()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)
    assert errors == []
    assert not thread.is_alive()


def test_what_others_write_meanwhile_is_not_seen(transactional_db, campaign, school, operator):
    EventFactory(school=school, campaign=campaign, author=operator)
    with snapshot():
        assert Event.objects.count() == 1
        in_another_connection(lambda: EventFactory(school=school, campaign=campaign, author=operator))
        assert Event.objects.count() == 1
    assert Event.objects.count() == 2


def test_the_connection_is_as_before_when_it_is_over(transactional_db, campaign):
    with snapshot():
        assert Event.objects.count() == 0
    assert not connection.in_atomic_block
    campaign.description = "после"
    campaign.save()


def test_an_error_inside_ends_it_too(transactional_db, campaign):
    with pytest.raises(ZeroDivisionError), snapshot():
        raise ZeroDivisionError
    campaign.save()


def test_what_is_written_in_it_does_not_last(transactional_db, campaign):
    """PostgreSQL refuses at once, SQLite forgets at the end."""
    with suppress(DatabaseError), snapshot():
        campaign.description = "внутри"
        campaign.save()
    campaign.refresh_from_db()
    assert campaign.description == ""


def test_inside_a_transaction_the_block_just_runs(db, campaign):
    with snapshot():
        assert Event.objects.count() == 0
