"""The past is never read by today's settings: each field that somebody can change is changed after facts exist.

In a closed campaign nothing moves, whatever is changed; in an open one nothing moves that was accepted or sent. A
change is refused with its reason, or it leaves the whole picture as it was: dashboards, merged figures, completeness,
the tables of a summary, printed forms, and who sees and may do what.

Subjects are the fields of the models themselves. To add one: a line in :data:`FIELDS`. What it says:

- ``STANDS``: refused, or nothing changes at all;
- ``WORDING``: a name may read as it is today in what is shown live; in a stored version it stands;
- ``FOLLOWS``: it may change what is not accepted or sent yet;
- ``JUDGED``: it is itself the operator's judgement of what is late, until the campaign closes.
"""

import copy
from dataclasses import dataclass
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import F

from campaigns.actions import (
    CAMPAIGN_FIELDS,
    FORMAT_FIELDS,
    decide_extension,
    edit_campaign,
    edit_format,
    grant_extension,
    load_pack,
    withdraw_extension,
)
from campaigns.models import Campaign, Extension, Format, FormatIndicator, Goal
from campaigns.packs import Pack
from events.models import Event, IndicatorValue
from portal.actions import save_by_staff, save_school, write_enrolment
from portal.errors import StateForbids
from portal.grades import GRADE_FIELDS
from portal.models import Enrolment, Municipality, Partner, Region, School
from reports.actions import edit_question, retire_question
from reports.actions.questions import QUESTION_FIELDS
from reports.documents.municipal_report import municipal_form
from reports.documents.school_report import school_form
from reports.models import MunicipalReport, ReportQuestion, ReportStatus, SchoolReport, Summary
from reports.queries.completeness import completeness_of, municipal_lines, school_lines
from reports.queries.dashboard import read_dashboard
from reports.queries.levels import Level
from reports.queries.municipality import merged
from reports.tables.summary import part_of, read, summary_tables
from tests.campaigns.test_campaign_actions import as_read as campaign_as_read
from tests.campaigns.test_format_actions import as_read as format_as_read
from tests.factories import ExtensionFactory, PartnerFactory, QuestionFactory
from tests.reporting import again
from tests.walks.walking import slice_of

MODELS = (
    Campaign,
    Goal,
    Format,
    FormatIndicator,
    ReportQuestion,
    Region,
    Municipality,
    School,
    Enrolment,
    Extension,
    Partner,
)
CLOSED, OPEN = "2019-11-10 10:00", "2019-10-23 10:00"


# --- The picture ------------------------------------------------------------------------------


def dashboard_of(level) -> dict:
    """All that a dashboard shows, as plain values: rows are compared whole, with the names in them."""
    board = vars(read_dashboard(level)) | {"level": None}
    board["formats"] = [(row.format.name, row.format.kind, row.format.level, row.counts) for row in board["formats"]]
    past = board["past"]
    board["past"] = past and (past.campaign.pk, past.until, past.counts)
    board["answers"] = [(row.question.text, vars(row)) for row in board["answers"]]
    board["matrix"] = dict(board["matrix"])
    return board


def levels_of(campaign) -> dict:
    """Each level with its own figures."""
    folders = campaign.folders.select_related("school", "municipality").order_by("pk")
    places = campaign.region.municipalities.order_by("pk")
    levels = {"region": Level(campaign)}
    levels |= {f"municipality {row.pk}": Level(campaign, municipality=row) for row in places}
    levels |= {f"school {row.school_id}": Level(campaign, school=row.school) for row in folders}
    found = {}
    for name, level in levels.items():
        found[name] = {"dashboard": dashboard_of(level), "merged": merged(level)}
        if level.school is None:
            lines = school_lines(level)
            found[name] |= {"schools": lines, "whole": completeness_of(lines), "reports": municipal_lines(level)}
    return found


def forms_of(campaign) -> dict:
    """The printed forms of all reports that were sent or accepted."""
    stands = (ReportStatus.SUBMITTED, ReportStatus.ACCEPTED)
    schools = SchoolReport.objects.with_places().with_due().filter(campaign=campaign, status__in=stands)
    above = MunicipalReport.objects.with_places().with_due().filter(campaign=campaign, status__in=stands)
    forms = {f"school {row.pk} {row.status}": school_form(row) for row in schools.order_by("pk")}
    return forms | {f"municipality {row.pk}": municipal_form(row) for row in above.order_by("pk")}


