"""What completeness puts among the things to do: who has not reported.

Counts are annotations of campaigns, so that whoever reads the campaigns in their time of reports may read them along.
"""

from datetime import date

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import SchoolCampaign, Stage
from portal.numbers import spaced
from portal.registry import Task
from reports.models import MunicipalReport, SchoolReport
from reports.queries.completeness import OUTSTANDING, expected_municipalities

FIELDS = ("closes_on", "school_reports_due", "municipal_reports_due", "silent", "returned")
"""What the tasks read of a campaign beside its slug and name."""


def outstanding_schools(municipality) -> dict:
    """Return annotations of campaigns: how many schools of ``municipality`` have not sent their report (``silent``),
    and how many are to correct it (``returned``)."""
    expected = SchoolCampaign.objects.expected().filter(municipality=municipality, campaign=OuterRef("pk"))
    return _outstanding(expected, SchoolReport, "folder")


def outstanding_municipalities() -> dict:
    """Return the same of the municipalities that report themselves."""
    return _outstanding(expected_municipalities(OuterRef(OuterRef("pk"))), MunicipalReport, "municipality")


def _outstanding(expected, reports, place: str) -> dict:
    own = reports.objects.order_by().filter(
        campaign=OuterRef(OuterRef("pk")), submitted_on__isnull=False, **{place: OuterRef("pk")}
    )

    def count(rows):
        counted = rows.order_by().annotate(all=F("pk") * 0).values("all").annotate(n=Count("pk")).values("n")
        return Coalesce(Subquery(counted, output_field=IntegerField()), 0)

    return {
        "silent": count(expected.filter(~Exists(own))),
        "returned": count(expected.filter(Exists(own.filter(status__in=OUTSTANDING)))),
    }


def schools_task(row: dict, municipality, today: date) -> list[Task]:
    """Return what a municipal coordinator has to do about a campaign's silent schools, once they are to report."""
    if row["closes_on"] < today:
        return []
    title = ngettext("%(n)s school has not reported", "%(n)s schools have not reported", row["silent"])
    query = f"stage={Stage.SCHOOL_REPORT.value}&municipality={municipality.slug}"
    return _task(row, title, row["school_reports_due"], query)


def municipalities_task(row: dict, today: date) -> list[Task]:
    """Return what the operator has to do about a campaign's silent municipalities, once their turn has come."""
    if not row["school_reports_due"] < today <= row["closes_on"]:
        return []
    title = ngettext("%(n)s municipality has not reported", "%(n)s municipalities have not reported", row["silent"])
    return _task(row, title, row["municipal_reports_due"], f"stage={Stage.MUNICIPAL_REPORT.value}")


def _task(row, title, due, query) -> list[Task]:
    """Return the task of one campaign; where all have sent, it is about those that are to correct."""
    silent, returned, reason = row["silent"], row["returned"], row["name"]
    if not silent and not returned:
        return []
    if not silent:
        title = ngettext("%(n)s report to correct", "%(n)s reports to correct", returned) % {"n": spaced(returned)}
    else:
        title %= {"n": spaced(silent)}
        if returned:
            more = ngettext("%(n)s is to correct its report", "%(n)s are to correct their reports", returned)
            reason = f"{reason}; {more % {'n': spaced(returned)}}"
    url = f"{reverse('remind', args=[row['slug']])}?{query}"
    return [Task(title=title, reason=reason, url=url, button=_("Remind"), due=due, urgency=2)]
