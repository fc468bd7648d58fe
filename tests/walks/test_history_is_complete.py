"""History is complete: a trigger of the database itself counts the rows that an action changes, and each has an entry.

A scenario is one call of one action. A row that the call writes in two statements is one change of that row, so
rows are counted once a scenario, and history must have exactly one entry for each: none missing, none doubled.

To add one: a function under ``@scenario`` that takes the world, prepares rows, and returns how many rows the action
changes and the call. A table to watch is a line of :data:`WATCHED`.
"""

import inspect
from datetime import date
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from campaigns.actions import (
    ask_extension,
    close_without_report,
    create_campaign,
    create_format,
    decide_extension,
    edit_campaign,
    edit_format,
    expect_report_again,
    grant_extension,
    load_pack,
    publish_campaign,
    withdraw_extension,
)
from campaigns.models import Campaign, Extension, Format, SchoolCampaign
from campaigns.packs import read_pack
from events.actions import (
    Intent,
    accept_event,
    accept_events,
    attend_joint_event,
    cancel_event,
    cancel_joint_event,
    create_joint_event,
    delete_draft,
    edit_event,
    edit_joint_event,
    log_event,
    return_event,
    submit_event,
)
from events.models import Event, JointEvent
from portal.actions import (
    apply_enrolment_upload,
    close_school,
    create_school,
    end_membership,
    merge_school,
    move_school,
    reopen_school,
    save_by_staff,
    set_password,
    store_enrolment_upload,
    upsert_many,
    write_enrolment,
)
from portal.models import Enrolment, EnrolmentUpload, History, Membership, School, User
from reports.actions import (
    accept_municipal_report,
    create_question,
    edit_question,
    retire_question,
    return_municipal_report,
    write_municipal_report,
)
from reports.models import MunicipalReport, ReportQuestion, SchoolReport
from tests.campaigns.test_load_region import SMALL
from tests.factories import (
    CampaignFactory,
    EnrolmentFactory,
    EventFactory,
    ExtensionFactory,
    JointEventFactory,
    MunicipalityFactory,
    MunicipalReportFactory,
    QuestionFactory,
    SchoolFactory,
    SchoolReportFactory,
    event_fields,
    folder_of,
    joint_fields,
)
from tests.reporting import CORRECT_BY, REPORTING, accept_school, return_school, write_school

WATCHED = {
    Event: "",
    Campaign: "",
    Membership: "",
    User: "",
    School: "",
    Format: "",
    Enrolment: "",
    SchoolReport: "",
    MunicipalReport: "",
    JointEvent: "",
    Extension: "",
    EnrolmentUpload: "",
    ReportQuestion: "",
    # An empty folder, made so that it can be locked, is nobody's change; a frozen one is.
    SchoolCampaign: "NEW.frozen_at IS NOT NULL",
}
"""The tables whose rows count as changed, and which new rows of them do (all, where nothing is said)."""

SCENARIOS = {}


def scenario(function):
    """Add ``function`` to the scenarios under its name."""
    SCENARIOS[function.__name__.replace("_", " ")] = function
    return function


# --- Counting --------------------------------------------------------------------------------


def _watch(cursor, model, new_rows) -> None:
    table = model._meta.db_table
    for verb, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
        when = f"WHEN ({new_rows})" if verb == "INSERT" and new_rows else ""
        if connection.vendor == "postgresql":
            cursor.execute(
                f"CREATE TRIGGER watch_{verb.lower()} AFTER {verb} ON {table} "
                f"FOR EACH ROW {when} EXECUTE FUNCTION note_changed_{row.lower()}()"
            )
        else:
            cursor.execute(
                f"CREATE TRIGGER watch_{table}_{verb.lower()} AFTER {verb} ON {table} FOR EACH ROW {when} "
                f"BEGIN INSERT INTO changed_rows VALUES ('{table}', {row}.id); END"
            )


