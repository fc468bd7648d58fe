"""Extensions: the operator grants, a municipality asks; a reason stands beside each date, and the same again is one."""

from datetime import date

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError

from campaigns.actions import ask_extension, decide_extension, grant_extension, withdraw_extension
from campaigns.models import Extension
from events.models import Event
from portal.errors import Changed, StateForbids
from portal.models import History
from portal.queries.history import history_of
from tests.factories import CampaignFactory, EventFactory, ExtensionFactory, UserFactory, folder_of

UNTIL = date(2019, 10, 24)
REASON = "Карантин в школе"


def terms(**changes) -> dict:
    return {"stage": "events", "until": UNTIL, "reason": REASON, **changes}


def row_of(extension):
    """Everything the database holds of the extension, its history counted."""
    content_type = ContentType.objects.get_for_model(Extension)
    entries = History.objects.filter(content_type=content_type, object_id=extension.pk).count()
    return Extension.objects.filter(pk=extension.pk).values().get() | {"entries": entries}


def told(extension) -> list:
    """Its history, newest first."""
    return [(entry.verb, entry.who, entry.for_whom, entry.comment) for entry in history_of(extension)]


def refused(act, *args, **options) -> dict:
    before = Extension.objects.count()
    with pytest.raises(ValidationError) as error:
        act(*args, **options)
    assert Extension.objects.count() == before
    return error.value.message_dict


# --- Granting --------------------------------------------------------------------------------


def test_the_operator_grants_a_school_a_later_date(operator, campaign, school, clock):
    moment = clock("2019-10-16 10:00")
    extension = grant_extension(operator, campaign, school=school, **terms(reason="  Карантин\x00 в школе "))
    assert row_of(extension) == {
        "id": extension.pk,
        "campaign_id": campaign.pk,
        "stage": "events",
        "school_id": school.pk,
        "folder_id": folder_of(school, campaign).pk,
        "municipality_id": None,
        "until": UNTIL,
        "reason": REASON,
        "status": "granted",
        "answer": "",
        "asked_by_id": operator.pk,
        "asked_at": moment,
        "after_closing": False,
        "decided_by_id": operator.pk,
        "decided_at": moment,
        "version": 1,
        "entries": 1,
    }
    assert told(extension) == [("grant", "Ольга Оператор", "Школа «Перспектива»", REASON)]


def test_the_operator_grants_a_municipality_a_later_date(operator, campaign, tomsk):
    extension = grant_extension(
        operator, campaign, municipality=tomsk, **terms(stage="municipal_report", until=date(2019, 11, 20))
    )
    assert (extension.place, extension.stage, extension.status) == (tomsk, "municipal_report", "granted")
    assert told(extension) == [("grant", "Ольга Оператор", "город Томск", REASON)]


def test_the_same_again_is_one_and_leaves_no_second_line_of_history(operator, campaign, school):
    first = grant_extension(operator, campaign, school=school, **terms())
    before = row_of(first)
    colleague = UserFactory(operator_of=campaign.region)
    for actor, reason in ((operator, REASON), (operator, "Другая причина"), (colleague, REASON)):
        assert grant_extension(actor, campaign, school=school, **terms(reason=reason)) == first
    assert (Extension.objects.count(), row_of(first)) == (1, before)


def test_another_day_stage_or_place_is_another_extension(operator, campaign, school, second_school, tomsk):
    grant_extension(operator, campaign, school=school, **terms())
    grant_extension(operator, campaign, school=school, **terms(until=date(2019, 10, 25)))
    grant_extension(operator, campaign, school=school, **terms(stage="school_report"))
    grant_extension(operator, campaign, school=second_school, **terms())
    grant_extension(operator, campaign, municipality=tomsk, **terms())
    assert Extension.objects.filter(status="granted").count() == 5


def test_what_was_withdrawn_can_be_granted_again(operator, campaign, school):
    first = grant_extension(operator, campaign, school=school, **terms())
    withdraw_extension(operator, first, 1, "Ошибка")
    again = grant_extension(operator, campaign, school=school, **terms())
    assert sorted(Extension.objects.values_list("pk", "status")) == [(first.pk, "withdrawn"), (again.pk, "granted")]


