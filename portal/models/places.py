"""People and places: regions, municipalities, schools, enrolment, users and their memberships."""

from functools import cached_property
from zoneinfo import available_timezones

import rules
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.access import Scope
from portal.grades import GradeCounts
from portal.text import COLLATION, searchable

academic_year_validator = RegexValidator(r"^20\d\d/20\d\d$", _("Write the academic year as 2019/2020."))


def time_zone_validator(value: str) -> None:
    """Raise ``ValidationError`` unless ``value`` names a time zone of the IANA database."""
    if value not in available_timezones():
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
        Region, on_delete=models.PROTECT, related_name="municipalities", verbose_name=_("region")
    )
    slug = models.SlugField(_("address"), unique=True)
    name = name_field(_("name"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    authority = models.CharField(_("authority"), max_length=300)
    grid_row = models.PositiveSmallIntegerField(_("row on the tile map"), default=0)
    grid_col = models.PositiveSmallIntegerField(_("column on the tile map"), default=0)

    objects = MunicipalityQuerySet.as_manager()

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
        """Schools that work on ``day``: those are expected in a campaign whose window ends on it."""
        return self.filter(Q(opened_on=None) | Q(opened_on__lte=day), Q(closed_on=None) | Q(closed_on__gt=day))


class School(models.Model):
    """A school; its branches count with it. A closed one keeps its events and its history."""

    class Setting(models.TextChoices):
        URBAN = "urban", _("urban")
        RURAL = "rural", _("rural")

    municipality = models.ForeignKey(
        Municipality, on_delete=models.PROTECT, related_name="schools", verbose_name=_("municipality")
    )
    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = name_field(_("short name"), length=200)
    official_name = models.CharField(_("official name"), max_length=500)
    director = models.CharField(_("director"), max_length=200, blank=True)
    setting = models.CharField(_("setting"), max_length=5, choices=Setting.choices, default=Setting.URBAN)
    opened_on = models.DateField(_("opened on"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    search = models.TextField(editable=False, default="")

    objects = SchoolQuerySet.as_manager()

    class Meta:
        verbose_name = _("school")
        verbose_name_plural = _("schools")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["municipality", "name"], name="school_once_in_municipality"),
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
        self.search = searchable(self.name, self.official_name)

    def is_open_on(self, day) -> bool:
        """Whether the school works on ``day``, as :meth:`SchoolQuerySet.open_on` asks of many."""
        return (self.opened_on is None or self.opened_on <= day) and (self.closed_on is None or self.closed_on > day)


class Enrolment(GradeCounts):
    """Pupils on roll per grade in one school and academic year, as of a date, from a source."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="enrolments", verbose_name=_("school"))
    academic_year = models.CharField(_("academic year"), max_length=9, validators=[academic_year_validator])
    as_of = models.DateField(_("as of"))
    source = models.CharField(_("source"), max_length=200)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolment")
        ordering = ["-academic_year", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["school", "academic_year"], name="enrolment_once_a_year"),
        ]

    def __str__(self):
        return f"{self.school}, {self.academic_year}"


class EnrolmentUploadQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Uploads that ``user`` made: what a colleague looks over is theirs."""
        return self.filter(author_id=user.pk) if user.is_authenticated else self.none()


class EnrolmentUpload(models.Model):
    """An enrolment workbook that was read and looked over, applied whole or not at all.

    ``rows`` are ``[{"school": id, "version": of the enrolment that was read or None, "grades": [11 numbers]}]``:
    what the preview showed is what is written. Applied once; a second time changes nothing.
    """

    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="enrolment_uploads")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="enrolment_uploads")
    academic_year = models.CharField(_("academic year"), max_length=9, validators=[academic_year_validator])
    as_of = models.DateField(_("as of"))
    source = models.CharField(_("source"), max_length=200)
    file_name = models.CharField(_("file"), max_length=200)
    rows = models.JSONField(default=list)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    applied_at = models.DateTimeField(null=True, editable=False)

    objects = EnrolmentUploadQuerySet.as_manager()

    HISTORY_LABELS = {"region": _("region"), "author": _("user"), "rows": _("schools")}

    class Meta:
        verbose_name = _("enrolment upload")
        verbose_name_plural = _("enrolment uploads")
        ordering = ["-created_at", "-pk"]

    def __str__(self):
        return self.file_name


class UserManager(BaseUserManager):
    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)

    def create_user(self, email, password=None, **fields):
        """Make a user who signs in by ``email``; without a password they set one by mail."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email, password=None, **fields):
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in by e-mail. What they may do follows from their memberships."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("full name"), max_length=200)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    is_active = models.BooleanField(_("can sign in"), default=True)
    is_staff = models.BooleanField(_("technical staff"), default=False)
    is_demo = models.BooleanField(_("demo account"), default=False, editable=False)
    date_joined = models.DateTimeField(_("since"), default=clock.now, editable=False)
    access_version = models.PositiveIntegerField(default=0, editable=False)
    """Goes up when sessions and password links that were given before must work no more, whatever comes back later."""

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_any_case")]

    def __str__(self):
        return self.name or self.email

    def _get_session_auth_hash(self, secret=None):
        """Sessions end with the password, as Django's do, and with the address, whoever changed it and how."""
        of_password = super()._get_session_auth_hash(secret=secret)
        value = f"{of_password} {self.access_version} {self.email}"
        return salted_hmac("portal.User.session", value, secret=secret, algorithm="sha256").hexdigest()

    def has_perm(self, perm, obj=None):
        """Judge a verb over an object by memberships alone: technical staff get no say in a school's events."""
        if obj is None:
            return super().has_perm(perm)
        return self.is_active and rules.perm_exists(perm) and rules.has_perm(perm, self, obj)

    @cached_property
    def scope(self) -> Scope:
        """What the person's active memberships cover, loaded once a request."""
        return Scope.load(self)


