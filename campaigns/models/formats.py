"""The catalogue of formats, what each asks for beside participants, and which campaigns offer it."""

from django.core.validators import MaxLengthValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.access import Scope
from portal.grades import GradeSpan
from portal.models import Region, name_field


class Delivery(models.TextChoices):
    """How an event is held."""

    ONLINE = "online", _("online")
    ONSITE = "onsite", _("on site")
    MIXED = "mixed", _("online and on site")


class FormatQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Formats of the regions that ``user`` belongs to; a signed-out visitor sees those of published campaigns."""
        if not user.is_authenticated:
            return self.filter(
                pk__in=CampaignFormat.objects.filter(campaign__published_at__isnull=False).values("format_id")
            )
        return self.filter(region_id__in=Scope.of(user).home_region_ids)


class Format(GradeSpan):
    """An entry of the catalogue: a way to hold a career-guidance event."""

    class Level(models.TextChoices):
        FEDERAL = "federal", _("federal")
        REGIONAL = "regional", _("regional")
        MUNICIPAL = "municipal", _("municipal")
        SCHOOL = "school", _("of the school")

    class Kind(models.TextChoices):
        OPEN_LESSON = "open_lesson", _("open lesson")
        DIAGNOSTICS = "diagnostics", _("diagnostics")
        CAREER_TRIAL = "career_trial", _("career trial")
        EXCURSION = "excursion", _("excursion")
        COURSE = "course", _("course")
        CLUB = "club", _("club")
        PROJECT = "project", _("project")
        CONTEST = "contest", _("contest")
        MEETING = "meeting", _("meeting with a professional")
        FAIR = "fair", _("career fair")
        OPEN_DAY = "open_day", _("open day")

    LONG_KINDS = {Kind.COURSE, Kind.CLUB}
    """Kinds that run for weeks: such an event need only overlap the campaign's window."""

    region = models.ForeignKey(
        Region, on_delete=models.PROTECT, db_index=False, related_name="formats", verbose_name=_("region")
    )
    slug = models.SlugField(_("address"), max_length=80, unique=True)
    name = name_field(_("name"))
    level = models.CharField(_("level"), max_length=10, choices=Level.choices)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    organiser = models.CharField(_("organiser"), max_length=300)
    delivery = models.CharField(_("delivery"), max_length=6, choices=Delivery.choices)
    link = models.URLField(_("link"), max_length=500, blank=True)
    description = models.TextField(
        _("description"), blank=True, max_length=5_000, validators=[MaxLengthValidator(5_000)]
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = FormatQuerySet.as_manager()

    class Meta(GradeSpan.Meta):
        verbose_name = _("format")
        verbose_name_plural = _("formats")
        ordering = ["name", "pk"]
        constraints = [
            *GradeSpan.Meta.constraints,
            models.UniqueConstraint(
                fields=["region", "name"],
                name="format_once_in_region",
                violation_error_message=_("A format of this name exists already."),
            ),
        ]

    HISTORY_PLACE = ("region",)
    HISTORY_LABELS = {"indicators": _("additional numbers")}

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("format", args=[self.slug])


class FormatIndicator(models.Model):
    """A number that a format asks for beside participants; retired when no longer asked, never deleted."""

    format = models.ForeignKey(Format, on_delete=models.CASCADE, db_index=False, related_name="indicators")
    code = models.SlugField(_("code"), max_length=60)
    name = models.CharField(_("name"), max_length=200)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    HISTORY_PLACE = ("format",)

    class Meta:
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["format", "code"], name="indicator_once_in_format"),
        ]

    def __str__(self):
        return self.name


class CampaignFormat(models.Model):
    """A format that a campaign offers; one may be added while the campaign runs."""

    campaign = models.ForeignKey("campaigns.Campaign", on_delete=models.CASCADE, db_index=False, related_name="offers")
    format = models.ForeignKey(Format, on_delete=models.PROTECT, related_name="offers")
    added_at = models.DateTimeField(default=clock.now, editable=False)

    HISTORY_PLACE = ("campaign",)

    class Meta:
        verbose_name = _("offered format")
        verbose_name_plural = _("offered formats")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["campaign", "format"], name="format_offered_once")]

    def __str__(self):
        return f"{self.campaign}: {self.format}"
