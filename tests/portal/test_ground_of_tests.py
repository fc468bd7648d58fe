"""What the tests themselves stand on: ids, the factories, the clock, the worker."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.db import connection

from events.models import Event
from portal import clock as portal_clock
from portal.celery import app
from tests.clock import wait_until
from tests.factories import (
    CampaignFactory,
    EnrolmentFactory,
    EventFactory,
    FolderFactory,
    FormatFactory,
    GoalFactory,
    MunicipalityFactory,
    PartnerFactory,
    RegionFactory,
    SchoolFactory,
    UserFactory,
)

FACTORIES = [
    RegionFactory,
    MunicipalityFactory,
    SchoolFactory,
    EnrolmentFactory,
    UserFactory,
    PartnerFactory,
    FormatFactory,
    CampaignFactory,
    GoalFactory,
    FolderFactory,
    EventFactory,
]


@pytest.mark.django_db
@pytest.mark.parametrize("make", FACTORIES)
def test_a_factory_makes_a_valid_row_with_an_id_above_ten_thousand(make):
    row = make()
    row.clean_fields(exclude=["password", "search", "author", "submitted_by", "reviewed_by", "previous"])
    row.clean()
    row.validate_constraints()
    assert row.pk > 10_000


@pytest.mark.django_db
@pytest.mark.parametrize("status", Event.Status.values)
def test_an_event_comes_in_any_status(status):
    event = EventFactory(status=status)
    assert Event.objects.get(pk=event.pk).status == status
    assert event.campaign.region == event.school.municipality.region == event.format.region


@pytest.mark.django_db
def test_tables_do_not_share_ids():
    event = EventFactory()
    ids = [event.pk, event.school_id, event.campaign_id, event.format_id, event.author_id]
    assert len({pk // 1_000 for pk in ids}) == 5


def test_the_clock_stands_still_until_it_is_moved(clock):
    assert portal_clock.now() == datetime(2019, 9, 24, 7, 20, tzinfo=UTC)
    assert clock("2019-10-17 23:59:59") == portal_clock.now() == datetime(2019, 10, 17, 16, 59, 59, tzinfo=UTC)
    assert portal_clock.local_date(portal_clock.now(), "Asia/Tomsk") == date(2019, 10, 17)


def _waiting() -> int:
    with app.connection_for_write() as link:
        return link.default_channel.queue_declare("celery").message_count


def test_a_worker_of_its_own_process_takes_what_the_test_sends(worker, clock):
    database = Path(connection.settings_dict["NAME"]).name
    assert database.startswith("test")
    app.send_task("celery.backend_cleanup")
    assert _waiting() == 1
    worker.start()
    wait_until(lambda: _waiting() == 0)
    assert worker.is_running
    worker.kill()
    assert not worker.is_running
