"""Rows for tests, made directly in the database and valid by the models' own rules.

No surprises: what a factory makes depends on its arguments alone, never on chance or on today's date. An
event comes in any status with all that the status needs. Places are linked by what is given: an event's
campaign is of its school's region, its format is one that the campaign offers.
"""

import uuid
from datetime import UTC, date, datetime

import factory
from django.db import transaction

from campaigns.actions import write_folders
from campaigns.models import (
    Campaign,
    CampaignFormat,
    Delivery,
    Extension,
    Format,
    FormatIndicator,
    Goal,
    SchoolCampaign,
    Stage,
)
from events.models import Event, JointEvent
from portal.models import Enrolment, Membership, Municipality, Partner, Region, School, User
from reports.models import MunicipalReport, ReportQuestion, ReportStatus, SchoolReport

LONG_AGO = datetime(2019, 1, 9, 2, 0, tzinfo=UTC)
PASSWORD = "осень-2019-в-томске"


class _Factory(factory.django.DjangoModelFactory):
    class Meta:
        abstract = True
        skip_postgeneration_save = True

    @classmethod
    def _create(cls, model_class, *args, **fields):
        row = model_class(*args, **fields)
        if hasattr(row, "fill_derived"):
            row.fill_derived()
        row.save(force_insert=True)
        return row


class RegionFactory(_Factory):
    class Meta:
        model = Region

    slug = factory.Sequence(lambda n: f"region-{n}")
    name = factory.Sequence(lambda n: f"Область {n}")
    department_name = "Департамент общего образования"
    operator_name = "Региональный центр развития образования"
    time_zone = "Asia/Tomsk"


class MunicipalityFactory(_Factory):
    class Meta:
        model = Municipality

    region = factory.SubFactory(RegionFactory)
    slug = factory.Sequence(lambda n: f"municipality-{n}")
    name = factory.Sequence(lambda n: f"Район {n}")
    kind = Municipality.Kind.DISTRICT
    authority = "Управление образования"


class SchoolFactory(_Factory):
    """A school with its folders in the campaigns of its region that are published, closed ones too."""

    class Meta:
        model = School

    municipality = factory.SubFactory(MunicipalityFactory)
    code = factory.Sequence(lambda n: f"school-{n}")
    name = factory.Sequence(lambda n: f"Школа № {n}")
    official_name = factory.LazyAttribute(lambda row: f"МБОУ «{row.name}»")

    @classmethod
    def _create(cls, model_class, *args, **fields):
        school = super()._create(model_class, *args, **fields)
        stamp(school.municipality.region, school_ids=[school.pk])
        return school


def stamp(region, school_ids=None, **of_campaigns) -> None:
    """Write the folders of the published campaigns of a region as publishing does, those of closed ones too."""
    with transaction.atomic():
        published = Campaign.objects.filter(region=region, published_at__isnull=False, **of_campaigns)
        write_folders(None, published, school_ids)


def folder_of(school, campaign) -> SchoolCampaign:
    """The folder of a school in a campaign, as it is now, with its places."""
    rows = SchoolCampaign.objects.select_related("school", "municipality__region", "campaign__region")
    return rows.get(school=school, campaign=campaign)


def _folder(row):
    """The folder of what is made of a school in a campaign; one of a draft is made for it."""
    found = SchoolCampaign.objects.filter(school=row.school, campaign=row.campaign).first()
    return found or FolderFactory(school=row.school, campaign=row.campaign)


class EnrolmentFactory(_Factory):
    """Twenty-five pupils in each grade of the letter's academic year."""

    class Meta:
        model = Enrolment

    school = factory.SubFactory(SchoolFactory)
    academic_year = "2019/2020"
    as_of = date(2019, 9, 1)
    source = "ОО-1"
    grade_1 = grade_2 = grade_3 = grade_4 = grade_5 = grade_6 = 25
    grade_7 = grade_8 = grade_9 = grade_10 = grade_11 = 25

    @classmethod
    def _create(cls, model_class, *args, **fields):
        row = super()._create(model_class, *args, **fields)
        stamp(row.school.municipality.region, school_ids=[row.school.pk], academic_year=row.academic_year)
        return row


