"""What was there before folders said where a school belongs: the migrations write it down."""

from datetime import date

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

BEFORE = [
    ("portal", "0004_one_address"),
    ("campaigns", "0002_extensions"),
    ("events", "0005_altered_by_others"),
    ("reports", "0003_altered_by_others"),
]


@pytest.fixture
def before(transactional_db, clock):
    """The apps as they were; afterwards the database is as it is now."""
    executor = MigrationExecutor(connection)
    executor.migrate(BEFORE)
    yield executor.loader.project_state(BEFORE).apps
    call_command("migrate", verbosity=0)


def campaign_of(apps, region, slug, year, **fields):
    days = {"starts_on": (9, 13), "ends_on": (10, 14), "events_due": (10, 17), "school_reports_due": (10, 21)}
    days |= {"municipal_reports_due": (10, 28), "closes_on": (11, 5)}
    dates = {name: date(year, *day) for name, day in days.items()}
    return apps.get_model("campaigns", "Campaign").objects.create(
        region=region, slug=slug, name=slug, season="autumn", academic_year=f"{year}/{year + 1}", **dates, **fields
    )


def test_every_published_campaign_gets_its_folders_and_what_is_there_points_to_them(before, clock):
    names = ("Region", "Municipality", "School", "User")
    new = {name: before.get_model("portal", name).objects.create for name in names}
    region = new["Region"](slug="r", name="Область", department_name="-", operator_name="-")
    place = new["Municipality"](region=region, slug="m", name="Район", kind="district", authority="-")
    schools = {
        code: new["School"](municipality=place, code=code, name=code, official_name=code, closed_on=closed)
        for code, closed in (("open", None), ("empty", None), ("sent", None), ("closed", date(2018, 10, 1)))
    }
    moment = clock("2018-08-26 10:00")
    clock("2019-09-24 10:00")
    past = campaign_of(before, region, "past", 2018, published_at=moment)
    running = campaign_of(before, region, "running", 2019, published_at=moment)
    draft = campaign_of(before, region, "draft", 2020)
    for code in ("empty", "sent"):
        for year in ("2018/2019", "2019/2020"):
            before.get_model("portal", "Enrolment").objects.create(
                school=schools[code], academic_year=year, as_of=date(2018, 9, 1), source="-", grade_1=9
            )
            before.get_model("campaigns", "Campaign").objects.update(grade_from=5)
    author = new["User"](email="a@a.example", name="А")
    Folder = before.get_model("events", "SchoolCampaign")
    Folder.objects.create(school=schools["sent"], campaign=running, frozen_at=moment)
    before.get_model("reports", "SchoolReport").objects.create(
        school=schools["sent"], campaign=running, status="submitted", submitted_on=date(2019, 10, 18), pupils=1
    )
    format_ = before.get_model("campaigns", "Format").objects.create(
        region=region, slug="f", name="f", level="regional", kind="fair", organiser="-", delivery="onsite"
    )
    for campaign in (past, draft):
        days = {"starts_on": campaign.starts_on, "ends_on": campaign.starts_on}
        before.get_model("events", "Event").objects.create(
            school=schools["open"],
            campaign=campaign,
            format=format_,
            title="-",
            delivery="onsite",
            author=author,
            **days,
        )
    before.get_model("campaigns", "Extension").objects.create(
        school=schools["open"],
        campaign=past,
        stage="events",
        until=date(2019, 1, 1),
        reason="-",
        status="granted",
        asked_by=author,
    )
    call_command("migrate", verbosity=0)
    from campaigns.models import Extension, SchoolCampaign
    from events.models import Event
    from reports.models import SchoolReport

    rows = SchoolCampaign.objects.select_related("school", "campaign", "municipality")
    assert {(row.campaign.slug, row.school.code, row.municipality.slug): row.is_expected for row in rows} == {
        ("past", "open", "m"): True,
        ("past", "empty", "m"): True,
        ("past", "sent", "m"): True,
        ("past", "closed", "m"): False,
        ("running", "open", "m"): True,
        ("running", "empty", "m"): False,
        ("running", "sent", "m"): True,
        ("running", "closed", "m"): False,
        ("draft", "open", "m"): False,
    }
    assert SchoolCampaign.objects.get(frozen_at=moment).school.code == "sent"
    pointing = [*Event.objects.all(), *SchoolReport.objects.all(), *Extension.objects.all()]
    assert [(row.folder.school_id, row.folder.campaign_id) for row in pointing] == [
        (row.school_id, row.campaign_id) for row in pointing
    ]
    for model in (Extension, SchoolReport, Event, SchoolCampaign):
        model.objects.all().delete()
