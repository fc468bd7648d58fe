"""A small log of events in the letter's campaign and the one before it."""

from datetime import date
from types import SimpleNamespace

import pytest

from campaigns.models import CampaignFormat
from events.models import Event
from tests.factories import LONG_AGO, CampaignFactory, EnrolmentFactory, EventFactory, PartnerFactory, SchoolFactory
from tests.world import SPRING_2019


@pytest.fixture
def own_files(settings, tmp_path):
    """Files of summaries stand in a folder of the test's own."""
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def previous(campaign, lesson, contest):
    """The spring campaign that the autumn one is compared with."""
    spring = CampaignFactory(
        region=campaign.region, name="Весенняя кампания 2019 года", formats=[lesson, contest], **SPRING_2019
    )
    campaign.previous = spring
    campaign.save()
    return spring


@pytest.fixture
def log(campaign, previous, lesson, contest, club, school, second_school, village_school, unrun_school):
    """Events of four schools in every status, with partners; one school more logged nothing."""
    silent = SchoolFactory(municipality=village_school.municipality, code="kolpashevo-5", name="Школа № 5")
    for row in (village_school, unrun_school, silent):
        EnrolmentFactory(school=row)
    plant, college = PartnerFactory(region=campaign.region), PartnerFactory(region=campaign.region, kind="college")

    def event(of, status="accepted", day=20, format_=lesson, partners=(), **grades):
        grades = grades or {"grade_8": 24}
        row = EventFactory(
            school=of,
            campaign=campaign,
            format=format_,
            status=status,
            starts_on=date(2019, 9, day),
            **{"grade_8": 0, **grades},
            teachers=2,
            parents=1,
        )
        row.partners.set(partners)
        return row

    event(school, day=14, partners=[plant, college])
    event(school, day=20, partners=[plant], grade_8=20, grade_9=15)
    event(school, day=20, format_=club, grade_2=12)
    event(school, "submitted", day=21, format_=contest, grade_9=10, grade_11=30, flagged=True)
    event(second_school, day=15, grade_5=7)
    event(second_school, "submitted", day=22, grade_6=9)
    event(village_school, day=16, partners=[college], grade_7=11)
    event(unrun_school, "submitted", day=23, format_=contest, grade_10=25)
    for status in ("draft", "planned", "returned", "cancelled"):
        event(school, status, day=19, grade_8=25)
    for number, day in enumerate((date(2019, 4, 3), date(2019, 4, 12), date(2019, 4, 13), date(2019, 5, 10)), start=1):
        EventFactory(school=school, campaign=previous, format=lesson, status="accepted", starts_on=day, grade_8=number)
    return SimpleNamespace(silent=silent, events=list(Event.objects.filter(campaign=campaign)))


@pytest.fixture
def more_events(log, campaign, school, village_school, lesson, contest):
    """Make the campaign ten times as large."""

    def add():
        for number in range(60):
            of = (school, village_school)[number % 2]
            format_ = (lesson, contest)[number % 2]
            EventFactory(school=of, campaign=campaign, format=format_, status="accepted", grade_8=3 + number % 5)
        for number in range(25):
            SchoolFactory(municipality=school.municipality, code=f"extra-{number}", name=f"Школа № {100 + number}")

    return add


@pytest.fixture
def offer():
    """Offer a format in a campaign."""
    return lambda campaign, format_: CampaignFormat.objects.create(campaign=campaign, format=format_, added_at=LONG_AGO)