@pytest.fixture
def changed_rows(db):
    """Watch the tables by triggers; return what lists ``(table, row id)`` of the rows changed, and forgets them."""
    with connection.cursor() as cursor:
        # PostgreSQL makes no trigger while checks of foreign keys are still to come.
        connection.check_constraints()
        cursor.execute("CREATE TABLE changed_rows (table_name text, row_id bigint)")
        if connection.vendor == "postgresql":
            for row in ("NEW", "OLD"):
                cursor.execute(
                    f"CREATE FUNCTION note_changed_{row.lower()}() RETURNS trigger LANGUAGE plpgsql AS "
                    f"$$ BEGIN INSERT INTO changed_rows VALUES (TG_TABLE_NAME, {row}.id); RETURN NULL; END $$"
                )
        for model, new_rows in WATCHED.items():
            _watch(cursor, model, new_rows)

        def changed() -> list[tuple[str, int]]:
            cursor.execute("SELECT DISTINCT table_name, row_id FROM changed_rows ORDER BY 1, 2")
            found = [tuple(row) for row in cursor.fetchall()]
            cursor.execute("DELETE FROM changed_rows")
            return found

        yield changed


def _entries_after(pk: int) -> list[tuple[str, int]]:
    """The rows that history tells of since the entry ``pk``, one pair an entry."""
    tables = {kind.pk: model._meta.db_table for model, kind in ContentType.objects.get_for_models(*WATCHED).items()}
    found = History.objects.filter(pk__gt=pk, content_type_id__in=tables)
    return sorted((tables[kind], row) for kind, row in found.values_list("content_type_id", "object_id"))


# --- Scenarios -------------------------------------------------------------------------------


@pytest.fixture
def world(
    changed_rows, region, tomsk, school, second_school, campaign, lesson, coordinator, municipal, operator, clock
):
    """The small world of the tests, in which every scenario begins. The triggers stand before it."""
    return SimpleNamespace(
        region=region,
        tomsk=tomsk,
        school=school,
        second_school=second_school,
        campaign=campaign,
        lesson=lesson,
        coordinator=coordinator,
        municipal=municipal,
        operator=operator,
        clock=clock,
    )


def event_of(world, status, **fields):
    fields = {"school": world.school, "campaign": world.campaign, "format": world.lesson} | fields
    return EventFactory(author=world.coordinator, status=status, **fields)


def campaign_fields(campaign) -> dict:
    names = ("name", "season", *Campaign.DATE_FIELDS, "grade_from", "grade_to", "description", "previous")
    return {name: getattr(campaign, name) for name in names}


@scenario
def logging_an_event(world):
    token = "6f0d2f52-5f0e-4d57-9c5b-0c8a4b1c8f11"
    fields = event_fields(world.lesson, partners=["Завод"])
    return 1, lambda: log_event(
        world.coordinator, world.school, world.campaign, token=token, intent=Intent.SUBMIT, **fields
    )


@scenario
def editing_an_event(world):
    event = event_of(world, "submitted")
    fields = event_fields(world.lesson, title="Другое", partners=["Завод"])
    return 1, lambda: edit_event(world.coordinator, event, 1, intent=Intent.DRAFT, **fields)


@scenario
def editing_an_event_into_what_it_is(world):
    event = event_of(world, "submitted")
    fields = {"title": event.title, "grade_8": event.grade_8}
    return 0, lambda: edit_event(world.coordinator, event, 1, intent=Intent.DRAFT, **fields)


@scenario
def sending_a_planned_event(world):
    event = event_of(world, "planned")
    return 1, lambda: submit_event(world.coordinator, event, 1)


@scenario
def cancelling_an_event(world):
    event = event_of(world, "planned")
    return 1, lambda: cancel_event(world.coordinator, event, 1)


@scenario
def deleting_a_draft(world):
    event = event_of(world, "draft")
    return 1, lambda: delete_draft(world.coordinator, event, 1)