def test_granting_what_a_municipality_asked_for_answers_it(operator, municipal, campaign, school):
    asked = ask_extension(municipal, campaign, school=school, **terms())
    granted = grant_extension(operator, campaign, school=school, **terms(reason="Согласовано"))
    assert (granted, Extension.objects.count()) == (asked, 1)
    row = row_of(asked)
    assert [row[name] for name in ("status", "reason", "answer", "asked_by_id", "decided_by_id", "version")] == [
        "granted",
        REASON,
        "Согласовано",
        municipal.pk,
        operator.pk,
        2,
    ]
    assert told(asked)[0] == ("grant", "Ольга Оператор", "Школа «Перспектива»", "Согласовано")


@pytest.mark.parametrize(
    "who",
    [
        "department",
        "municipal",
        "another municipal",
        "coordinator",
        "technical staff",
        "without membership",
        "foreign operator",
    ],
)
def test_nobody_else_grants(who, people, campaign, school, clock):
    with pytest.raises(PermissionDenied):
        grant_extension(people[who], campaign, school=school, **terms())
    assert Extension.objects.count() == 0


def test_two_operators_granting_the_same_at_once_make_one(operator, campaign, school, at_once):
    colleague = UserFactory(operator_of=campaign.region)
    results = at_once(
        *(
            lambda actor=actor: grant_extension(actor, campaign, school=school, **terms())
            for actor in (operator, colleague, operator)
        )
    )
    extension = Extension.objects.get()
    assert results == [extension] * 3
    assert len(told(extension)) == 1


