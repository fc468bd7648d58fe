"""What has been written so far, as the later parts of the loading need it."""

from dataclasses import dataclass
from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

from demo.events import Directory
from portal.models import Region, User


@dataclass
class World:
    """The region with its places and people, and the moment up to which anything has happened."""

    rng: Random
    region: Region
    municipalities: list
    places: list
    operator: User
    reviewers: dict
    directory: Directory
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.region.time_zone)
