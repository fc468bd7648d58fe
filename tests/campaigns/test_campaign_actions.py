"""The operator creates, edits and publishes campaigns; what is wrong is said at its field."""

from datetime import date, timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from campaigns.actions import CAMPAIGN_FIELDS, create_campaign, edit_campaign, publish_campaign
from campaigns.models import Campaign, CampaignFormat, Goal
from portal.errors import Changed, StateForbids
from portal.models import History
from portal.queries.history import history_of
from tests.factories import CampaignFactory, FormatFactory, UserFactory

DAYS = {
    "starts_on": date(2020, 4, 1),
    "ends_on": date(2020, 5, 15),
    "events_due": date(2020, 5, 18),
    "school_reports_due": date(2020, 5, 22),
    "municipal_reports_due": date(2020, 5, 29),
    "closes_on": date(2020, 6, 5),
}
GOAL = {"measure": "coverage", "target": 90, "ground": "Приказ № 1"}


def fields(**changes) -> dict:
    return {
        "name": "Весенняя кампания 2020 года",
        "season": "spring",
        **DAYS,
        "grade_from": 5,
        "grade_to": 11,
        "description": "",
        "previous": None,
        **changes,
    }


def as_read(campaign, **changes) -> dict:
    """What the form of a campaign hands to the action when only ``changes`` were made."""
    values = {name: getattr(campaign, name) for name in CAMPAIGN_FIELDS}
    goals = [{"measure": g.measure, "target": g.target, "ground": g.ground} for g in campaign.goals.all()]
    return {**values, "formats": list(campaign.formats.all()), "goals": goals, **changes}


def state(campaign) -> dict:
    values = Campaign.objects.filter(pk=campaign.pk).values().get()
    offers = sorted(campaign.offers.values_list("format_id", flat=True))
    goals = sorted(campaign.goals.values_list("measure", "target", "ground"))
    return values | {"offers": offers, "goals": goals, "entries": len(history_of(campaign))}


# --- Creating --------------------------------------------------------------------------------


def test_the_operator_creates_a_draft(operator, region, lesson, club, clock):
    campaign = create_campaign(operator, region, formats=[lesson, club], goals=[GOAL], **fields())
    saved = Campaign.objects.get()
    assert saved == campaign
    assert {name: getattr(saved, name) for name in CAMPAIGN_FIELDS} == fields()
    assert (saved.slug, saved.academic_year, saved.published_at, saved.version) == ("spring-2020", "2019/2020", None, 1)
    assert saved.phase == "draft"
    assert set(saved.formats.all()) == {lesson, club}
    assert list(saved.goals.values("measure", "target", "ground")) == [GOAL]
    assert [(entry.verb, entry.who) for entry in history_of(saved)] == [("create", "Ольга Оператор")]


def test_an_address_is_given_once(operator, region, clock):
    for number, (first, slug) in enumerate([(1, "spring-2020"), (100, "spring-2020-2"), (200, "spring-2020-3")]):
        later = timedelta(days=first - 1)
        days = {name: day + later for name, day in DAYS.items()}
        days["starts_on"] = DAYS["starts_on"] + later
        campaign = create_campaign(operator, region, **fields(**days, name=f"Кампания {number}"))
        assert campaign.slug == slug


@pytest.mark.parametrize(
    ("starts_on", "year"),
    [(date(2019, 6, 30), "2018/2019"), (date(2019, 7, 1), "2019/2020"), (date(2020, 1, 15), "2019/2020")],
)
def test_the_academic_year_follows_from_the_first_day(starts_on, year):
    campaign = Campaign(starts_on=starts_on)
    campaign.fill_derived()
    assert campaign.academic_year == year


