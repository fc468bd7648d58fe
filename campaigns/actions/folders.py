"""Folders of schools in campaigns: written at publication, following the schools until the campaign closes.

Nothing else makes them: no task, no date, no first event. Who changes schools, enrolment or a campaign holds the lock
of the region (:func:`portal.actions.places.lock_region`), so that no two of them pass each other by; here the folders
are locked too, always in one order, as every action on a school's events and report does.
"""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.actions.region import lock_region
from campaigns.models import Campaign, SchoolCampaign
from campaigns.phases import Phase
from portal import clock, registry
from portal.errors import StateForbids
from portal.history import record, record_many, state_of
from portal.models import Enrolment, School
from portal.rules import require
from portal.text import without_controls

STAMPED = ("municipality", "is_expected", *SchoolCampaign.ROLL_FIELDS)


def open_campaigns(region):
    """Return the published campaigns of ``region`` that are not closed: their folders follow the schools."""
    today = clock.local_today(region)
    return Campaign.objects.filter(region=region, published_at__isnull=False, closes_on__gte=today).order_by("pk")


def folder_state(folder) -> dict:
    """Return what history compares of a folder: its fields, and the enrolment, its grades in order."""
    if folder.roll is None:
        return state_of(folder, {"enrolment": ""})
    grades = ", ".join(map(str, folder.roll.values()))
    return state_of(folder, {"enrolment": f"{grades} ({folder.roll_as_of:%d.%m.%Y}, {folder.roll_source})"})


def is_report_expected(school, campaign, enrolment) -> bool:
    """Whether a report of ``school`` is expected: it is open on the window's last day, and has pupils in the campaign's
    grades or an ``enrolment`` that is not known (None)."""
    if not school.is_open_on(campaign.ends_on):
        return False
    return enrolment is None or any(enrolment.by_grade[grade] for grade in campaign.grades)


def lock_folders_of(campaigns: Iterable[Campaign], school_ids=None) -> list[SchoolCampaign]:
    """Lock the folders of ``campaigns`` (of ``school_ids`` alone, if given), always in one order, and return them.

    Who sends a report or writes an event holds one: it is written before this, or finds what is done after it.
    """
    folders = SchoolCampaign.objects.select_for_update(no_key=True).filter(campaign__in=campaigns)
    if school_ids is not None:
        folders = folders.filter(school__in=school_ids)
    return list(folders.order_by("school_id", "campaign_id"))


def write_folders(actor, campaigns: Iterable[Campaign], school_ids=None) -> None:
    """Write the folders of ``campaigns``, one of each school of their region (of ``school_ids`` alone, if given), as
    the schools and their enrolment are now. A report that was sent stays expected; so does one closed without stay so.

    Called under the lock of the region; only what changed leaves an entry of history.
    """
    campaigns = list(campaigns)
    if not campaigns:
        return
    schools = School.objects.order_by("pk").filter(municipality__region_id=campaigns[0].region_id)
    if school_ids is not None:
        schools = schools.filter(pk__in=school_ids)
    schools = list(schools.select_related("municipality"))
    of_schools = {} if school_ids is None else {"school_id__in": [school.pk for school in schools]}
    folders = lock_folders_of(campaigns, of_schools.get("school_id__in"))
    present = {(row.school_id, row.campaign_id): row for row in folders}
    years = {campaign.academic_year for campaign in campaigns}
    enrolments = {
        (row.school_id, row.academic_year): row
        for row in Enrolment.objects.order_by().filter(
            school__municipality__region_id=campaigns[0].region_id, academic_year__in=years, **of_schools
        )
    }
    reported = sent_reports([campaign.pk for campaign in campaigns], of_schools.get("school_id__in"))
    new, changed = [], []
    for school in schools:
        for campaign in campaigns:
            enrolment = enrolments.get((school.pk, campaign.academic_year))
            expected = is_report_expected(school, campaign, enrolment)
            folder = present.get((school.pk, campaign.pk))
            if folder is None:
                folder = SchoolCampaign(
                    school=school, campaign=campaign, municipality=school.municipality, is_expected=expected
                )
                folder.measure(enrolment)
                new.append(folder)
                continue
            before = folder_state(folder)
            folder.measure(enrolment)
            folder.municipality_id = school.municipality_id
            if not folder.is_closed_without:
                kept = folder.is_expected and (school.pk, campaign.pk) in reported
                folder.is_expected = expected or kept
            if (after := folder_state(folder)) != before:
                folder.school, folder.campaign = school, campaign
                changed.append((folder, before, after))
    SchoolCampaign.objects.bulk_create(new, batch_size=500)
    SchoolCampaign.objects.bulk_update([row for row, _before, _after in changed], STAMPED, batch_size=200)
    record_many(actor, "edit", changed)


