"""Pages of campaigns and of the catalogue of formats."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns import actions, queries
from campaigns.forms import CampaignForm, FormatForm
from campaigns.models import Campaign, Format
from portal import registry
from portal.access import Scope
from portal.errors import Changed
from portal.forms import put_errors, renew_version
from portal.history import history_of
from portal.models import Region


def _own_region(request, permission) -> Region:
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
    region = _own_region(request, "campaigns.create_campaign")
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


@require_safe
def formats(request):
    """The catalogue, by level."""
    scope = Scope.of(request.user)
    rows = Format.objects.visible_to(request.user).order_by("level", "name")
    return render(request, "campaigns/formats.html", {"formats": rows, "may_create": scope.operated_region_ids})


@require_safe
def format_(request, slug):
    """A format: what it is, whom it takes, what it asks for and where it is offered."""
    row = get_object_or_404(Format.objects.visible_to(request.user), slug=slug)
    may_edit = request.user.has_perm("campaigns.edit_format", row)
    main, side = registry.panels_in_order(registry.format_panels.collect(request.user, row))
    context = {
        "format": row,
        "indicators": row.indicators.filter(retired_at=None),
        "campaigns": Campaign.objects.visible_to(request.user).filter(formats=row).select_related("region"),
        "may_edit": may_edit,
        "history": history_of(row) if may_edit else [],
        "main": main,
        "side": side,
    }
    return render(request, "campaigns/format.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def format_new(request):
    """Add a format to the catalogue."""
    region = _own_region(request, "campaigns.create_format")
    form = FormatForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.create_format(request.user, region, **form.format_values)
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("The format is in the catalogue. Offer it in a campaign."))
            return redirect(row)
    return render(request, "campaigns/format_form.html", {"form": form}, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def format_edit(request, slug):
    """Change a format of the catalogue."""
    row = get_object_or_404(Format.objects.visible_to(request.user), slug=slug)
    if not request.user.has_perm("campaigns.edit_format", row):
        raise PermissionDenied
    asked = "\n".join(row.indicators.filter(retired_at=None).values_list("name", flat=True))
    form = FormatForm(request.POST or None, instance=row, initial={"indicators": asked, "version": row.version})
    status, changes = 200, []
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_format(request.user, row, form.cleaned_data["version"] or 0, **form.format_values)
            messages.success(request, _("Saved."))
            return redirect(row.get_absolute_url())
        except ValidationError as error:
            put_errors(form, error)
        except Changed as changed:
            status, changes = 409, changed.changes
            renew_version(form, changed.current)
    status = 400 if form.errors else status
    context = {"form": form, "format": row, "changes": changes}
    return render(request, "campaigns/format_form.html", context, status=status)
