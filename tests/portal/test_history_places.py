"""Where entries of history belong: region, municipality and school, found without a query a row."""

import pytest
from django.apps import apps
from django.db import connection

from campaigns.models import Extension, Goal, Stage
from events.models import JointEvent
from portal.history import Belonging, entry_of, places_of, record, record_many, state_of
from portal.models import Enrolment, EnrolmentUpload, History, Membership, School
from reports.models import MunicipalReport, ReportQuestion, SchoolReport, Summary
from tests.factories import (
    EnrolmentFactory,
    EventFactory,
    FolderFactory,
    PartnerFactory,
    SchoolFactory,
)


def place_in_entry(row) -> Belonging:
    record(None, "edit", row)
    entry = History.objects.latest("pk")
    return Belonging(entry.region_id, entry.municipality_id, entry.school_id)


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
    assert (entry.region_id, entry.municipality_id, entry.school_id) == (region.pk, tomsk.pk, school.pk)


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


# --- Declarations ----------------------------------------------------------------------------

OWN_APPS = ("portal", "campaigns", "events", "reports")
MODELS = [model for app in OWN_APPS for model in apps.get_app_config(app).get_models() if model is not History]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_model_says_where_its_rows_belong(model):
    relations = {field.name for field in model._meta.concrete_fields if field.many_to_one or field.one_to_one}
    assert isinstance(model.HISTORY_PLACE, tuple)
    assert set(model.HISTORY_PLACE) <= relations


@pytest.mark.django_db
def test_the_table_has_three_indexes_beside_its_key_on_both_databases():
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, History._meta.db_table)
    indexes = {name: part["columns"] for name, part in found.items() if part["index"] and not part["primary_key"]}
    assert indexes == {
        "history_of_object": ["content_type_id", "object_id", "moment", "id"],
        "history_of_region": ["region_id", "moment", "id"],
        "history_of_school": ["school_id", "moment", "id"],
    }


@pytest.mark.django_db
def test_the_database_checks_every_key_of_an_entry():
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, History._meta.db_table)
    checked = {part["columns"][0] for part in found.values() if part["foreign_key"]}
    assert checked == {field.column for field in History._meta.concrete_fields if field.many_to_one}