def seen_by(person, campaign) -> dict:
    """What a person sees and may do in the campaign, and their part of its stored summary."""
    person = again(person)
    events = Event.objects.visible_to(person).filter(campaign=campaign).with_places().order_by("pk")
    reports = SchoolReport.objects.visible_to(person).filter(campaign=campaign).with_places().order_by("pk")
    above = MunicipalReport.objects.visible_to(person).filter(campaign=campaign).with_places().order_by("pk")
    writes = ("write_event", "review_event", "return_accepted_event")
    own = person.scope
    slugs = set(Municipality.objects.filter(pk__in=own.municipality_ids).values_list("slug", flat=True))
    summary = Summary.objects.filter(campaign=campaign, status="ready").first()
    part = part_of(read(summary.tables), slugs, own.own_school_ids) if summary else []
    return {
        "events": [
            (row.pk, row.lateness, [person.has_perm(f"events.{verb}", row) for verb in writes]) for row in events
        ],
        "reports": [(row.pk, person.has_perm("reports.review_school_report", row), row.folder.pk) for row in reports],
        "above": [(row.pk, person.has_perm("reports.review_municipal_report", row)) for row in above],
        "summary": [table.to_json() for table in part],
    }


def picture(world) -> dict:
    """All of the campaign, as it is read anew."""
    campaign = Campaign.objects.select_related("region", "previous").get(pk=world.campaign.pk)
    people = ("operator", "department", "municipal", "another municipal", "coordinator", "another coordinator")
    return {
        "levels": levels_of(campaign),
        "tables": [table.to_json() for table in summary_tables(campaign)],
        "forms": forms_of(campaign),
        "people": {name: seen_by(world.people[name], campaign) for name in people},
        "stored": list(Summary.objects.filter(campaign=campaign).order_by("pk").values("tables", "version", "file")),
    }


def accepted(found: dict) -> dict:
    """The part of a picture that was accepted or sent: what stands in an open campaign, too."""
    levels = {}
    for name, level in found["levels"].items():
        board = level["dashboard"]
        kinds = {row.kind: (row.counts.accepted, row.counts.participations) for row in board["kinds"]}
        levels[name] = {
            "merged": level["merged"],
            "reported": [(row.pk, row.coverage, row.grades) for row in board["schools"] if row.reported],
            "totals": (board["totals"].counts.accepted, board["totals"].counts.participations, board["totals"].grades),
            "kinds": kinds,
            "partners": board["partners"],
            "lateness": [
                (row.pk, row.status, row.submitted_on, row.lateness)
                for lines in ("schools", "reports")
                for row in level.get(lines, ())
                if row.submitted_on
            ],
        }
    return {
        "levels": levels,
        "forms": {
            name: form for name, form in found["forms"].items() if name.startswith("school") and "accepted" in name
        },
        "people": {
            name: {"events": [row[:2] for row in seen["events"]], "summary": seen["summary"]}
            for name, seen in found["people"].items()
        },
        "stored": found["stored"],
    }


def with_old_words(found, new: str, old: str):
    """The picture with ``new`` read as ``old`` in everything that is shown live."""
    return {name: part if name == "stored" else repr(part).replace(new, old) for name, part in found.items()}


# --- The world --------------------------------------------------------------------------------


@pytest.fixture
def world(reporting, clock, contest, lesson, coordinator, operator, municipal):
    """The world of reports, with what settings could disturb: late and extended sendings, numbers beside participants,
    a retired and an unanswered question, an organisation in accepted events, a municipal report that was accepted."""
    campaign = reporting.campaign
    QuestionFactory(campaign=campaign, text="Вопрос, на который никто не ответил")
    SchoolReport.objects.filter(school=reporting.schools["accepted"]).update(submitted_on=date(2019, 10, 22))
    SchoolReport.objects.filter(school=reporting.schools["submitted"]).update(submitted_on=date(2019, 10, 22))
    reporting.extension = ExtensionFactory(
        campaign=campaign,
        school=reporting.schools["submitted"],
        stage="school_report",
        until=date(2019, 10, 24),
        asked_by=operator,
    )
    reporting.asked = Extension.objects.get(campaign=campaign, status="asked")
    event = Event.objects.filter(campaign=campaign, format=contest).first()
    reporting.indicator = contest.indicators.first()
    IndicatorValue.objects.create(event=event, indicator=reporting.indicator, value=3)
    Event.objects.filter(pk=reporting.frozen.pk).update(submitted_on=date(2019, 10, 20))
    reporting.partner = PartnerFactory(region=campaign.region, name="Завод приборов")
    reporting.frozen.partners.add(reporting.partner)
    MunicipalReport.objects.filter(campaign=campaign, status="submitted").update(status="accepted")
    Campaign.objects.filter(pk=campaign.pk).update(version=F("version"))
    reporting.operator = operator
    return reporting