class MembershipFactory(_Factory):
    class Meta:
        model = Membership

    started_at = LONG_AGO


class UserFactory(_Factory):
    """A person; ``operator_of=region``, ``department_of=``, ``municipal_of=``, ``coordinator_of=`` add a role.

    Without ``password`` nobody can sign in as them by typing one, which is faster.
    """

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person-{n}@school.example")
    name = factory.Sequence(lambda n: f"Человек {n}")
    date_joined = LONG_AGO

    @classmethod
    def _create(cls, model_class, *args, password=None, **fields):
        user = model_class(*args, **fields)
        user.set_password(password)
        user.save(force_insert=True)
        return user

    @factory.post_generation
    def operator_of(user, create, region, **_):
        if region:
            MembershipFactory(user=user, role="operator", region=region)

    @factory.post_generation
    def department_of(user, create, region, **_):
        if region:
            MembershipFactory(user=user, role="department", region=region)

    @factory.post_generation
    def municipal_of(user, create, municipality, **_):
        if municipality:
            MembershipFactory(user=user, role="municipal", municipality=municipality)

    @factory.post_generation
    def coordinator_of(user, create, school, **_):
        if school:
            MembershipFactory(user=user, role="school", school=school)


class PartnerFactory(_Factory):
    class Meta:
        model = Partner

    region = factory.SubFactory(RegionFactory)
    name = factory.Sequence(lambda n: f"Завод {n}")
    kind = Partner.Kind.ENTERPRISE


class FormatFactory(_Factory):
    """An open lesson for grades 5 to 11; ``indicators=["Проектов"]`` adds the numbers it asks for."""

    class Meta:
        model = Format

    region = factory.SubFactory(RegionFactory)
    slug = factory.Sequence(lambda n: f"format-{n}")
    name = factory.Sequence(lambda n: f"Открытые уроки {n}")
    level = Format.Level.REGIONAL
    kind = Format.Kind.OPEN_LESSON
    organiser = "Региональный центр развития образования"
    delivery = Delivery.ONSITE
    grade_from = 5
    grade_to = 11

    @factory.post_generation
    def indicators(row, create, names, **_):
        for number, name in enumerate(names or (), start=1):
            FormatIndicator.objects.create(format=row, code=f"n{number}", name=name)


class CampaignFactory(_Factory):
    """The letter's campaign of autumn 2019, published; ``formats=[…]`` are those it offers."""

    class Meta:
        model = Campaign

    region = factory.SubFactory(RegionFactory)
    slug = factory.Sequence(lambda n: f"campaign-{n}")
    name = factory.Sequence(lambda n: f"Осенняя профориентационная кампания {n}")
    season = Campaign.Season.AUTUMN
    starts_on = date(2019, 9, 13)
    ends_on = date(2019, 10, 14)
    events_due = date(2019, 10, 17)
    school_reports_due = date(2019, 10, 21)
    municipal_reports_due = date(2019, 10, 28)
    closes_on = date(2019, 11, 5)
    grade_from = 5
    grade_to = 11
    published_at = datetime(2019, 8, 26, 3, 0, tzinfo=UTC)

    @factory.post_generation
    def formats(row, create, formats, **_):
        for format_ in formats or ():
            CampaignFormat.objects.create(campaign=row, format=format_, added_at=LONG_AGO)

    @classmethod
    def _create(cls, model_class, *args, **fields):
        campaign = super()._create(model_class, *args, **fields)
        stamp(campaign.region, pk=campaign.pk)
        return campaign


class GoalFactory(_Factory):
    class Meta:
        model = Goal

    campaign = factory.SubFactory(CampaignFactory)
    measure = Goal.Measure.COVERAGE
    target = 90
    ground = "Приказ департамента"


class FolderFactory(_Factory):
    """The folder of a school in a campaign, as publishing would write it; ``frozen_at`` freezes its events. Those of
    published campaigns are there already: the factory changes them."""

    class Meta:
        model = SchoolCampaign

    school = factory.SubFactory(SchoolFactory)
    campaign = factory.SubFactory(CampaignFactory, region=factory.SelfAttribute("..school.municipality.region"))
    municipality = factory.SelfAttribute("school.municipality")
    is_expected = True

    @classmethod
    def _create(cls, model_class, *args, **fields):
        place = {name: fields.pop(name) for name in ("school", "campaign")}
        return SchoolCampaign.objects.update_or_create(**place, defaults=fields)[0]


