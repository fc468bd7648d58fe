"""What technical staff do with people and places leaves history; passwords never stand in it."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from portal.actions import create_school, save_by_staff, set_password, upsert_many
from portal.models import History, School, User
from portal.queries.history import history_of
from tests.factories import SchoolFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_a_changed_school_is_found_by_its_new_name_and_history_says_what_was(school, operator, english):
    school.name = "Школа «Новая Ёлка»"
    save_by_staff(operator, school, school.save)
    assert School.objects.get(search__contains="новая елка") == school
    [entry] = history_of(school)
    assert (entry.verb, entry.who) == ("edit", "Ольга Оператор")
    assert entry.changes == (("short name", "Школа «Перспектива»", "Школа «Новая Ёлка»"),)


def test_a_new_school_leaves_one_line_of_history(tomsk, operator):
    school = School(municipality=tomsk, code="new", name="Школа № 77", official_name="МБОУ СОШ № 77")
    save_by_staff(operator, school, school.save)
    assert [(entry.verb, entry.who) for entry in history_of(school)] == [("create", "Ольга Оператор")]


def test_a_new_password_works_and_history_does_not_hold_it(coordinator):
    set_password(coordinator, "длинный новый пароль")
    assert User.objects.get(pk=coordinator.pk).check_password("длинный новый пароль") is True
    [entry] = History.objects.filter(object_id=coordinator.pk)
    assert entry.changes == {"password": ["…", "*"]}


def test_upserting_writes_what_differs_and_nothing_else(tomsk, operator):
    same, other = (SchoolFactory(municipality=tomsk, code=code, name=code) for code in ("same", "other"))
    rows = [
        School(municipality=tomsk, code="same", name="same", official_name=same.official_name),
        School(municipality=tomsk, code="other", name="other", official_name="Новое имя"),
        School(municipality=tomsk, code="third", name="third", official_name="Третья"),
    ]
    assert upsert_many(operator, School, ["code"], rows) == (1, 1, 1)
    assert list(School.objects.order_by("code").values_list("code", "official_name")) == [
        ("other", "Новое имя"),
        ("same", same.official_name),
        ("third", "Третья"),
    ]
    assert School.objects.get(search__contains="новое имя") == other
    assert [len(history_of(School.objects.get(code=code))) for code in ("same", "other", "third")] == [0, 1, 1]


def test_an_email_is_one_account_in_any_case():
    UserFactory(email="kira@school.example")
    with pytest.raises(IntegrityError), transaction.atomic():
        UserFactory(email="Kira@School.example")


def test_a_user_is_made_with_a_small_lettered_email_and_found_in_any_case():
    user = User.objects.create_user("Kira@School.Example", "длинный пароль кира", name="Кира")
    assert user.email == "kira@school.example"
    assert User.objects.get_by_natural_key("KIRA@school.example") == user


@pytest.mark.parametrize(
    ("opened_on", "closed_on", "is_open"),
    [
        (None, None, True),
        (date(2019, 10, 14), None, True),
        (date(2019, 10, 15), None, False),
        (None, date(2019, 10, 14), False),
        (None, date(2019, 10, 15), True),
    ],
)
def test_a_school_is_open_from_the_day_it_opens_until_the_day_before_it_closes(opened_on, closed_on, is_open):
    SchoolFactory(opened_on=opened_on, closed_on=closed_on)
    assert School.objects.open_on(date(2019, 10, 14)).count() == is_open


def test_another_school_of_the_region_has_no_such_code(operator, school, kolpashevo, english):
    with pytest.raises(ValidationError) as refused:
        create_school(operator, kolpashevo, code=school.code, name="Новая", official_name="МБОУ «Новая»")
    assert refused.value.message_dict == {"code": ["Another school of the region has this code."]}
    with pytest.raises(IntegrityError), transaction.atomic():
        SchoolFactory(municipality=kolpashevo, code=school.code)


def test_another_regions_school_may_have_it(school, foreign):
    assert SchoolFactory(municipality=foreign.municipality, code=school.code).region == foreign.region


def test_a_municipality_with_schools_stays_in_its_region(tomsk, school, foreign, english):
    tomsk.region = foreign.region
    with pytest.raises(ValidationError) as refused:
        tomsk.full_clean()
    assert refused.value.message_dict["region"] == ["A municipality with schools stays in its region."]
