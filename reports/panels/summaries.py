"""What summaries show on home: those that are ready to be read."""

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from portal import clock, registry
from portal.registry import Task
from reports.models import Summary
from reports.queries import levels


@registry.home_tasks.contribute
def summaries_to_read(user, membership):
    """A full summary that is ready: for the operator and the department, for two weeks."""
    if membership.role not in (membership.Role.OPERATOR, membership.Role.DEPARTMENT):
        return []
    since = clock.now() - levels.SUMMARY_IS_NEWS
    ready = (
        Summary.objects.filter(
            campaign__region_id=membership.region_id, status=Summary.Status.READY, is_full=True, ready_at__gt=since
        )
        .annotate(name=F("campaign__name"))
        .order_by("-version")
        .values("pk", "campaign_id", "name", "version")
    )
    newest = {}
    for row in ready:
        newest.setdefault(row["campaign_id"], row)
    return [
        Task(
            title=_("The summary report is ready: %(name)s") % {"name": row["name"]},
            reason=_("version %(n)d, in full: look it through and download it") % {"n": row["version"]},
            url=reverse("summary", args=[row["pk"]]),
            button=_("Open"),
            urgency=4,
        )
        for row in newest.values()
    ]
