"""The log: events that schools plan and hold, by themselves or together."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.core.validators import MaxLengthValidator, MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.due_dates import Lateness, due_until, lateness_of
from campaigns.models import Campaign, Delivery, Format, FormatIndicator, SchoolCampaign, Stage
from events.rules import coordinates_school
from portal import clock
from portal.access import Scope
from portal.grades import GradeCounts, grades_sum
from portal.models import Municipality, Partner, School
from portal.text import searchable

SHOWN_FOR = timedelta(days=14)
"""How long a school's home shows what others changed in its rows."""


class JointEventQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Joint events that ``user`` may see: all of one's regions; a coordinator sees those for the whole region and
        for their own municipality."""
        scope = Scope.of(user)
        own = Q(municipality=None) | Q(municipality_id__in=scope.own_municipality_ids)
        return self.filter(
            Q(campaign__region_id__in=scope.region_ids) | (Q(campaign__region_id__in=scope.home_region_ids) & own)
        )


class JointEvent(models.Model):
    """One fair or trial day held for several schools by a municipality, the operator or a college.

    Entered once; each school's event points to it and carries its own attendance. Above the school it counts as
    one event held as soon as one school's attendance is accepted: its format and days are locked from then on.
    ``municipality`` is the one whose schools it is for, None for the whole region; ``host`` is the organisation
    that holds it, if it is neither the municipality nor the operator.
    """

    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, db_index=False, related_name="joint_events", verbose_name=_("campaign")
    )
    municipality = models.ForeignKey(
        Municipality,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="joint_events",
        verbose_name=_("for the schools of"),
    )
    format = models.ForeignKey(Format, on_delete=models.PROTECT, related_name="joint_events", verbose_name=_("format"))
    title = models.CharField(_("title"), max_length=200)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    delivery = models.CharField(_("delivery"), max_length=6, choices=Delivery.choices)
    place = models.CharField(_("place"), max_length=200)
    host = models.ForeignKey(
        Partner, on_delete=models.PROTECT, null=True, blank=True, related_name="hosted", verbose_name=_("held by")
    )
    partners = models.ManyToManyField(Partner, blank=True, related_name="joint_events", verbose_name=_("partners"))
    description = models.TextField(
        _("description"), blank=True, max_length=3_000, validators=[MaxLengthValidator(3_000)]
    )
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, editable=False)
    search = models.TextField(default="", editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        db_index=False,
        null=True,
        editable=False,
        related_name="joint_events",
    )
    token = models.UUIDField(default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = JointEventQuerySet.as_manager()

    HISTORY_PLACE = ("municipality", "campaign")
    HISTORY_LABELS = {"partners": _("partners")}

    class Meta:
        verbose_name = _("joint event")
        verbose_name_plural = _("joint events")
        ordering = ["-starts_on", "-pk"]
        indexes = [models.Index(fields=["campaign", "-starts_on"], name="joint_event_campaign_day")]
        constraints = [
            models.UniqueConstraint(fields=["author", "token"], name="joint_event_once_a_form"),
            models.CheckConstraint(
                condition=Q(starts_on__lte=F("ends_on")),
                name="joint_event_days_in_order",
                violation_error_message=_("An event cannot end before it begins."),
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("joint_event", args=[self.pk])

    def fill_derived(self) -> None:
        """Set the text that search compares; actions call it before they write."""
        self.search = searchable(self.title, self.place, self.description)


class EventQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Events that ``user`` may see; department staff see the submitted and accepted ones."""
        scope = Scope.of(user)
        campaigns = Campaign.objects.order_by()
        seen = Q(school_id__in=scope.own_school_ids)
        if scope.municipality_ids:
            # Without a join, which a long list would carry along.
            folders = SchoolCampaign.objects.filter(municipality_id__in=scope.municipality_ids)
            seen |= Q(folder_id__in=folders.values("pk"))
        if scope.operated_region_ids:
            operated = campaigns.filter(region_id__in=scope.operated_region_ids)
            seen |= Q(campaign_id__in=list(operated.values_list("pk", flat=True)))
        if scope.department_region_ids:
            watched = campaigns.filter(region_id__in=scope.department_region_ids)
            seen |= Q(campaign_id__in=list(watched.values_list("pk", flat=True)), status__in=HELD)
        return self.filter(seen)

    def held(self):
        """Submitted and accepted events; only accepted ones count as results."""
        return self.filter(status__in=HELD)

    def with_due(self):
        """Annotate ``due`` and ``until``: the campaign's due date for events, and the same with extensions."""
        return self.annotate(due=F("campaign__events_due"), until=due_until(Stage.EVENTS, sent_on="submitted_on"))

    def late(self):
        """Events first sent after their due date, extensions included."""
        # The campaign's own date first: without it each event's extensions would be looked for.
        after_due = self.filter(submitted_on__gt=F("campaign__events_due"))
        return after_due.filter(submitted_on__gt=due_until(Stage.EVENTS, sent_on="submitted_on"))

    def with_places(self):
        """Read school, municipality, campaign, format and due dates along, for pages that name them."""
        return self.select_related(
            "school", "folder__municipality__region", "campaign__region", "format", "altered_by"
        ).with_due()