def subject_of(model, world):
    """The row of each model whose fields are changed."""
    return {
        Campaign: world.campaign,
        Goal: world.campaign.goals.first(),
        Format: world.frozen.format,
        FormatIndicator: world.indicator,
        ReportQuestion: world.question,
        Region: world.campaign.region,
        Municipality: world.schools["accepted"].municipality,
        School: world.schools["accepted"],
        Enrolment: None,
        Extension: world.extension,
        Partner: world.partner,
    }[model]


# --- How a field is changed -------------------------------------------------------------------


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def by_campaign_form(world, row, name, value):
    row = fresh(row)
    edit_campaign(again(world.operator), row, row.version, **campaign_as_read(row, **{name: value}))


def by_goal_form(world, row, name, value):
    campaign = fresh(world.campaign)
    goals = [{"measure": row.measure, "target": row.target, "ground": row.ground} | {name: value}]
    edit_campaign(again(world.operator), campaign, campaign.version, **campaign_as_read(campaign, goals=goals))


def by_format_form(world, row, name, value):
    row = fresh(row)
    edit_format(again(world.operator), row, row.version, **format_as_read(row, **{name: value}))


def by_indicator_form(world, row, name, value):
    """The number is no longer asked for, and another is."""
    format_ = fresh(row.format)
    asked = [other.name for other in format_.indicators.exclude(pk=row.pk)]
    edit_format(again(world.operator), format_, format_.version, **format_as_read(format_, [*asked, "Другое число"]))


def by_question_form(world, row, name, value):
    row = fresh(row)
    if name == "retired_at":
        retire_question(again(world.operator), row, row.version)
    else:
        fields = {field: getattr(row, field) for field in QUESTION_FIELDS}
        edit_question(again(world.operator), row, row.version, **(fields | {name: value}))


def by_staff(world, row, name, value):
    row = fresh(row)
    setattr(row, name, value)
    row.full_clean()
    (save_school(None, row) if isinstance(row, School) else save_by_staff(None, row, row.save))


def by_enrolment_form(world, row, name, value):
    """Of a school whose report is accepted, of one whose report is sent, of one without, of one that was not known."""
    for school in (*(world.schools[key] for key in ("accepted", "submitted", "not begun", "open")),):
        found = Enrolment.objects.filter(school=school, academic_year="2019/2020").first()
        said = {field: getattr(found, field) if found else 25 for field in GRADE_FIELDS}
        said |= {"as_of": date(2019, 9, 1), "source": "ОО-1"}
        version = found.version if found else 0
        write_enrolment(again(world.operator), school, "2019/2020", version, **(said | {name: value}))


def by_granting(world, row, name, value):
    """A new extension for a place whose report or event was sent late, of each stage."""
    place = {"school": world.schools["accepted"]}
    if name in ("municipality", "stage"):
        place = {"municipality": world.schools["accepted"].municipality}
    stages = ["events", "school_report", *(["municipal_report"] if "municipality" in place else [])]
    for stage in stages:
        until = date(2019, 12, 20)
        grant_extension(again(world.operator), world.campaign, stage=stage, until=until, reason="Позже", **place)


def by_deciding(world, row, name, value):
    decide_extension(again(world.operator), world.asked, world.asked.version, granted=False, answer="Нет.")


def by_withdrawing(world, row, name, value):
    withdraw_extension(again(world.operator), world.extension, world.extension.version, "Ошибка")


