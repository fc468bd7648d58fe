"""What people do with events.

The verbs of events stand here by name; the modules hold them: ``log`` (the school's), ``review``, ``freeze``, and
``folders``, what each of them does first.

Every function is one transaction. It locks the school's folder in the campaign first (creation
included), then checks the rule, the phase and the freeze, the version and the state, writes, and records
history. It raises ``PermissionDenied``, ``ValidationError`` (messages by field), ``StateForbids`` with the
reason, or ``Changed`` with what others did since the event was opened. Sent twice, it does its work once.
"""

from events.actions.folders import frozen_reason
from events.actions.freeze import freeze_folder, thaw_folder
from events.actions.log import (
    PLAIN_FIELDS,
    Intent,
    cancel_event,
    delete_draft,
    edit_event,
    event_state,
    log_event,
    submit_event,
)
from events.actions.review import BulkResult, accept_event, accept_events, return_event

__all__ = [
    "PLAIN_FIELDS",
    "BulkResult",
    "Intent",
    "accept_event",
    "accept_events",
    "cancel_event",
    "delete_draft",
    "edit_event",
    "event_state",
    "freeze_folder",
    "frozen_reason",
    "log_event",
    "return_event",
    "submit_event",
    "thaw_folder",
]
