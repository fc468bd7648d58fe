"""When and what: campaigns with their windows and due dates, folders, the catalogue of formats, extensions."""

from campaigns.models.campaigns import (
    Campaign,
    CampaignQuerySet,
    Goal,
)
from campaigns.models.extensions import (
    Extension,
    ExtensionQuerySet,
    Stage,
)
from campaigns.models.folders import (
    SchoolCampaign,
    SchoolCampaignQuerySet,
)
from campaigns.models.formats import (
    CampaignFormat,
    Delivery,
    Format,
    FormatIndicator,
    FormatQuerySet,
)

__all__ = [
    "Campaign",
    "CampaignFormat",
    "CampaignQuerySet",
    "Delivery",
    "Extension",
    "ExtensionQuerySet",
    "Format",
    "FormatIndicator",
    "FormatQuerySet",
    "Goal",
    "SchoolCampaign",
    "SchoolCampaignQuerySet",
    "Stage",
]
