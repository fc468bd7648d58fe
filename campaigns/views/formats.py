"""Pages of the catalogue of formats: the list, one of them, its form."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campaigns import actions
from campaigns.forms.formats import FormatForm
from campaigns.models import Campaign, Format
from campaigns.views.campaigns import own_region
from portal import registry
from portal.access import Scope
from portal.errors import Changed
from portal.forms.fields import put_errors, renew_version
from portal.queries.history import history_of


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
    region = own_region(request, "campaigns.create_format")
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
