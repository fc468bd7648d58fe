"""Enrolment is written by who may, once, over what was read; an upload is applied whole or not at all."""

from datetime import date

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError

from portal.actions import apply_enrolment_upload, store_enrolment_upload, write_enrolment
from portal.errors import Changed, StateForbids
from portal.grades import GRADE_FIELDS
from portal.models import Enrolment, EnrolmentUpload, History
from portal.queries.history import history_of
from tests.factories import EnrolmentFactory, SchoolFactory

YEAR = "2019/2020"
NUMBERS = [30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20]
pytestmark = pytest.mark.usefixtures("clock")


def write(actor, school, version=0, year=YEAR, **changes):
    values = dict(zip(GRADE_FIELDS, NUMBERS, strict=True)) | {"as_of": date(2019, 9, 20), "source": "ОО-1"} | changes
    return write_enrolment(actor, school, year, version, **values)


def upload_of(actor, region, numbers, **changes):
    values = {"academic_year": YEAR, "as_of": date(2019, 9, 20), "source": "Реестр", "file_name": "Контингент.xlsx"}
    return store_enrolment_upload(actor, region, numbers=numbers, **values | changes)


def stored(school, year=YEAR):
    """Everything the database holds of a school's year, its history counted; None where nothing is."""
    row = Enrolment.objects.filter(school=school, academic_year=year).first()
    if row is None:
        return None
    entries = History.objects.filter(content_type=ContentType.objects.get_for_model(row), object_id=row.pk).count()
    return list(row.by_grade.values()), row.as_of, row.source, row.version, entries


# --- One school ------------------------------------------------------------------------------


def test_a_school_writes_its_enrolment_with_its_day_and_source(second_school, second_coordinator, english):
    row = write(second_coordinator, second_school)
    assert stored(second_school) == (NUMBERS, date(2019, 9, 20), "ОО-1", 1, 1)
    assert [(e.verb, e.who, e.for_whom) for e in history_of(row)] == [("create", "Нина Вторая", "")]


def test_history_says_what_was_and_for_whom(school, municipal, english):
    row = write(municipal, school, 1, **dict.fromkeys(GRADE_FIELDS, 25) | {"grade_9": 24, "as_of": date(2019, 9, 1)})
    assert stored(school) == ([25] * 8 + [24, 25, 25], date(2019, 9, 1), "ОО-1", 2, 1)
    [entry] = history_of(row)
    assert (entry.verb, entry.for_whom, entry.changes) == (
        "edit",
        "Школа «Перспектива»",
        (("grade 9", "25", "24"),),
    )


@pytest.mark.parametrize(
    "who",
    ["coordinator", "municipal", "operator"],
)
def test_who_may_write(who, people, school):
    assert write(people[who], school, 1).version == 2


@pytest.mark.parametrize(
    "who",
    [
        "department",
        "another municipal",
        "another coordinator",
        "technical staff",
        "without membership",
        "foreign operator",
        "foreign municipal",
        "foreign coordinator",
    ],
)
def test_who_may_not_write(who, people, school):
    before = stored(school)
    with pytest.raises(PermissionDenied):
        write(people[who], school, 1)
    assert stored(school) == before


def test_the_same_form_sent_twice_is_written_once(second_school, second_coordinator):
    write(second_coordinator, second_school)
    before = stored(second_school)
    assert write(second_coordinator, second_school).version == 1
    assert stored(second_school) == before


def test_the_second_editor_is_told_what_the_first_changed(school, coordinator, colleague, english):
    write(colleague, school, 1, grade_9=17)
    before = stored(school)
    with pytest.raises(Changed) as told:
        write(coordinator, school, 1, grade_9=18)
    assert stored(school) == before
    assert told.value.current.version == 2
    [entry] = told.value.changes
    assert (entry.who, entry.changes[-3:]) == (
        "Павел Школьный",
        (("grade 9", "25", "17"), ("grade 10", "25", "21"), ("grade 11", "25", "20")),
    )
    assert write(coordinator, school, 2, grade_9=18).version == 3


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"as_of": date(2019, 9, 25)}, "as_of"),
        ({"as_of": date(2018, 12, 31)}, "as_of"),
        ({"source": " \x00 "}, "source"),
        ({"source": "х" * 201}, "source"),
        ({"grade_9": 10_000}, "grade_9"),
        ({"grade_9": -1}, "grade_9"),
        (dict.fromkeys(GRADE_FIELDS, 0), "grade_1"),
    ],
)
def test_what_cannot_be_right_is_named_at_its_field(changes, field, second_school, second_coordinator):
    with pytest.raises(ValidationError) as refused:
        write(second_coordinator, second_school, **changes)
    assert list(refused.value.message_dict) == [field]
    assert stored(second_school) is None


def test_a_school_that_was_closed_before_the_year_has_none(tomsk, municipal):
    closed = SchoolFactory(municipality=tomsk, closed_on=date(2019, 9, 1))
    with pytest.raises(StateForbids):
        write(municipal, closed)
    assert stored(closed) is None


# --- An upload -------------------------------------------------------------------------------


def test_an_upload_changes_nothing_until_it_is_applied(school, second_school, municipal, region):
    before = stored(school)
    upload = upload_of(municipal, region, {second_school.pk: NUMBERS, school.pk: [26] * 11})
    assert (stored(school), stored(second_school)) == (before, None)
    assert upload.rows == [
        {"school": school.pk, "version": 1, "grades": [26] * 11},
        {"school": second_school.pk, "version": None, "grades": NUMBERS},
    ]


