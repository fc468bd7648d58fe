"""What must be right in an event before it is planned or sent: messages by field, with the rule and the values."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import Format, SchoolCampaign
from portal import clock
from portal.grades import GRADES
from portal.models import Enrolment


def enrolment_of(school, campaign) -> Enrolment | None:
    """Return the enrolment that the school is measured on in the campaign, or None where it is not known: its folder's,
    which stands once the campaign is closed. A draft has no folders: there it is what is known of its year today."""
    folder = SchoolCampaign.objects.filter(school=school, campaign=campaign).first()
    if folder is not None:
        folder.campaign = campaign
        return folder.enrolment
    return Enrolment.objects.filter(school=school, academic_year=campaign.academic_year).first()


def grades_above_enrolment(event, enrolment) -> list[tuple[int, int, int]]:
    """Return ``(grade, participants, enrolled)`` where more took part than are on roll; none without enrolment."""
    if enrolment is None:
        return []
    return [
        (grade, count, enrolment.by_grade[grade])
        for grade, count in event.by_grade.items()
        if count > enrolment.by_grade[grade]
    ]


def check_days(event) -> dict:
    """The days are in order and inside the window; a course or club need only overlap it."""
    campaign = event.campaign
    first, last = f"{campaign.starts_on:%d.%m.%Y}", f"{campaign.ends_on:%d.%m.%Y}"
    if event.ends_on < event.starts_on:
        values = {"first": f"{event.starts_on:%d.%m.%Y}", "last": f"{event.ends_on:%d.%m.%Y}"}
        return {"ends_on": [_("The last day (%(last)s) is before the first (%(first)s).") % values]}
    if event.format.kind in Format.LONG_KINDS:
        if event.starts_on > campaign.ends_on or event.ends_on < campaign.starts_on:
            message = _("A course or club must at least overlap the campaign: %(first)s – %(last)s.")
            return {"starts_on": [message % {"first": first, "last": last}]}
        return {}
    errors = {}
    names = ("starts_on",) if event.ends_on == event.starts_on else ("starts_on", "ends_on")
    for name in names:
        day = getattr(event, name)
        if not campaign.starts_on <= day <= campaign.ends_on:
            message = _("%(day)s is outside the campaign: %(first)s – %(last)s.")
            errors[name] = [message % {"day": f"{day:%d.%m.%Y}", "first": first, "last": last}]
    return errors


def check_grades(event) -> dict:
    """Participants stand only in grades that the format takes."""
    errors = {}
    for grade in GRADES:
        if event.by_grade[grade] and grade not in event.format.grades:
            message = _("“%(format)s” takes grades %(grades)s, not grade %(grade)d.")
            values = {"format": event.format.name, "grades": event.format.grades_label, "grade": grade}
            errors[f"grade_{grade}"] = [message % values]
    return errors


def check_held(event, enrolment) -> dict:
    """A held event has happened, has participants, and explains numbers above enrolment."""
    errors = {}
    today = clock.local_today(event.campaign.region)
    day = event.starts_on if event.format.kind in Format.LONG_KINDS else event.ends_on
    if day > today:
        message = _("%(day)s is still to come: save it as planned, and send it when it has been held.")
        name = "starts_on" if day == event.starts_on else "ends_on"
        errors[name] = [message % {"day": f"{day:%d.%m.%Y}"}]
    if event.grades_total == 0:
        errors["participants"] = [_("Write how many pupils took part, in at least one grade.")]
    above = grades_above_enrolment(event, enrolment)
    if above and not event.note.strip():
        for grade, count, enrolled in above:
            message = ngettext(
                "%(count)d participant, %(enrolled)d enrolled: correct the number or explain it below.",
                "%(count)d participants, %(enrolled)d enrolled: correct the number or explain it below.",
                count,
            )
            errors[f"grade_{grade}"] = [message % {"count": count, "enrolled": enrolled}]
        errors["note"] = [_("More participants than pupils enrolled: say why.")]
    return errors


def check_event(event, held: bool) -> None:
    """Raise ``ValidationError`` by field unless ``event`` may be saved; ``held`` asks what a sent one must meet.

    Sets ``event.flagged``: participants above enrolment, explained by a note.
    """
    errors: dict = {}
    if not event.campaign.offers.filter(format_id=event.format_id).exists():
        errors["format"] = [_("The campaign does not offer this format.")]
    enrolment = enrolment_of(event.school, event.campaign)
    found = [check_days(event), check_grades(event)]
    if held:
        found.append(check_held(event, enrolment))
    for part in found:
        for name, messages in part.items():
            errors.setdefault(name, []).extend(messages)
    event.flagged = bool(grades_above_enrolment(event, enrolment))
    if errors:
        raise ValidationError(errors)
