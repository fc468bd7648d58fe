"""The campaign's own questions and the answers that school reports give."""

from django.core.validators import MaxLengthValidator, MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from reports.models.chain import SchoolReport


class ReportQuestion(models.Model):
    """What a campaign asks in its school reports beside the numbers that every report has.

    ``reason`` and ``ground`` are shown to the school. A question about groups of pupils (with limited health, with a
    disability) is never required, and its small numbers are hidden above the school unless ``small_ground`` says on
    what ground they may be shown. ``part`` asks for a number out of another, which ``whole`` names.
    """

    class Kind(models.TextChoices):
        NUMBER = "number", _("a number")
        PART = "part", _("a number out of another")
        YES_NO = "yes_no", _("yes or no")
        TEXT = "text", _("text")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="questions")
    kind = models.CharField(_("answered with"), max_length=6, choices=Kind.choices)
    text = models.CharField(_("question"), max_length=300)
    whole = models.CharField(_("out of what"), max_length=300, blank=True)
    reason = models.CharField(_("why it is asked"), max_length=500)
    ground = models.CharField(_("on what ground"), max_length=300)
    is_required = models.BooleanField(_("required"), default=False)
    about_group = models.BooleanField(_("about a group of pupils"), default=False)
    small_ground = models.CharField(_("ground to show small numbers"), max_length=300, blank=True)
    position = models.PositiveIntegerField(_("place in the report"), default=0)
    retired_at = models.DateTimeField(_("retired"), null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    HISTORY_PLACE = ("campaign",)

    class Meta:
        verbose_name = _("question of a report")
        verbose_name_plural = _("questions of reports")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "text"],
                condition=Q(retired_at=None),
                name="question_once_in_campaign",
                violation_error_message=_("The campaign asks this already."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["number", "part", "yes_no", "text"]), name="question_kind_known"
            ),
            models.CheckConstraint(
                condition=~Q(is_required=True, about_group=True),
                name="question_about_group_optional",
                violation_error_message=_("A question about a group of pupils cannot be required."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="part") | ~Q(whole=""),
                name="question_part_has_whole",
                violation_error_message=_("Say out of what the number is."),
            ),
        ]

    def __str__(self):
        return self.text

    @property
    def hides_small(self) -> bool:
        """Whether it asks for numbers that those alone see whom :func:`reports.rules.sees_group_numbers` names."""
        asks_for_numbers = self.kind in (self.Kind.NUMBER, self.Kind.PART)
        return self.about_group and asks_for_numbers and not self.small_ground


class QuestionAnswer(models.Model):
    """A school's answer to a question of the campaign; what its kind does not ask for stays empty."""

    report = models.ForeignKey(SchoolReport, on_delete=models.CASCADE, db_index=False, related_name="answers")
    question = models.ForeignKey(ReportQuestion, on_delete=models.PROTECT, related_name="answers")
    number = models.PositiveIntegerField(null=True, blank=True, validators=[MaxValueValidator(999_999)])
    whole = models.PositiveIntegerField(null=True, blank=True, validators=[MaxValueValidator(999_999)])
    yes = models.BooleanField(null=True, blank=True)
    text = models.TextField(blank=True, max_length=1_000, validators=[MaxLengthValidator(1_000)])

    HISTORY_PLACE = ("report",)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ["question_id"]
        constraints = [
            models.UniqueConstraint(fields=["report", "question"], name="answer_once"),
            models.CheckConstraint(
                condition=Q(whole=None) | Q(number=None) | Q(number__lte=F("whole")), name="answer_part_within_whole"
            ),
        ]

    def __str__(self):
        return f"{self.question}: {self.number if self.number is not None else self.text}"
