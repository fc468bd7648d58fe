"""School and municipal reports: what each says, and how it goes up the chain."""

from django.conf import settings
from django.core.validators import MaxLengthValidator, MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.due_dates import due_until
from campaigns.models import Campaign, Format, SchoolCampaign, Stage
from events.models import WrittenForSchool
from portal.access import Scope
from portal.grades import GRADES, GradeAnswers, GradeRoll
from portal.models import Municipality, School


class ReportStatus(models.TextChoices):
    """Where a report of the chain stands."""

    # With a context of their own: in Russian a report is of another gender than an event.
    OPEN = "open", pgettext_lazy("report", "being written")
    SUBMITTED = "submitted", pgettext_lazy("report", "under review")
    RETURNED = "returned", pgettext_lazy("report", "returned")
    ACCEPTED = "accepted", pgettext_lazy("report", "accepted")


def _long_text(label):
    return models.TextField(label, blank=True, max_length=3_000, validators=[MaxLengthValidator(3_000)])


def _person():
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )


class ChainReport(models.Model):
    """What the reports of a school and of a municipality share: their way from being written to accepted.

    ``submitted_on`` is the region's local date of the first sending, by which "on time" is judged; it never changes
    again. ``correct_by`` is the day that a return asks for; it is no second deadline.
    """

    status = models.CharField(_("status"), max_length=9, choices=ReportStatus.choices, default=ReportStatus.OPEN)
    conclusions = _long_text(_("conclusions"))
    difficulties = _long_text(_("difficulties"))
    proposals = _long_text(_("proposals"))
    signed_name = models.CharField(_("who signs"), max_length=200, blank=True)
    signed_post = models.CharField(_("post of who signs"), max_length=200, blank=True)
    on_behalf = models.BooleanField(_("entered on another's behalf"), default=False, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    submitted_by = _person()
    submitted_at = models.DateTimeField(null=True, blank=True, editable=False)
    submitted_on = models.DateField(_("first sent on"), null=True, blank=True, editable=False)
    reviewed_by = _person()
    reviewed_at = models.DateTimeField(null=True, blank=True, editable=False)
    comment = models.TextField(_("what to correct"), blank=True, editable=False)
    correct_by = models.DateField(_("correct by"), null=True, blank=True, editable=False)

    HISTORY_PERSONAL = {"signed_name", "signed_post"}

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["open", "submitted", "returned", "accepted"]), name="%(class)s_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status="open") | Q(submitted_on__isnull=False), name="%(class)s_sent_has_day"
            ),
        ]

    @property
    def is_editable(self) -> bool:
        """Whether its author may still write in it, the campaign and the freeze permitting."""
        return self.status in (ReportStatus.OPEN, ReportStatus.RETURNED, ReportStatus.SUBMITTED)


class SchoolReportQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Reports that ``user`` may see: of their regions and schools, and of their municipalities, where the schools
        belong in the campaign."""
        scope = Scope.of(user)
        return self.filter(
            Q(school_id__in=scope.own_school_ids)
            | Q(folder__municipality_id__in=scope.municipality_ids)
            | Q(campaign__region_id__in=scope.region_ids)
        )

    def with_places(self):
        """Read school, municipality, campaign and reviewer along."""
        places = ("school", "folder__municipality__region", "campaign__region")
        return self.select_related(*places, "reviewed_by", "altered_by")

    def with_due(self):
        """Annotate ``due`` and ``until``, the campaign's due date and the same with extensions."""
        until = due_until(Stage.SCHOOL_REPORT, sent_on="submitted_on")
        return self.annotate(due=F("campaign__school_reports_due"), until=until)

    def accepted(self):
        return self.filter(status=ReportStatus.ACCEPTED)