def test_applying_writes_all_with_one_line_of_history_a_school(school, second_school, municipal, region, clock):
    upload = upload_of(municipal, region, {second_school.pk: NUMBERS, school.pk: [26] * 11})
    moment = clock("2019-09-25 10:00")
    assert apply_enrolment_upload(municipal, upload) == 2
    assert stored(school) == ([26] * 11, date(2019, 9, 20), "Реестр", 2, 1)
    assert stored(second_school) == (NUMBERS, date(2019, 9, 20), "Реестр", 1, 1)
    assert EnrolmentUpload.objects.get().applied_at == moment
    entries = history_of(Enrolment.objects.get(school=school))
    assert [(e.verb, e.who, e.comment, len(e.changes)) for e in entries] == [
        ("upload", "Мария Муниципальная", "Контингент.xlsx", 13)
    ]


def test_applying_a_second_time_changes_nothing(school, coordinator, municipal, region):
    upload = upload_of(municipal, region, {school.pk: [26] * 11})
    apply_enrolment_upload(municipal, upload)
    write(coordinator, school, 2)
    before = stored(school)
    assert apply_enrolment_upload(municipal, upload) == 0
    assert stored(school) == before


def test_the_same_file_sent_twice_is_one_upload(school, municipal, region):
    first, second = (upload_of(municipal, region, {school.pk: [26] * 11}) for _time in range(2))
    assert (first.pk, EnrolmentUpload.objects.count()) == (second.pk, 1)


def test_what_holds_already_is_not_written_again(school, municipal, region):
    upload = upload_of(municipal, region, {school.pk: [25] * 11}, as_of=date(2019, 9, 1), source="ОО-1")
    before = stored(school)
    assert apply_enrolment_upload(municipal, upload) == 0
    assert stored(school) == before


def test_one_school_changed_meanwhile_stops_the_whole_upload(
    school, second_school, coordinator, municipal, region, english
):
    upload = upload_of(municipal, region, {school.pk: [26] * 11, second_school.pk: NUMBERS})
    write(coordinator, school, 1)
    before = stored(school)
    with pytest.raises(StateForbids) as refused:
        apply_enrolment_upload(municipal, upload)
    assert str(refused.value) == (
        "The enrolment of 1 school was changed after the file was read, so nothing was written: "
        "Школа «Перспектива». Upload the file anew to see the differences."
    )
    assert (stored(school), stored(second_school)) == (before, None)
    assert EnrolmentUpload.objects.get().applied_at is None


def test_one_school_that_became_known_meanwhile_stops_it_too(second_school, second_coordinator, municipal, region):
    upload = upload_of(municipal, region, {second_school.pk: [26] * 11})
    write(second_coordinator, second_school)
    with pytest.raises(StateForbids):
        apply_enrolment_upload(municipal, upload)
    assert stored(second_school) == (NUMBERS, date(2019, 9, 20), "ОО-1", 1, 1)


def test_nobody_applies_anothers_upload(school, municipal, operator, region):
    upload = upload_of(municipal, region, {school.pk: [26] * 11})
    before = stored(school)
    with pytest.raises(PermissionDenied):
        apply_enrolment_upload(operator, upload)
    assert stored(school) == before


def test_who_lost_the_role_meanwhile_applies_nothing(school, municipal, region, clock, fresh):
    upload = upload_of(municipal, region, {school.pk: [26] * 11})
    municipal.memberships.update(ended_at=clock("2019-09-24 15:00"))
    before = stored(school)
    with pytest.raises(PermissionDenied):
        apply_enrolment_upload(fresh(municipal), upload)
    assert stored(school) == before


@pytest.mark.parametrize("who", ["coordinator", "department", "without membership", "foreign operator"])
def test_who_may_not_upload(who, people, school, region):
    with pytest.raises(PermissionDenied):
        upload_of(people[who], region, {school.pk: NUMBERS})
    assert EnrolmentUpload.objects.count() == 0


def test_a_municipality_uploads_for_its_own_schools_alone(village_school, municipal, operator, region):
    with pytest.raises(PermissionDenied):
        upload_of(municipal, region, {village_school.pk: NUMBERS})
    assert apply_enrolment_upload(operator, upload_of(operator, region, {village_school.pk: NUMBERS})) == 1
    assert stored(village_school)[0] == NUMBERS


def test_enrolment_of_two_years_stands_side_by_side(school, operator, region):
    EnrolmentFactory(school=school, academic_year="2018/2019", as_of=date(2018, 9, 1))
    apply_enrolment_upload(operator, upload_of(operator, region, {school.pk: NUMBERS}))
    assert stored(school, "2018/2019") == ([25] * 11, date(2018, 9, 1), "ОО-1", 1, 0)
    assert stored(school)[0] == NUMBERS


# --- At once ---------------------------------------------------------------------------------


def test_of_two_who_write_at_once_one_is_told(at_once, school, coordinator, colleague):
    answers = at_once(
        lambda: write(coordinator, school, 1, grade_9=17), lambda: write(colleague, school, 1, grade_9=18)
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Changed", "Enrolment"]
    assert stored(school)[3:] == (2, 1)


def test_five_applyings_at_once_write_once(at_once, school, second_school, municipal, region):
    upload = upload_of(municipal, region, {school.pk: [26] * 11, second_school.pk: NUMBERS})
    answers = at_once(*[lambda: apply_enrolment_upload(municipal, upload)] * 5)
    assert sorted(answers) == [0, 0, 0, 0, 2]
    assert (stored(school)[3:], stored(second_school)[3:]) == ((2, 1), (1, 1))


def test_five_forms_for_a_school_without_enrolment_make_one_row(at_once, second_school, second_coordinator):
    answers = at_once(*[lambda: write(second_coordinator, second_school)] * 5)
    assert {type(answer).__name__ for answer in answers} == {"Enrolment"}
    assert stored(second_school) == (NUMBERS, date(2019, 9, 20), "ОО-1", 1, 1)
