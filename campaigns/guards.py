"""What published campaigns forbid to change of their region and its municipalities."""

from django.utils.translation import gettext as _

from campaigns.actions.folders import lock_folders_of, open_campaigns
from campaigns.models import Campaign, SchoolCampaign
from portal import registry


@registry.region_guards.contribute
def keep_calendar(stored, wanted):
    """The calendar by which a campaign runs, closes and is judged stands once one is published, and so does the
    address by which a region pack finds the region."""
    changed = [name for name in ("slug", "time_zone") if getattr(stored, name) != getattr(wanted, name)]
    if not changed or not Campaign.objects.filter(region=stored.pk, published_at__isnull=False).exists():
        return []
    return [(name, _("Campaigns of this region are published: this stays as it is.")) for name in changed]


@registry.school_guards.contribute
def wait_for_folders(stored, wanted):
    """Refuses nothing: whoever writes in one of the school's folders does so before the school changes, or finds it
    changed. A folder is locked before the school is written, as its writers do, so that nobody waits for each other."""
    lock_folders_of(open_campaigns(stored.municipality.region), [stored.pk])
    return []


@registry.municipality_guards.contribute
def keep_what_campaigns_know(stored, wanted):
    """Who reviews a municipality's schools and reports for them follows from its kind, and what summaries give its
    coordinators from its address: both stand once schools belong to it in a campaign, and so does its region."""
    changed = [name for name in ("region_id", "kind", "slug") if getattr(stored, name) != getattr(wanted, name)]
    if not changed or not SchoolCampaign.objects.filter(municipality=stored.pk).exists():
        return []
    message = _("Schools belong to this municipality in published campaigns: this stays as it is.")
    return [(name.removesuffix("_id"), message) for name in changed]
