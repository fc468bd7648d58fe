"""What verbs on reports share: their time, what a return must say, the answer to who acts on what has changed."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from campaigns.phases import Phase
from portal.errors import Changed, StateForbids
from portal.queries.history import history_of
from portal.text import without_controls


def changed(report, version) -> Changed:
    """Return the answer to who acts on a report that is no longer as it was read."""
    return Changed(report, history_of(report, since_version=version) if report.pk else [])


def refuse_closed(campaign, is_open: bool) -> None:
    """Refuse what is done with reports outside their time."""
    if is_open:
        return
    if campaign.phase == Phase.CLOSED:
        message = _(
            "The campaign closed on %(day)s. After that its reports change only with an extension, which the operator "
            "grants."
        )
        raise StateForbids(message % {"day": f"{campaign.closes_on:%d.%m.%Y}"})
    message = _("Reports are written from %(first)s to %(closing)s; now it is: %(phase)s.")
    values = {
        "first": f"{campaign.ends_on + timedelta(days=1):%d.%m.%Y}",
        "closing": f"{campaign.closes_on:%d.%m.%Y}",
        "phase": campaign.phase.label,
    }
    raise StateForbids(message % values)


def clean_return(comment: str, correct_by: date | None, today: date) -> str:
    """Return the comment of a return, cleaned; raise ``ValidationError`` by field unless it says what and by when."""
    comment, errors = without_controls(comment).strip(), {}
    if not comment:
        errors["comment"] = [_("Say what to correct: who wrote the report sees nothing else.")]
    elif len(comment) > 1_000:
        errors["comment"] = [_("At most 1000 characters; this has %(n)d.") % {"n": len(comment)}]
    if correct_by is None:
        errors["correct_by"] = [_("Name a day to correct by.")]
    elif not today <= correct_by <= today + timedelta(days=366):
        errors["correct_by"] = [_("Name a day from today on, within a year.")]
    if errors:
        raise ValidationError(errors)
    return comment