def _offered_format(row):
    offered = row.campaign.formats.order_by("pk").first()
    if offered is None:
        offered = FormatFactory(region=row.campaign.region)
        CampaignFormat.objects.create(campaign=row.campaign, format=offered, added_at=LONG_AGO)
    return offered


class EventFactory(_Factory):
    """Twenty-four eighth-graders on 20 September 2019; sent for review unless ``status`` says otherwise."""

    class Meta:
        model = Event

    school = factory.SubFactory(SchoolFactory)
    campaign = factory.SubFactory(CampaignFactory, region=factory.SelfAttribute("..school.municipality.region"))
    folder = factory.LazyAttribute(_folder)
    format = factory.LazyAttribute(_offered_format)
    title = factory.Sequence(lambda n: f"Урок о профессиях {n}")
    starts_on = date(2019, 9, 20)
    ends_on = factory.SelfAttribute("starts_on")
    delivery = Delivery.ONSITE
    status = Event.Status.SUBMITTED
    author = factory.LazyAttribute(lambda row: UserFactory(coordinator_of=row.school))
    token = factory.LazyFunction(uuid.uuid4)
    grade_8 = 24
    created_at = datetime(2019, 9, 21, 3, 0, tzinfo=UTC)

    @classmethod
    def _create(cls, model_class, *args, **fields):
        status, moment = fields["status"], datetime(2019, 9, 21, 4, 0, tzinfo=UTC)
        if status in ("submitted", "returned", "accepted"):
            fields = {"submitted_by": fields["author"], "submitted_at": moment, "submitted_on": moment.date()} | fields
        if status == "returned":
            fields = {"comment": "Уточните число участников."} | fields
        if status in ("returned", "accepted"):
            fields.setdefault("reviewed_at", datetime(2019, 9, 22, 4, 0, tzinfo=UTC))
        return super()._create(model_class, *args, **fields)


def event_fields(format_, **changes) -> dict:
    """What a filled-in form hands to the actions: eighteen eighth-graders on 20 September 2019."""
    return {
        "format": format_,
        "title": "Урок о профессиях",
        "starts_on": date(2019, 9, 20),
        "ends_on": date(2019, 9, 20),
        "delivery": "onsite",
        "place": "актовый зал",
        "teachers": 2,
        "parents": 0,
        "link": "",
        "description": "",
        "note": "",
        **{f"grade_{grade}": 0 for grade in range(1, 12)},
        "grade_8": 18,
        "partners": [],
        "partner_kind": "enterprise",
        "indicators": {},
        **changes,
    }


class ExtensionFactory(_Factory):
    """The school's events until 24 October 2019, granted; ``municipality=`` makes it one of a municipality instead."""

    class Meta:
        model = Extension

    school = factory.Maybe("municipality", None, factory.SubFactory(SchoolFactory))
    municipality = None
    campaign = factory.LazyAttribute(
        lambda row: CampaignFactory(region=(row.municipality or row.school.municipality).region)
    )
    folder = factory.LazyAttribute(lambda row: _folder(row) if row.school else None)
    stage = Stage.EVENTS
    until = date(2019, 10, 24)
    reason = "Карантин в школе"
    status = Extension.Status.GRANTED
    asked_by = factory.SubFactory(UserFactory)
    asked_at = datetime(2019, 9, 23, 3, 0, tzinfo=UTC)

    @classmethod
    def _create(cls, model_class, *args, **fields):
        if fields["status"] in ("granted", "declined"):
            fields = {"decided_by": fields["asked_by"], "decided_at": fields["asked_at"]} | fields
        return super()._create(model_class, *args, **fields)