class MembershipQuerySet(models.QuerySet):
    def active(self):
        """Memberships in force at this moment."""
        moment = clock.now()
        return self.filter(Q(ended_at=None) | Q(ended_at__gt=moment), started_at__lte=moment)


class Membership(models.Model):
    """A role of one person in a region, a municipality or a school, with a start and an end."""

    class Role(models.TextChoices):
        DEPARTMENT = "department", _("department staff")
        OPERATOR = "operator", _("regional operator")
        MUNICIPAL = "municipal", _("municipal coordinator")
        SCHOOL = "school", _("school coordinator")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("user"))
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    region = models.ForeignKey(
        Region,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name=_("region"),
    )
    municipality = models.ForeignKey(
        Municipality,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name=_("municipality"),
    )
    school = models.ForeignKey(
        School,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name=_("school"),
    )
    started_at = models.DateTimeField(_("from"), default=clock.now)
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(role__in=["department", "operator"], region__isnull=False, municipality=None, school=None)
                    | Q(role="municipal", region=None, municipality__isnull=False, school=None)
                    | Q(role="school", region=None, municipality=None, school__isnull=False)
                ),
                name="membership_role_fits_place",
                violation_error_message=_("The role and the place do not fit each other."),
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")),
                name="membership_days_in_order",
                violation_error_message=_("A membership cannot end before it starts."),
            ),
            *(
                models.UniqueConstraint(
                    fields=["user", "role", place],
                    condition=Q(ended_at=None) & ~Q(**{place: None}),
                    name=f"membership_open_once_in_{place}",
                    violation_error_message=_("The person holds this role here already."),
                )
                for place in ("region", "municipality", "school")
            ),
        ]

    def __str__(self):
        return f"{self.get_role_display()}: {self.place}"

    @property
    def place(self):
        """The region, municipality or school that the role is held in."""
        return self.school or self.municipality or self.region


class Partner(models.Model):
    """An organisation that events are held with. One shared directory, so that partners can be counted."""

    class Kind(models.TextChoices):
        ENTERPRISE = "enterprise", _("enterprise")
        COLLEGE = "college", _("college")
        UNIVERSITY = "university", _("university")
        OTHER = "other", _("other organisation")

    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="partners", verbose_name=_("region"))
    name = name_field(_("name"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    search = models.TextField(editable=False, default="")

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["region", "search"], name="partner_once_in_region")]

    def __str__(self):
        return self.name

    def fill_derived(self) -> None:
        self.search = searchable(self.name)
