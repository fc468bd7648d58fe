"""What sent reports forbid to change in their campaign and of their school, and what they keep expected."""

from django.utils.translation import gettext as _

from campaigns.actions import open_campaigns
from portal import registry
from reports.models import MunicipalReport, ReportStatus, SchoolReport

STANDS = ("grade_from", "grade_to", "starts_on", "ends_on")


@registry.campaign_guards.contribute
def what_sent_reports_answer_for(stored, wanted):
    """The grades and the window stand once a school has sent its report: it answers for these, and a window that opened
    again would ask again."""
    changed = [name for name in STANDS if getattr(stored, name) != getattr(wanted, name)]
    if not changed or not SchoolReport.objects.filter(campaign=stored.pk, submitted_on__isnull=False).exists():
        return []
    grades = _("Schools have sent their reports for grades %(grades)s, so the grades stand.")
    messages = {
        "starts_on": _("Schools have sent their reports, so the first day of the window stands: %(day)s."),
        "ends_on": _("Schools have sent their reports, so the last day of the window stands: %(day)s."),
    }
    return [
        (name, messages[name] % {"day": f"{getattr(stored, name):%d.%m.%Y}"})
        if name in messages
        else (name, grades % {"grades": stored.grades_label})
        for name in changed
    ]


@registry.campaign_guards.contribute
def keep_what_was_in_time(stored, wanted):
    """A due date moves over no report that was sent: what was in time stays so, and what was late."""
    message = _("Reports were sent between %(first)s and %(last)s: what was late or in time stays so.")
    found = []
    for name, model in (("school_reports_due", SchoolReport), ("municipal_reports_due", MunicipalReport)):
        first, last = sorted((getattr(stored, name), getattr(wanted, name)))
        sent = model.objects.filter(campaign=stored.pk, submitted_on__gt=first, submitted_on__lte=last)
        if sent.exists():
            found.append((name, message % {"first": f"{first:%d.%m.%Y}", "last": f"{last:%d.%m.%Y}"}))
    return found


@registry.sent_reports.contribute
def sent_reports(campaign_ids, school_ids):
    """The school reports that were sent at least once."""
    reports = SchoolReport.objects.order_by().filter(campaign__in=campaign_ids, submitted_on__isnull=False)
    if school_ids is not None:
        reports = reports.filter(school__in=school_ids)
    return reports.values_list("school_id", "campaign_id")


@registry.school_guards.contribute
def keep_place_of_reports(stored, school):
    """A school whose report of an open campaign is sent or accepted stays in its municipality, which answers for it."""
    if school.municipality_id == stored.municipality_id:
        return []
    campaigns = open_campaigns(stored.municipality.region)
    reports = SchoolReport.objects.filter(
        school=stored, campaign__in=campaigns, status__in=(ReportStatus.SUBMITTED, ReportStatus.ACCEPTED)
    )
    message = _("The school's report “%(campaign)s” is %(status)s: return it first, then the school can move.")
    return [
        ("municipality", message % {"campaign": report.campaign, "status": report.get_status_display()})
        for report in reports.select_related("campaign").order_by("campaign")
    ]
