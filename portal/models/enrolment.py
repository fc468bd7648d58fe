"""How many pupils a school has, grade by grade, and workbooks that say so and wait to be applied."""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.grades import GradeCounts
from portal.models.places import Region, School

academic_year_validator = RegexValidator(r"^20\d\d/20\d\d$", _("Write the academic year as 2019/2020."))


class Enrolment(GradeCounts):
    """Pupils on roll per grade in one school and academic year, as of a date, from a source."""

    school = models.ForeignKey(
        School, on_delete=models.CASCADE, db_index=False, related_name="enrolments", verbose_name=_("school")
    )
    academic_year = models.CharField(_("academic year"), max_length=9, validators=[academic_year_validator])
    as_of = models.DateField(_("as of"))
    source = models.CharField(_("source"), max_length=200)
    version = models.PositiveIntegerField(default=1, editable=False)

    HISTORY_PLACE = ("school",)

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

    HISTORY_PLACE = ("region",)
    HISTORY_LABELS = {"region": _("region"), "author": _("user"), "rows": _("schools")}

    class Meta:
        verbose_name = _("enrolment upload")
        verbose_name_plural = _("enrolment uploads")
        ordering = ["-created_at", "-pk"]

    def __str__(self):
        return self.file_name