def by_pack(world, row, name, value):
    """A region pack that says the same of everything, and ``value`` of one field."""
    region = fresh(world.campaign.region)

    def unsaved(stored):
        found = copy.copy(stored)
        if type(stored) is type(row) and stored.pk == row.pk:
            setattr(found, name, value)
        found.pk, found._state = None, models.base.ModelState()
        return found

    campaigns = list(region.campaigns.order_by("pk"))
    schools = list(School.objects.filter(municipality__region=region).select_related("municipality"))
    indicators = FormatIndicator.objects.filter(format__region=region).select_related("format")
    pack = Pack(
        region=unsaved(region),
        municipalities=[unsaved(place) for place in region.municipalities.all()],
        formats=[unsaved(found) for found in region.formats.all()],
        indicators=[(unsaved(found), found.format.slug) for found in indicators],
        campaigns=[unsaved(found) for found in campaigns],
        offers=[(found.slug, format_.slug) for found in campaigns for format_ in found.formats.all()],
        schools=[(unsaved(found), found.municipality.slug) for found in schools],
    )
    if isinstance(row, School) and name == "municipality":
        pack.schools = [(found, value.slug if found.code == row.code else slug) for found, slug in pack.schools]
    if isinstance(row, Goal):
        said = {"measure": row.measure, "target": row.target, "ground": row.ground} | {name: value}
        pack.goals = [(row.campaign.slug, said)]
    load_pack(None, pack)


# --- The fields -------------------------------------------------------------------------------

STANDS, WORDING, FOLLOWS, JUDGED = "stands", "wording", "follows", "judged"


@dataclass(frozen=True)
class Recipe:
    """How a field is changed: the new value, the ways, and what is decided of it in a closed and in an open campaign,
    with the reason where that is not «nothing moves»."""

    value: object
    ways: tuple
    closed: str = STANDS
    open: str = STANDS
    reason: str = ""


@dataclass(frozen=True)
class Fixed:
    """A field that nothing changes in a stored row."""

    reason: str


CAMPAIGN = (by_campaign_form, by_pack)
FORMAT = (by_format_form, by_pack)
PLACE = (by_staff, by_pack)
QUESTION = (by_question_form,)
MOVES = "an open campaign's dates are the operator's; what was sent in time or late stays so"
GOAL = "what the operator aims at while the campaign goes on; no figure rests on it"
NAME = "a place, a format and an organisation are called what they are called today; stored versions keep the old name"
OPENS = (
    "after the closing it opens the chain of one place, and excuses nothing of before; until then it judges lateness"
)
JUDGES = "until the closing the operator judges what is late, and says why"
MEASURED = "who has not reported yet is measured on what is known today"
CATALOGUE = "the page of the catalogue alone shows it"

