"""The region that stories are told of."""

from dataclasses import dataclass
from datetime import datetime
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from demo.stories.events import Directory
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

    def token(self) -> UUID:
        """Return the token of a form: the next one that the seed gives."""
        return UUID(int=self.rng.getrandbits(128), version=4)
