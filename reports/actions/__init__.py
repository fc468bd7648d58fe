"""What is done with reports: the chain of school and municipal reports, the campaign's questions, summaries.

The verbs stand here by name; the modules hold them.
"""

from reports.actions.municipal_reports import (
    accept_municipal_report,
    return_municipal_report,
    write_municipal_report,
)
from reports.actions.questions import create_question, edit_question, retire_question
from reports.actions.school_reports import (
    accept_school_report,
    refuse_writing,
    return_school_report,
    write_school_report,
)
from reports.actions.summaries import (
    BUILD_TASK,
    MOST_ATTEMPTS,
    AttemptLost,
    claim,
    finish,
    heartbeat,
    next_version,
    release,
    request_summary,
    store_tables,
    sweep,
)

__all__ = [
    "BUILD_TASK",
    "MOST_ATTEMPTS",
    "AttemptLost",
    "accept_municipal_report",
    "accept_school_report",
    "claim",
    "create_question",
    "edit_question",
    "finish",
    "heartbeat",
    "next_version",
    "refuse_writing",
    "release",
    "request_summary",
    "retire_question",
    "return_municipal_report",
    "return_school_report",
    "store_tables",
    "sweep",
    "write_municipal_report",
    "write_school_report",
]
