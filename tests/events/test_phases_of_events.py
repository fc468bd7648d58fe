"""What may be done in which phase: planning until the window's last day, everything else until closing."""

import uuid
from datetime import date

import pytest

from events.actions import (
    Intent,
    accept_event,
    accept_events,
    cancel_event,
    delete_draft,
    edit_event,
    log_event,
    return_event,
    submit_event,
)
from events.models import Event
from portal.errors import StateForbids
from tests.events.conftest import row_of
from tests.factories import event_fields

DAYS = {
    "announced": ("2019-09-01 10:00", "2019-09-12 23:59:59"),
    "running": ("2019-09-13 00:00", "2019-10-14 23:59:59"),
    "reporting": ("2019-10-15 00:00", "2019-10-21 23:59:59"),
    "review": ("2019-10-22 00:00", "2019-10-28 23:59:59"),
    "decision": ("2019-10-29 00:00", "2019-11-05 23:59:59"),
    "closed": ("2019-11-06 00:00", "2020-03-01 10:00"),
}
LAST = date(2019, 10, 14)


def _log(intent, day=date(2019, 9, 13)):
    def act(people, school, campaign, event):
        fields = event_fields(event.format, starts_on=day, ends_on=day)
        return log_event(people["coordinator"], school, campaign, token=uuid.uuid4(), intent=intent, **fields)

    return act


def _edit(intent):
    def act(people, school, campaign, event):
        return edit_event(
            people["coordinator"],
            event,
            1,
            intent=intent,
            **event_fields(event.format, starts_on=date(2019, 9, 13), ends_on=date(2019, 9, 13)),
        )

    return act


LOGGING = {"running", "reporting", "review", "decision"}
# verb: (state it starts from, what is done, phases in which it may be done)
VERBS = {
    "plan": ("draft", _log(Intent.PLAN, LAST), {"announced", "running"}),
    "draft": ("draft", _log(Intent.DRAFT), LOGGING),
    "log": ("draft", _log(Intent.SUBMIT), LOGGING),
    "change a plan": ("planned", _edit(Intent.PLAN), {"announced", "running"}),
    "edit a draft": ("draft", _edit(Intent.DRAFT), LOGGING),
    "edit a sent one": ("submitted", _edit(Intent.DRAFT), LOGGING),
    "edit and send": ("returned", _edit(Intent.SUBMIT), LOGGING),
    "send": ("planned", lambda p, s, c, e: submit_event(p["coordinator"], e, 1), LOGGING),
    "cancel a plan": ("planned", lambda p, s, c, e: cancel_event(p["coordinator"], e, 1), LOGGING | {"announced"}),
    "cancel a returned one": ("returned", lambda p, s, c, e: cancel_event(p["coordinator"], e, 1), LOGGING),
    "delete": ("draft", lambda p, s, c, e: delete_draft(p["coordinator"], e, 1), LOGGING | {"announced"}),
    "accept": ("submitted", lambda p, s, c, e: accept_event(p["municipal"], e, 1), LOGGING),
    "return": ("submitted", lambda p, s, c, e: return_event(p["municipal"], e, 1, "Уточните."), LOGGING),
    "return an accepted one": ("accepted", lambda p, s, c, e: return_event(p["operator"], e, 1, "Уточните."), LOGGING),
}


@pytest.mark.parametrize("edge", [0, 1], ids=["first moment", "last moment"])
@pytest.mark.parametrize("phase", DAYS)
@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_in_a_phase(verb, phase, edge, event_in, people, school, campaign, clock):
    state, act, phases = VERBS[verb]
    clock(DAYS[phase][edge])
    event = event_in(state, starts_on=date(2019, 9, 13))
    assert campaign.phase == phase
    before, count = row_of(event), Event.objects.count()
    if phase in phases:
        act(people, school, campaign, event)
        assert (row_of(event), Event.objects.count()) != (before, count)
    else:
        with pytest.raises(StateForbids):
            act(people, school, campaign, event)
        assert (row_of(event), Event.objects.count()) == (before, count)


@pytest.mark.parametrize("phase", DAYS)
def test_bulk_acceptance_in_a_phase(phase, event_in, municipal, campaign, clock):
    event = event_in("submitted")
    clock(DAYS[phase][0])
    result = accept_events(municipal, {event.pk: 1})
    assert (len(result.accepted), len(result.skipped)) == ((1, 0) if phase in LOGGING else (0, 1))
    assert row_of(event)["status"] == ("accepted" if phase in LOGGING else "submitted")


def test_the_refusal_names_the_days_and_the_phase(log, clock, english):
    clock("2019-11-06 00:00")
    with pytest.raises(StateForbids) as refused:
        log()
    assert str(refused.value) == (
        "The campaign closed on 05.11.2019. After that its events change only with an extension, which the operator "
        "grants."
    )
    clock("2019-09-12 10:00")
    with pytest.raises(StateForbids) as refused:
        log()
    assert str(refused.value) == (
        "Events of this campaign are logged and reviewed from 13.09.2019 to 05.11.2019; now it is: announced."
    )
    clock("2019-11-06 00:00")
    with pytest.raises(StateForbids) as refused:
        log("plan")
    assert str(refused.value) == "Events are planned until the campaign's last day, 14.10.2019."


def test_a_form_sent_before_closing_and_again_after_it_is_still_one_answer(log, clock):
    token = uuid.uuid4()
    clock("2019-11-05 23:59:59")
    first = log(token=token)
    clock("2019-11-06 00:00:01")
    assert log(token=token) == first
    assert Event.objects.count() == 1


def test_a_draft_campaign_takes_nothing(log, campaign):
    campaign.published_at = None
    campaign.save()
    for intent in ("draft", "plan", "submit"):
        with pytest.raises(StateForbids):
            log(intent)
    assert Event.objects.count() == 0


def lateness_of(event):
    return Event.objects.with_due().get(pk=event.pk).lateness


@pytest.mark.parametrize(
    ("moment", "day", "late"),
    [
        ("2019-10-17 01:30:00", date(2019, 10, 17), None),
        ("2019-10-17 23:59:59", date(2019, 10, 17), None),
        ("2019-10-18 00:00:00", date(2019, 10, 18), "late"),
        ("2019-10-18 01:30:00", date(2019, 10, 18), "late"),
    ],
)
def test_a_due_date_lasts_to_its_end_in_the_regions_time_and_shuts_no_door(log, clock, moment, day, late):
    clock(moment)
    event = log()
    assert (event.submitted_on, lateness_of(event)) == (day, late)
    assert list(Event.objects.late()) == ([event] if late else [])


def test_in_another_time_zone_the_day_is_that_regions(foreign, clock):
    clock("2019-10-18 00:30", "Europe/Moscow")
    foreign.region.time_zone = "Europe/Kaliningrad"
    foreign.region.save()
    event = log_event(
        foreign.coordinator,
        foreign.school,
        foreign.campaign,
        token=uuid.uuid4(),
        intent=Intent.SUBMIT,
        **event_fields(foreign.lesson),
    )
    assert (event.submitted_on, lateness_of(event)) == (date(2019, 10, 17), None)
