"""When and what: campaigns with their windows and due dates, the catalogue of formats."""

from itertools import pairwise

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.phases import Phase, phase_condition, phase_on
from portal import clock
from portal.access import Scope
from portal.grades import GradeSpan
from portal.models import Municipality, Region, School, academic_year_validator, name_field


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

    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="formats", verbose_name=_("region"))
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

    HISTORY_LABELS = {"indicators": _("additional numbers")}

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("format", args=[self.slug])


class FormatIndicator(models.Model):
    """A number that a format asks for beside participants; retired when no longer asked, never deleted."""

    format = models.ForeignKey(Format, on_delete=models.CASCADE, related_name="indicators")
    code = models.SlugField(_("code"), max_length=60)
    name = models.CharField(_("name"), max_length=200)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    class Meta:
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["format", "code"], name="indicator_once_in_format"),
        ]

    def __str__(self):
        return self.name


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

    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="campaigns", verbose_name=_("region"))
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


class CampaignFormat(models.Model):
    """A format that a campaign offers; one may be added while the campaign runs."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="offers")
    format = models.ForeignKey(Format, on_delete=models.PROTECT, related_name="offers")
    added_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        verbose_name = _("offered format")
        verbose_name_plural = _("offered formats")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["campaign", "format"], name="format_offered_once")]

    def __str__(self):
        return f"{self.campaign}: {self.format}"


class Goal(models.Model):
    """What a campaign wants to reach, with the ground that it rests on."""

    class Measure(models.TextChoices):
        COVERAGE = "coverage", _("coverage, %")
        SCHOOLS = "schools", _("schools taking part, %")
        EVENTS = "events", _("events held")
        PARTICIPATIONS = "participations", _("participations")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="goals")
    measure = models.CharField(_("figure"), max_length=14, choices=Measure.choices)
    target = models.PositiveIntegerField(_("at least"))
    ground = models.CharField(_("ground"), max_length=300)

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


class Stage(models.TextChoices):
    """What has a due date in a campaign."""

    EVENTS = "events", _("events")
    SCHOOL_REPORT = "school_report", _("school report")
    MUNICIPAL_REPORT = "municipal_report", _("municipal report")


class ExtensionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Extensions of one's regions; a coordinator sees those of their own school and municipality."""
        scope = Scope.of(user)
        return self.filter(
            Q(campaign__region_id__in=scope.region_ids)
            | Q(school_id__in=scope.school_ids)
            | Q(municipality_id__in=scope.own_municipality_ids)
        )


class Extension(models.Model):
    """A later due date of one stage for one school or municipality, with a reason.

    A municipality's extension of events or of school reports covers all its schools. A municipality may ask for
    one; the operator grants or declines it. After closing a granted one reopens the chain for its school or
    municipality alone, to its date.
    """

    class Status(models.TextChoices):
        ASKED = "asked", _("asked for")
        GRANTED = "granted", _("granted")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")

    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, related_name="extensions", verbose_name=_("campaign")
    )
    stage = models.CharField(_("stage"), max_length=16, choices=Stage.choices)
    school = models.ForeignKey(
        School, on_delete=models.PROTECT, null=True, blank=True, related_name="extensions", verbose_name=_("school")
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
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ExtensionQuerySet.as_manager()

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
    def place(self):
        """The school or municipality that it is for."""
        return self.school or self.municipality
