"""Extensions: asked for by a municipality, granted, declined and withdrawn by the operator."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.actions.region import lock_region
from campaigns.due_dates import DUE_FIELDS
from campaigns.models import Campaign, Extension, SchoolCampaign, Stage
from campaigns.phases import Phase
from portal import clock
from portal.errors import Changed, StateForbids
from portal.history import record, state_of
from portal.queries.history import history_of
from portal.rules import require
from portal.text import without_controls

MOST_LETTERS = 500
"""How long a reason and an answer may be."""


READ_ALONG = ("campaign__region", "school", "folder__municipality", "municipality")
"""The places that what follows an extension's change asks for."""


def _year_after(day):
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year + 1, day=28)


def extension_days(campaign, stage) -> tuple:
    """Return the first and the last day until which ``stage`` may be extended today: within a year after its own due
    date, and once the campaign is closed within a year from today."""
    if campaign.phase == Phase.CLOSED:
        today = clock.local_today(campaign.region)
        return today, _year_after(today)
    due = getattr(campaign, DUE_FIELDS[Stage(stage)])
    return due + timedelta(days=1), _year_after(due)


def _refuse_day(campaign, stage, until) -> None:
    first, last = extension_days(campaign, stage)
    if until is None or not first <= until <= last:
        due = getattr(campaign, DUE_FIELDS[Stage(stage)])
        values = {"first": f"{first:%d.%m.%Y}", "last": f"{last:%d.%m.%Y}", "due": f"{due:%d.%m.%Y}"}
        message = _("Choose a day from %(first)s to %(last)s: everyone's own date is %(due)s.")
        raise ValidationError({"until": ValidationError(message, code="day", params=values)})


def _plain(text) -> str:
    return without_controls(text or "").replace("\n", " ").strip()


def _line(text, name, missing) -> str:
    """Return ``text`` cleaned; what is empty or too long is said at the field ``name``."""
    text = _plain(text)
    if missing and not text:
        raise ValidationError({name: missing})
    if len(text) > MOST_LETTERS:
        values = {"most": MOST_LETTERS, "n": len(text)}
        raise ValidationError({name: _("At most %(most)d characters; this has %(n)d.") % values})
    return text


def _lock_campaign(pk) -> Campaign:
    """Lock the campaign's region, as every action on extensions does first; return the campaign as it is now."""
    lock_region(Campaign.objects.filter(pk=pk).values_list("region_id", flat=True).get())
    return Campaign.objects.select_related("region").get(pk=pk)


def _folder_of(school, campaign) -> SchoolCampaign | None:
    if school is None:
        return None
    return SchoolCampaign.objects.select_related("municipality").filter(school=school, campaign=campaign).first()


def _extension_of(campaign, stage, school, municipality, until, reason) -> Extension:
    """Return an unsaved extension, or refuse what it cannot be, each at its field."""
    if campaign.phase == Phase.DRAFT:
        raise StateForbids(_("The campaign is a draft: change its dates themselves."))
    if (school is None) == (municipality is None):
        raise ValidationError({"school": _("An extension is for one school or for one municipality.")})
    region_id = school.municipality.region_id if school else municipality.region_id
    if region_id != campaign.region_id:
        place = "school" if school else "municipality"
        raise ValidationError({place: _("This campaign is another region's.")})
    folder = _folder_of(school, campaign)
    if school is not None and folder is None:
        raise ValidationError({"school": _("The school takes no part in this campaign.")})
    if stage not in Stage.values:
        raise ValidationError({"stage": _("Choose what is extended.")})
    if stage == Stage.MUNICIPAL_REPORT and school is not None:
        raise ValidationError({"stage": _("A school has no municipal report to extend.")})
    reason = _line(reason, "reason", _("Give a reason: it stands beside the date."))
    _refuse_day(campaign, stage, until)
    place = {"school": school, "folder": folder, "municipality": municipality}
    return Extension(campaign=campaign, stage=stage, until=until, reason=reason, **place)


def _same(extension, *statuses) -> Extension | None:
    """Return the extension of the same stage, place and day that is in one of ``statuses``."""
    same = {name: getattr(extension, name) for name in ("campaign", "stage", "school", "municipality", "until")}
    return (
        Extension.objects.select_for_update(of=("self",), no_key=True)
        .select_related(*READ_ALONG)
        .filter(status__in=statuses, **same)
        .first()
    )


def _settle(actor, extension, status, verb, answer) -> Extension:
    """Write the operator's decision and the line of history that tells it."""
    before = state_of(extension)
    extension.status, extension.answer = status, answer
    if status == Extension.Status.GRANTED:
        extension.after_closing = extension.campaign.is_closed
    extension.decided_by, extension.decided_at = actor, clock.now()
    extension.version += 1
    extension.full_clean()
    extension.save(update_fields=["status", "answer", "after_closing", "decided_by", "decided_at", "version"])
    record(actor, verb, extension, before=before, after=state_of(extension), comment=answer, for_whom=extension.place)
    return extension


