"""What is done with campaigns, formats, extensions and region packs.

Every function is one transaction that locks the region (so that no two campaigns slip in beside each
other), checks the rule and the version, writes, and records history. They raise ``PermissionDenied``,
``ValidationError`` with messages by field, ``StateForbids`` and ``Changed``.
"""

from campaigns.actions.campaigns import (
    CAMPAIGN_FIELDS,
    WIDENING,
    campaign_state,
    create_campaign,
    edit_campaign,
    publish_campaign,
    refuse_guarded,
)
from campaigns.actions.extensions import (
    MOST_LETTERS,
    ask_extension,
    decide_extension,
    extension_days,
    grant_extension,
    withdraw_extension,
)
from campaigns.actions.folders import (
    close_without_report,
    expect_report_again,
    open_campaigns,
    write_folders,
)
from campaigns.actions.formats import (
    FORMAT_FIELDS,
    create_format,
    edit_format,
    format_state,
)
from campaigns.actions.packs import (
    PLACE_OF_ROLE,
    PLACES,
    load_pack,
)

__all__ = [
    "CAMPAIGN_FIELDS",
    "FORMAT_FIELDS",
    "MOST_LETTERS",
    "PLACES",
    "PLACE_OF_ROLE",
    "WIDENING",
    "ask_extension",
    "campaign_state",
    "close_without_report",
    "create_campaign",
    "create_format",
    "decide_extension",
    "edit_campaign",
    "edit_format",
    "expect_report_again",
    "extension_days",
    "format_state",
    "grant_extension",
    "load_pack",
    "open_campaigns",
    "publish_campaign",
    "refuse_guarded",
    "withdraw_extension",
    "write_folders",
]
