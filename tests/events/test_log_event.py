"""A school plans and logs events: one form, one row, one line of history."""

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError

from campaigns.models import SchoolCampaign
from events.actions import Intent, edit_event, submit_event
from events.models import Event
from portal.models import Partner
from portal.queries.history import history_of
from tests.factories import PartnerFactory, event_fields


def test_a_sent_event_holds_what_was_typed(log, coordinator, school, campaign, lesson):
    event = log("submit", title="  Урок в кванториуме ", grade_8=18, grade_9=7, teachers=3, parents=1)
    saved = Event.objects.get()
    assert saved == event
    expected = event_fields(lesson, title="Урок в кванториуме", grade_9=7, teachers=3, parents=1)
    for name in ("partners", "partner_kind", "indicators"):
        del expected[name]
    assert {name: getattr(saved, name) for name in expected} == expected
    assert (saved.school, saved.campaign, saved.author) == (school, campaign, coordinator)
    assert (saved.status, saved.participants, saved.version) == ("submitted", 25, 1)
    assert (saved.submitted_by, saved.submitted_on) == (coordinator, date(2019, 9, 24))
    assert saved.submitted_at == datetime(2019, 9, 24, 7, 20, tzinfo=UTC)
    assert (saved.on_behalf, saved.flagged, saved.comment, saved.reviewed_by) == (False, False, "", None)
    assert saved.search == "урок в кванториуме актовый зал"
    assert [(entry.verb, entry.who, entry.for_whom) for entry in history_of(saved)] == [("submit", "Кира Школьная", "")]


@pytest.mark.parametrize(("intent", "status"), [("draft", "draft"), ("plan", "planned"), ("submit", "submitted")])
def test_the_button_decides_the_state(log, intent, status):
    event = log(intent)
    assert (event.status, history_of(event)[0].verb) == (status, intent)
    assert (event.submitted_on is None) == (intent != "submit")


def test_a_title_left_empty_is_the_formats_name(log, lesson):
    assert log(title="").title == lesson.name


def test_an_event_opens_the_schools_folder_once(log, school, campaign):
    log()
    log()
    assert list(SchoolCampaign.objects.values_list("school", "campaign")) == [(school.pk, campaign.pk)]


def test_a_planned_event_becomes_the_held_one_when_real_numbers_are_filled_in(log, coordinator, lesson, clock):
    plan = log("plan", starts_on=date(2019, 10, 1), ends_on=date(2019, 10, 1), grade_8=25)
    clock("2019-10-01 15:00")
    days = {"starts_on": date(2019, 10, 1), "ends_on": date(2019, 10, 1)}
    edit_event(coordinator, plan, 1, intent=Intent.SUBMIT, **event_fields(lesson, **days, grade_8=21))
    saved = Event.objects.get()
    assert (saved.pk, saved.status, saved.participants, saved.submitted_on) == (
        plan.pk,
        "submitted",
        21,
        date(2019, 10, 1),
    )


# --- Partners and additional numbers ---------------------------------------------------------


def test_partners_are_found_in_the_shared_directory_or_added_to_it(log, region):
    first = log(partners=["Томский Политех", " ОАО «Ёлка» "], partner_kind="university")
    second = log(partners=["томский политех", "ОАО «ЕЛКА»", "", "  "])
    assert list(Partner.objects.values_list("name", "kind", "region")) == [
        ("ОАО «Ёлка»", "university", region.pk),
        ("Томский Политех", "university", region.pk),
    ]
    assert set(first.partners.all()) == set(second.partners.all()) == set(Partner.objects.all())


def test_a_partner_of_another_region_is_not_used(log, foreign, region):
    PartnerFactory(region=foreign.region, name="Завод")
    assert log(partners=["Завод"]).partners.get().region == region


@pytest.mark.parametrize("name", ["\x07", "\u0000", " \x1f "])
def test_a_partner_without_a_readable_name_is_none(log, name):
    assert log(partners=[name]).partners.count() == 0
    assert Partner.objects.count() == 0


