"""What someone should look at while a campaign is not closed."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.numbers import spaced
from portal.registry import Task
from reports.dashboards.addresses import rows_page
from reports.queries.dashboard import Dashboard
from reports.writers.page import rows_address


def attention_tasks(found: Dashboard) -> list[Task]:
    """What someone should look at while the campaign is not closed: events that wait long, flagged numbers, schools
    without events."""
    level, made = found.level, []
    if level.campaign.is_closed:
        return []
    if found.totals.waiting_long:
        n = found.totals.waiting_long
        title = ngettext(
            "%(n)s event has waited for review for more than 3 days",
            "%(n)s events have waited for review for more than 3 days",
            n,
        )
        url = rows_address(level.params, {"status": "submitted"})
        made.append(Task(title % {"n": spaced(n)}, _("of all events under review"), url, _("Open")))
    if found.totals.flagged:
        n = found.totals.flagged
        title = ngettext("%(n)s event under review is flagged", "%(n)s events under review are flagged", n)
        url = rows_address(level.params, {"status": "submitted", "flagged": 1})
        made.append(Task(title % {"n": spaced(n)}, _("more participants than pupils enrolled"), url, _("Check")))
    most = max(found.municipalities, key=lambda row: row.missing, default=None)
    if most is not None and most.missing:
        title = ngettext("%(n)s school without events", "%(n)s schools without events", found.missing)
        reason = _("most of them: %(name)s, %(n)s") % {"name": most.name, "n": spaced(most.missing)}
        url = f"{rows_page(level, 'schools')}?none=1"
        made.append(Task(title % {"n": spaced(found.missing)}, reason, url, _("Show")))
    return made
