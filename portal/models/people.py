"""Users and their memberships: a role in a region, a municipality or a school, with a start and an end."""

from functools import cached_property
from hashlib import sha256

import rules
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.access import Scope
from portal.models.places import Municipality, Region, School


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
    former_addresses = models.JSONField(default=list, editable=False)
    """Digests of the addresses before ``email``: they tell that an address was somebody's, never what it was."""
    access_version = models.PositiveIntegerField(default=0, editable=False)
    """Goes up when sessions and password links that were given before must work no more, whatever comes back later."""

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    # A person belongs nowhere; their memberships do.
    HISTORY_PLACE = ()
    HISTORY_PERSONAL = {"email", "name", "phone", "password"}

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_any_case")]

    def __str__(self):
        return self.name or self.email

    @staticmethod
    def digest_of(email: str) -> str:
        return sha256(f"portal.User.email {email.strip().lower()}".encode()).hexdigest()

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

    HISTORY_PLACE = ("school", "municipality", "region")

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

    def clean(self):
        """Refuse a role that the person holds here in the same time: an end that is yet to come is no end."""
        held = Membership.objects.filter(
            Q(ended_at=None) | Q(ended_at__gt=self.started_at),
            user=self.user_id,
            role=self.role,
            region=self.region_id,
            municipality=self.municipality_id,
            school=self.school_id,
        ).exclude(pk=self.pk)
        if self.ended_at is not None:
            held = held.filter(started_at__lt=self.ended_at)
        if held.exists():
            raise ValidationError(_("The person holds this role here already."))

    @property
    def place(self):
        """The region, municipality or school that the role is held in."""
        return self.school or self.municipality or self.region
