"""After any sequence of what people do, attendances are laid out as their joint event says, once a school."""

import uuid
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from events import actions
from events.actions import Intent
from events.models import Event, JointEvent
from portal.errors import Changed, StateForbids
from portal.models import History
from tests.factories import event_fields, joint_fields

DAYS = (date(2019, 9, 16), date(2019, 9, 20), date(2019, 9, 27))
STEP = st.tuples(
    st.sampled_from(
        [
            "attend",
            "plan",
            "edit",
            "send",
            "accept",
            "return",
            "cancel",
            "move",
            "reformat",
            "freeze",
            "thaw",
            "call off",
        ]
    ),
    st.integers(0, 2),
    st.integers(0, 2),
)


class _Undo(Exception):
    pass


@pytest.fixture
def world(campaign, lesson, contest, operator, municipal, school, second_school, unrun_school, coordinator, colleague):
    return locals()


@settings(max_examples=40)
@given(steps=st.lists(STEP, min_size=1, max_size=14))
def test_attendances_are_as_their_joint_event_says(world, steps):
    try:
        with transaction.atomic():
            run(steps, **world)
            raise _Undo
    except _Undo:
        pass


def run(steps, campaign, lesson, contest, operator, municipal, school, second_school, unrun_school, **_):
    joint = actions.create_joint_event(operator, campaign, None, token=uuid.uuid4(), **joint_fields(lesson))
    schools = [school, second_school, unrun_school]
    writers = [municipal, municipal, operator]
    for verb, place, number in steps:
        joint.refresh_from_db()
        now = Event.objects.filter(joint=joint, school=schools[place]).exclude(status="cancelled").first()
        accepted = list(Event.objects.filter(status="accepted").values("pk", "format", "starts_on", "ends_on"))
        entries = History.objects.count()
        versions = sum(Event.objects.values_list("version", flat=True)) + JointEvent.objects.get().version
        try:
            act(verb, joint, now, schools[place], writers[place], operator, campaign, number, (lesson, contest))
        except (StateForbids, ValidationError, Changed, PermissionDenied):
            assert History.objects.count() == entries
        check(joint, accepted, verb)
        if verb not in ("freeze", "thaw"):
            grown = sum(Event.objects.values_list("version", flat=True)) + JointEvent.objects.get().version
            # Every version is a line of history, a new row's first one too.
            assert History.objects.count() - entries == grown - versions


def act(verb, joint, now, school, writer, operator, campaign, number, formats):
    day = DAYS[number]
    if verb in ("attend", "plan"):
        intent = Intent.SUBMIT if verb == "attend" else Intent.PLAN
        actions.attend_joint_event(writer, school, joint, token=uuid.uuid4(), intent=intent, grade_7=number, grade_8=5)
    elif verb in ("move", "reformat", "call off"):
        if verb == "call off":
            actions.cancel_joint_event(operator, joint, joint.version)
            return
        changes = {"starts_on": day, "ends_on": day} if verb == "move" else {"format": formats[number % 2]}
        kept = {"format": joint.format, "starts_on": joint.starts_on, "ends_on": joint.ends_on}
        fields = joint_fields(formats[0], **{**kept, **changes})
        actions.edit_joint_event(operator, joint, joint.version, **fields)
    elif verb == "freeze":
        actions.freeze_folder(operator, school, campaign)
    elif verb == "thaw":
        actions.thaw_folder(operator, school, campaign, [], "Уточните")
    elif now is not None:
        if verb == "edit":
            fields = event_fields(formats[1], starts_on=day, ends_on=day, title="Своё", grade_8=number + 1)
            actions.edit_event(writer, now, now.version, intent=Intent.DRAFT, **fields)
        elif verb == "send":
            actions.submit_event(writer, now, now.version)
        elif verb == "accept":
            actions.accept_event(operator, now, now.version)
        elif verb == "return":
            actions.return_event(operator, now, now.version, "Уточните")
        elif verb == "cancel":
            actions.cancel_event(writer, now, now.version)


def check(joint, accepted, verb):
    joint.refresh_from_db()
    live = Event.objects.filter(joint=joint).exclude(status="cancelled")
    laid_out = {(event.format_id, event.starts_on, event.ends_on) for event in live}
    assert laid_out <= {(joint.format_id, joint.starts_on, joint.ends_on)}
    assert live.count() == live.values("school").distinct().count()
    assert not (joint.cancelled_at and live.exists())
    for row in accepted:
        # What was accepted before keeps its format and days whatever was done.
        assert Event.objects.filter(**row).count() == 1