class SchoolReport(WrittenForSchool, GradeAnswers, GradeRoll, ChainReport):
    """What a school reports after a campaign: how many different pupils took part, and what it concludes.

    ``grade_1`` … ``grade_11`` hold the unique pupils who took part, of the campaign's grades alone, whichever way
    they were asked for (``answered_by``). ``roll_1`` … ``roll_11`` hold the enrolment they were measured on when the
    report was last written; an accepted report keeps it. ``pupils`` and ``enrolled`` are the sums over the
    campaign's grades. A report that was not begun has no row: it reads as one that is open.
    """

    class AnsweredBy(models.TextChoices):
        TOOK_PART = "took_part", _("how many took part")
        NEVER = "never", _("how many never took part")

    class Basis(models.TextChoices):
        LISTS = "lists", _("by lists")
        ESTIMATE = "estimate", _("an estimate")

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, db_index=False, related_name="school_reports")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="reports")
    folder = models.OneToOneField(SchoolCampaign, on_delete=models.PROTECT, editable=False, related_name="report")
    answered_by = models.CharField(
        _("answered by"), max_length=9, choices=AnsweredBy.choices, default=AnsweredBy.TOOK_PART
    )
    basis = models.CharField(_("basis of the numbers"), max_length=8, choices=Basis.choices, blank=True)
    roll_as_of = models.DateField(_("enrolment as of"), null=True, blank=True, editable=False)
    roll_source = models.CharField(_("source of the enrolment"), max_length=200, blank=True, editable=False)
    pupils = models.PositiveIntegerField(_("unique pupils"), null=True, blank=True, editable=False)
    enrolled = models.PositiveIntegerField(_("pupils enrolled"), null=True, blank=True, editable=False)

    objects = SchoolReportQuerySet.as_manager()

    HISTORY_PLACE = ("folder", "school")
    HISTORY_LABELS = {
        "campaign": _("campaign"),
        "school": _("school"),
        "kinds": _("unique pupils by kind"),
        "answers": _("answers to the campaign's questions"),
        "comment": _("what to correct"),
        "correct_by": _("correct by"),
    }

    class Meta(ChainReport.Meta):
        verbose_name = _("school report")
        verbose_name_plural = _("school reports")
        ordering = ["pk"]
        indexes = [models.Index(fields=["campaign", "status"], name="school_report_campaign")]
        constraints = [
            *ChainReport.Meta.constraints,
            *WrittenForSchool.Meta.constraints,
            models.UniqueConstraint(fields=["campaign", "school"], name="school_report_once"),
            models.CheckConstraint(
                condition=Q(status__in=["open", "returned"]) | Q(pupils__isnull=False),
                name="school_report_sent_has_pupils",
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"roll_{grade}": None})
                    | Q(**{f"grade_{grade}": None})
                    | Q(**{f"grade_{grade}__lte": F(f"roll_{grade}")}),
                    name=f"school_report_grade_{grade}_within_roll",
                )
                for grade in GRADES
            ),
        ]

    def __str__(self):
        return f"{self.school} – {self.campaign}"

    def get_absolute_url(self):
        return reverse("school_report", args=[self.campaign.slug, self.school_id])

    @property
    def grades(self) -> tuple[int, ...]:
        """The grades that it is read by: what a sent one answers for, whatever the campaign's grades are now."""
        if self.status in (ReportStatus.SUBMITTED, ReportStatus.ACCEPTED):
            return tuple(grade for grade in GRADES if self.by_grade[grade] is not None)
        return tuple(self.campaign.grades)

    def fill_derived(self) -> None:
        """Set the sums over the campaign's grades; None while a grade is not answered, or has no enrolment."""
        grades = self.campaign.grades
        answers = [self.by_grade[grade] for grade in grades]
        self.pupils = None if None in answers else sum(answers)
        self.enrolled = None if self.roll is None else sum(self.roll[grade] for grade in grades)


class KindAnswer(models.Model):
    """How many different pupils of the campaign's grades took part in events of one kind; None is «no data»."""

    report = models.ForeignKey(SchoolReport, on_delete=models.CASCADE, db_index=False, related_name="kinds")
    kind = models.CharField(_("kind of format"), max_length=12, choices=Format.Kind.choices)
    pupils = models.PositiveIntegerField(
        _("unique pupils"), null=True, blank=True, validators=[MaxValueValidator(99_999)]
    )

    HISTORY_PLACE = ("report",)

    class Meta:
        verbose_name = _("unique pupils of a kind")
        verbose_name_plural = _("unique pupils by kind")
        ordering = ["kind"]
        constraints = [models.UniqueConstraint(fields=["report", "kind"], name="kind_answer_once")]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.pupils}"


class MunicipalReportQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Reports that ``user`` may see: of their regions and of the municipalities they coordinate."""
        scope = Scope.of(user)
        return self.filter(
            Q(municipality_id__in=scope.municipality_ids) | Q(municipality__region_id__in=scope.region_ids)
        )

    def with_places(self):
        """Read municipality, campaign and reviewer along."""
        return self.select_related("municipality__region", "campaign__region", "reviewed_by")

    def with_due(self):
        """Annotate ``due`` and ``until``, the campaign's due date and the same with extensions."""
        until = due_until(Stage.MUNICIPAL_REPORT, school=None, municipality="municipality", sent_on="submitted_on")
        return self.annotate(due=F("campaign__municipal_reports_due"), until=until)


class MunicipalReport(ChainReport):
    """What a municipality sends up: its conclusions over the accepted reports of its schools, whose figures it shows.

    Any change of the accepted ones below it reopens it. A report that was not begun has no row.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, db_index=False, related_name="municipal_reports")
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="reports")

    objects = MunicipalReportQuerySet.as_manager()

    HISTORY_PLACE = ("municipality",)
    HISTORY_LABELS = {
        "campaign": _("campaign"),
        "municipality": _("municipality"),
        "comment": _("what to correct"),
        "correct_by": _("correct by"),
    }

    class Meta(ChainReport.Meta):
        verbose_name = _("municipal report")
        verbose_name_plural = _("municipal reports")
        ordering = ["pk"]
        constraints = [
            *ChainReport.Meta.constraints,
            models.UniqueConstraint(fields=["campaign", "municipality"], name="municipal_report_once"),
        ]

    def __str__(self):
        return f"{self.municipality} – {self.campaign}"

    def get_absolute_url(self):
        return reverse("municipal_report", args=[self.campaign.slug, self.municipality.slug])
