"""Campaigns with their windows, due dates and goals."""

from itertools import pairwise

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.models.formats import Format
from campaigns.phases import Phase, phase_condition, phase_on
from portal import clock
from portal.access import Scope
from portal.grades import GradeSpan
from portal.models import Region, academic_year_validator, name_field


class CampaignQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Campaigns of one's regions: drafts for the operator alone; the published ones for everyone, visitors too."""
        published = Q(published_at__isnull=False)
        if not user.is_authenticated:
            return self.filter(published)
        scope = Scope.of(user)
        return self.filter(
            Q(region_id__in=scope.operated_region_ids) | (Q(region_id__in=scope.home_region_ids) & published)
        )

    def in_phase(self, phase, region):
        """Campaigns of ``region`` that are in ``phase`` today, by the region's own calendar."""
        return self.filter(phase_condition(phase, clock.local_today(region)), region=region)


class Campaign(GradeSpan):
    """A career-guidance campaign: a window of dates, grades, due dates and the formats it offers.

    Due dates shut no door; they mark what comes after them as late.
    """

    class Season(models.TextChoices):
        SPRING = "spring", _("spring")
        AUTUMN = "autumn", _("autumn")

    region = models.ForeignKey(
        Region, on_delete=models.PROTECT, db_index=False, related_name="campaigns", verbose_name=_("region")
    )
    slug = models.SlugField(_("address"), max_length=80, unique=True)
    name = name_field(_("name"))
    season = models.CharField(_("season"), max_length=6, choices=Season.choices)
    academic_year = models.CharField(
        _("academic year"), max_length=9, validators=[academic_year_validator], editable=False
    )
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    events_due = models.DateField(_("events due"))
    school_reports_due = models.DateField(_("school reports due"))
    municipal_reports_due = models.DateField(_("municipal reports due"))
    closes_on = models.DateField(_("closes on"))
    description = models.TextField(
        _("about the campaign"), blank=True, max_length=5_000, validators=[MaxLengthValidator(5_000)]
    )
    previous = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, verbose_name=_("compared with")
    )
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    formats = models.ManyToManyField(Format, through="CampaignFormat", related_name="campaigns")

    objects = CampaignQuerySet.as_manager()

    DATE_FIELDS = ("starts_on", "ends_on", "events_due", "school_reports_due", "municipal_reports_due", "closes_on")
    HISTORY_PLACE = ("region",)
    HISTORY_LABELS = {"formats": _("formats"), "goals": _("goals")}

    class Meta(GradeSpan.Meta):
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ["-starts_on", "-pk"]
        constraints = [
            *GradeSpan.Meta.constraints,
            models.CheckConstraint(
                condition=Q(starts_on__lte=F("ends_on"))
                & Q(ends_on__lte=F("events_due"))
                & Q(events_due__lte=F("school_reports_due"))
                & Q(school_reports_due__lte=F("municipal_reports_due"))
                & Q(municipal_reports_due__lte=F("closes_on")),
                name="campaign_dates_in_order",
                violation_error_message=_("The dates of a campaign follow each other in the order of the form."),
            ),
            models.UniqueConstraint(
                fields=["region", "name"],
                name="campaign_once_in_region",
                violation_error_message=_("A campaign of this name exists already."),
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("campaign", args=[self.slug])

    def fill_derived(self) -> None:
        """Set the academic year, which begins on 1 September (July and August belong to the coming one)."""
        year = self.starts_on.year if self.starts_on.month >= 7 else self.starts_on.year - 1
        self.academic_year = f"{year}/{year + 1}"

    def overlaps(self, other) -> bool:
        """Whether the other is of the same season and a day lies in both windows."""
        return self.season == other.season and self.starts_on <= other.ends_on and other.starts_on <= self.ends_on

    def clean(self):
        """Explain at its field each date that comes before the one it must follow."""
        errors = {}
        for earlier, later in pairwise(self.DATE_FIELDS):
            first, second = getattr(self, earlier), getattr(self, later)
            if first and second and second < first:
                values = {
                    "later": f"{second:%d.%m.%Y}",
                    "earlier": f"{first:%d.%m.%Y}",
                    "label": self._meta.get_field(earlier).verbose_name,
                }
                message = _("%(later)s is before “%(label)s” (%(earlier)s).")
                errors[later] = ValidationError(message, code="order", params=values)
        if errors:
            raise ValidationError(errors)

    @property
    def phase(self) -> Phase:
        """The phase today, by the region's own calendar."""
        return phase_on(self, clock.local_today(self.region))

    @property
    def is_closed(self) -> bool:
        return self.phase == Phase.CLOSED


class Goal(models.Model):
    """What a campaign wants to reach, with the ground that it rests on."""

    class Measure(models.TextChoices):
        COVERAGE = "coverage", _("coverage, %")
        SCHOOLS = "schools", _("schools taking part, %")
        EVENTS = "events", _("events held")
        PARTICIPATIONS = "participations", _("participations")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, db_index=False, related_name="goals")
    measure = models.CharField(_("figure"), max_length=14, choices=Measure.choices)
    target = models.PositiveIntegerField(_("at least"))
    ground = models.CharField(_("ground"), max_length=300)

    HISTORY_PLACE = ("campaign",)

    class Meta:
        verbose_name = _("goal")
        verbose_name_plural = _("goals")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "measure"], name="goal_once_in_campaign"),
            models.CheckConstraint(
                condition=~Q(measure__in=["coverage", "schools"]) | Q(target__lte=100),
                name="goal_share_at_most_100",
                violation_error_message=_("A share is at most 100 %%."),
            ),
        ]

    def __str__(self):
        return f"{self.get_measure_display()}: {self.target}"
