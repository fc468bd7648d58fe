"""Builds of the summary report: versions that never change once ready."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from portal import clock
from portal.access import Scope


class SummaryQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Summaries of one's regions: all of them for operator and department, the ready ones for the others."""
        scope = Scope.of(user)
        own = Q(campaign__region_id__in=scope.region_ids)
        part = Q(campaign__region_id__in=scope.home_region_ids, status=Summary.Status.READY)
        return self.filter(own | part)


class Summary(models.Model):
    """One build of a campaign's summary report.

    The row is the truth and the queue only a hint: it is written first, and a sweeper queues again what a
    dead worker left. ``tables`` hold what one snapshot of the database said; the workbook is written from
    them. Once ready it has a version and never changes; the same data is the same version.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("waiting")
        BUILDING = "building", _("being built")
        READY = "ready", _("ready")
        SAME = "same", _("nothing has changed")
        FAILED = "failed", _("failed")

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, db_index=False, related_name="summaries")
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.QUEUED)
    version = models.PositiveIntegerField(_("version"), null=True)
    is_full = models.BooleanField(_("full"), default=False)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    requested_at = models.DateTimeField(default=clock.now)
    attempt = models.PositiveIntegerField(default=0)
    heartbeat_at = models.DateTimeField(null=True)
    progress = models.PositiveSmallIntegerField(default=0)
    taken_at = models.DateTimeField(_("figures as of"), null=True)
    ready_at = models.DateTimeField(_("ready"), null=True)
    tables = models.JSONField(null=True)
    figures = models.JSONField(default=dict)
    """The key figures of ``tables``, ``{code: {"value": …, "of": …}}``: pages that show them alone read no more."""
    data_sha256 = models.CharField(max_length=64, blank=True)
    same_as = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    file = models.FileField(upload_to="summaries/", blank=True)
    file_sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    file_size = models.PositiveBigIntegerField(default=0)
    error = models.TextField(blank=True)

    objects = SummaryQuerySet.as_manager()

    HISTORY_PLACE = ("campaign",)
    HISTORY_LABELS = {"campaign": _("campaign")}

    class Meta:
        verbose_name = _("summary")
        verbose_name_plural = _("summaries")
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "version"], name="summary_version_once"),
            models.UniqueConstraint(
                fields=["campaign"], condition=Q(status__in=["queued", "building"]), name="summary_one_at_work"
            ),
            models.CheckConstraint(
                condition=~Q(status="ready")
                | Q(version__isnull=False, tables__isnull=False, taken_at__isnull=False)
                & ~Q(file="")
                & ~Q(file_sha256=""),
                name="summary_ready_is_whole",
            ),
        ]

    def __str__(self):
        return f"{self.campaign} – {self.version or self.get_status_display()}"

    def get_absolute_url(self):
        return reverse("summary", args=[self.pk])

    @property
    def is_at_work(self) -> bool:
        return self.status in (self.Status.QUEUED, self.Status.BUILDING)
