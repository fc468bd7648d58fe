"""The small world: Tomsk region with two municipalities and the group of schools that none of them runs; a campaign,
the letter's of autumn 2019, on its twelfth day; people of every role; and another region with its own."""

from datetime import date
from types import SimpleNamespace

import pytest

from portal.models import User
from tests.factories import (
    CampaignFactory,
    EnrolmentFactory,
    FormatFactory,
    MunicipalityFactory,
    RegionFactory,
    SchoolFactory,
    UserFactory,
)

SPRING_2019 = {
    "slug": "spring-2019",
    "season": "spring",
    "academic_year": "2018/2019",
    "starts_on": date(2019, 4, 1),
    "ends_on": date(2019, 5, 15),
    "events_due": date(2019, 5, 18),
    "school_reports_due": date(2019, 5, 22),
    "municipal_reports_due": date(2019, 5, 29),
    "closes_on": date(2019, 6, 5),
}
"""The campaign before the letter's, which is closed."""


@pytest.fixture
def region(db):
    return RegionFactory(slug="tomsk-region", name="Томская область")


@pytest.fixture
def tomsk(region):
    return MunicipalityFactory(region=region, slug="tomsk", name="город Томск", kind="urban")


@pytest.fixture
def kolpashevo(region):
    return MunicipalityFactory(region=region, slug="kolpashevskiy", name="Колпашевский район")


@pytest.fixture
def unrun(region):
    """The schools that no municipality runs: the operator reviews them."""
    return MunicipalityFactory(region=region, slug="regional", name="Областные школы", kind="regional")


@pytest.fixture
def school(tomsk):
    """In Tomsk, 25 pupils in each grade."""
    school = SchoolFactory(municipality=tomsk, code="perspektiva", name="Школа «Перспектива»")
    EnrolmentFactory(school=school)
    return school


@pytest.fixture
def second_school(tomsk):
    """In Tomsk too, without known enrolment."""
    return SchoolFactory(municipality=tomsk, code="tomsk-2", name="Школа № 2")


@pytest.fixture
def village_school(kolpashevo):
    return SchoolFactory(municipality=kolpashevo, code="kolpashevo-3", name="Школа № 3", setting="rural")


@pytest.fixture
def unrun_school(unrun):
    return SchoolFactory(municipality=unrun, code="internat", name="Школа-интернат")


@pytest.fixture
def lesson(region):
    """An open lesson for grades 5 to 11."""
    return FormatFactory(region=region, slug="lesson", name="Открытый урок")


@pytest.fixture
def contest(region):
    """A contest for grades 8 to 11 that asks for two numbers."""
    return FormatFactory(
        region=region,
        slug="contest",
        name="Большие вызовы",
        kind="contest",
        grade_from=8,
        indicators=["Проектов", "Победителей"],
    )


@pytest.fixture
def club(region):
    """A club for grades 1 to 4, outside the campaign's own grades."""
    return FormatFactory(
        region=region, slug="club", name="Фабрика миров", kind="club", grade_from=1, grade_to=4, indicators=["Занятий"]
    )


@pytest.fixture
def campaign(region, lesson, contest, club, clock):
    """The letter's campaign, published, on its twelfth day."""
    return CampaignFactory(
        region=region,
        slug="autumn-2019",
        name="Осенняя профориентационная кампания 2019 года",
        formats=[lesson, contest, club],
    )


@pytest.fixture
def operator(region):
    return UserFactory(email="operator@region.example", name="Ольга Оператор", operator_of=region)


@pytest.fixture
def department(region):
    return UserFactory(email="department@region.example", name="Дарья Департамент", department_of=region)


@pytest.fixture
def municipal(tomsk):
    return UserFactory(email="municipal@tomsk.example", name="Мария Муниципальная", municipal_of=tomsk)


@pytest.fixture
def village_municipal(kolpashevo):
    return UserFactory(email="municipal@kolpashevo.example", name="Вера Колпашевская", municipal_of=kolpashevo)


@pytest.fixture
def coordinator(school):
    return UserFactory(email="coordinator@school.example", name="Кира Школьная", coordinator_of=school)


@pytest.fixture
def colleague(school):
    """The school's second coordinator."""
    return UserFactory(email="colleague@school.example", name="Павел Школьный", coordinator_of=school)


@pytest.fixture
def second_coordinator(second_school):
    """The coordinator of the other school in Tomsk."""
    return UserFactory(email="coordinator@second.example", name="Нина Вторая", coordinator_of=second_school)


@pytest.fixture
def unrun_coordinator(unrun_school):
    return UserFactory(email="coordinator@internat.example", name="Инна Интернатская", coordinator_of=unrun_school)


@pytest.fixture
def nobody(db):
    """A person with an account and no membership."""
    return UserFactory(email="nobody@nowhere.example", name="Никто")


@pytest.fixture
def foreign(db, clock):
    """Another region with all of its own: places, campaign, format and people."""
    region = RegionFactory(slug="altai", name="Алтайский край", time_zone="Asia/Barnaul")
    municipality = MunicipalityFactory(region=region, slug="barnaul", name="город Барнаул")
    school = SchoolFactory(municipality=municipality, code="barnaul-1", name="Школа № 1")
    lesson = FormatFactory(region=region, slug="altai-lesson", name="Открытый урок Алтая", indicators=["Чужое число"])
    return SimpleNamespace(
        region=region,
        municipality=municipality,
        school=school,
        lesson=lesson,
        campaign=CampaignFactory(region=region, slug="altai-2019", formats=[lesson]),
        operator=UserFactory(operator_of=region),
        department=UserFactory(department_of=region),
        municipal=UserFactory(municipal_of=municipality),
        coordinator=UserFactory(coordinator_of=school),
    )


@pytest.fixture
def people(operator, department, municipal, village_municipal, coordinator, second_coordinator, nobody, foreign):
    """Everyone by the part they play, for tables of who may do what."""
    return {
        "operator": operator,
        "department": department,
        "municipal": municipal,
        "another municipal": village_municipal,
        "coordinator": coordinator,
        "another coordinator": second_coordinator,
        "technical staff": User.objects.create_superuser("staff@region.example", None, name="Техник"),
        "without membership": nobody,
        "foreign operator": foreign.operator,
        "foreign department": foreign.department,
        "foreign municipal": foreign.municipal,
        "foreign coordinator": foreign.coordinator,
    }