class JointEventFactory(_Factory):
    """A fair of 20 September 2019 for the schools of the whole region; ``municipality=`` makes it one of its own."""

    class Meta:
        model = JointEvent

    campaign = factory.SubFactory(CampaignFactory)
    municipality = None
    format = factory.LazyAttribute(_offered_format)
    title = factory.Sequence(lambda n: f"Ярмарка профессий {n}")
    starts_on = date(2019, 9, 20)
    ends_on = factory.SelfAttribute("starts_on")
    delivery = Delivery.ONSITE
    place = "Дворец спорта"
    author = factory.LazyAttribute(lambda row: UserFactory(operator_of=row.campaign.region))
    token = factory.LazyFunction(uuid.uuid4)
    created_at = datetime(2019, 9, 16, 3, 0, tzinfo=UTC)


def joint_fields(format_, **changes) -> dict:
    """What a filled-in form of a joint event hands to the actions: a fair of 20 September 2019 held by a college."""
    return {
        "format": format_,
        "title": "Ярмарка профессий",
        "starts_on": date(2019, 9, 20),
        "ends_on": date(2019, 9, 20),
        "delivery": "onsite",
        "place": "Дворец спорта",
        "host": "Политехнический колледж",
        "partners": [],
        "partner_kind": "college",
        "description": "",
        **changes,
    }


class _ReportFactory(_Factory):
    """A report in any status, first sent on 18 October 2019 unless it is still being written."""

    class Meta:
        abstract = True

    campaign = factory.SubFactory(CampaignFactory)
    status = ReportStatus.SUBMITTED

    @classmethod
    def _create(cls, model_class, *args, **fields):
        if fields["status"] != ReportStatus.OPEN:
            fields.setdefault("submitted_on", date(2019, 10, 18))
        if day := fields.get("submitted_on"):
            fields.setdefault("submitted_by", cls._author(fields))
            fields.setdefault("submitted_at", datetime(day.year, day.month, day.day, 4, 0, tzinfo=UTC))
        if fields["status"] == ReportStatus.RETURNED:
            fields = {"comment": "Уточните числа.", "correct_by": date(2019, 10, 25)} | fields
        if fields["status"] in (ReportStatus.RETURNED, ReportStatus.ACCEPTED):
            fields.setdefault("reviewed_at", fields["submitted_at"])
        return super()._create(model_class, *args, **fields)


class SchoolReportFactory(_ReportFactory):
    """Ten different pupils in each of the campaign's grades, by lists; enrolment not known."""

    class Meta:
        model = SchoolReport

    school = factory.SubFactory(SchoolFactory)
    campaign = factory.SubFactory(CampaignFactory, region=factory.SelfAttribute("..school.municipality.region"))
    folder = factory.LazyAttribute(_folder)
    basis = SchoolReport.Basis.LISTS
    signed_name = "Д. И. Директор"
    signed_post = "директор"

    @classmethod
    def _author(cls, fields):
        return UserFactory(coordinator_of=fields["school"])

    @classmethod
    def _create(cls, model_class, *args, **fields):
        if fields["status"] != ReportStatus.OPEN:
            fields = {f"grade_{grade}": 10 for grade in fields["campaign"].grades} | fields
        return super()._create(model_class, *args, **fields)


class MunicipalReportFactory(_ReportFactory):
    class Meta:
        model = MunicipalReport

    municipality = factory.SubFactory(MunicipalityFactory)
    campaign = factory.SubFactory(CampaignFactory, region=factory.SelfAttribute("..municipality.region"))
    conclusions = "Кампания прошла."
    signed_name = "Н. П. Начальник"
    signed_post = "начальник управления"

    @classmethod
    def _author(cls, fields):
        return UserFactory(municipal_of=fields["municipality"])


class QuestionFactory(_Factory):
    """An optional question that is answered with a number, and is not about a group of pupils."""

    class Meta:
        model = ReportQuestion

    campaign = factory.SubFactory(CampaignFactory)
    kind = ReportQuestion.Kind.NUMBER
    text = factory.Sequence(lambda n: f"Сколько договоров с предприятиями, {n}")
    whole = factory.LazyAttribute(lambda row: "всего обучающихся" if row.kind == "part" else "")
    reason = "Чтобы знать, где не хватает предприятий."
    ground = "Письмо департамента от 26.08.2019 № 57"
    position = factory.Sequence(lambda n: n + 1)