# --- What is wrong is said at its field ------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "messages"),
    [
        ({"stage": ""}, {"stage": ["Choose what is extended."]}),
        ({"stage": "lunch"}, {"stage": ["Choose what is extended."]}),
        ({"stage": None}, {"stage": ["Choose what is extended."]}),
        ({"stage": "municipal_report"}, {"stage": ["A school has no municipal report to extend."]}),
        ({"reason": ""}, {"reason": ["Give a reason: it stands beside the date."]}),
        ({"reason": " \n\x00 "}, {"reason": ["Give a reason: it stands beside the date."]}),
        ({"reason": "х" * 501}, {"reason": ["At most 500 characters; this has 501."]}),
        (
            {"until": date(2019, 10, 17)},
            {"until": ["Choose a day from 18.10.2019 to 17.10.2020: everyone's own date is 17.10.2019."]},
        ),
        (
            {"until": date(2020, 10, 18)},
            {"until": ["Choose a day from 18.10.2019 to 17.10.2020: everyone's own date is 17.10.2019."]},
        ),
        (
            {"until": None},
            {"until": ["Choose a day from 18.10.2019 to 17.10.2020: everyone's own date is 17.10.2019."]},
        ),
        (
            {"stage": "school_report", "until": date(2019, 10, 21)},
            {"until": ["Choose a day from 22.10.2019 to 21.10.2020: everyone's own date is 21.10.2019."]},
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_field(operator, municipal, campaign, school, english, changes, messages):
    assert refused(grant_extension, operator, campaign, school=school, **terms(**changes)) == messages
    assert refused(ask_extension, municipal, campaign, school=school, **terms(**changes)) == messages


def test_the_first_and_the_last_day_are_taken(operator, campaign, school):
    for day in (date(2019, 10, 18), date(2020, 10, 17)):
        assert grant_extension(operator, campaign, school=school, **terms(until=day)).until == day


def test_a_year_after_29_february_is_28_february(operator, region, school, lesson, clock):
    clock("2020-02-10 10:00")
    leap = CampaignFactory(
        region=region,
        season="spring",
        starts_on=date(2020, 2, 1),
        ends_on=date(2020, 2, 20),
        events_due=date(2020, 2, 29),
        school_reports_due=date(2020, 3, 5),
        municipal_reports_due=date(2020, 3, 10),
        closes_on=date(2020, 3, 15),
        formats=[lesson],
    )
    assert list(refused(grant_extension, operator, leap, school=school, **terms(until=date(2021, 3, 1)))) == ["until"]
    assert grant_extension(operator, leap, school=school, **terms(until=date(2021, 2, 28))).until == date(2021, 2, 28)


def test_after_closing_the_day_is_today_or_later_and_within_a_year_of_today(operator, campaign, school, english, clock):
    clock("2021-03-10 00:00:01")
    message = "Choose a day from 10.03.2021 to 10.03.2022: everyone's own date is 17.10.2019."
    for day in (date(2019, 11, 20), date(2021, 3, 9), date(2022, 3, 11)):
        assert refused(grant_extension, operator, campaign, school=school, **terms(until=day)) == {"until": [message]}
    for day in (date(2021, 3, 10), date(2022, 3, 10)):
        assert grant_extension(operator, campaign, school=school, **terms(until=day)).until == day


@pytest.mark.parametrize("day", ["2019-09-01 10:00", "2019-10-20 10:00", "2019-10-25 10:00", "2019-11-05 23:59:59"])
def test_before_closing_any_day_after_the_due_date_is_taken(operator, campaign, school, clock, day):
    clock(day)
    assert grant_extension(operator, campaign, school=school, **terms()).until == UNTIL


def test_a_draft_has_no_extensions(operator, municipal, campaign, school):
    type(campaign).objects.filter(pk=campaign.pk).update(published_at=None)
    for act, actor in ((grant_extension, operator), (ask_extension, municipal)):
        with pytest.raises(StateForbids):
            act(actor, campaign, school=school, **terms())
    assert Extension.objects.count() == 0


def test_a_place_of_another_region_is_refused_at_its_field(operator, municipal, campaign, foreign, school, english):
    message = ["This campaign is another region's."]
    assert refused(grant_extension, operator, campaign, school=foreign.school, **terms()) == {"school": message}
    assert refused(grant_extension, operator, campaign, municipality=foreign.municipality, **terms()) == {
        "municipality": message
    }
    assert refused(ask_extension, municipal, foreign.campaign, school=school, **terms()) == {"school": message}


def test_an_extension_is_for_one_place(operator, municipal, campaign, school, tomsk, english):
    message = {"school": ["An extension is for one school or for one municipality."]}
    for act, actor in ((grant_extension, operator), (ask_extension, municipal)):
        assert refused(act, actor, campaign, **terms()) == message
        assert refused(act, actor, campaign, school=school, municipality=tomsk, **terms()) == message


# --- Asking ----------------------------------------------------------------------------------


def test_a_municipality_asks_for_itself_and_for_its_school(municipal, campaign, school, tomsk, clock):
    moment = clock("2019-10-16 10:00")
    of_school = ask_extension(municipal, campaign, school=school, **terms())
    of_municipality = ask_extension(municipal, campaign, municipality=tomsk, **terms())
    for extension, place in ((of_school, "Школа «Перспектива»"), (of_municipality, "город Томск")):
        row = row_of(extension)
        names = ("status", "asked_by_id", "asked_at", "decided_by_id", "decided_at", "version", "entries")
        assert [row[name] for name in names] == ["asked", municipal.pk, moment, None, None, 1, 1]
        assert told(extension) == [("ask", "Мария Муниципальная", place, REASON)]


def test_asking_the_same_again_is_one(municipal, operator, campaign, school, tomsk):
    asked = ask_extension(municipal, campaign, school=school, **terms())
    before = row_of(asked)
    colleague = UserFactory(municipal_of=tomsk)
    for actor in (municipal, colleague):
        assert ask_extension(actor, campaign, school=school, **terms(reason="Ещё раз")) == asked
    assert row_of(asked) == before
    decide_extension(operator, asked, 1, True)
    assert ask_extension(municipal, campaign, school=school, **terms()).status == "granted"
    assert Extension.objects.count() == 1


def test_what_was_declined_can_be_asked_for_again(municipal, operator, campaign, school):
    asked = ask_extension(municipal, campaign, school=school, **terms())
    decide_extension(operator, asked, 1, False, "Рано")
    again = ask_extension(municipal, campaign, school=school, **terms())
    assert (again.status, Extension.objects.count()) == ("asked", 2)


@pytest.mark.parametrize(
    "who",
    [
        "operator",
        "department",
        "another municipal",
        "coordinator",
        "another coordinator",
        "technical staff",
        "without membership",
        "foreign municipal",
    ],
)
def test_nobody_else_asks(who, people, campaign, school, tomsk, clock):
    for place in ({"school": school}, {"municipality": tomsk}):
        with pytest.raises(PermissionDenied):
            ask_extension(people[who], campaign, **place, **terms())
    assert Extension.objects.count() == 0


# --- Deciding --------------------------------------------------------------------------------


@pytest.fixture
def asked(municipal, campaign, school):
    return ask_extension(municipal, campaign, school=school, **terms())


def test_the_operator_grants_what_was_asked_for(asked, operator, clock):
    moment = clock("2019-10-16 10:00")
    decide_extension(operator, asked, 1, True)
    row = row_of(asked)
    names = ("status", "answer", "decided_by_id", "decided_at", "version", "entries")
    assert [row[name] for name in names] == ["granted", "", operator.pk, moment, 2, 2]
    assert told(asked)[0] == ("grant", "Ольга Оператор", "Школа «Перспектива»", "")


def test_the_operator_declines_with_a_reason(asked, operator, english):
    assert refused(decide_extension, operator, asked, 1, False, " \x00 ") == {
        "answer": ["Say why it is declined: the municipality reads it."]
    }
    assert refused(decide_extension, operator, asked, 1, False, "х" * 501) == {
        "answer": ["At most 500 characters; this has 501."]
    }
    decide_extension(operator, asked, 1, False, " Срок\x00 прежний. ")
    row = row_of(asked)
    assert [row[name] for name in ("status", "answer", "version", "entries")] == ["declined", "Срок прежний.", 2, 2]
    assert told(asked)[0] == ("decline", "Ольга Оператор", "Школа «Перспектива»", "Срок прежний.")


@pytest.mark.parametrize(("granted", "answer"), [(True, ""), (True, "Хорошо"), (False, "Срок прежний")])
def test_a_decision_sent_twice_is_one(asked, operator, granted, answer):
    decide_extension(operator, asked, 1, granted, answer)
    before = row_of(asked)
    assert decide_extension(operator, asked, 1, granted, answer).version == 2
    assert row_of(asked) == before


def test_the_second_of_two_operators_is_told_what_the_first_decided(asked, operator, campaign):
    decide_extension(operator, asked, 1, False, "Срок прежний")
    before = row_of(asked)
    colleague = UserFactory(operator_of=campaign.region)
    for granted, answer in ((True, ""), (False, "Срок прежний")):
        with pytest.raises(Changed) as changed:
            decide_extension(colleague, asked, 1, granted, answer)
        assert [(entry.verb, entry.comment) for entry in changed.value.changes] == [("decline", "Срок прежний")]
    with pytest.raises(StateForbids):
        decide_extension(colleague, asked, 2, True)
    assert row_of(asked) == before


def test_of_two_decisions_at_once_one_wins(asked, operator, campaign, at_once):
    colleague = UserFactory(operator_of=campaign.region)
    results = at_once(
        lambda: decide_extension(operator, asked, 1, True),
        lambda: decide_extension(colleague, asked, 1, False, "Срок прежний"),
    )
    assert sorted(type(result).__name__ for result in results) == ["Changed", "Extension"]
    assert (row_of(asked)["version"], row_of(asked)["entries"]) == (2, 2)


def test_a_day_that_has_passed_after_closing_is_no_longer_granted(asked, operator, english, clock):
    clock("2019-11-06 00:00:01")
    before = row_of(asked)
    assert refused(decide_extension, operator, asked, 1, True) == {
        "until": ["Choose a day from 06.11.2019 to 06.11.2020: everyone's own date is 17.10.2019."]
    }
    assert row_of(asked) == before
    assert decide_extension(operator, asked, 1, False, "Поздно").status == "declined"


@pytest.mark.parametrize("who", ["department", "municipal", "coordinator", "technical staff", "foreign operator"])
def test_nobody_else_decides(who, asked, people, clock):
    for granted in (True, False):
        with pytest.raises(PermissionDenied):
            decide_extension(people[who], asked, 1, granted, "Нет")
    assert row_of(asked)["status"] == "asked"


# --- Taking back -----------------------------------------------------------------------------


def test_the_operator_withdraws_what_was_granted(operator, campaign, school, english, clock):
    extension = grant_extension(operator, campaign, school=school, **terms())
    moment = clock("2019-10-18 10:00")
    assert refused(withdraw_extension, operator, extension, 1, "  ") == {"reason": ["Say why it is withdrawn."]}
    withdraw_extension(operator, extension, 1, " Карантин\x00 снят ")
    row = row_of(extension)
    names = ("status", "reason", "answer", "decided_at", "version", "entries")
    assert [row[name] for name in names] == ["withdrawn", REASON, "Карантин снят", moment, 2, 2]
    assert told(extension)[0] == ("withdraw", "Ольга Оператор", "Школа «Перспектива»", "Карантин снят")


def test_a_municipality_takes_back_what_it_asked_for(asked, municipal, operator):
    with pytest.raises(PermissionDenied):
        withdraw_extension(operator, asked, 1, "Не нужно")
    withdraw_extension(municipal, asked, 1, "Не нужно")
    row = row_of(asked)
    assert [row[name] for name in ("status", "answer", "decided_by_id", "version")] == ["withdrawn", "", None, 2]
    assert told(asked)[0] == ("withdraw", "Мария Муниципальная", "Школа «Перспектива»", "Не нужно")
    with pytest.raises(StateForbids):
        decide_extension(operator, asked, 2, True)


def test_a_municipality_takes_back_nothing_that_was_decided(asked, municipal, operator):
    decide_extension(operator, asked, 1, True)
    with pytest.raises(PermissionDenied):
        withdraw_extension(municipal, asked, 2, "Не нужно")
    assert row_of(asked)["status"] == "granted"


def test_withdrawing_sent_twice_is_one(operator, campaign, school):
    extension = grant_extension(operator, campaign, school=school, **terms())
    withdraw_extension(operator, extension, 1, "Ошибка")
    before = row_of(extension)
    assert withdraw_extension(operator, extension, 1, " Ошибка ").status == "withdrawn"
    colleague = UserFactory(operator_of=campaign.region)
    with pytest.raises(Changed):
        withdraw_extension(colleague, extension, 1, "Ошибка")
    with pytest.raises(StateForbids):
        withdraw_extension(operator, extension, 2, "Ошибка")
    assert row_of(extension) == before


def test_after_closing_nobody_takes_back_what_was_granted_before_it(operator, campaign, school, english, clock):
    extension = grant_extension(operator, campaign, school=school, **terms())
    clock("2019-11-10 10:00")
    message = "The campaign is closed: what was in time by this extension stays so."
    with pytest.raises(StateForbids, match=message):
        withdraw_extension(operator, extension, 1, "Ошибка")
    reopened = grant_extension(operator, campaign, school=school, **terms(until=date(2019, 12, 20)))
    assert withdraw_extension(operator, reopened, 1, "Ошибка").status == "withdrawn"


def test_an_extension_granted_after_closing_excuses_nothing_that_was_sent_before(operator, campaign, school, clock):
    event = EventFactory(school=school, campaign=campaign, submitted_on=date(2019, 10, 20))
    clock("2019-11-10 10:00")
    grant_extension(operator, campaign, school=school, **terms(until=date(2019, 12, 20)))
    after = EventFactory(school=school, campaign=campaign, submitted_on=date(2019, 11, 10))
    lateness = {row.pk: row.lateness for row in Event.objects.with_due()}
    assert lateness == {event.pk: "late", after.pk: "extended"}
    assert list(Event.objects.late()) == [event]


def test_what_was_declined_is_not_withdrawn(asked, operator):
    decide_extension(operator, asked, 1, False, "Нет")
    with pytest.raises(StateForbids):
        withdraw_extension(operator, asked, 2, "Ошибка")


# --- Who sees --------------------------------------------------------------------------------


def test_everyone_sees_what_concerns_them(people, campaign, school, second_school, village_school, tomsk, clock):
    made = {
        "school": ExtensionFactory(campaign=campaign, school=school),
        "second": ExtensionFactory(campaign=campaign, school=second_school),
        "village": ExtensionFactory(campaign=campaign, school=village_school),
        "tomsk": ExtensionFactory(campaign=campaign, municipality=tomsk),
    }
    seen = {
        who: {name for name, row in made.items() if row in Extension.objects.visible_to(person)}
        for who, person in people.items()
    }
    assert seen == {
        "operator": {"school", "second", "village", "tomsk"},
        "department": {"school", "second", "village", "tomsk"},
        "municipal": {"school", "second", "tomsk"},
        "another municipal": {"village"},
        "coordinator": {"school", "tomsk"},
        "another coordinator": {"second", "tomsk"},
        "technical staff": set(),
        "without membership": set(),
        "foreign operator": set(),
        "foreign department": set(),
        "foreign municipal": set(),
        "foreign coordinator": set(),
    }