FIELDS = {
    Campaign: {
        "region": Fixed("no form and no pack names another region of a stored campaign"),
        "slug": Fixed("its address is given once; a pack knows it by it"),
        "name": Recipe("Иначе названная кампания", CAMPAIGN, open=WORDING, reason=NAME),
        "season": Recipe("spring", CAMPAIGN),
        "starts_on": Recipe(date(2019, 9, 12), CAMPAIGN),
        "ends_on": Recipe(date(2019, 10, 15), CAMPAIGN),
        "events_due": Recipe(date(2019, 10, 20), CAMPAIGN, open=FOLLOWS, reason=MOVES),
        "school_reports_due": Recipe(date(2019, 10, 23), CAMPAIGN, open=FOLLOWS, reason=MOVES),
        "municipal_reports_due": Recipe(date(2019, 10, 29), CAMPAIGN, open=FOLLOWS, reason=MOVES),
        "closes_on": Recipe(date(2019, 11, 20), CAMPAIGN, open=FOLLOWS, reason=MOVES),
        "description": Recipe("Другое описание", CAMPAIGN[:1]),
        "previous": Recipe(None, CAMPAIGN[:1], open=FOLLOWS, reason="what it is compared with is no result of its own"),
        "grade_from": Recipe(4, CAMPAIGN),
        "grade_to": Recipe(10, CAMPAIGN),
    },
    Goal: {
        "campaign": Fixed("a goal is written with its campaign"),
        "measure": Recipe("schools", (by_goal_form, by_pack), reason=GOAL),
        "target": Recipe(40, (by_goal_form, by_pack), reason=GOAL),
        "ground": Recipe("Другой приказ", (by_goal_form, by_pack), reason=GOAL),
    },
    Format: {
        "region": Fixed("no form and no pack names another region of a stored format"),
        "slug": Fixed("its address is given once; a pack knows it by it"),
        "name": Recipe("Открытый урок иначе", FORMAT, closed=WORDING, open=WORDING, reason=NAME),
        "level": Recipe("federal", FORMAT),
        "kind": Recipe("fair", FORMAT),
        "organiser": Recipe("Другой организатор", FORMAT, reason=CATALOGUE),
        "delivery": Recipe("online", FORMAT, reason=CATALOGUE),
        "link": Recipe("https://other.example/", FORMAT[:1], reason=CATALOGUE),
        "description": Recipe("Иначе", FORMAT[:1], reason=CATALOGUE),
        "grade_from": Recipe(1, FORMAT, reason="it only widens, and is asked when an event is written"),
        "grade_to": Recipe(10, FORMAT),
    },
    FormatIndicator: {
        "format": Fixed("a number belongs to the format that asks for it"),
        "code": Fixed("it is given once; a pack knows it by it"),
        "name": Recipe("Другое число", (by_indicator_form, by_pack)),
        "retired_at": Recipe(None, (by_indicator_form,)),
    },
    ReportQuestion: {
        "campaign": Fixed("a question is asked by the campaign that it was written for"),
        "kind": Recipe("text", QUESTION),
        "text": Recipe("Другой вопрос", QUESTION),
        "whole": Recipe("из всех", QUESTION),
        "reason": Recipe("Так надо", QUESTION),
        "ground": Recipe("Другое письмо", QUESTION),
        "is_required": Recipe(False, QUESTION),
        "about_group": Recipe(True, QUESTION),
        "small_ground": Recipe("Приказ", QUESTION),
        "position": Fixed("it follows from the order of asking"),
        "retired_at": Recipe(None, QUESTION, open=FOLLOWS, reason="who has not sent yet is not asked any more"),
    },
    Region: {
        "slug": Recipe("other-region", PLACE[:1]),
        "name": Recipe("Другая область", PLACE, closed=WORDING, open=WORDING, reason=NAME),
        "department_name": Recipe("Другой департамент", PLACE, closed=WORDING, open=WORDING, reason=NAME),
        "operator_name": Recipe("Другой центр", PLACE, closed=WORDING, open=WORDING, reason=NAME),
        "time_zone": Recipe("Europe/Moscow", PLACE),
    },
    Municipality: {
        "region": Recipe("foreign", PLACE[:1]),
        "slug": Recipe("other-place", PLACE[:1]),
        "name": Recipe("город Томск иначе", PLACE, closed=WORDING, open=WORDING, reason=NAME),
        "kind": Recipe("regional", PLACE),
        "authority": Recipe("Другое управление", PLACE, closed=WORDING, open=WORDING, reason=NAME),
        "grid_row": Recipe(0, PLACE, reason="where it stands on the map"),
        "grid_col": Recipe(0, PLACE, reason="where it stands on the map"),
    },
    School: {
        "municipality": Recipe("kolpashevo", PLACE),
        "code": Recipe("other-code", PLACE[:1]),
        "name": Recipe("Гимназия № 15 иначе", PLACE, closed=WORDING, open=WORDING, reason=NAME),
        "official_name": Recipe("МБОУ «Иначе»", PLACE, closed=WORDING, open=WORDING, reason=NAME),
        "director": Recipe("Новый директор", PLACE),
        "setting": Recipe("rural", PLACE),
        "opened_on": Recipe(date(2019, 12, 1), PLACE),
        "closed_on": Recipe(date(2019, 10, 1), PLACE),
    },
    Enrolment: {
        "school": Fixed("another school has a row of its own"),
        "academic_year": Fixed("another year has a row of its own"),
        "as_of": Recipe(date(2019, 9, 20), (by_enrolment_form,), open=FOLLOWS, reason=MEASURED),
        "source": Recipe("Приказ", (by_enrolment_form,), open=FOLLOWS, reason=MEASURED),
        **{
            name: Recipe(
                31,
                (by_enrolment_form,),
                open=FOLLOWS,
                reason=MEASURED,
            )
            for name in GRADE_FIELDS
        },
    },
    Extension: {
        "campaign": Fixed("it is granted in one campaign"),
        "stage": Recipe(None, (by_granting,), closed=FOLLOWS, open=JUDGED, reason=OPENS),
        "school": Recipe(None, (by_granting,), closed=FOLLOWS, open=JUDGED, reason=OPENS),
        "municipality": Recipe(None, (by_granting,), closed=FOLLOWS, open=JUDGED, reason=OPENS),
        "until": Recipe(None, (by_granting,), closed=FOLLOWS, open=JUDGED, reason=OPENS),
        "reason": Recipe(None, (by_granting,), closed=FOLLOWS, open=JUDGED, reason=OPENS),
        "status": Recipe(None, (by_withdrawing,), open=JUDGED, reason=JUDGES),
        "answer": Recipe(None, (by_deciding,)),
    },
    Partner: {
        "region": Recipe("foreign", PLACE[:1]),
        "name": Recipe("Завод приборов иначе", PLACE[:1], closed=WORDING, open=WORDING, reason=NAME),
        "kind": Recipe("college", PLACE[:1]),
    },
}


