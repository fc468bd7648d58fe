"""What is done with reports: the chain of school and municipal reports, the campaign's questions, summaries.

The verbs stand here by name; the modules hold them.
"""

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
    "claim",
    "finish",
    "heartbeat",
    "next_version",
    "release",
    "request_summary",
    "store_tables",
    "sweep",
]
