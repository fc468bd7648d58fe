"""What people do with events.

The verbs of events stand here by name; the modules hold them: ``log`` (the school's), ``joint`` (events held for
several schools), ``review``, ``freeze``, and ``folders``, what each of them does first.

Every function is one transaction. It locks the school's folder in the campaign first (creation included; where a
joint event is concerned, that before the folder), then checks the rule, the phase and the freeze, the version and the
state, writes, and records history. It raises ``PermissionDenied``, ``ValidationError`` (messages by field),
``StateForbids`` with the reason, or ``Changed`` with what others did since the event was opened. Sent twice, it does
its work once.
"""

from events.actions.folders import frozen_reason
from events.actions.freeze import freeze_folder, thaw_folder
from events.actions.joint import attend_joint_event, cancel_joint_event, create_joint_event, edit_joint_event
from events.actions.log import (
    JOINT_FIELDS,
    PLAIN_FIELDS,
    Intent,
    cancel_event,
    delete_draft,
    edit_event,
    event_state,
    joint_partners,
    log_event,
    submit_event,
)
from events.actions.review import BulkResult, accept_event, accept_events, return_event

__all__ = [
    "JOINT_FIELDS",
    "PLAIN_FIELDS",
    "BulkResult",
    "Intent",
    "accept_event",
    "accept_events",
    "attend_joint_event",
    "cancel_event",
    "cancel_joint_event",
    "create_joint_event",
    "delete_draft",
    "edit_event",
    "edit_joint_event",
    "event_state",
    "freeze_folder",
    "frozen_reason",
    "joint_partners",
    "log_event",
    "return_event",
    "submit_event",
    "thaw_folder",
]