def test_partners_taken_out_of_the_form_are_gone_from_the_event(log, coordinator, lesson):
    event = log(partners=["Завод", "Колледж"])
    edit_event(coordinator, event, 1, intent=Intent.DRAFT, **event_fields(lesson, partners=["Колледж"]))
    assert [partner.name for partner in event.partners.all()] == ["Колледж"]
    assert Partner.objects.count() == 2


def test_additional_numbers_are_kept_changed_and_taken_away(log, coordinator, contest):
    projects, winners = contest.indicators.all()
    event = log(format_=contest, indicators={projects.pk: 5, winners.pk: 0})
    assert list(event.indicator_values.values_list("indicator", "value")) == [(projects.pk, 5), (winners.pk, 0)]
    edit_event(
        coordinator,
        event,
        1,
        intent=Intent.DRAFT,
        **event_fields(contest, indicators={projects.pk: 6, winners.pk: None}),
    )
    assert list(event.indicator_values.values_list("indicator", "value")) == [(projects.pk, 6)]


def test_an_edit_that_names_no_numbers_and_no_partners_leaves_them(log, coordinator, contest):
    projects, winners = contest.indicators.all()
    event = log(format_=contest, indicators={projects.pk: 5}, partners=["Завод"])
    edit_event(coordinator, event, 1, intent=Intent.DRAFT, title="Другое название")
    assert [partner.name for partner in event.partners.all()] == ["Завод"]
    assert list(event.indicator_values.values_list("value", flat=True)) == [5]


def test_another_format_leaves_no_numbers_of_the_old_one(log, coordinator, contest, lesson):
    projects, winners = contest.indicators.all()
    event = log(format_=contest, indicators={projects.pk: 5})
    edit_event(coordinator, event, 1, intent=Intent.DRAFT, **event_fields(lesson))
    assert event.indicator_values.count() == 0


def test_a_retired_number_stays_with_the_events_that_have_it(log, coordinator, contest, clock):
    projects, winners = contest.indicators.all()
    event = log(format_=contest, indicators={projects.pk: 5, winners.pk: 1})
    winners.retired_at = clock("2019-09-25 10:00")
    winners.save()
    edit_event(coordinator, event, 1, intent=Intent.DRAFT, **event_fields(contest, indicators={projects.pk: 7}))
    assert list(event.indicator_values.values_list("indicator", "value")) == [(projects.pk, 7), (winners.pk, 1)]


def test_a_number_of_another_format_is_refused(log, contest, lesson):
    projects = contest.indicators.first()
    with pytest.raises(ValidationError) as refused:
        log(format_=lesson, indicators={projects.pk: 5})
    assert list(refused.value.message_dict) == ["format"]
    assert Event.objects.count() == 0


@pytest.mark.parametrize("value", [-1, 1_000_000, 10**20])
def test_an_impossible_additional_number_is_refused(log, contest, value):
    with pytest.raises(ValidationError):
        log(format_=contest, indicators={contest.indicators.first().pk: value})
    assert Event.objects.count() == 0


# --- A course or a club ----------------------------------------------------------------------


def test_a_club_need_only_overlap_the_window_and_counts_grades_outside_the_campaigns(log, club, clock):
    event = log(
        format_=club,
        starts_on=date(2019, 9, 2),
        ends_on=date(2019, 12, 20),
        grade_8=0,
        grade_3=14,
        indicators={club.indicators.get().pk: 8},
    )
    assert (event.status, event.participants) == ("submitted", 14)


def test_sending_a_draft_as_it_stands(log, coordinator):
    draft = log("draft")
    sent = submit_event(coordinator, draft, 1)
    assert (sent.status, sent.version, sent.submitted_by) == ("submitted", 2, coordinator)
    assert [entry.verb for entry in history_of(sent)] == ["submit", "draft"]
