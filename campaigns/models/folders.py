"""Folders: what stands of a school in a campaign, stamped when it happens, whatever becomes of the school later."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaigns import Campaign
from portal.access import Scope
from portal.grades import GRADES, GradeRoll
from portal.models import Enrolment, Municipality, School


class SchoolCampaignQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Folders of one's regions, of one's own schools, and of the schools that belong to one's municipalities in
        the folder's campaign."""
        scope = Scope.of(user)
        return self.filter(
            Q(school_id__in=scope.own_school_ids)
            | Q(municipality_id__in=scope.municipality_ids)
            | Q(campaign__region_id__in=scope.region_ids)
        )

    def expected(self):
        """Folders of the schools that a report is expected of."""
        return self.filter(is_expected=True)


class SchoolCampaign(GradeRoll):
    """The folder of a school in a campaign: where the school belongs in it, whether a report is expected of it, and the
    enrolment that it is measured on.

    Every school of the region has one from the campaign's publication on. It follows the school until the campaign
    closes, and stands from then on: what belongs to a campaign is counted and shown by the folder, never by what the
    school is today. Every action on the school's events and its report locks this row first, so that nothing slips in
    beside a freeze. A frozen folder takes no change of its events.
    """

    school = models.ForeignKey(
        School, on_delete=models.PROTECT, db_index=False, related_name="folders", verbose_name=_("school")
    )
    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, db_index=False, related_name="folders", verbose_name=_("campaign")
    )
    municipality = models.ForeignKey(
        Municipality, on_delete=models.PROTECT, related_name="folders", verbose_name=_("municipality")
    )
    is_expected = models.BooleanField(_("a report is expected"))
    roll_as_of = models.DateField(_("enrolment as of"), null=True, blank=True, editable=False)
    roll_source = models.CharField(_("source of the enrolment"), max_length=200, blank=True, editable=False)
    closed_without_reason = models.CharField(_("why it is closed without a report"), max_length=500, blank=True)
    closed_without_letter = models.CharField(_("number of the letter"), max_length=100, blank=True)
    frozen_at = models.DateTimeField(_("frozen"), null=True, blank=True)

    objects = SchoolCampaignQuerySet.as_manager()

    HISTORY_PLACE = ("municipality",)
    HISTORY_LABELS = {"enrolment": _("enrolment")}
    ROLL_FIELDS = (*(f"roll_{grade}" for grade in GRADES), "roll_as_of", "roll_source")

    class Meta:
        db_table = "events_schoolcampaign"
        verbose_name = _("school in a campaign")
        verbose_name_plural = _("schools in campaigns")
        indexes = [models.Index(fields=["campaign", "municipality"], name="folder_campaign_municipality")]
        constraints = [
            models.UniqueConstraint(fields=["school", "campaign"], name="folder_once"),
            models.CheckConstraint(
                condition=Q(closed_without_reason="", closed_without_letter="")
                | (~Q(closed_without_reason="") & ~Q(closed_without_letter="") & Q(is_expected=False)),
                name="folder_closed_without_reason_and_letter",
            ),
        ]

    def __str__(self):
        return f"{self.school} – {self.campaign}"

    @property
    def is_closed_without(self) -> bool:
        """Whether the operator closed it without a report."""
        return bool(self.closed_without_reason)

    @property
    def enrolment(self) -> Enrolment | None:
        """The enrolment that the school is measured on in the campaign, as a row that is not stored; None where it is
        not known."""
        if self.roll is None:
            return None
        grades = {f"grade_{grade}": pupils for grade, pupils in self.roll.items()}
        year = self.campaign.academic_year
        return Enrolment(
            school_id=self.school_id, academic_year=year, as_of=self.roll_as_of, source=self.roll_source, **grades
        )

    def measure(self, enrolment: Enrolment | None) -> None:
        """Put down the enrolment that the school is measured on from now on, None where it is not known."""
        for grade in GRADES:
            setattr(self, f"roll_{grade}", enrolment.by_grade[grade] if enrolment else None)
        self.roll_as_of = enrolment.as_of if enrolment else None
        self.roll_source = enrolment.source if enrolment else ""