def editable_fields(model) -> list[str]:
    """The fields of a stored row that a form, an action or a pack could change."""
    fields = [field for field in model._meta.concrete_fields if field.editable and not field.primary_key]
    extra = ["retired_at"] if model is ReportQuestion else []
    return [field.name for field in fields] + extra


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_each_editable_field_has_a_recipe(model):
    assert sorted(FIELDS[model]) == sorted(set(editable_fields(model)))


FORM_FIELDS = {Campaign: CAMPAIGN_FIELDS, Format: FORMAT_FIELDS, ReportQuestion: QUESTION_FIELDS}


@pytest.mark.parametrize("model", FORM_FIELDS, ids=lambda model: model.__name__)
def test_what_a_form_writes_is_not_said_to_be_fixed(model):
    fixed = {name for name, recipe in FIELDS[model].items() if isinstance(recipe, Fixed)}
    assert fixed & set(FORM_FIELDS[model]) == set()


CASES = [
    pytest.param(model, name, way, id=f"{model.__name__}-{name}-{way.__name__}")
    for model, fields in FIELDS.items()
    for name, recipe in fields.items()
    if isinstance(recipe, Recipe)
    for way in recipe.ways
]


def changed(world, foreign, model, name, way) -> str:
    """Change the field; return why it was refused, or nothing."""
    recipe, row = FIELDS[model][name], subject_of(model, world)
    places = {
        "kolpashevo": lambda: Municipality.objects.get(slug="kolpashevskiy"),
        "foreign": lambda: foreign.region,
    }
    value = places[recipe.value]() if recipe.value in ("kolpashevo", "foreign") else recipe.value
    try:
        way(world, row, name, value)
    except ValidationError as error:
        return " ".join(error.messages)
    except (StateForbids, PermissionDenied) as error:
        return str(error)
    return ""


def hold(decided, before, after, recipe, row, name) -> None:
    """Hold the two pictures against what is decided."""
    if decided == FOLLOWS:
        assert accepted(after) == accepted(before)
    elif decided == WORDING:
        old = getattr(row, name)
        assert with_old_words(after, recipe.value, old) == with_old_words(before, recipe.value, old)
    else:
        assert after == before


@pytest.mark.parametrize(("model", "name", "way"), slice_of(CASES))
def test_a_closed_campaign_stands_whatever_is_changed(world, foreign, clock, model, name, way):
    clock(CLOSED)
    before, row = picture(world), copy.copy(subject_of(model, world))
    recipe = FIELDS[model][name]
    reason = changed(world, foreign, model, name, way)
    hold(STANDS if reason else recipe.closed, before, picture(world), recipe, row, name)


@pytest.mark.parametrize(("model", "name", "way"), slice_of(CASES))
def test_what_was_accepted_in_an_open_campaign_stands(world, foreign, clock, model, name, way):
    clock(OPEN)
    before, row = picture(world), copy.copy(subject_of(model, world))
    recipe = FIELDS[model][name]
    reason = changed(world, foreign, model, name, way)
    if recipe.open != JUDGED:
        hold(STANDS if reason else recipe.open, before, picture(world), recipe, row, name)
