"""What figures are about: a campaign in its region, in one municipality or in one school."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import QuerySet

from campaigns.models import Campaign
from campaigns.phases import Phase
from events.models import Event
from portal.models import Municipality, School

SUMMARY_PHASES = (Phase.RUNNING, Phase.REPORTING, Phase.REVIEW, Phase.DECISION, Phase.CLOSED)
"""When a summary is built: "so far" until the campaign closes, then in full."""
SUMMARY_IS_NEWS = timedelta(days=14)
"""How long a ready full summary stands among the things to do."""


@dataclass(frozen=True)
class Level:
    """What a dashboard is about: a campaign in its region, in one municipality or in one school."""

    campaign: Campaign
    municipality: Municipality | None = None
    school: School | None = None

    @property
    def is_region(self) -> bool:
        return self.municipality is None and self.school is None

    @property
    def params(self) -> dict:
        """The part of the event list's address that narrows it to this level."""
        params = {"campaign": self.campaign.slug}
        if self.school:
            params["school"] = self.school.pk
        elif self.municipality:
            params["municipality"] = self.municipality.slug
        return params

    def events(self, *campaigns) -> QuerySet[Event]:
        """Held events of the level, in its campaign or in ``campaigns``."""
        events = Event.objects.order_by().held().filter(campaign__in=campaigns or [self.campaign])
        if self.school:
            return events.filter(school=self.school)
        if self.municipality:
            return events.filter(school__municipality=self.municipality)
        return events

    def schools(self) -> QuerySet[School]:
        """All schools of the level, those that closed included."""
        if self.school:
            return School.objects.filter(pk=self.school.pk)
        if self.municipality:
            return School.objects.filter(municipality=self.municipality)
        return School.objects.filter(municipality__region_id=self.campaign.region_id)