@pytest.mark.parametrize("later", Campaign.DATE_FIELDS[1:])
def test_dates_out_of_order_are_said_at_the_later_one_with_both_values(operator, region, english, later):
    earlier = Campaign.DATE_FIELDS[Campaign.DATE_FIELDS.index(later) - 1]
    days = dict.fromkeys(Campaign.DATE_FIELDS, date(2020, 4, 10))
    index = Campaign.DATE_FIELDS.index(later)
    for name in Campaign.DATE_FIELDS[index:]:
        days[name] = date(2020, 4, 9)
    with pytest.raises(ValidationError) as refused:
        create_campaign(operator, region, **fields(**days))
    label = Campaign._meta.get_field(earlier).verbose_name
    assert refused.value.message_dict[later] == [f"09.04.2020 is before “{label}” (10.04.2020)."]
    assert set(refused.value.message_dict) - {later} <= {"__all__"}
    assert Campaign.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("later", Campaign.DATE_FIELDS[1:])
def test_the_database_itself_keeps_the_dates_in_order(later):
    earlier = Campaign.DATE_FIELDS[Campaign.DATE_FIELDS.index(later) - 1]
    days = dict.fromkeys(Campaign.DATE_FIELDS, date(2020, 4, 10)) | {earlier: date(2020, 4, 11)}
    with pytest.raises(IntegrityError), transaction.atomic():
        CampaignFactory(**days)


@pytest.mark.parametrize(("first", "last"), [(0, 5), (5, 12), (9, 5)])
def test_grades_out_of_bounds_are_refused(operator, region, first, last):
    with pytest.raises(ValidationError):
        create_campaign(operator, region, **fields(grade_from=first, grade_to=last))
    assert Campaign.objects.count() == 0


def test_a_name_is_taken_once_in_a_region(operator, region, campaign, foreign):
    with pytest.raises(ValidationError):
        create_campaign(operator, region, **fields(name=campaign.name))
    assert create_campaign(foreign.operator, foreign.region, **fields(name=campaign.name)).region == foreign.region


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "overlaps"),
    [
        (date(2019, 8, 1), date(2019, 9, 12), False),
        (date(2019, 8, 1), date(2019, 9, 13), True),
        (date(2019, 9, 20), date(2019, 9, 21), True),
        (date(2019, 8, 1), date(2019, 12, 1), True),
        (date(2019, 10, 14), date(2019, 12, 1), True),
        (date(2019, 10, 15), date(2019, 12, 1), False),
    ],
)
def test_windows_of_one_season_do_not_overlap_in_a_region(
    operator, region, campaign, english, starts_on, ends_on, overlaps
):
    days = dict.fromkeys(Campaign.DATE_FIELDS, ends_on) | {"starts_on": starts_on}
    if not overlaps:
        assert create_campaign(operator, region, **fields(**days, season="autumn")).season == "autumn"
        return
    with pytest.raises(ValidationError) as refused:
        create_campaign(operator, region, **fields(**days, season="autumn"))
    assert refused.value.message_dict == {
        "starts_on": [
            "This window overlaps that of “Осенняя профориентационная кампания 2019 года” "
            "(13.09.2019 – 14.10.2019), a campaign of the same season."
        ]
    }


def test_another_season_or_another_region_may_overlap(operator, region, campaign, foreign):
    days = {name: getattr(campaign, name) for name in Campaign.DATE_FIELDS}
    create_campaign(operator, region, **fields(**days, season="spring"))
    Campaign.objects.filter(region=foreign.region).update(season="spring")
    create_campaign(foreign.operator, foreign.region, **fields(**days, season="autumn"))
    assert Campaign.objects.count() == 4


def test_a_format_of_another_region_is_not_offered(operator, region, foreign):
    with pytest.raises(ValidationError) as refused:
        create_campaign(operator, region, formats=[foreign.lesson], **fields())
    assert list(refused.value.message_dict) == ["formats"]
    assert Campaign.objects.filter(region=region).count() == 0


def test_a_campaign_is_not_compared_with_one_of_another_region(operator, region, foreign):
    with pytest.raises(ValidationError) as refused:
        create_campaign(operator, region, **fields(previous=foreign.campaign))
    assert list(refused.value.message_dict) == ["previous"]


