"""What sent reports forbid to change in their campaign."""

from django.utils.translation import gettext as _

from portal import registry
from reports.models import SchoolReport


@registry.campaign_guards.contribute
def grades_of_sent_reports(stored, wanted):
    """The grades stand once a school has sent its report: it answers for these, and none was asked about others."""
    changed = [name for name in ("grade_from", "grade_to") if getattr(stored, name) != getattr(wanted, name)]
    if not changed or not SchoolReport.objects.filter(campaign=stored.pk, submitted_on__isnull=False).exists():
        return []
    message = _("Schools have sent their reports for grades %(grades)s, so the grades stand.")
    return [(name, message % {"grades": stored.grades_label}) for name in changed]
