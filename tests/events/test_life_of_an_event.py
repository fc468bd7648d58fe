"""Whatever people do with an event, in any order, a small model knows what becomes of it."""

import uuid
from datetime import date

import pytest
from django.db import transaction
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

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
from portal.errors import Changed, StateForbids
from tests.events.conftest import entries_of
from tests.factories import event_fields

EDITABLE = {"draft", "planned", "submitted", "returned"}


def test_the_life_of_an_event(school, campaign, lesson, coordinator, municipal, operator):
    class Life(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.savepoint = transaction.savepoint()
            self.token, self.count, self.lines = uuid.uuid4(), 18, 1

        def teardown(self):
            transaction.savepoint_rollback(self.savepoint)

        @initialize(intent=st.sampled_from(list(Intent)))
        def begin(self, intent):
            self.event = self.send(intent, 18)
            self.state, self.version, self.sent = (
                {"plan": "planned", "submit": "submitted"}.get(intent, intent),
                1,
                intent == "submit",
            )

        def send(self, intent, count):
            return log_event(
                coordinator, school, campaign, token=self.token, intent=intent, **event_fields(lesson, grade_8=count)
            )

        def expect(self, may, act, becomes, sends=False):
            """Do it; if the model says that it may not be done, the state forbids it."""
            if not may:
                with pytest.raises(StateForbids):
                    act()
                return
            act()
            self.state, self.version, self.lines = becomes, self.version + 1, self.lines + 1
            self.sent = self.sent or sends

        @rule()
        def submit(self):
            if self.state != "submitted":
                may = self.state in ("draft", "planned", "returned")
                self.expect(may, lambda: submit_event(coordinator, self.event, self.version), "submitted", True)

        @rule(count=st.integers(1, 25))
        def edit(self, count):
            if count != self.count or self.state not in EDITABLE:
                fields = event_fields(lesson, grade_8=count)
                act = lambda: edit_event(coordinator, self.event, self.version, intent=Intent.DRAFT, **fields)  # noqa: E731
                self.expect(self.state in EDITABLE, act, self.state)
                self.count = count if self.state in EDITABLE else self.count

        @rule()
        def cancel(self):
            if self.state != "cancelled":
                may = self.state in ("planned", "returned")
                self.expect(may, lambda: cancel_event(coordinator, self.event, self.version), "cancelled")

        @rule()
        def accept(self):
            act = lambda: accept_event(municipal, self.event, self.version)  # noqa: E731
            self.expect(self.state == "submitted", act, "accepted")

        @rule()
        def accept_in_bulk(self):
            may = self.state == "submitted"
            result = accept_events(municipal, {self.event.pk: self.version})
            assert (len(result.accepted), len(result.skipped)) == (may, not may)
            if may:
                self.state, self.version, self.lines = "accepted", self.version + 1, self.lines + 1

        @rule()
        def send_back(self):
            may = self.state in ("submitted", "accepted")
            self.expect(may, lambda: return_event(operator, self.event, self.version, "Уточните."), "returned")

        @rule()
        def delete(self):
            if self.state != "draft":
                with pytest.raises(StateForbids):
                    delete_draft(coordinator, self.event, self.version)

        @rule(older=st.integers(1, 3))
        def act_on_an_older_version(self, older):
            if self.version > older and self.state == "submitted":
                with pytest.raises(Changed) as told:
                    accept_event(municipal, self.event, self.version - older)
                assert [entry.version for entry in told.value.changes] == [self.version - n for n in range(older)]

        @rule()
        def send_the_first_form_again(self):
            if (self.state, self.count) == ("submitted", 18):
                assert self.send(Intent.SUBMIT, 18) == self.event

        @invariant()
        def the_row_is_as_the_model_says(self):
            if not hasattr(self, "event"):
                return
            row = Event.objects.get()
            assert (row.pk, row.status, row.version, row.participants) == (
                self.event.pk,
                self.state,
                self.version,
                self.count,
            )
            assert row.submitted_on == (date(2019, 9, 24) if self.sent else None)
            assert entries_of(row) == self.lines

    run_state_machine_as_test(
        Life,
        settings=hypothesis_settings(
            hypothesis_settings.get_profile("portal"), max_examples=25, stateful_step_count=15
        ),
    )