@pytest.mark.parametrize(
    "goals",
    [
        [{"measure": "coverage", "target": 101, "ground": "Приказ"}],
        [{"measure": "coverage", "target": 90, "ground": ""}],
        [{"measure": "luck", "target": 1, "ground": "Приказ"}],
        [GOAL, GOAL | {"target": 80}],
    ],
)
def test_a_goal_has_a_known_figure_a_possible_target_and_a_ground(operator, region, goals):
    with pytest.raises(ValidationError):
        create_campaign(operator, region, goals=goals, **fields())
    assert (Campaign.objects.count(), Goal.objects.count()) == (0, 0)


# --- Editing ---------------------------------------------------------------------------------


def test_an_edit_is_saved_and_history_says_what_changed(operator, campaign, english):
    edit_campaign(operator, campaign, 1, **as_read(campaign, closes_on=date(2019, 11, 6), description="О кампании"))
    campaign.refresh_from_db()
    assert (campaign.closes_on, campaign.description, campaign.version) == (date(2019, 11, 6), "О кампании", 2)
    [entry] = history_of(campaign)
    assert (entry.verb, entry.who, entry.version) == ("edit", "Ольга Оператор", 2)
    assert entry.changes == (
        ("closes on", "05.11.2019", "06.11.2019"),
        ("about the campaign", "–", "О кампании"),
    )


def test_saving_an_unchanged_form_changes_nothing(operator, campaign):
    before = state(campaign)
    edit_campaign(operator, campaign, 1, **as_read(campaign))
    assert state(campaign) == before


def test_the_second_editor_is_told_who_changed_what_and_nothing_is_lost(operator, campaign, region, english):
    second = UserFactory(name="Олег Второй", operator_of=region)
    edit_campaign(operator, campaign, 1, **as_read(campaign, closes_on=date(2019, 11, 6)))
    before = state(campaign)
    with pytest.raises(Changed) as told:
        edit_campaign(second, campaign, 1, **as_read(campaign, description="Другое"))
    assert state(campaign) == before
    assert told.value.current.version == 2
    [entry] = told.value.changes
    assert (entry.who, entry.changes) == ("Ольга Оператор", (("closes on", "05.11.2019", "06.11.2019"),))


@pytest.mark.parametrize(
    ("name", "narrower", "wider"),
    [
        ("starts_on", date(2019, 9, 14), date(2019, 9, 12)),
        ("ends_on", date(2019, 10, 13), date(2019, 10, 15)),
        ("grade_from", 6, 1),
        ("grade_to", 10, 11),
    ],
)
def test_once_published_a_window_and_grades_only_widen(operator, campaign, name, narrower, wider):
    before = state(campaign)
    with pytest.raises(ValidationError) as refused:
        edit_campaign(operator, campaign, 1, **as_read(campaign, **{name: narrower}))
    assert refused.value.error_dict[name][0].code == "narrower"
    assert list(refused.value.error_dict) == [name]
    assert state(campaign) == before
    edit_campaign(operator, campaign, 1, **as_read(campaign, **{name: wider}))
    campaign.refresh_from_db()
    assert getattr(campaign, name) == wider


def test_a_draft_may_be_narrowed_and_its_formats_taken_away(operator, campaign, lesson):
    Campaign.objects.update(published_at=None)
    edit_campaign(
        operator, campaign, 1, **as_read(campaign, starts_on=date(2019, 9, 20), grade_from=9, formats=[lesson])
    )
    campaign.refresh_from_db()
    assert (campaign.starts_on, campaign.grade_from) == (date(2019, 9, 20), 9)
    assert list(campaign.formats.all()) == [lesson]