def sent_reports(campaign_ids, school_ids=None) -> set[tuple[int, int]]:
    """Return ``(school id, campaign id)`` of the reports that were sent in ``campaign_ids``; reports stand above."""
    return set(registry.sent_reports.collect(campaign_ids, school_ids))


# --- What they follow -------------------------------------------------------------------------


@registry.school_followers.contribute
def follow_schools(actor, schools):
    """The folders of open campaigns follow schools that were made or changed."""
    _follow(actor, schools)


@registry.enrolment_followers.contribute
def follow_enrolment(actor, enrolments):
    """The folders of open campaigns follow enrolment that was written."""
    _follow(actor, [row.school for row in enrolments])


def _follow(actor, schools) -> None:
    by_region: dict = {}
    for school in schools:
        by_region.setdefault(school.municipality.region, []).append(school.pk)
    for region, school_ids in by_region.items():
        write_folders(actor, open_campaigns(region), school_ids)


@registry.enrolment_notes.contribute
def schools_that_stay_expected(academic_year, numbers):
    """Schools whose ``numbers`` (``{school id: [11 numbers]}``) leave them no pupils in an open campaign's grades while
    their report is sent: it stays expected."""
    folders = SchoolCampaign.objects.expected().filter(
        school__in=numbers, campaign__academic_year=academic_year, campaign__published_at__isnull=False
    )
    empty = [
        folder
        for folder in folders.select_related("school", "campaign__region").order_by("school__name", "pk")
        if not folder.campaign.is_closed
        and not any(numbers[folder.school_id][grade - 1] for grade in folder.campaign.grades)
    ]
    reported = sent_reports({row.campaign_id for row in empty}, {row.school_id for row in empty}) if empty else set()
    return [(row.school, row.campaign) for row in empty if (row.school_id, row.campaign_id) in reported]


# --- Closed without a report ------------------------------------------------------------------


def _lock(folder) -> SchoolCampaign:
    region = lock_region(folder.campaign.region_id)
    rows = SchoolCampaign.objects.select_for_update(of=("self",), no_key=True).select_related(
        "school", "municipality", "campaign"
    )
    current = rows.get(pk=folder.pk)
    current.campaign.region = region
    return current


def _refuse_closed(folder) -> None:
    if folder.campaign.phase == Phase.CLOSED:
        raise StateForbids(_("The campaign is closed: what was expected in it stands."))


def _line(text, name, missing) -> str:
    text = without_controls(text or "").replace("\n", " ").strip()
    most = SchoolCampaign._meta.get_field(name).max_length
    if not text:
        raise ValidationError({name: missing})
    if len(text) > most:
        message = _("At most %(most)d characters; this has %(n)d.")
        raise ValidationError({name: message % {"most": most, "n": len(text)}})
    return text


@transaction.atomic
def close_without_report(actor, folder, reason: str, letter: str) -> SchoolCampaign:
    """Expect no report of an expected school any more: ``reason`` says why, ``letter`` is the number of the letter that
    it rests on. Refused once the school's report is sent. The same again changes nothing."""
    current = _lock(folder)
    require(actor, "campaigns.close_without_report", current.campaign)
    _refuse_closed(current)
    reason = _line(reason, "closed_without_reason", _("Say why no report is expected."))
    letter = _line(letter, "closed_without_letter", _("Write the number of the letter that it rests on."))
    if (current.closed_without_reason, current.closed_without_letter) == (reason, letter):
        return current
    if sent_reports([current.campaign_id], [current.school_id]):
        raise StateForbids(_("The school's report is sent: there is something to accept or to return."))
    if not current.is_expected:
        raise StateForbids(_("No report is expected of this school."))
    before = state_of(current)
    current.is_expected = False
    current.closed_without_reason, current.closed_without_letter = reason, letter
    current.save(update_fields=["is_expected", "closed_without_reason", "closed_without_letter"])
    place = current.municipality
    record(actor, "dismiss", current, before=before, after=state_of(current), comment=reason, for_whom=place)
    return current


@transaction.atomic
def expect_report_again(actor, folder) -> SchoolCampaign:
    """Undo :func:`close_without_report`: a report is expected again, if the school as it is now is to send one."""
    current = _lock(folder)
    require(actor, "campaigns.close_without_report", current.campaign)
    _refuse_closed(current)
    if not current.is_closed_without:
        return current
    before = state_of(current)
    enrolments = Enrolment.objects.filter(school=current.school, academic_year=current.campaign.academic_year)
    current.is_expected = is_report_expected(current.school, current.campaign, enrolments.first())
    current.closed_without_reason = current.closed_without_letter = ""
    current.save(update_fields=["is_expected", "closed_without_reason", "closed_without_letter"])
    record(actor, "expect", current, before=before, after=state_of(current), for_whom=current.municipality)
    return current
