"""Enrolment as people look at it: schools one may write for, what a workbook would change."""

from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from portal import clock, registry
from portal.academic_years import current_year, days_of, next_year
from portal.access import Scope
from portal.grades import GRADE_FIELDS, GRADES
from portal.models import Enrolment, EnrolmentUpload, School

BIG_SHARE, BIG_NUMBER = 0.3, 10
"""A change of more than this share and more than this many pupils is marked: it may be a slip of the hand."""


def years_of(region) -> list[str]:
    """Return the years that enrolment is written for, newest first: those known, the current and the next."""
    known = Enrolment.objects.filter(school__municipality__region=region).order_by()
    current = current_year(region)
    years = {*known.values_list("academic_year", flat=True).distinct(), current, next_year(current)}
    return sorted(years, reverse=True)


# --- Schools ----------------------------------------------------------------------------------


def schools_open_in(academic_year: str):
    """Schools that work on at least one day of the year."""
    first = int(academic_year[:4])
    begins, ends = date(first, 9, 1), date(first + 1, 8, 31)
    return School.objects.filter(
        Q(opened_on=None) | Q(opened_on__lte=ends), Q(closed_on=None) | Q(closed_on__gt=begins)
    )


def works_in(school, academic_year: str) -> bool:
    """Whether the school works on at least one day of the year."""
    first = int(academic_year[:4])
    opened, closed = school.opened_on, school.closed_on
    begins, ends = date(first, 9, 1), date(first + 1, 8, 31)
    return (opened is None or opened <= ends) and (closed is None or closed > begins)


def schools_to_write_for(user, region, academic_year: str):
    """Schools of the region whose enrolment ``user`` may write, of those that work in the year."""
    scope = Scope.of(user)
    schools = schools_open_in(academic_year).filter(municipality__region=region)
    if region.pk not in scope.operated_region_ids:
        schools = schools.filter(Q(municipality_id__in=scope.municipality_ids) | Q(pk__in=scope.own_school_ids))
    return schools.select_related("municipality__region").order_by("municipality__name", "name", "pk")


def known_enrolment(school_ids, academic_year: str) -> dict[int, Enrolment]:
    """Return the stored enrolment of a year by school."""
    rows = Enrolment.objects.filter(school_id__in=school_ids, academic_year=academic_year)
    return {row.school_id: row for row in rows.order_by()}


# --- What must be right -----------------------------------------------------------------------


def check_day_and_source(region, academic_year: str, as_of: date, source: str) -> None:
    """Raise ``ValidationError`` by field unless enrolment may be as of this day and has a source."""
    errors = {}
    first, last = days_of(academic_year)
    if as_of > clock.local_today(region):
        errors["as_of"] = [_("%(day)s is still to come.") % {"day": f"{as_of:%d.%m.%Y}"}]
    elif not first <= as_of <= last:
        days = {"day": as_of, "first": first, "last": last}
        values = {name: f"{day:%d.%m.%Y}" for name, day in days.items()} | {"year": academic_year}
        message = _("%(day)s does not fit the academic year %(year)s: write a day from %(first)s to %(last)s.")
        errors["as_of"] = [message % values]
    if not source.strip():
        errors["source"] = [_("Write where the numbers come from, for example: OO-1 report.")]
    if errors:
        raise ValidationError(errors)


# --- What an upload would change --------------------------------------------------------------


@dataclass(frozen=True)
class GradeChange:
    """A grade's number as it is stored (None where nothing is) and as the upload has it."""

    grade: int
    before: int | None
    after: int

    @property
    def is_changed(self) -> bool:
        return self.before != self.after

    @property
    def is_big(self) -> bool:
        """Whether the number moves by more than 30 % and more than 10 pupils."""
        if self.before is None:
            return False
        moved = abs(self.after - self.before)
        return moved > BIG_NUMBER and moved > self.before * BIG_SHARE


@dataclass(frozen=True)
class SchoolChange:
    """A school of an upload: its numbers beside those stored."""

    school: School
    grades: tuple[GradeChange, ...]
    is_new: bool
    was_changed: bool
    """Whether someone wrote the school's enrolment after the workbook was read."""

    @property
    def is_changed(self) -> bool:
        return any(grade.is_changed for grade in self.grades)

    @property
    def is_big(self) -> bool:
        return any(grade.is_big for grade in self.grades)

    @property
    def total(self) -> GradeChange:
        before = None if self.is_new else sum(grade.before for grade in self.grades)
        return GradeChange(0, before, sum(grade.after for grade in self.grades))


@dataclass(frozen=True)
class Preview:
    """What an upload would do: ``changed`` schools (big changes first), how many keep their numbers.

    ``kept`` are pairs of a school and what it is held to although its numbers say otherwise.
    """

    changed: list[SchoolChange]
    unchanged: int
    conflicts: list[SchoolChange]
    kept: list[tuple]

    @property
    def big(self) -> int:
        return sum(change.is_big for change in self.changed)

    @property
    def new(self) -> int:
        return sum(change.is_new for change in self.changed)


def preview_of(upload: EnrolmentUpload) -> Preview:
    """Return the rows of an upload beside what is stored now: three queries, however many rows."""
    numbers = {row["school"]: row for row in upload.rows}
    schools = School.objects.filter(pk__in=numbers).select_related("municipality")
    known = known_enrolment(numbers, upload.academic_year)
    changes = [
        _beside(school, numbers[school.pk], known.get(school.pk))
        for school in schools.order_by("municipality__name", "name", "pk")
    ]
    changed = [change for change in changes if change.is_changed]
    return Preview(
        changed=sorted(changed, key=lambda change: not change.is_big),
        unchanged=len(changes) - len(changed),
        conflicts=[change for change in changes if change.was_changed],
        kept=kept_in(upload),
    )


def kept_in(upload: EnrolmentUpload) -> list[tuple]:
    """Return pairs of a school of the upload and what it is held to although its numbers say otherwise."""
    numbers = {row["school"]: row["grades"] for row in upload.rows}
    return registry.enrolment_notes.collect(upload.academic_year, numbers)


def _beside(school, row, stored) -> SchoolChange:
    grades = tuple(
        GradeChange(grade, getattr(stored, name) if stored else None, after)
        for grade, name, after in zip(GRADES, GRADE_FIELDS, row["grades"], strict=True)
    )
    return SchoolChange(school, grades, stored is None, (stored.version if stored else None) != row["version"])