@scenario
def accepting_an_event(world):
    event = event_of(world, "submitted")
    return 1, lambda: accept_event(world.municipal, event, 1)


@scenario
def returning_an_event(world):
    event = event_of(world, "submitted")
    return 1, lambda: return_event(world.municipal, event, 1, "Уточните.")


@scenario
def accepting_twenty_events_of_two_schools(world):
    events = [event_of(world, "submitted", school=school) for school in (world.school, world.second_school) * 10]
    flagged = event_of(world, "submitted", flagged=True, note="Два потока")
    return 20, lambda: accept_events(world.municipal, {event.pk: 1 for event in [*events, flagged]})


@scenario
def loading_fifty_new_enrolments(world):
    schools = SchoolFactory.create_batch(50, municipality=world.tomsk)
    rows = [Enrolment(school=school, academic_year="2019/2020", as_of=date(2019, 9, 1)) for school in schools]
    return 50, lambda: upsert_many(world.operator, Enrolment, ["school", "academic_year"], rows)


@scenario
def correcting_fifty_enrolments_of_sixty(world):
    present = EnrolmentFactory.create_batch(60, school__municipality=world.tomsk)
    rows = [
        Enrolment(
            school_id=row.school_id,
            academic_year=row.academic_year,
            as_of=row.as_of,
            source=row.source,
            **{f"grade_{grade}": 25 if number >= 50 else 26 for grade in range(1, 12)},
        )
        for number, row in enumerate(present)
    ]
    return 50, lambda: upsert_many(world.operator, Enrolment, ["school", "academic_year"], rows)


@scenario
def giving_a_role(world):
    membership = Membership(user=world.municipal, role="school", school=world.school)
    return 1, lambda: save_by_staff(world.operator, membership, membership.save)


@scenario
def ending_a_role(world):
    membership = world.coordinator.memberships.get()
    return 1, lambda: end_membership(world.operator, membership)


@scenario
def ending_a_role_twice(world):
    membership = end_membership(world.operator, world.coordinator.memberships.get())
    return 0, lambda: end_membership(world.operator, membership)


@scenario
def opening_a_campaign(world):
    fields = campaign_fields(world.campaign) | {"name": "Весенняя кампания", "season": "spring"}
    goals = [{"measure": "events", "target": 100, "ground": "Приказ департамента"}]
    return 1, lambda: create_campaign(world.operator, world.region, formats=[world.lesson], goals=goals, **fields)


@scenario
def changing_a_campaign(world):
    fields = campaign_fields(world.campaign) | {"name": "Осень"}
    formats = list(world.campaign.formats.all())
    return 1, lambda: edit_campaign(world.operator, world.campaign, 1, formats=formats, goals=[], **fields)


@scenario
def publishing_a_campaign(world):
    draft = CampaignFactory(region=world.region, season="spring", formats=[world.lesson], published_at=None)
    return 1, lambda: publish_campaign(world.operator, draft)


# The chain of reports: every change of a report, and what it does to the events, the folder and the report above.


def report_of(world, status="submitted", pupils=0, **fields):
    """A report of the school; of nobody, so that it fits when no event was held."""
    numbers = {f"grade_{grade}": pupils for grade in world.campaign.grades}
    row = SchoolReportFactory(school=world.school, campaign=world.campaign, status=status, **numbers, **fields)
    return SchoolReport.objects.with_places().get(pk=row.pk)


def above(world, status="submitted", **fields):
    fields = {"municipality": world.tomsk, "campaign": world.campaign, "submitted_by": world.municipal} | fields
    row = MunicipalReportFactory(status=status, **fields)
    return MunicipalReport.objects.with_places().get(pk=row.pk)


@scenario
def saving_a_school_report(world):
    world.clock(REPORTING)
    return 1, lambda: write_school(world.coordinator, world.school, world.campaign, send=False, kinds={}, grades={8: 9})


