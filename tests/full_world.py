"""The small world with a bit of everything, for walks and browsers: on the campaign's twelfth day, and in October."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest

from campaigns.actions import grant_extension
from events.models import Event
from portal.actions import store_enrolment_upload
from reports import actions as report_actions
from reports.models import KindAnswer, QuestionAnswer
from reports.summaries.building import build
from tests.factories import (
    CampaignFactory,
    EnrolmentFactory,
    EventFactory,
    ExtensionFactory,
    FolderFactory,
    GoalFactory,
    JointEventFactory,
    MunicipalReportFactory,
    PartnerFactory,
    QuestionFactory,
    SchoolFactory,
    SchoolReportFactory,
)
from tests.world import SPRING_2019


@pytest.fixture
def world(settings, tmp_path, region, campaign, lesson, contest, club, people, second_school, village_school, school):
    """The campaign on its twelfth day with events of every status, a campaign before it, and summaries of both."""
    settings.MEDIA_ROOT = tmp_path / "files"
    spring = CampaignFactory(
        region=region, name="Весенняя профориентационная кампания 2019 года", formats=[lesson, contest], **SPRING_2019
    )
    campaign.previous = spring
    campaign.description = "Пять недель уроков, экскурсий и конкурсов.\n\nОтчёты школ ждём до 21 октября."
    campaign.save()
    draft = CampaignFactory(
        region=region,
        slug="spring-2020",
        name="Весенняя кампания 2020 года",
        season="spring",
        starts_on=date(2020, 4, 1),
        ends_on=date(2020, 5, 15),
        events_due=date(2020, 5, 18),
        school_reports_due=date(2020, 5, 22),
        municipal_reports_due=date(2020, 5, 29),
        closes_on=date(2020, 6, 5),
        formats=[lesson],
        published_at=None,
    )
    GoalFactory(campaign=campaign)
    EnrolmentFactory(school=village_school)
    plant = PartnerFactory(region=region, name="Сибирский химический комбинат")

    def event(of, status="accepted", day=20, format_=lesson, **fields):
        row = EventFactory(
            school=of, campaign=campaign, format=format_, status=status, starts_on=date(2019, 9, day), **fields
        )
        row.partners.set([plant])
        return row

    coordinator = people["coordinator"]
    long_title = "Профориентационная квест-игра «Инженерно-технологическое образование: кем быть в 2030 году»"
    events = SimpleNamespace(
        accepted=event(school, day=14, author=coordinator, teachers=2, place="актовый зал"),
        submitted=event(school, "submitted", day=21, author=coordinator, grade_8=18, title=long_title),
        flagged=event(
            school,
            "submitted",
            day=22,
            format_=contest,
            author=coordinator,
            grade_8=70,
            flagged=True,
            note="Вместе с соседней школой",
            link="https://school.example/otchyot/ochen-dlinnyy-adres-stranitsy-s-fotografiyami-meropriyatiya-2019",
        ),
        another=event(second_school, "submitted", day=23, grade_8=9),
        returned=event(school, "returned", day=19, author=coordinator),
        planned=event(school, "planned", day=30, author=coordinator, created_at=datetime(2019, 9, 22, tzinfo=UTC)),
        draft=event(school, "draft", day=18, author=coordinator),
        village=event(village_school, day=16, grade_7=11),
    )
    for number, day in enumerate((3, 12, 13, 24), start=1):
        EventFactory(
            school=school,
            campaign=spring,
            format=lesson,
            status="accepted",
            starts_on=date(2019, 4, day),
            grade_8=20 + number,
        )
    summaries = SimpleNamespace()
    for name, of in (("closed", spring), ("ready", campaign)):
        row = report_actions.request_summary(people["operator"], of, send=False)
        build(row.pk)
        row.refresh_from_db()
        setattr(summaries, name, row)
    assert Event.objects.count() == 12
    return SimpleNamespace(
        campaign=campaign, spring=spring, draft=draft, events=events, summaries=summaries, school=school, people=people
    )


@pytest.fixture
def reporting(world, clock, region, tomsk, kolpashevo, lesson, contest, second_school, village_school):
    """The same world on 23 October, when municipalities report: reports of every status, questions, joint events."""
    campaign, people = world.campaign, world.people
    clock("2019-10-23 10:00")
    long_name = "Муниципальное бюджетное общеобразовательное учреждение «Средняя общеобразовательная школа № 14»"
    returned_school = SchoolFactory(municipality=tomsk, code="tomsk-14", name=long_name)
    accepted_school = SchoolFactory(municipality=tomsk, code="tomsk-15", name="Гимназия № 15")
    submitted_school = SchoolFactory(municipality=tomsk, code="tomsk-16", name="Лицей № 16")
    for row in (returned_school, accepted_school, submitted_school):
        EnrolmentFactory(school=row)
    schools = {
        "not begun": world.school,
        "open": second_school,
        "submitted": submitted_school,
        "returned": returned_school,
        "accepted": accepted_school,
    }
    # One question of each kind; the one about a group hides small numbers.
    number, part, _yes_no, text = (
        QuestionFactory(
            campaign=campaign,
            kind=kind,
            text=words,
            is_required=kind == "number",
            about_group=kind == "part",
        )
        for kind, words in (
            ("number", "Сколько договоров о сотрудничестве с предприятиями и организациями заключено за кампанию"),
            ("part", "Сколько из участников – обучающиеся с ограниченными возможностями здоровья"),
            ("yes_no", "Есть ли в школе психолог-профориентолог?"),
            ("text", "Чем школа готова поделиться с другими?"),
        )
    )
    events = {}
    for name, of in schools.items():
        if name != "not begun":
            events[name] = EventFactory(school=of, campaign=campaign, format=lesson, status="accepted", grade_8=12)
    EventFactory(school=submitted_school, campaign=campaign, format=contest, grade_8=0, grade_9=6)
    texts = {
        "conclusions": "Все классы приняли участие.\nЛучше всего прошли уроки с родителями.",
        "difficulties": "Далеко до колледжа.",
        "proposals": "Автобус на день открытых дверей.",
    }
    roll = {f"roll_{grade}": 25 for grade in range(1, 12)} | {"roll_as_of": date(2019, 9, 1), "roll_source": "ОО-1"}
    grades = {f"grade_{grade}": 0 for grade in campaign.grades} | {"grade_8": 12}
    for name, of in [*schools.items(), ("village", village_school)]:
        if name == "not begun":
            continue
        fields = texts | grades | ({} if name == "open" else roll)
        status = {"village": "accepted"}.get(name, name)
        if status == "accepted":
            fields |= {"reviewed_by": people["municipal"]}
        report = SchoolReportFactory(school=of, campaign=campaign, status=status, **fields)
        KindAnswer.objects.create(report=report, kind="open_lesson", pupils=12 if status == "accepted" else None)
        QuestionAnswer.objects.create(report=report, question=number, number=3)
        QuestionAnswer.objects.create(report=report, question=part, number=2, whole=60)
        QuestionAnswer.objects.create(report=report, question=text, text="Опытом квестов на заводе.")
    FolderFactory(school=accepted_school, campaign=campaign, frozen_at=datetime(2019, 10, 19, tzinfo=UTC))
    MunicipalReportFactory(municipality=kolpashevo, campaign=campaign, **texts)
    MunicipalReportFactory(municipality=tomsk, campaign=campaign, status="returned", **texts)
    for fields in (
        {"school": returned_school, "stage": "school_report", "until": date(2019, 10, 30)},
        {"municipality": tomsk, "status": "asked", "until": date(2019, 11, 1), "stage": "municipal_report"},
        {"school": submitted_school, "status": "declined", "answer": "Времени было достаточно.", "until": "2019-10-29"},
    ):
        ExtensionFactory(campaign=campaign, asked_by=people["municipal"], **fields)
    fair = JointEventFactory(
        campaign=campaign, format=lesson, title="Региональная ярмарка профессий и учебных мест «Твой выбор – 2019»"
    )
    for of in (submitted_school, village_school):
        EventFactory(school=of, campaign=campaign, format=lesson, joint=fair, title=fair.title, status="accepted")
    trial_day = JointEventFactory(campaign=campaign, format=contest, municipality=tomsk, title="День проб в колледже")
    upload = store_enrolment_upload(
        people["municipal"],
        region,
        academic_year="2019/2020",
        as_of=date(2019, 9, 20),
        source="ОО-1",
        file_name="Контингент 2019-2020 город Томск.xlsx",
        numbers={world.school.pk: [25] * 10 + [90], second_school.pk: [20] * 11, returned_school.pk: [25] * 11},
    )
    grant_extension(
        people["operator"],
        campaign,
        school=world.school,
        stage="school_report",
        until=date(2019, 10, 28),
        reason="Не было связи",
    )
    return SimpleNamespace(
        **vars(world),
        schools=schools,
        question=number,
        text_question=text,
        draft_question=QuestionFactory(campaign=world.draft),
        fair=fair,
        trial_day=trial_day,
        upload=upload,
        frozen=events["accepted"],
    )
