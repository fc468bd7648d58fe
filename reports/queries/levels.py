"""What figures are about: a campaign in its region, in one municipality or in one school."""

from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import QuerySet

from campaigns.models import Campaign, SchoolCampaign
from campaigns.phases import Phase
from events.models import Event
from portal.models import Municipality, School
from reports.models import SchoolReport

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
    folder: SchoolCampaign | None = field(default=None, compare=False)
    """The school's, where it was read along."""

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
            return events.filter(folder__municipality=self.municipality)
        return events

    def folders(self) -> QuerySet[SchoolCampaign]:
        """The folders of all schools that belong to the level in its campaign, those of which nothing is expected
        included."""
        folders = SchoolCampaign.objects.order_by().filter(campaign=self.campaign)
        if self.school:
            return folders.filter(school=self.school)
        return folders.filter(municipality=self.municipality) if self.municipality else folders

    def reports(self) -> QuerySet[SchoolReport]:
        """The school reports of the level."""
        reports = SchoolReport.objects.order_by().filter(campaign=self.campaign)
        if self.school:
            return reports.filter(school=self.school)
        return reports.filter(folder__municipality=self.municipality) if self.municipality else reports
