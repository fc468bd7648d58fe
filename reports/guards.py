"""What sent reports forbid to change in their campaign."""

from django.utils.translation import gettext as _

from portal import registry
from reports.models import SchoolReport

STANDS = ("grade_from", "grade_to", "ends_on")


@registry.campaign_guards.contribute
def what_sent_reports_answer_for(stored, wanted):
    """The grades and the window's end stand once a school has sent its report: it answers for these, and a window that
    opened again would ask again."""
    changed = [name for name in STANDS if getattr(stored, name) != getattr(wanted, name)]
    if not changed or not SchoolReport.objects.filter(campaign=stored.pk, submitted_on__isnull=False).exists():
        return []
    grades = _("Schools have sent their reports for grades %(grades)s, so the grades stand.")
    window = _("Schools have sent their reports, so the last day of the window stands: %(day)s.")
    values = {"grades": stored.grades_label, "day": f"{stored.ends_on:%d.%m.%Y}"}
    return [(name, (window if name == "ends_on" else grades) % values) for name in changed]
