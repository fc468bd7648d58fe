"""The folder of a school in a campaign: written at publication, following the school until the campaign closes."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from campaigns.actions import (
    CAMPAIGN_FIELDS,
    close_without_report,
    edit_campaign,
    expect_report_again,
    publish_campaign,
)
from campaigns.models import SchoolCampaign
from portal.actions import (
    apply_enrolment_upload,
    close_school,
    create_school,
    merge_school,
    move_school,
    reopen_school,
    store_enrolment_upload,
    write_enrolment,
)
from portal.errors import Changed, StateForbids
from portal.models import School
from portal.queries.enrolment import preview_of
from portal.queries.history import history_of
from tests.factories import (
    CampaignFactory,
    EnrolmentFactory,
    FormatFactory,
    SchoolFactory,
    SchoolReportFactory,
    folder_of,
)

CLOSED = "2019-11-10 10:00"
NOBODY = dict.fromkeys((f"grade_{grade}" for grade in range(5, 12)), 0)


def folders(campaign) -> dict:
    """Where each school belongs in the campaign, and whether its report is expected."""
    rows = SchoolCampaign.objects.filter(campaign=campaign).values_list(
        "school__code", "municipality__slug", "is_expected"
    )
    return {code: (slug, expected) for code, slug, expected in rows}


@pytest.fixture
def schools(school, second_school, village_school, unrun_school):
    return {
        "perspektiva": ("tomsk", True),
        "tomsk-2": ("tomsk", True),
        "kolpashevo-3": ("kolpashevskiy", True),
        "internat": ("regional", True),
    }


@pytest.fixture
def closed(region, clock):
    """A campaign of the spring, closed since June."""
    return CampaignFactory(
        region=region,
        season="spring",
        starts_on=date(2019, 4, 1),
        ends_on=date(2019, 5, 15),
        events_due=date(2019, 5, 18),
        school_reports_due=date(2019, 5, 22),
        municipal_reports_due=date(2019, 5, 29),
        closes_on=date(2019, 6, 5),
    )


# --- Publication ------------------------------------------------------------------------------


def test_publishing_writes_a_folder_for_every_school_of_the_region(operator, region, schools, foreign, clock):
    draft = CampaignFactory(region=region, published_at=None, formats=[FormatFactory(region=region)])
    assert folders(draft) == {}
    publish_campaign(operator, draft)
    assert folders(draft) == schools


def test_a_school_closed_or_without_pupils_in_the_grades_is_not_expected(operator, region, tomsk, clock):
    draft = CampaignFactory(region=region, published_at=None, formats=[FormatFactory(region=region)])
    SchoolFactory(municipality=tomsk, code="closed", closed_on=draft.ends_on)
    SchoolFactory(municipality=tomsk, code="later", opened_on=date(2019, 10, 15))
    SchoolFactory(municipality=tomsk, code="unknown")
    EnrolmentFactory(school=SchoolFactory(municipality=tomsk, code="primary"), **NOBODY)
    EnrolmentFactory(school=SchoolFactory(municipality=tomsk, code="one"), **NOBODY | {"grade_11": 1})
    publish_campaign(operator, draft)
    expected = {code: row[1] for code, row in folders(draft).items()}
    assert expected == {"closed": False, "later": False, "unknown": True, "primary": False, "one": True}


def test_publishing_costs_the_same_however_many_schools_there_are(operator, region, tomsk, queries_of, clock):
    def published():
        draft = CampaignFactory(region=region, published_at=None, formats=[FormatFactory(region=region)])
        return len(queries_of(lambda: publish_campaign(operator, draft)))

    SchoolFactory(municipality=tomsk)
    published()
    few = published()
    for _ in range(20):
        SchoolFactory(municipality=tomsk)
    assert published() == few


# --- Following --------------------------------------------------------------------------------


def test_a_new_school_gets_its_folders_in_open_campaigns_alone(operator, tomsk, campaign, closed, schools):
    create_school(operator, tomsk, code="new", name="Новая", official_name="МБОУ «Новая»")
    assert folders(campaign) == schools | {"new": ("tomsk", True)}
    assert folders(closed) == schools


def test_a_move_is_followed_by_open_campaigns_alone(operator, school, kolpashevo, campaign, closed, schools):
    move_school(operator, school, 1, kolpashevo)
    assert folders(campaign) == schools | {"perspektiva": ("kolpashevskiy", True)}
    assert folders(closed) == schools
    assert [entry.verb for entry in history_of(folder_of(school, campaign))] == ["edit"]
    assert history_of(folder_of(school, closed)) == []


def test_closing_merging_and_reopening_are_followed(operator, school, second_school, campaign, closed, schools):
    school = close_school(operator, school, 1, date(2019, 10, 1))
    second_school = merge_school(operator, second_school, 1, folder_of_village(campaign).school, date(2019, 10, 14))
    assert folders(campaign) == schools | {"perspektiva": ("tomsk", False), "tomsk-2": ("tomsk", False)}
    assert folders(closed) == schools
    reopen_school(operator, school, 2)
    reopen_school(operator, second_school, 2)
    assert folders(campaign) == schools


def folder_of_village(campaign):
    return folder_of(School.objects.get(code="kolpashevo-3"), campaign)


def test_a_school_closed_after_the_last_day_is_expected(operator, school, campaign, schools):
    close_school(operator, school, 1, date(2019, 10, 15))
    assert folders(campaign) == schools


def test_enrolment_is_followed_in_its_year(operator, second_school, campaign, closed, schools):
    grades = {f"grade_{grade}": 10 for grade in range(1, 5)}
    write_enrolment(operator, second_school, campaign.academic_year, 0, as_of=date(2019, 9, 1), source="ОО-1", **grades)
    assert folders(campaign) == schools | {"tomsk-2": ("tomsk", False)}
    assert folders(closed) == schools


def test_wider_grades_expect_more_schools(operator, school, lesson, campaign, schools):
    EnrolmentFactory(school=School.objects.get(code="tomsk-2"), **NOBODY)
    assert folders(campaign) == schools | {"tomsk-2": ("tomsk", False)}
    fields = {name: getattr(campaign, name) for name in CAMPAIGN_FIELDS} | {"grade_from": 4}
    edit_campaign(operator, campaign, 1, formats=list(campaign.formats.all()), goals=[], **fields)
    assert folders(campaign) == schools


def test_a_sent_report_keeps_its_school_expected(operator, municipal, school, second_school, campaign, schools):
    SchoolReportFactory(school=school, campaign=campaign)
    upload = store_enrolment_upload(
        municipal,
        campaign.region,
        academic_year=campaign.academic_year,
        as_of=date(2019, 9, 10),
        source="ОО-1",
        file_name="roll.xlsx",
        numbers={row.pk: [10] * 4 + [0] * 7 for row in (school, second_school)},
    )
    assert preview_of(upload).kept == [(school, campaign)]
    assert apply_enrolment_upload(municipal, upload) == 2
    assert folders(campaign) == schools | {"tomsk-2": ("tomsk", False)}
    close_school(operator, school, 1, date(2019, 10, 1))
    assert folders(campaign) == schools | {"tomsk-2": ("tomsk", False)}


# --- Who may, and what is refused -------------------------------------------------------------


@pytest.mark.parametrize(("status", "words"), [("submitted", "under review"), ("accepted", "accepted")])
def test_a_school_whose_report_is_sent_stays_where_it_is(
    operator, school, kolpashevo, campaign, schools, english, status, words
):
    SchoolReportFactory(school=school, campaign=campaign, status=status)
    with pytest.raises(ValidationError) as refused:
        move_school(operator, school, 1, kolpashevo)
    message = f"The school's report “{campaign}” is {words}: return it first, then the school can move."
    assert refused.value.message_dict == {"municipality": [message]}
    assert folders(campaign) == schools


@pytest.mark.parametrize("status", ["open", "returned"])
def test_a_school_whose_report_came_back_moves(operator, school, kolpashevo, campaign, schools, status):
    SchoolReportFactory(school=school, campaign=campaign, status=status)
    move_school(operator, school, 1, kolpashevo)
    assert folders(campaign) == schools | {"perspektiva": ("kolpashevskiy", True)}


def test_a_report_of_a_closed_campaign_lets_its_school_move(operator, school, kolpashevo, campaign, clock, schools):
    SchoolReportFactory(school=school, campaign=campaign, status="accepted")
    clock(CLOSED)
    assert move_school(operator, school, 1, kolpashevo).municipality == kolpashevo
    assert folders(campaign) == schools


def test_a_school_stays_in_its_region(operator, school, foreign, english):
    with pytest.raises(ValidationError) as refused:
        move_school(operator, school, 1, foreign.municipality)
    assert refused.value.message_dict == {"municipality": ["A school stays in its region."]}


@pytest.mark.parametrize("who", ["department", "municipal", "coordinator", "other operator"])
def test_schools_are_the_operators_to_change(people, foreign, school, kolpashevo, tomsk, who):
    person = foreign.operator if who == "other operator" else people[who]
    for act in (
        lambda: create_school(person, tomsk, code="new", name="Новая", official_name="Новая"),
        lambda: move_school(person, school, 1, kolpashevo),
        lambda: close_school(person, school, 1, date(2019, 10, 1)),
        lambda: reopen_school(person, school, 1),
    ):
        with pytest.raises(PermissionDenied):
            act()
    assert (School.objects.filter(code="new").count(), School.objects.get(pk=school.pk).version) == (0, 1)


def test_a_school_changed_meanwhile_is_not_changed_again(operator, school, kolpashevo, tomsk):
    moved = move_school(operator, school, 1, kolpashevo)
    assert move_school(operator, school, 1, kolpashevo).version == moved.version == 2
    with pytest.raises(Changed) as changed:
        close_school(operator, school, 1, date(2019, 10, 1))
    assert [entry.verb for entry in changed.value.changes] == ["move"]


# --- Closed without a report ------------------------------------------------------------------


def test_the_operator_closes_a_school_without_a_report_and_undoes_it(operator, school, campaign, schools, english):
    folder = close_without_report(operator, folder_of(school, campaign), "Карантин до конца года", "57-р")
    assert (folder.is_expected, folder.closed_without_reason, folder.closed_without_letter) == (
        False,
        "Карантин до конца года",
        "57-р",
    )
    assert folders(campaign) == schools | {"perspektiva": ("tomsk", False)}
    with pytest.raises(StateForbids):
        close_without_report(operator, folder, "Иначе", "58-р")
    expect_report_again(operator, folder)
    assert folders(campaign) == schools
    entries = [(entry.verb, entry.comment) for entry in history_of(folder)]
    assert entries == [("expect", ""), ("dismiss", "Карантин до конца года")]


def test_what_follows_a_school_leaves_it_closed_without(operator, school, kolpashevo, campaign, schools):
    close_without_report(operator, folder_of(school, campaign), "Карантин", "57-р")
    move_school(operator, school, 1, kolpashevo)
    assert folders(campaign) == schools | {"perspektiva": ("kolpashevskiy", False)}


@pytest.mark.parametrize(
    ("reason", "letter", "field"),
    [
        (" ", "57-р", "closed_without_reason"),
        ("Карантин", "", "closed_without_letter"),
        ("x" * 501, "1", "closed_without_reason"),
    ],
)
def test_a_closing_without_says_why_and_by_which_letter(operator, school, campaign, reason, letter, field):
    with pytest.raises(ValidationError) as refused:
        close_without_report(operator, folder_of(school, campaign), reason, letter)
    assert list(refused.value.message_dict) == [field]


def test_a_school_that_sent_its_report_is_not_closed_without(operator, school, campaign, schools):
    SchoolReportFactory(school=school, campaign=campaign, status="returned")
    with pytest.raises(StateForbids):
        close_without_report(operator, folder_of(school, campaign), "Карантин", "57-р")
    assert folders(campaign) == schools


@pytest.mark.parametrize("who", ["department", "municipal", "coordinator"])
def test_nobody_else_closes_without_a_report(people, school, campaign, who):
    for act in (
        lambda row: close_without_report(people[who], row, "Карантин", "57-р"),
        lambda row: expect_report_again(people[who], row),
    ):
        with pytest.raises(PermissionDenied):
            act(folder_of(school, campaign))


def test_a_closed_campaign_keeps_what_it_expected(operator, school, campaign, clock, schools):
    clock(CLOSED)
    with pytest.raises(StateForbids):
        close_without_report(operator, folder_of(school, campaign), "Карантин", "57-р")
    assert folders(campaign) == schools


def test_the_database_holds_reason_and_letter_together(school, campaign):
    row = SchoolCampaign.objects.filter(school=school, campaign=campaign)
    for values in (
        {"closed_without_reason": "Карантин", "is_expected": False},
        {"closed_without_letter": "57-р", "is_expected": False},
        {"closed_without_reason": "Карантин", "closed_without_letter": "57-р", "is_expected": True},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.update(**values)
