"""The campaign's own questions: asked, changed and retired by the operator.

Every verb locks the campaign first, so that two questions added at once see each other. Schools must not meet new
questions while they report: from the first day of reporting on a question can only be retired.
"""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from campaigns.phases import Phase
from portal import clock
from portal.errors import Changed, StateForbids
from portal.history import record, state_of
from portal.queries.history import history_of
from portal.rules import require
from portal.text import without_controls
from reports.models import ReportQuestion

ASKING_PHASES = (Phase.DRAFT, Phase.ANNOUNCED, Phase.RUNNING)
"""When questions are added and changed: until the window's last day."""
QUESTION_FIELDS = ("kind", "text", "whole", "reason", "ground", "is_required", "about_group", "small_ground")
FIXED_BY_ANSWERS = ("kind", "text", "whole", "about_group", "small_ground")
"""What stays once schools have answered: the answers were given to just that, and to be seen by just those."""


def _lock_campaign(campaign_id) -> Campaign:
    return Campaign.objects.select_related("region").select_for_update(of=("self",), no_key=True).get(pk=campaign_id)


def _lock_question(question) -> tuple[Campaign, ReportQuestion]:
    """Lock the campaign and the question, and read both anew."""
    campaign = _lock_campaign(question.campaign_id)
    current = ReportQuestion.objects.select_for_update(no_key=True).get(pk=question.pk)
    current.campaign = campaign
    return campaign, current


def refuse_late_questions(campaign) -> None:
    """Refuse to add or change questions once schools report."""
    if campaign.phase in ASKING_PHASES:
        return
    refuse_closed_questions(campaign)
    message = _(
        "Questions are added and changed until the campaign's last day, %(day)s, so that schools meet no new ones "
        "while they report. A question can still be retired."
    )
    raise StateForbids(message % {"day": f"{campaign.ends_on:%d.%m.%Y}"})


def refuse_closed_questions(campaign) -> None:
    """Refuse any change of the questions of a closed campaign."""
    if campaign.phase == Phase.CLOSED:
        raise StateForbids(_("The campaign is closed: its questions stand as they were answered."))


def _assign(question, fields) -> None:
    """Put what was typed into the question; «out of what» belongs to a number out of another alone."""
    for name in QUESTION_FIELDS:
        if name in fields:
            value = fields[name]
            setattr(question, name, " ".join(without_controls(value).split()) if isinstance(value, str) else value)
    if question.kind != ReportQuestion.Kind.PART:
        question.whole = ""


def _asked_already(question) -> ReportQuestion | None:
    same = ReportQuestion.objects.filter(campaign=question.campaign, text=question.text, retired_at=None)
    return same.exclude(pk=question.pk).first()


def _state(question) -> dict:
    """Return what makes two questions the same, whatever their place in the report."""
    return state_of(question) | {"position": None}


def _check(question) -> None:
    """Raise ``ValidationError`` by field unless the question may be asked so."""
    errors = {}
    if question.kind == ReportQuestion.Kind.PART and not question.whole:
        errors["whole"] = [_("Say out of what the number is.")]
    if question.is_required and question.about_group:
        errors["is_required"] = [_("A question about a group of pupils cannot be required.")]
    if question.small_ground and not question.about_group:
        errors["small_ground"] = [
            _("Only for a question about a group of pupils: mark it as one, or leave this empty.")
        ]
    if question.text and _asked_already(question):
        errors["text"] = [_("The campaign asks this already.")]
    try:
        question.full_clean(exclude=["campaign"], validate_constraints=False)
    except ValidationError as error:
        errors = error.message_dict | errors
    if errors:
        raise ValidationError(errors)


@transaction.atomic
def create_question(actor, campaign, **fields) -> ReportQuestion:
    """Add a question at the end; ``fields`` are :data:`QUESTION_FIELDS`. Just the same again is the one that is
    there."""
    campaign = _lock_campaign(campaign.pk)
    require(actor, "reports.edit_questions", campaign)
    question = ReportQuestion(campaign=campaign)
    _assign(question, fields)
    same = _asked_already(question)
    if same and _state(same) == _state(question):
        return same
    refuse_late_questions(campaign)
    last = campaign.questions.aggregate(last=Max("position"))["last"]
    question.position = (last or 0) + 1
    _check(question)
    question.save()
    record(actor, "create", question, after=state_of(question))
    return question


@transaction.atomic
def edit_question(actor, question, version, **fields) -> ReportQuestion:
    """Change a question that was read as ``version``. What it asks stays once schools have answered it."""
    campaign, current = _lock_question(question)
    require(actor, "reports.edit_questions", campaign)
    before = state_of(current)
    was = {name: getattr(current, name) for name in FIXED_BY_ANSWERS}
    _assign(current, fields)
    after = state_of(current)
    if after == before:
        return current
    if current.version != version:
        raise Changed(ReportQuestion.objects.get(pk=current.pk), history_of(current, since_version=version))
    refuse_late_questions(campaign)
    if current.retired_at:
        raise StateForbids(_("The question is retired: schools are not asked it any more."))
    changed = [name for name in FIXED_BY_ANSWERS if getattr(current, name) != was[name]]
    if changed and current.answers.exists():
        message = _("Schools have answered this already, so it stays. Retire the question and ask another.")
        raise ValidationError({name: [message] for name in changed})
    _check(current)
    current.version += 1
    current.save()
    record(actor, "edit", current, before=before, after=after)
    return current


@transaction.atomic
def retire_question(actor, question, version) -> ReportQuestion:
    """Ask a question that was read as ``version`` no more; what was answered stays. A retired one stays as it is."""
    campaign, current = _lock_question(question)
    require(actor, "reports.edit_questions", campaign)
    if current.retired_at:
        return current
    if current.version != version:
        raise Changed(current, history_of(current, since_version=version))
    refuse_closed_questions(campaign)
    current.retired_at = clock.now()
    current.version += 1
    current.save(update_fields=["retired_at", "version"])
    moment = current.retired_at.isoformat()
    record(actor, "retire", current, before={"retired_at": None}, after={"retired_at": moment})
    return current
