"""Where entries of history belong: region, municipality and school, found without a query a row."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from auditlog.models import LogEntry
from django.db import connection

from campaigns.models import Extension, Goal, Stage
from events.actions import Intent, delete_draft, edit_event
from events.models import JointEvent
from portal.history import Belonging, entry_of, places_of, record, record_many, state_of
from portal.models import Enrolment, EnrolmentUpload, Membership, School
from reports.models import MunicipalReport, ReportQuestion, SchoolReport, Summary
from tests.factories import (
    EnrolmentFactory,
    EventFactory,
    FolderFactory,
    PartnerFactory,
    SchoolFactory,
    event_fields,
)


def place_in_entry(row) -> Belonging:
    record(None, "edit", row)
    data = LogEntry.objects.latest("pk").additional_data
    return Belonging(data["region"], data["municipality"], data["school"])


def test_a_row_belongs_to_its_school_or_municipality_or_region(region, tomsk, school, campaign, lesson, coordinator):
    of_school = Belonging(region.pk, tomsk.pk, school.pk)
    of_municipality = Belonging(region.pk, tomsk.pk, None)
    of_region = Belonging(region.pk, None, None)
    dates = {"starts_on": campaign.starts_on, "ends_on": campaign.ends_on}
    rows = {
        "school": (school, of_school),
        "enrolment": (school.enrolments.get(), of_school),
        "event": (EventFactory(school=school, campaign=campaign, format=lesson, author=coordinator), of_school),
        "folder": (FolderFactory(school=School.objects.get(), campaign=campaign), of_school),
        "school report": (SchoolReport(pk=1, school=school, campaign=campaign), of_school),
        "extension of a school": (
            Extension(pk=1, school=school, campaign=campaign, stage=Stage.EVENTS, until=campaign.ends_on),
            of_school,
        ),
        "extension of a municipality": (
            Extension(pk=2, municipality=tomsk, campaign=campaign, stage=Stage.EVENTS, until=campaign.ends_on),
            of_municipality,
        ),
        "membership in a school": (coordinator.memberships.get(), of_school),
        "membership in a municipality": (Membership(pk=1, municipality=tomsk, role="municipal"), of_municipality),
        "membership in a region": (Membership(pk=2, region=region, role="operator"), of_region),
        "municipality": (tomsk, of_municipality),
        "municipal report": (MunicipalReport(pk=1, municipality=tomsk, campaign=campaign), of_municipality),
        "joint event of a municipality": (
            JointEvent(pk=1, municipality=tomsk, campaign=campaign, format=lesson, **dates),
            of_municipality,
        ),
        "joint event of the region": (JointEvent(pk=2, campaign=campaign, format=lesson, **dates), of_region),
        "region": (region, of_region),
        "campaign": (campaign, of_region),
        "format": (lesson, of_region),
        "goal": (Goal(pk=1, campaign=campaign, measure="events", target=1), of_region),
        "question": (ReportQuestion(pk=1, campaign=campaign, text="Сколько?"), of_region),
        "summary": (Summary(pk=1, campaign=campaign), of_region),
        "partner": (PartnerFactory(region=region), of_region),
        "upload": (EnrolmentUpload(pk=1, region=region, author=coordinator, file_name="x.xlsx"), of_region),
        "person": (coordinator, Belonging()),
    }
    assert {name: place_in_entry(row) for name, (row, _place) in rows.items()} == {
        name: place for name, (_row, place) in rows.items()
    }


def test_an_entry_that_the_demo_dates_itself_says_it_too(school, tomsk, region, clock):
    entry = entry_of(None, "edit", school, {}, {}, "", None, clock("2019-09-20 10:00"), content_type=None)
    assert [entry.additional_data[name] for name in ("region", "municipality", "school")] == [
        region.pk,
        tomsk.pk,
        school.pk,
    ]


def test_relations_that_are_loaded_are_not_read_again(village_school, tomsk, queries_of):
    EnrolmentFactory.create_batch(5, school__municipality=tomsk)
    rows = list(Enrolment.objects.select_related("school__municipality"))
    assert queries_of(lambda: places_of(rows)) == []


def test_what_is_not_loaded_takes_a_query_a_relation_however_many_rows_there_are(tomsk, kolpashevo, queries_of):
    for municipality in (tomsk, kolpashevo):
        EnrolmentFactory.create_batch(20, school__municipality=municipality)

    def cost(number):
        rows = [(row, None, state_of(row)) for row in Enrolment.objects.order_by("pk")[:number]]
        return len(queries_of(lambda: record_many(None, "load", rows)))

    cost(1)  # the content type is cached from here on
    assert [cost(2), cost(40)] == [3, 3]  # schools, municipalities, the entries themselves


def test_many_rows_of_many_places_keep_theirs(tomsk, kolpashevo, region):
    rows = [SchoolFactory(municipality=municipality) for municipality in (tomsk, kolpashevo, tomsk)]
    loaded_in_part = [School.objects.get(pk=row.pk) for row in rows[:2]] + rows[2:]
    assert places_of(loaded_in_part) == [Belonging(region.pk, row.municipality_id, row.pk) for row in rows]


# --- Entries written before ------------------------------------------------------------------

migration = import_module("portal.migrations.0003_history_places")


def fill_places() -> dict:
    """Take the places out of all entries, as if they had been written before, and fill them in again."""
    for entry in LogEntry.objects.all():
        entry.additional_data = {
            key: value
            for key, value in entry.additional_data.items()
            if key not in ("region", "municipality", "school")
        }
        entry.save(update_fields=["additional_data"])
    migration.fill(None, SimpleNamespace(connection=connection))
    return {entry.pk: entry.additional_data for entry in LogEntry.objects.all()}


def test_entries_written_before_are_told_where_they_belong(
    school, tomsk, region, campaign, lesson, coordinator, municipal, operator
):
    event = EventFactory(school=school, campaign=campaign, format=lesson, author=coordinator, status="draft")
    event = edit_event(coordinator, event, 1, intent=Intent.DRAFT, **event_fields(lesson, title="Другое"))
    delete_draft(coordinator, event, 2)
    rows = [
        region,
        tomsk,
        school,
        school.enrolments.get(),
        PartnerFactory(region=region),
        campaign,
        lesson,
        EventFactory(school=school, campaign=campaign, format=lesson, author=coordinator),
        *Membership.objects.order_by("pk"),
        Summary.objects.create(campaign=campaign),
    ]
    for row in rows:
        record(operator, "edit", row)
    written = {entry.pk: entry.additional_data for entry in LogEntry.objects.all()}
    assert len(written) == 2 + len(rows)
    assert {data["region"] for data in written.values()} == {region.pk}
    assert fill_places() == written


def test_a_person_is_told_no_place_and_other_words_stay(coordinator):
    record(coordinator, "edit", coordinator, before={"password": "…"}, after={"password": "*"}, comment="сам")
    [data] = fill_places().values()
    assert (data["comment"], data["verb"], "region" in data) == ("сам", "edit", False)


def test_what_says_where_it_belongs_is_left_alone(school, tomsk, kolpashevo):
    record(None, "edit", school)
    School.objects.filter(pk=school.pk).update(municipality=kolpashevo)
    migration.fill(None, SimpleNamespace(connection=connection))
    assert LogEntry.objects.get().additional_data["municipality"] == tomsk.pk


@pytest.mark.django_db
def test_an_empty_history_needs_no_filling():
    migration.fill(None, SimpleNamespace(connection=connection))
    assert LogEntry.objects.count() == 0


@pytest.mark.django_db
def test_the_log_of_a_place_has_an_index_where_the_database_can():
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, LogEntry._meta.db_table)
    expected = {"history_region", "history_municipality", "history_school", "history_verb"}
    assert {name for name in found if name.startswith("history_")} == (
        expected if connection.vendor == "postgresql" else set()
    )
