"""Extensions: a later due date of one stage for one school or municipality."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaigns import Campaign
from campaigns.models.folders import SchoolCampaign
from portal import clock
from portal.access import Scope
from portal.models import Municipality, School


class Stage(models.TextChoices):
    """What has a due date in a campaign."""

    EVENTS = "events", _("events")
    SCHOOL_REPORT = "school_report", _("school report")
    MUNICIPAL_REPORT = "municipal_report", _("municipal report")


class ExtensionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Extensions of one's regions; a coordinator sees those of their own municipality and its schools, or of their
        own school and the municipality where it belongs in the campaign."""
        scope = Scope.of(user)
        seen = (
            Q(campaign__region_id__in=scope.region_ids)
            | Q(municipality_id__in=scope.municipality_ids)
            | Q(folder__municipality_id__in=scope.municipality_ids)
            | Q(school_id__in=scope.own_school_ids)
        )
        if scope.own_school_ids:
            own = SchoolCampaign.objects.filter(
                school__in=scope.own_school_ids,
                campaign=OuterRef("campaign"),
                municipality=OuterRef("municipality"),
            )
            seen |= Exists(own)
        return self.filter(seen)


class Extension(models.Model):
    """A later due date of one stage for one school or municipality, with a reason.

    A municipality's extension of events or of school reports covers all its schools. A municipality may ask for
    one; the operator grants or declines it. After closing a granted one reopens the chain for its school or
    municipality alone, to its date. ``folder`` is the school's in the campaign, where it is for a school.
    """

    class Status(models.TextChoices):
        ASKED = "asked", _("asked for")
        GRANTED = "granted", _("granted")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")

    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, db_index=False, related_name="extensions", verbose_name=_("campaign")
    )
    stage = models.CharField(_("stage"), max_length=16, choices=Stage.choices)
    school = models.ForeignKey(
        School, on_delete=models.PROTECT, null=True, blank=True, related_name="extensions", verbose_name=_("school")
    )
    folder = models.ForeignKey(
        SchoolCampaign, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="extensions"
    )
    municipality = models.ForeignKey(
        Municipality,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="extensions",
        verbose_name=_("municipality"),
    )
    until = models.DateField(_("until"))
    reason = models.CharField(_("reason"), max_length=500)
    status = models.CharField(_("status"), max_length=9, choices=Status.choices)
    answer = models.CharField(_("the operator's answer"), max_length=500, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, editable=False, related_name="+")
    asked_at = models.DateTimeField(default=clock.now, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, editable=False)
    after_closing = models.BooleanField(default=False, editable=False)
    """Whether it was granted after the campaign had closed: it opens a chain then, and excuses nothing of before."""
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ExtensionQuerySet.as_manager()

    HISTORY_PLACE = ("folder", "school", "municipality")

    class Meta:
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        ordering = ["-asked_at", "-pk"]
        indexes = [models.Index(fields=["campaign", "stage", "status"], name="extension_campaign_stage")]
        constraints = [
            models.CheckConstraint(
                condition=Q(school__isnull=False, municipality=None) | Q(school=None, municipality__isnull=False),
                name="extension_of_one_place",
                violation_error_message=_("An extension is for one school or for one municipality."),
            ),
            models.CheckConstraint(
                condition=Q(school=None, folder=None) | Q(school__isnull=False, folder__isnull=False),
                name="extension_of_school_has_folder",
            ),
            models.CheckConstraint(
                condition=~Q(stage="municipal_report") | Q(municipality__isnull=False),
                name="extension_stage_fits_place",
                violation_error_message=_("A school has no municipal report to extend."),
            ),
            models.CheckConstraint(
                condition=Q(stage__in=["events", "school_report", "municipal_report"]), name="extension_stage_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["asked", "granted", "declined", "withdrawn"]), name="extension_status_known"
            ),
            *(
                models.UniqueConstraint(
                    fields=["campaign", "stage", place, "until", "status"],
                    condition=Q(status__in=["asked", "granted"]) & ~Q(**{place: None}),
                    name=f"extension_once_for_{place}",
                    violation_error_message=_("This extension exists already."),
                )
                for place in ("school", "municipality")
            ),
        ]

    def __str__(self):
        return f"{self.place}: {self.get_stage_display()}"

    @property
    def stands(self) -> bool:
        """Whether it is not taken back any more: the campaign is closed, and what was in time by it stays so."""
        return self.status == self.Status.GRANTED and self.campaign.is_closed and not self.after_closing

    @property
    def place(self):
        """The school or municipality that it is for."""
        return self.school or self.municipality
