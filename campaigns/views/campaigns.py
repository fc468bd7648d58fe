"""Pages of campaigns: the list, one of them, its form, publishing it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns import actions, queries
from campaigns.forms.campaigns import CampaignForm
from campaigns.models import Campaign
from portal import registry
from portal.access import Scope
from portal.errors import Changed
from portal.forms.fields import put_errors, renew_version
from portal.models import Region
from portal.queries.history import history_of


def own_region(request, permission) -> Region:
    """Return the region that the person operates; refuse those who operate none."""
    scope = Scope.of(request.user)
    region = next((region for region in scope.regions if region.pk in scope.operated_region_ids), None)
    if region is None or not request.user.has_perm(permission, region):
        raise PermissionDenied
    return region


@require_safe
def campaigns(request):
    """All campaigns, the one that matters most today first."""
    scope = Scope.of(request.user)
    rows = queries.campaigns_for(request.user)
    return render(request, "campaigns/campaigns.html", {"campaigns": rows, "may_create": scope.operated_region_ids})


@require_safe
def campaign(request, slug):
    """A campaign: what it is for, its days, its formats, and what other apps know of it."""
    row = get_object_or_404(Campaign.objects.visible_to(request.user).select_related("region", "previous"), slug=slug)
    main, side = registry.panels_in_order(registry.campaign_panels.collect(request.user, row))
    may_edit = request.user.has_perm("campaigns.edit_campaign", row)
    context = {
        "campaign": row,
        "phase": row.phase,
        "steps": queries.phase_steps(row),
        "formats": row.formats.order_by("level", "name"),
        "goals": row.goals.all(),
        "may_edit": may_edit,
        "history": history_of(row) if may_edit else [],
        "main": main,
        "side": side,
    }
    return render(request, "campaigns/campaign.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def campaign_new(request):
    """Create a draft campaign."""
    region = own_region(request, "campaigns.create_campaign")
    previous = region.campaigns.first()
    initial = {"grade_from": 5, "grade_to": 11, "previous": previous}
    form = CampaignForm(request.POST or None, region=region, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.create_campaign(request.user, region, **form.campaign_values)
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("The draft is saved. Look it over and publish it."))
            return redirect(row)
    return render(request, "campaigns/campaign_form.html", {"form": form}, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def campaign_edit(request, slug):
    """Change a campaign; one that someone else changed meanwhile is shown with what they did."""
    row = get_object_or_404(Campaign.objects.visible_to(request.user).select_related("region"), slug=slug)
    if not request.user.has_perm("campaigns.edit_campaign", row):
        raise PermissionDenied
    initial = {"formats": row.formats.all(), "version": row.version}
    form = CampaignForm(request.POST or None, instance=row, region=row.region, goals=row.goals.all(), initial=initial)
    status, changes = 200, []
    if request.method == "POST" and form.is_valid():
        try:
            version = form.cleaned_data["version"] or 0
            actions.edit_campaign(request.user, row, version, **form.campaign_values)
            messages.success(request, _("Saved."))
            return redirect(row.get_absolute_url())
        except ValidationError as error:
            put_errors(form, error)
        except Changed as changed:
            status, changes = 409, changed.changes
            renew_version(form, changed.current)
    status = 400 if form.errors else status
    fresh = Campaign.objects.get(pk=row.pk)
    context = {"form": form, "campaign": fresh, "changes": changes}
    return render(request, "campaigns/campaign_form.html", context, status=status)


@require_POST
@login_required
def campaign_publish(request, slug):
    """Publish a draft."""
    row = get_object_or_404(Campaign.objects.visible_to(request.user), slug=slug)
    actions.publish_campaign(request.user, row)
    messages.success(request, _("The campaign is published: coordinators see it now."))
    return redirect(row)
