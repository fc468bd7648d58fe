"""Regions, municipalities, schools and the organisations that schools work with."""

from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from portal.access import Scope
from portal.text import COLLATION, searchable


def time_zone_validator(value: str) -> None:
    """Raise ``ValidationError`` unless ``value`` names a time zone of the IANA database after a place on Earth.

    «Factory», «localtime» and «Etc/GMT-7» are no zones of a region: what they mean is the machine's matter or a number.
    """
    area, has_place, _place = value.partition("/")
    if not has_place or area == "Etc" or value not in available_timezones():
        raise ValidationError(_("%(value)s is not a known time zone."), params={"value": value})


def name_field(label, length=300, **options):
    """Return a text field for a name, sorted by the Russian alphabet with numbers in order."""
    return models.CharField(label, max_length=length, db_collation=COLLATION, **options)


class Region(models.Model):
    """A region of the country: the department that answers for education and its operator."""

    slug = models.SlugField(_("address"), unique=True)
    name = name_field(_("name"))
    department_name = models.CharField(_("department"), max_length=300)
    operator_name = models.CharField(_("operator"), max_length=300)
    time_zone = models.CharField(_("time zone"), max_length=60, default="Asia/Tomsk", validators=[time_zone_validator])

    HISTORY_PLACE = ()

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        ordering = ["name", "pk"]

    def __str__(self):
        return self.name


class MunicipalityQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Municipalities that ``user`` may see: of the regions they work for, and their own."""
        scope = Scope.of(user)
        return self.filter(Q(region_id__in=scope.region_ids) | Q(pk__in=scope.own_municipality_ids))


class Municipality(models.Model):
    """An urban okrug or a district; one of kind ``regional`` holds the schools that none of them runs."""

    class Kind(models.TextChoices):
        URBAN = "urban", _("urban okrug")
        DISTRICT = "district", _("municipal district")
        OKRUG = "okrug", _("municipal okrug")
        REGIONAL = "regional", _("schools that no municipality runs")

    region = models.ForeignKey(
        Region, on_delete=models.PROTECT, db_index=False, related_name="municipalities", verbose_name=_("region")
    )
    slug = models.SlugField(_("address"), unique=True)
    name = name_field(_("name"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    authority = models.CharField(_("authority"), max_length=300)
    grid_row = models.PositiveSmallIntegerField(_("row on the tile map"), default=0)
    grid_col = models.PositiveSmallIntegerField(_("column on the tile map"), default=0)

    objects = MunicipalityQuerySet.as_manager()

    HISTORY_PLACE = ("region",)

    class Meta:
        verbose_name = _("municipality")
        verbose_name_plural = _("municipalities")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["region", "name"], name="municipality_once_in_region"),
            models.CheckConstraint(
                condition=Q(kind__in=["urban", "district", "okrug", "regional"]), name="municipality_kind_known"
            ),
        ]

    def __str__(self):
        return self.name

    def clean(self):
        """A municipality with schools stays in its region, and so do they."""
        schools = School.objects.filter(municipality=self.pk) if self.pk else School.objects.none()
        if schools.exclude(region=self.region_id).exists():
            raise ValidationError({"region": _("A municipality with schools stays in its region.")})

    @property
    def is_run_by_operator(self) -> bool:
        """Whether the operator reviews these schools, there being no municipal coordinator."""
        return self.kind == self.Kind.REGIONAL


class SchoolQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Schools that ``user`` may see: of their region, municipality, or their own."""
        scope = Scope.of(user)
        return self.filter(Q(municipality__region_id__in=scope.region_ids) | Q(pk__in=scope.school_ids))

    def open_on(self, day):
        """Schools that work on ``day``."""
        return self.filter(Q(opened_on=None) | Q(opened_on__lte=day), Q(closed_on=None) | Q(closed_on__gt=day))


class School(models.Model):
    """A school; its branches count with it. A closed one keeps its events and its history.

    ``region`` is its municipality's, for good: within it no other school has its ``code``.
    """

    class Setting(models.TextChoices):
        URBAN = "urban", _("urban")
        RURAL = "rural", _("rural")

    municipality = models.ForeignKey(
        Municipality, on_delete=models.PROTECT, db_index=False, related_name="schools", verbose_name=_("municipality")
    )
    region = models.ForeignKey(
        Region, on_delete=models.PROTECT, db_index=False, editable=False, related_name="schools", blank=True
    )
    code = models.SlugField(_("code"), max_length=60, db_index=False)
    name = name_field(_("short name"), length=200)
    official_name = models.CharField(_("official name"), max_length=500)
    director = models.CharField(_("director"), max_length=200, blank=True)
    setting = models.CharField(_("setting"), max_length=5, choices=Setting.choices, default=Setting.URBAN)
    opened_on = models.DateField(_("opened on"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    search = models.TextField(editable=False, default="")

    objects = SchoolQuerySet.as_manager()

    HISTORY_PLACE = ("municipality",)
    HISTORY_PERSONAL = {"director"}

    class Meta:
        verbose_name = _("school")
        verbose_name_plural = _("schools")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["municipality", "name"], name="school_once_in_municipality"),
            models.UniqueConstraint(fields=["region", "code"], name="school_code_once_in_region"),
            models.CheckConstraint(
                condition=Q(opened_on=None) | Q(closed_on=None) | Q(opened_on__lt=F("closed_on")),
                name="school_days_in_order",
                violation_error_message=_("A school cannot close before it opens."),
            ),
        ]

    def __str__(self):
        return self.name

    def fill_derived(self) -> None:
        """Set what follows from the other fields; actions call it before they write."""
        self.region_id = self.municipality.region_id
        self.search = searchable(self.name, self.official_name)

    def clean(self):
        """Explain at its field a code that another school of the region has: forms show no region to ask by."""
        if self.municipality_id is None:
            return
        others = School.objects.filter(region=self.municipality.region_id, code=self.code).exclude(pk=self.pk)
        if self.code and others.exists():
            raise ValidationError({"code": _("Another school of the region has this code.")})

    def is_open_on(self, day) -> bool:
        """Whether the school works on ``day``, as :meth:`SchoolQuerySet.open_on` asks of many."""
        return (self.opened_on is None or self.opened_on <= day) and (self.closed_on is None or self.closed_on > day)


class Partner(models.Model):
    """An organisation that events are held with. One shared directory, so that partners can be counted."""

    class Kind(models.TextChoices):
        ENTERPRISE = "enterprise", _("enterprise")
        COLLEGE = "college", _("college")
        UNIVERSITY = "university", _("university")
        OTHER = "other", _("other organisation")

    region = models.ForeignKey(
        Region, on_delete=models.PROTECT, db_index=False, related_name="partners", verbose_name=_("region")
    )
    name = name_field(_("name"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    search = models.TextField(editable=False, default="")

    HISTORY_PLACE = ("region",)

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["region", "search"], name="partner_once_in_region")]

    def __str__(self):
        return self.name

    def fill_derived(self) -> None:
        self.search = searchable(self.name)

    def clean(self):
        """Say at the name what ``partner_once_in_region`` keeps: forms leave out ``search``, which they do not show."""
        same = Partner.objects.filter(region=self.region_id, search=searchable(self.name)).exclude(pk=self.pk)
        if same.exists():
            raise ValidationError({"name": _("The region has this partner already.")})