@scenario
def sending_a_school_report_with_kinds_and_answers(world):
    event_of(world, "submitted")
    question = QuestionFactory(campaign=world.campaign)
    answers = {question.pk: {"number": 5, "whole": None, "yes": None, "text": ""}}
    world.clock(REPORTING)
    return 1, lambda: write_school(world.coordinator, world.school, world.campaign, answers=answers)


@scenario
def sending_a_school_report_twice(world):
    event_of(world, "submitted")
    world.clock(REPORTING)
    write_school(world.coordinator, world.school, world.campaign)
    return 0, lambda: write_school(world.coordinator, world.school, world.campaign)


@scenario
def changing_only_a_kind_of_a_sent_report(world):
    event_of(world, "submitted")
    world.clock(REPORTING)
    write_school(world.coordinator, world.school, world.campaign)
    kinds = {"open_lesson": None}
    return 1, lambda: write_school(world.coordinator, world.school, world.campaign, 1, kinds=kinds)


@scenario
def writing_a_report_on_the_schools_behalf(world):
    event_of(world, "submitted")
    world.clock(REPORTING)
    return 1, lambda: write_school(world.municipal, world.school, world.campaign)


@scenario
def returning_a_school_report_with_two_of_its_events(world):
    """What is accepted stays: the operator alone returns it."""
    events = [event_of(world, status) for status in ("submitted", "submitted", "accepted", "submitted")]
    world.clock(REPORTING)
    report = report_of(world, pupils=10)
    return 3, lambda: return_school(world.municipal, report, [event.pk for event in events[:3]])


@scenario
def accepting_a_school_report_that_freezes_thirty_events(world):
    """Thirty under review are accepted; five that are accepted already and a draft stay. With it changes the folder."""
    for _ in range(30):
        event_of(world, "submitted")
    for status in ("accepted",) * 5 + ("draft",):
        event_of(world, status)
    world.clock(REPORTING)
    report = write_school(
        world.coordinator,
        world.school,
        world.campaign,
        grades=dict.fromkeys(range(5, 12), 0) | {8: 25},
        kinds={"open_lesson": 25},
    )
    return 30 + 2, lambda: accept_school(world.municipal, report)


@scenario
def accepting_a_school_report_in_the_municipalitys_place(world):
    event_of(world, "submitted")
    world.clock(REPORTING)
    report = write_school(world.coordinator, world.school, world.campaign)
    return 3, lambda: accept_school(world.operator, report)


@scenario
def accepting_a_school_report_late_under_an_accepted_municipal_one(world):
    world.clock(REPORTING)
    report = report_of(world)
    above(world, "accepted")
    return 3, lambda: accept_school(world.municipal, report)


@scenario
def reopening_a_school_report_with_named_events_and_a_municipal_report_above(world):
    """The report, the folder, two events, the municipal report."""
    events = [event_of(world, "submitted") for _ in range(3)]
    world.clock(REPORTING)
    report = accept_school(
        world.municipal,
        write_school(
            world.coordinator,
            world.school,
            world.campaign,
            grades=dict.fromkeys(range(5, 12), 0) | {8: 25},
            kinds={"open_lesson": 25},
        ),
    )
    above(world)
    return 5, lambda: return_school(world.municipal, report, [event.pk for event in events[:2]])


@scenario
def sending_a_municipal_report(world):
    world.clock(REPORTING)
    fields = {"conclusions": "Все.", "signed_name": "Петров П. П."}
    return 1, lambda: write_municipal_report(world.municipal, world.tomsk, world.campaign, 0, send=True, **fields)


@scenario
def accepting_a_municipal_report(world):
    world.clock(REPORTING)
    report = above(world)
    return 1, lambda: accept_municipal_report(world.operator, report, 1)


@scenario
def returning_a_municipal_report(world):
    world.clock(REPORTING)
    report = above(world)
    return 1, lambda: return_municipal_report(world.operator, report, 1, "Поясните.", CORRECT_BY)