@transaction.atomic
def grant_extension(actor, campaign, *, stage, school=None, municipality=None, until, reason) -> Extension:
    """Give a school or a municipality a later date of ``stage``. The same again is one; of several the latest wins.

    What the municipality asked for in just these words is granted with it.
    """
    campaign = _lock_campaign(campaign.pk)
    require(actor, "campaigns.grant_extension", campaign)
    extension = _extension_of(campaign, stage, school, municipality, until, reason)
    if granted := _same(extension, Extension.Status.GRANTED):
        return granted
    if asked := _same(extension, Extension.Status.ASKED):
        return _settle(actor, asked, Extension.Status.GRANTED, "grant", extension.reason)
    extension.status, extension.after_closing = Extension.Status.GRANTED, campaign.is_closed
    extension.asked_by = extension.decided_by = actor
    extension.asked_at = extension.decided_at = clock.now()
    extension.full_clean()
    extension.save()
    reason = extension.reason
    record(actor, "grant", extension, after=state_of(extension), comment=reason, for_whom=extension.place)
    return extension


@transaction.atomic
def ask_extension(actor, campaign, *, stage, school=None, municipality=None, until, reason) -> Extension:
    """Ask the operator for a later date, for one's municipality or a school of it.

    What is asked for or granted already is returned as it is.
    """
    campaign = _lock_campaign(campaign.pk)
    if school is not None or municipality is not None:
        require(actor, "campaigns.ask_extension", _folder_of(school, campaign) or school or municipality)
    extension = _extension_of(campaign, stage, school, municipality, until, reason)
    if known := _same(extension, Extension.Status.ASKED, Extension.Status.GRANTED):
        return known
    extension.status = Extension.Status.ASKED
    extension.asked_by = actor
    extension.full_clean()
    extension.save()
    reason = extension.reason
    record(actor, "ask", extension, after=state_of(extension), comment=reason, for_whom=extension.place)
    return extension


def _open_extension(extension) -> Extension:
    """Lock the region and the extension, and return it as it is now."""
    _lock_campaign(extension.campaign_id)
    rows = Extension.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related(*READ_ALONG).get(pk=extension.pk)


@transaction.atomic
def decide_extension(actor, extension, version, granted: bool, answer="") -> Extension:
    """Grant or decline what was asked for and read as ``version``; who declines says why."""
    current = _open_extension(extension)
    require(actor, "campaigns.grant_extension", current.campaign)
    status = Extension.Status.GRANTED if granted else Extension.Status.DECLINED
    answer = _plain(answer)
    repeated = (current.status, current.version, current.answer) == (status, version + 1, answer)
    if repeated and current.decided_by_id == actor.pk:
        return current
    if current.version != version:
        raise Changed(current, history_of(current, since_version=version))
    if current.status != Extension.Status.ASKED:
        raise StateForbids(_("This extension is %(status)s already.") % {"status": current.get_status_display()})
    answer = _line(answer, "answer", "" if granted else _("Say why it is declined: the municipality reads it."))
    if granted:
        _refuse_day(current.campaign, current.stage, current.until)
    return _settle(actor, current, status, "grant" if granted else "decline", answer)


@transaction.atomic
def withdraw_extension(actor, extension, version, reason) -> Extension:
    """Take back what was read as ``version``: the operator a granted extension, a municipality what it asked for.

    From then on the due date is what it would be without it.
    """
    current = _open_extension(extension)
    require(actor, "campaigns.withdraw_extension", current)
    reason = _plain(reason)
    if current.status == Extension.Status.WITHDRAWN and current.version == version + 1:
        since = history_of(current, since_version=version)
        if [(entry.verb, entry.actor_id, entry.comment) for entry in since] == [("withdraw", actor.pk, reason)]:
            return current
    if current.version != version:
        raise Changed(current, history_of(current, since_version=version))
    if current.status not in (Extension.Status.ASKED, Extension.Status.GRANTED):
        raise StateForbids(_("This extension is %(status)s already.") % {"status": current.get_status_display()})
    if current.stands:
        raise StateForbids(_("The campaign is closed: what was in time by this extension stays so."))
    reason = _line(reason, "reason", _("Say why it is withdrawn."))
    if current.status == Extension.Status.GRANTED:
        return _settle(actor, current, Extension.Status.WITHDRAWN, "withdraw", reason)
    # What was only asked for has no decision, and gets none.
    before = state_of(current)
    current.status = Extension.Status.WITHDRAWN
    current.version += 1
    current.save(update_fields=["status", "version"])
    record(actor, "withdraw", current, before=before, after=state_of(current), comment=reason, for_whom=current.place)
    return current
