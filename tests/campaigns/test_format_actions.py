"""The operator keeps the catalogue of formats; numbers a format asks for are retired, never deleted."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from campaigns.actions import FORMAT_FIELDS, create_format, edit_format
from campaigns.models import Format
from portal.errors import Changed
from portal.queries.history import history_of
from tests.factories import EventFactory, JointEventFactory, UserFactory


def fields(**changes) -> dict:
    return {
        "name": "Билет в будущее",
        "level": "federal",
        "kind": "career_trial",
        "organiser": "Союз «Молодые профессионалы»",
        "grade_from": 6,
        "grade_to": 11,
        "delivery": "mixed",
        "link": "https://bvb.example/",
        "description": "",
        **changes,
    }


def as_read(row, indicators=None, **changes) -> dict:
    asked = list(row.indicators.filter(retired_at=None).values_list("name", flat=True))
    values = {name: getattr(row, name) for name in FORMAT_FIELDS}
    return {**values, "indicators": asked if indicators is None else indicators, **changes}


def asked(row) -> list[tuple[str, bool]]:
    return [(name, retired is None) for name, retired in row.indicators.values_list("name", "retired_at")]


def test_the_operator_adds_a_format_with_the_numbers_it_asks_for(operator, region):
    row = create_format(operator, region, indicators=["Прошли диагностику", "Прошли пробы"], **fields())
    saved = Format.objects.get()
    assert saved == row
    assert {name: getattr(saved, name) for name in FORMAT_FIELDS} == fields()
    assert (saved.slug, saved.version) == ("tomsk-region-format", 1)
    assert asked(saved) == [("Прошли диагностику", True), ("Прошли пробы", True)]
    assert [(entry.verb, entry.who) for entry in history_of(saved)] == [("create", "Ольга Оператор")]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "х" * 10_000}, "name"),
        ({"kind": "disco"}, "kind"),
        ({"level": "galactic"}, "level"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"grade_from": 0}, "__all__"),
        ({"grade_from": 9, "grade_to": 8}, "__all__"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(operator, region, changes, field):
    with pytest.raises(ValidationError) as refused:
        create_format(operator, region, **fields(**changes))
    assert list(refused.value.message_dict) == [field]
    assert Format.objects.count() == 0


def test_a_name_is_taken_once_in_a_region(operator, region, lesson, foreign):
    with pytest.raises(ValidationError):
        create_format(operator, region, **fields(name=lesson.name))
    assert create_format(foreign.operator, foreign.region, **fields(name=lesson.name)).region == foreign.region


def test_an_edit_leaves_a_line_of_history_and_an_unchanged_form_none(operator, contest, english):
    edit_format(operator, contest, 1, **as_read(contest))
    assert (history_of(contest), Format.objects.get().version) == ([], 1)
    edit_format(operator, contest, 1, **as_read(contest, organiser="Сириус"))
    [entry] = history_of(contest)
    assert (entry.verb, entry.version) == ("edit", 2)
    assert entry.changes == (("organiser", "Региональный центр развития образования", "Сириус"),)


def test_a_number_that_is_no_longer_asked_for_is_retired_and_can_come_back(operator, contest):
    edit_format(operator, contest, 1, **as_read(contest, ["Проектов", "Команд"]))
    assert asked(contest) == [("Проектов", True), ("Победителей", False), ("Команд", True)]
    edit_format(operator, contest, 2, **as_read(contest, ["Победителей"]))
    assert asked(contest) == [("Проектов", False), ("Победителей", True), ("Команд", False)]
    assert Format.objects.get().version == 3


def test_numbers_may_be_changed_again_and_again(operator, region):
    row = create_format(operator, region, indicators=["А"], **fields())
    edit_format(operator, row, 1, **as_read(row, ["А", "Б"]))
    edit_format(operator, row, 2, **as_read(row, ["В"]))
    edit_format(operator, row, 3, **as_read(row, ["Г", "А"]))
    assert asked(row) == [("А", True), ("Б", False), ("В", False), ("Г", True)]


def test_the_second_editor_is_told_who_changed_what(operator, contest, region, english):
    second = UserFactory(operator_of=region)
    edit_format(operator, contest, 1, **as_read(contest, organiser="Сириус"))
    with pytest.raises(Changed) as told:
        edit_format(second, contest, 1, **as_read(contest, description="x"))
    assert [(entry.who, len(entry.changes)) for entry in told.value.changes] == [("Ольга Оператор", 1)]
    assert (Format.objects.get().description, Format.objects.get().version) == ("", 2)


@pytest.mark.parametrize(("changes", "field"), [({"grade_from": 9}, "grade_from"), ({"grade_to": 10}, "grade_to")])
def test_grades_of_an_offered_format_only_widen(operator, campaign, contest, changes, field):
    with pytest.raises(ValidationError) as refused:
        edit_format(operator, contest, 1, **as_read(contest, **changes))
    assert list(refused.value.message_dict) == [field]
    assert edit_format(operator, contest, 1, **as_read(contest, grade_from=5)).grade_from == 5


def test_grades_of_a_format_that_no_published_campaign_offers_may_narrow(operator, contest):
    assert edit_format(operator, contest, 1, **as_read(contest, grade_from=10)).grade_from == 10


def test_only_the_operator_of_the_region_may(people, contest, region):
    for who, person in people.items():
        if who == "operator":
            continue
        with pytest.raises(PermissionDenied):
            create_format(person, region, **fields())
        with pytest.raises(PermissionDenied):
            edit_format(person, contest, 1, **as_read(contest, organiser="x"))
        assert (Format.objects.filter(region=region).count(), Format.objects.get(pk=contest.pk).version) == (1, 1), who
    edit_format(people["operator"], contest, 1, **as_read(contest, organiser="x"))
    create_format(people["operator"], region, **fields())
    assert Format.objects.filter(region=region).count() == 2


# --- What was used ---------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "value", "was"), [("kind", "fair", "open lesson"), ("level", "federal", "regional")])
def test_what_events_are_counted_by_stands_once_an_event_has_the_format(
    operator, campaign, school, lesson, english, name, value, was
):
    EventFactory(school=school, campaign=campaign, format=lesson, status="draft")
    with pytest.raises(ValidationError) as refused:
        edit_format(operator, lesson, 1, **as_read(lesson, **{name: value}))
    message = f"Events of this format were logged as “{was}”, so it stays. Add another format to the catalogue."
    assert refused.value.message_dict == {name: [message]}
    assert edit_format(operator, lesson, 1, **as_read(lesson, name="Урок иначе")).version == 2


def test_the_kind_of_a_format_of_a_joint_event_stands(operator, campaign, lesson):
    JointEventFactory(campaign=campaign, format=lesson)
    with pytest.raises(ValidationError) as refused:
        edit_format(operator, lesson, 1, **as_read(lesson, kind="fair"))
    assert list(refused.value.message_dict) == ["kind"]


def test_a_format_that_no_event_has_may_become_of_another_kind(operator, campaign, lesson):
    assert edit_format(operator, lesson, 1, **as_read(lesson, kind="fair", level="federal")).kind == "fair"


def test_the_form_says_at_the_field_why_the_kind_stands(operator, campaign, school, lesson, client_of):
    EventFactory(school=school, campaign=campaign, format=lesson)
    typed = as_read(lesson, kind="fair") | {"indicators": "", "version": "1"}
    page = client_of(operator).post(f"{lesson.get_absolute_url()}edit/", typed)
    assert (page.status_code, list(page.context["form"].errors)) == (400, ["kind"])