class WrittenForSchool(models.Model):
    """A school's row in which others write too: who other than its own coordinators wrote in it last, and when.

    Nobody did once a coordinator of the school saves or sends it again: then it is the school's.
    """

    altered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("changed not by the school"),
    )
    altered_at = models.DateTimeField(_("changed not by the school on"), null=True, blank=True, editable=False)

    ALTERED_FIELDS = ("altered_by", "altered_at")

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(altered_by=None, altered_at=None) | Q(altered_by__isnull=False, altered_at__isnull=False),
                name="%(class)s_altered_by_whom_and_when",
            )
        ]

    @classmethod
    def altered_lately(cls, school):
        """Rows of ``school`` that others changed within :data:`SHOWN_FOR`, the newest change first."""
        rows = cls.objects.filter(school=school, altered_at__gt=clock.now() - SHOWN_FOR)
        return rows.select_related("campaign__region", "altered_by").order_by("-altered_at", "-pk")

    @property
    def altered_on(self):
        """The day of the change by the region's calendar."""
        return clock.local_date(self.altered_at, self.campaign.region.time_zone)

    def note_writer(self, actor) -> None:
        """Note that ``actor`` writes; every action that writes for a school calls it."""
        own = coordinates_school(actor, self.school)
        self.altered_by, self.altered_at = (None, None) if own else (actor, clock.now())

    def is_taken_back_by(self, actor) -> bool:
        """Whether saving it, even as it is, makes it the school's again."""
        return self.altered_at is not None and coordinates_school(actor, self.school)