def test_a_running_campaign_takes_one_more_format_and_loses_none(operator, campaign, lesson, foreign):
    late = FormatFactory(region=campaign.region, name="Объявленный поздно")
    edit_campaign(operator, campaign, 1, **as_read(campaign, formats=[*campaign.formats.all(), late]))
    assert campaign.offers.count() == 4
    before = state(campaign)
    with pytest.raises(ValidationError) as refused:
        edit_campaign(operator, campaign, 2, **as_read(campaign, formats=[lesson]))
    assert list(refused.value.message_dict) == ["formats"]
    assert state(campaign) == before


def test_an_edit_that_fails_halfway_leaves_everything_as_it_was(operator, campaign, region):
    before = state(campaign)
    late = FormatFactory(region=region)
    bad = {"measure": "coverage", "target": 300, "ground": "Приказ"}
    with pytest.raises(ValidationError):
        edit_campaign(operator, campaign, 1, **as_read(campaign, formats=[*campaign.formats.all(), late], goals=[bad]))
    assert state(campaign) == before


def test_an_edit_that_would_overlap_is_refused(operator, campaign, region):
    CampaignFactory(region=region, **dict.fromkeys(Campaign.DATE_FIELDS, date(2019, 10, 20)))
    with pytest.raises(ValidationError) as refused:
        edit_campaign(
            operator,
            campaign,
            1,
            **as_read(
                campaign,
                ends_on=date(2019, 10, 20),
                events_due=date(2019, 10, 20),
                school_reports_due=date(2019, 10, 21),
            ),
        )
    assert refused.value.error_dict["starts_on"][0].code == "overlap"


@pytest.mark.parametrize(("day", "open_"), [("2019-11-05 23:59:59", True), ("2019-11-06 00:00:00", False)])
def test_a_closed_campaign_is_not_edited(operator, campaign, clock, day, open_):
    clock(day)
    before = state(campaign)
    if open_:
        assert edit_campaign(operator, campaign, 1, **as_read(campaign, description="да")).version == 2
        return
    with pytest.raises(StateForbids):
        edit_campaign(operator, campaign, 1, **as_read(campaign, description="нет"))
    assert state(campaign) == before


# --- Publishing ------------------------------------------------------------------------------


def test_publishing_shows_a_draft_and_twice_changes_nothing(operator, region, lesson, clock):
    draft = create_campaign(operator, region, formats=[lesson], **fields())
    moment = clock("2019-12-01 10:00")
    assert publish_campaign(operator, draft).published_at == moment
    after = state(draft)
    assert (after["published_at"], after["version"], after["entries"]) == (moment, 2, 2)
    clock("2019-12-02 10:00")
    publish_campaign(operator, draft)
    assert state(draft) == after
    assert [entry.verb for entry in history_of(draft)] == ["publish", "create"]


def test_a_campaign_without_formats_is_not_published(operator, region, clock):
    draft = create_campaign(operator, region, **fields())
    with pytest.raises(StateForbids):
        publish_campaign(operator, draft)
    assert Campaign.objects.get().published_at is None


@pytest.mark.parametrize(("day", "published"), [("2020-06-05 23:59:59", True), ("2020-06-06 00:00:00", False)])
def test_a_campaign_that_is_over_is_not_published(operator, region, lesson, clock, day, published):
    draft = create_campaign(operator, region, formats=[lesson], **fields())
    clock(day)
    if published:
        publish_campaign(operator, draft)
    else:
        with pytest.raises(StateForbids):
            publish_campaign(operator, draft)
    assert (Campaign.objects.get().published_at is not None) == published


# --- Rights ----------------------------------------------------------------------------------

VERBS = {
    "create": lambda person, campaign, region: create_campaign(person, region, **fields()),
    "edit": lambda person, campaign, region: edit_campaign(person, campaign, 1, **as_read(campaign, description="x")),
    "publish": lambda person, campaign, region: publish_campaign(person, campaign),
}


@pytest.mark.parametrize("verb", VERBS)
def test_only_the_operator_of_the_region_may(verb, people, campaign, region):
    Campaign.objects.filter(pk=campaign.pk).update(published_at=None)
    before = state(campaign)
    for who, person in people.items():
        if who == "operator":
            continue
        with pytest.raises(PermissionDenied):
            VERBS[verb](person, campaign, region)
        assert state(campaign) == before, who
        assert Campaign.objects.filter(region=region).count() == 1
    assert VERBS[verb](people["operator"], campaign, region).region == region