@scenario
def reopening_a_municipal_report(world):
    world.clock(REPORTING)
    report = above(world, "accepted")
    return 1, lambda: return_municipal_report(world.operator, report, 1, "Поясните.", CORRECT_BY)


# Extensions, joint events, enrolment, questions.


@scenario
def granting_an_extension(world):
    fields = {"stage": "school_report", "school": world.school, "until": date(2019, 10, 24), "reason": "Карантин"}
    return 1, lambda: grant_extension(world.operator, world.campaign, **fields)


@scenario
def granting_it_twice(world):
    fields = {"stage": "school_report", "school": world.school, "until": date(2019, 10, 24), "reason": "Карантин"}
    grant_extension(world.operator, world.campaign, **fields)
    return 0, lambda: grant_extension(world.operator, world.campaign, **fields)


@scenario
def asking_for_an_extension(world):
    fields = {"stage": "events", "municipality": world.tomsk, "until": date(2019, 10, 24), "reason": "Карантин"}
    return 1, lambda: ask_extension(world.municipal, world.campaign, **fields)


@scenario
def declining_an_extension(world):
    extension = ExtensionFactory(school=world.school, campaign=world.campaign, status="asked")
    return 1, lambda: decide_extension(world.operator, extension, 1, False, "Срок уже продлён.")


@scenario
def withdrawing_an_extension(world):
    extension = ExtensionFactory(school=world.school, campaign=world.campaign)
    return 1, lambda: withdraw_extension(world.operator, extension, 1, "Ошибка")


def joint_with_attendances(world, *statuses):
    joint = JointEventFactory(campaign=world.campaign, format=world.lesson, author=world.operator)
    for of, status in zip((world.school, world.second_school), statuses, strict=False):
        event_of(world, status, school=of, joint=joint, title=joint.title, place=joint.place)
    return joint


@scenario
def creating_a_joint_event(world):
    token = "6f0d2f52-5f0e-4d57-9c5b-0c8a4b1c8f12"
    fields = joint_fields(world.lesson)
    return 1, lambda: create_joint_event(world.operator, world.campaign, None, token=token, **fields)


@scenario
def attending_a_joint_event(world):
    joint = joint_with_attendances(world)
    token = "6f0d2f52-5f0e-4d57-9c5b-0c8a4b1c8f13"
    return 1, lambda: attend_joint_event(
        world.coordinator, world.school, joint, token=token, intent=Intent.SUBMIT, grade_8=9
    )


@scenario
def editing_a_joint_event_with_two_attendances(world):
    joint = joint_with_attendances(world, "planned", "submitted")
    fields = joint_fields(world.lesson, title="Ярмарка вакансий", partners=["Завод"])
    return 3, lambda: edit_joint_event(world.operator, joint, 1, **fields)


@scenario
def editing_a_joint_event_with_an_attendance_that_stands(world):
    joint = joint_with_attendances(world, "accepted", "submitted")
    fields = joint_fields(world.lesson, title="Ярмарка вакансий")
    return 2, lambda: edit_joint_event(world.operator, joint, 1, **fields)


@scenario
def cancelling_a_joint_event_with_two_plans(world):
    joint = joint_with_attendances(world, "planned", "planned")
    return 3, lambda: cancel_joint_event(world.operator, joint, 1)


@scenario
def correcting_an_enrolment(world):
    """The enrolment, and the school's folder in the campaign, which is measured on it."""
    grades = {f"grade_{grade}": 26 for grade in range(1, 12)}
    fields = {"as_of": date(2019, 9, 20), "source": "Приказ"} | grades
    return 2, lambda: write_enrolment(world.coordinator, world.school, "2019/2020", 1, **fields)


def upload(world, numbers):
    """Keep what a workbook says of the schools ``{id: [11 numbers]}``."""
    return store_enrolment_upload(
        world.operator,
        world.region,
        academic_year="2019/2020",
        as_of=date(2019, 9, 1),
        source="ОО-1",
        file_name="контингент.xlsx",
        numbers=numbers,
    )


