"""The merged figures of the accepted school reports of a level, and a municipality's own report over them."""

from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from campaigns.due_dates import due_of
from campaigns.models import Format, Stage
from reports.models import KindAnswer, MunicipalReport, SchoolReport
from reports.queries.levels import Level


def municipal_report_of(municipality, campaign) -> MunicipalReport:
    """Return the municipality's report with its due dates, an unsaved open one (``version`` 0) where it was not
    begun."""
    reports = MunicipalReport.objects.with_places().with_due()
    found = reports.filter(municipality=municipality, campaign=campaign).first()
    if found is None:
        found = MunicipalReport(municipality=municipality, campaign=campaign, version=0)
        found.due, found.until = due_of(Stage.MUNICIPAL_REPORT, campaign, municipality)
    return found


def accepted_reports(level: Level):
    """Return the accepted reports of the level's expected schools."""
    return level.reports().accepted().filter(folder__is_expected=True)


@dataclass(frozen=True)
class GradeSum:
    """Unique pupils of one grade over the accepted reports whose enrolment is known, out of those enrolled."""

    grade: int
    pupils: int
    enrolled: int

    @property
    def share(self):
        return (self.pupils, self.enrolled) if self.enrolled else None


@dataclass(frozen=True)
class KindSum:
    """Unique pupils of one kind over the accepted reports that know them and were measured on an enrolment.

    ``enrolled`` are the pupils of those same schools, and of the schools that held none of the kind: in those nobody
    took part. ``without`` schools answered «no data» and are left out on both sides.
    """

    kind: str
    label: str
    pupils: int
    enrolled: int
    schools: int
    without: int

    @property
    def share(self):
        return (self.pupils, self.enrolled) if self.enrolled else None


@dataclass(frozen=True)
class Merged:
    """What the accepted school reports of a level say together."""

    reports: int
    with_roll: int
    by_lists: int
    by_estimate: int
    pupils: int
    enrolled: int
    grades: tuple[GradeSum, ...]
    kinds: tuple[KindSum, ...]

    @property
    def share(self):
        return (self.pupils, self.enrolled) if self.enrolled else None


def merged(level: Level) -> Merged:
    """Add up the accepted school reports of a level: two queries. Shares rest on those whose enrolment is known."""
    reports, grades = accepted_reports(level), level.campaign.grades
    known = Q(enrolled__isnull=False)
    sums = {f"n_{grade}": Sum(f"grade_{grade}", filter=known, default=0) for grade in grades}
    # Out of whom: in each report of the grades that it answers for.
    sums |= {
        f"of_{grade}": Sum(f"roll_{grade}", filter=known & Q(**{f"grade_{grade}__isnull": False}), default=0)
        for grade in grades
    }
    whole = reports.aggregate(
        reports=Count("pk"),
        with_roll=Count("pk", filter=known),
        by_lists=Count("pk", filter=Q(basis=SchoolReport.Basis.LISTS)),
        by_estimate=Count("pk", filter=Q(basis=SchoolReport.Basis.ESTIMATE)),
        **sums,
    )
    enrolled = sum(whole[f"of_{grade}"] for grade in grades)
    return Merged(
        whole["reports"],
        whole["with_roll"],
        whole["by_lists"],
        whole["by_estimate"],
        sum(whole[f"n_{grade}"] for grade in grades),
        enrolled,
        tuple(GradeSum(grade, whole[f"n_{grade}"], whole[f"of_{grade}"]) for grade in grades),
        kind_sums(level, enrolled),
    )


def kind_sums(level: Level, enrolled: int) -> tuple[KindSum, ...]:
    """Add up the accepted reports' answers by kind, the kinds in the order of the catalogue: one query.

    ``enrolled`` are the pupils of all accepted reports of the level whose enrolment is known.
    """
    has_number, has_roll = Q(pupils__isnull=False), Q(report__enrolled__isnull=False)
    rows = (
        KindAnswer.objects.order_by()
        .filter(report__in=accepted_reports(level).values("pk"))
        .values("kind")
        .annotate(
            answered=Sum("pupils", filter=has_roll, default=0),
            schools=Count("pk", filter=has_number & has_roll),
            without=Count("pk", filter=~has_number),
            unknown=Sum("report__enrolled", filter=~has_number & has_roll, default=0),
        )
    )
    by_kind = {row["kind"]: row for row in rows}
    return tuple(
        KindSum(kind.value, kind.label, row["answered"], enrolled - row["unknown"], row["schools"], row["without"])
        for kind in Format.Kind
        if (row := by_kind.get(kind.value)) and (row["schools"] or row["without"])
    )