class Event(WrittenForSchool, GradeCounts):
    """One career-guidance event of a school: its plan, its log and its review are one row.

    ``grade_1`` … ``grade_11`` hold participants (expected numbers while it is planned). A course or club
    is one event: its group once per grade, its sessions and hours as indicators.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        PLANNED = "planned", _("planned")
        SUBMITTED = "submitted", _("under review")
        RETURNED = "returned", _("returned")
        ACCEPTED = "accepted", _("accepted")
        CANCELLED = "cancelled", _("cancelled")

    school = models.ForeignKey(
        School, on_delete=models.PROTECT, db_index=False, related_name="events", verbose_name=_("school")
    )
    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, db_index=False, related_name="events", verbose_name=_("campaign")
    )
    folder = models.ForeignKey(SchoolCampaign, on_delete=models.PROTECT, editable=False, related_name="events")
    format = models.ForeignKey(Format, on_delete=models.PROTECT, related_name="events", verbose_name=_("format"))
    joint = models.ForeignKey(
        JointEvent,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="attendances",
        verbose_name=_("joint event"),
    )
    title = models.CharField(_("title"), max_length=200)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    delivery = models.CharField(_("delivery"), max_length=6, choices=Delivery.choices)
    place = models.CharField(_("place"), max_length=200, blank=True)
    partners = models.ManyToManyField(Partner, blank=True, related_name="events", verbose_name=_("partners"))
    teachers = models.PositiveIntegerField(_("teachers"), default=0, validators=[MaxValueValidator(9_999)])
    parents = models.PositiveIntegerField(_("parents"), default=0, validators=[MaxValueValidator(9_999)])
    link = models.URLField(_("link to evidence"), max_length=500, blank=True)
    description = models.TextField(
        _("description"), blank=True, max_length=3_000, validators=[MaxLengthValidator(3_000)]
    )
    note = models.CharField(_("explanation of the numbers"), max_length=500, blank=True)
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.DRAFT)
    on_behalf = models.BooleanField(_("entered on the school's behalf"), default=False, editable=False)

    participants = models.PositiveIntegerField(_("participants"), default=0, editable=False)
    flagged = models.BooleanField(_("flagged"), default=False, editable=False)
    search = models.TextField(default="", editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        db_index=False,
        null=True,
        editable=False,
        related_name="events",
    )
    token = models.UUIDField(default=uuid.uuid4, editable=False)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True, editable=False)
    submitted_on = models.DateField(_("first sent on"), null=True, editable=False)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, editable=False)
    comment = models.TextField(_("what to correct"), blank=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = EventQuerySet.as_manager()

    HISTORY_PLACE = ("folder", "school")
    HISTORY_LABELS = {"indicators": _("additional numbers"), "partners": _("partners")}

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-starts_on", "-pk"]
        indexes = [
            models.Index(fields=["campaign", "status", "school"], name="event_campaign_status"),
            models.Index(fields=["school", "campaign"], name="event_school_campaign"),
            models.Index(fields=["campaign", "-starts_on", "-id"], name="event_campaign_day"),
            models.Index(fields=["-starts_on", "-id"], name="event_day"),
        ]
        constraints = [
            *WrittenForSchool.Meta.constraints,
            models.UniqueConstraint(fields=["author", "token"], name="event_once_a_form"),
            models.UniqueConstraint(
                fields=["joint", "school"],
                condition=Q(joint__isnull=False) & ~Q(status="cancelled"),
                name="event_once_a_joint_event",
                violation_error_message=_("The school has added its attendance to this joint event already."),
            ),
            models.CheckConstraint(
                condition=Q(starts_on__lte=F("ends_on")),
                name="event_days_in_order",
                violation_error_message=_("An event cannot end before it begins."),
            ),
            models.CheckConstraint(condition=Q(participants=grades_sum()), name="event_participants_add_up"),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "planned", "submitted", "returned", "accepted", "cancelled"]),
                name="event_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "planned", "cancelled"]) | Q(submitted_on__isnull=False),
                name="event_submitted_has_day",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["submitted", "accepted"]) | Q(participants__gt=0),
                name="event_held_has_participants",
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("event", args=[self.pk])

    def fill_derived(self) -> None:
        """Set the total and the text that search compares; actions call it before they write."""
        self.participants = self.grades_total
        self.search = searchable(self.title, self.place, self.description)

    @property
    def lateness(self) -> Lateness | None:
        """How its first sending stands to the due date: late, by extension, or None where nothing need be said.

        For rows read :meth:`EventQuerySet.with_due`.
        """
        if self.submitted_on is None or self.submitted_on <= self.due:
            return None
        return lateness_of(self.submitted_on, self.due, self.until, self.submitted_on)


HELD = (Event.Status.SUBMITTED, Event.Status.ACCEPTED)
"""States of an event that took place; only the accepted count as results."""


class IndicatorValue(models.Model):
    """A number that the event's format asks for beside participants."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, db_index=False, related_name="indicator_values")
    indicator = models.ForeignKey(FormatIndicator, on_delete=models.PROTECT, related_name="values")
    value = models.PositiveIntegerField(_("value"), validators=[MaxValueValidator(999_999)])

    HISTORY_PLACE = ("event",)

    class Meta:
        verbose_name = _("indicator value")
        verbose_name_plural = _("indicator values")
        ordering = ["indicator_id"]
        constraints = [models.UniqueConstraint(fields=["event", "indicator"], name="indicator_value_once")]

    def __str__(self):
        return f"{self.indicator}: {self.value}"