def upload_of_fifty(world):
    """A workbook of fifty schools: twenty are known, ten of them as they are."""
    new = SchoolFactory.create_batch(30, municipality=world.tomsk)
    known = [row.school for row in EnrolmentFactory.create_batch(20, school__municipality=world.tomsk)]
    numbers = {school.pk: [26] * 11 for school in [*new, *known[10:]]}
    return upload(world, numbers | {school.pk: [25] * 11 for school in known[:10]})


@scenario
def reading_an_enrolment_workbook(world):
    return 1, lambda: upload(world, {world.school.pk: [26] * 11, world.second_school.pk: [26] * 11})


@scenario
def applying_an_enrolment_upload_of_fifty(world):
    """Thirty new, ten changed, each with its school's folder, and the upload itself; ten were so already."""
    read = upload_of_fifty(world)
    return 2 * (30 + 10) + 1, lambda: apply_enrolment_upload(world.operator, read)


@scenario
def applying_it_twice(world):
    read = upload_of_fifty(world)
    apply_enrolment_upload(world.operator, read)
    return 0, lambda: apply_enrolment_upload(world.operator, read)


QUESTION = {"kind": "number", "text": "Сколько договоров?", "reason": "Чтобы знать.", "ground": "Письмо № 57"}


@scenario
def adding_a_question(world):
    return 1, lambda: create_question(world.operator, world.campaign, **QUESTION)


@scenario
def adding_it_twice(world):
    create_question(world.operator, world.campaign, **QUESTION)
    return 0, lambda: create_question(world.operator, world.campaign, **QUESTION)


@scenario
def changing_a_question(world):
    question = create_question(world.operator, world.campaign, **QUESTION)
    return 1, lambda: edit_question(world.operator, question, 1, **QUESTION | {"is_required": True})


@scenario
def retiring_a_question(world):
    question = create_question(world.operator, world.campaign, **QUESTION)
    return 1, lambda: retire_question(world.operator, question, 1)


FORMAT = {
    "name": "Экскурсия",
    "level": "municipal",
    "kind": "excursion",
    "organiser": "Центр занятости",
    "delivery": "onsite",
    "grade_from": 5,
    "grade_to": 11,
}


@scenario
def adding_a_format(world):
    return 1, lambda: create_format(world.operator, world.region, indicators=["Предприятий"], **FORMAT)


@scenario
def changing_a_format(world):
    row = create_format(world.operator, world.region, indicators=["Предприятий"], **FORMAT)
    return 1, lambda: edit_format(world.operator, row, 1, indicators=["Участников"], **FORMAT)


@scenario
def loading_a_region_pack(world):
    """Two formats, a campaign, two schools, and the enrolment of one."""
    with TemporaryDirectory() as folder:
        for name, text in SMALL.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        pack = read_pack(folder)
    return 6, lambda: load_pack(None, pack)


@scenario
def choosing_a_password(world):
    return 1, lambda: set_password(world.coordinator, "коровы-идут-домой")


# --- The test --------------------------------------------------------------------------------

# --- Schools and their folders ---------------------------------------------------------------


@scenario
def making_a_school(world):
    fields = {"code": "new", "name": "Школа № 90", "official_name": "МАОУ «Школа № 90»"}
    return 1, lambda: create_school(world.operator, world.school.municipality, **fields)


@scenario
def moving_a_school(world):
    """The school, and its folder in the open campaign."""
    other = MunicipalityFactory(region=world.school.municipality.region)
    return 2, lambda: move_school(world.operator, world.school, world.school.version, other)


@scenario
def closing_a_school_in_the_window(world):
    return 2, lambda: close_school(world.operator, world.school, world.school.version, date(2019, 10, 1))


@scenario
def closing_a_school_after_the_window(world):
    return 1, lambda: close_school(world.operator, world.school, world.school.version, date(2020, 6, 1))