def test_one_who_no_longer_operates_may_not(operator, campaign, fresh, clock):
    operator.memberships.update(ended_at=clock("2019-09-24 14:20"))
    with pytest.raises(PermissionDenied):
        edit_campaign(fresh(operator), campaign, 1, **as_read(campaign, description="x"))


def test_two_operators_at_once_make_no_overlap(at_once, region, operator):
    answers = at_once(
        *[lambda n=n: create_campaign(operator, region, **fields(name=f"Кампания {n}")) for n in range(5)]
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Campaign"] + ["ValidationError"] * 4
    assert Campaign.objects.count() == 1


# --- Goals -----------------------------------------------------------------------------------

EVENTS_GOAL = {"measure": "events", "target": 500, "ground": "План"}


def goals_of(campaign) -> dict:
    return {goal.measure: (goal.pk, goal.target, goal.ground) for goal in campaign.goals.all()}


def lines_of_goals() -> list:
    kind = ContentType.objects.get_for_model(Goal)
    entries = History.objects.filter(content_type=kind).order_by("pk")
    return [(entry.verb, entry.object_id, entry.changes) for entry in entries]


@pytest.fixture
def with_goals(operator, region, lesson):
    return create_campaign(operator, region, formats=[lesson], goals=[GOAL, EVENTS_GOAL], **fields())


def test_a_goal_is_changed_in_its_row_with_a_line_of_history(operator, with_goals):
    before = goals_of(with_goals)
    goals = [GOAL | {"target": 77}, EVENTS_GOAL]
    edit_campaign(operator, with_goals, 1, **as_read(with_goals, goals=goals))
    [pk, target, ground] = before["coverage"]
    assert goals_of(with_goals) == before | {"coverage": (pk, 77, ground)}
    assert lines_of_goals()[2:] == [("edit", pk, {"target": [target, 77]})]
    [entry, _created] = history_of(with_goals)
    assert (entry.verb, entry.version) == ("edit", 2)


def test_another_ground_alone_is_a_change_of_the_campaign(operator, with_goals):
    goals = [GOAL, EVENTS_GOAL | {"ground": "Приказ № 5"}]
    edit_campaign(operator, with_goals, 1, **as_read(with_goals, goals=goals))
    [pk, _target, _ground] = goals_of(with_goals)["events"]
    assert lines_of_goals()[2:] == [("edit", pk, {"ground": ["План", "Приказ № 5"]})]
    assert Campaign.objects.get(pk=with_goals.pk).version == 2


def test_a_goal_that_is_gone_and_one_that_is_new_leave_a_line_each(operator, with_goals):
    before = goals_of(with_goals)
    new = {"measure": "schools", "target": 100, "ground": "План"}
    edit_campaign(operator, with_goals, 1, **as_read(with_goals, goals=[GOAL, new]))
    after = goals_of(with_goals)
    assert after == {"coverage": before["coverage"], "schools": (after["schools"][0], 100, "План")}
    assert [(verb, pk) for verb, pk, _changes in lines_of_goals()[2:]] == [
        ("delete", before["events"][0]),
        ("create", after["schools"][0]),
    ]


def test_the_same_goals_again_change_nothing(operator, with_goals):
    before, lines = goals_of(with_goals), lines_of_goals()
    edit_campaign(operator, with_goals, 1, **as_read(with_goals))
    assert (goals_of(with_goals), lines_of_goals()) == (before, lines)
    assert Campaign.objects.get(pk=with_goals.pk).version == 1


def test_a_format_is_offered_once(campaign, lesson):
    with pytest.raises(IntegrityError), transaction.atomic():
        CampaignFormat.objects.create(campaign=campaign, format=lesson)