@scenario
def reopening_a_school(world):
    school = close_school(world.operator, world.school, world.school.version, date(2019, 10, 1))
    return 2, lambda: reopen_school(world.operator, school, school.version)


@scenario
def merging_a_school(world):
    into = SchoolFactory(municipality=world.school.municipality)
    return 2, lambda: merge_school(world.operator, world.school, world.school.version, into, date(2019, 10, 1))


@scenario
def closing_a_school_without_a_report(world):
    folder = folder_of(world.school, world.campaign)
    return 1, lambda: close_without_report(world.operator, folder, "Карантин", "№ 12")


@scenario
def expecting_a_report_again(world):
    folder = close_without_report(world.operator, folder_of(world.school, world.campaign), "Карантин", "№ 12")
    return 1, lambda: expect_report_again(world.operator, folder)


NO_VERBS = {
    # A school is saved by the verbs on schools and by staff.
    "portal": {"lock_region", "save_school", "school_errors", "staff_errors"},
    # Folders are written by what they follow: campaigns, schools, enrolment.
    "campaigns": {
        "campaign_state",
        "extension_days",
        "format_state",
        "open_campaigns",
        "refuse_guarded",
        "write_folders",
    },
    # A folder is frozen and opened by the verbs of its report.
    "events": {"event_state", "frozen_reason", "freeze_folder", "joint_partners", "thaw_folder"},
    # A summary is built from what stands; its builds are rows of its own, which history does not tell.
    "reports": {
        "claim",
        "finish",
        "heartbeat",
        "next_version",
        "refuse_writing",
        "release",
        "request_summary",
        "store_tables",
        "sweep",
    },
}
"""What the lists of actions name beside verbs that history tells: what is read, and parts of verbs."""


def _called_by(function, known=()) -> set:
    """The functions that ``function`` names, in what it returns too, and those that the tests' own name in turn."""
    found, codes = set(), [function.__code__]
    while codes:
        code = codes.pop()
        codes += [part for part in code.co_consts if inspect.iscode(part)]
        named = [function.__globals__.get(name) for name in code.co_names]
        found |= {one for one in named if inspect.isfunction(one)}
    found -= set(known)
    for own in [one for one in found if one.__module__.startswith("tests.")]:
        found |= _called_by(own, {*known, *found})
    return found


@pytest.mark.parametrize("app", NO_VERBS)
def test_every_verb_has_a_scenario(app):
    actions = import_module(f"{app}.actions")
    verbs = {name for name in actions.__all__ if inspect.isfunction(getattr(actions, name))}
    tried = set().union(*(_called_by(act) for act in SCENARIOS.values()))
    assert {name for name in verbs if getattr(actions, name) not in tried} == NO_VERBS[app]


@pytest.mark.parametrize("name", SCENARIOS)
def test_history_has_an_entry_for_each_row_that_changed(name, world, changed_rows):
    number, act = SCENARIOS[name](world)
    changed_rows()  # what the preparation wrote
    newest = History.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    act()
    changed = changed_rows()
    assert len(changed) == number
    assert _entries_after(newest) == changed


def test_the_triggers_see_what_no_action_wrote(world, changed_rows):
    """Otherwise the test above would prove nothing."""
    events = [event_of(world, "submitted") for _ in range(3)]
    assert len([table for table, _pk in changed_rows() if table == "events_event"]) == 3
    Event.objects.update(title="Без истории")
    assert changed_rows() == [("events_event", event.pk) for event in events]
    Event.objects.all().delete()
    assert changed_rows() == [("events_event", event.pk) for event in events]
    school = SchoolFactory(municipality=world.school.municipality)
    folder = folder_of(school, world.campaign)
    assert changed_rows() == [("portal_school", school.pk)]
    SchoolCampaign.objects.filter(pk=folder.pk).update(frozen_at=world.clock("2019-10-22 10:00"))
    assert changed_rows() == [("events_schoolcampaign", folder.pk)]
