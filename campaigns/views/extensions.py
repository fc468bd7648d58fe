"""Pages of extensions: the list of a campaign, a new one, the decision, taking one back."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Case, Q, When
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns import actions
from campaigns.forms.extensions import ExtensionFilter, ExtensionForm, key_of
from campaigns.models import Campaign, Extension, SchoolCampaign, Stage
from campaigns.phases import Phase
from campaigns.rules import asks_in
from portal.access import Scope
from portal.addresses import way_back
from portal.errors import Changed, StateForbids
from portal.models import Municipality
from portal.pages import version_of

PAGE_SIZE = 50


def _get_campaign(request, slug) -> Campaign:
    return get_object_or_404(Campaign.objects.visible_to(request.user).select_related("region"), slug=slug)


def _extensions_of(request, campaign):
    """Extensions of the campaign that the visitor sees, those that wait for a decision first."""
    rows = Extension.objects.visible_to(request.user).filter(campaign=campaign)
    related = ("campaign", "school", "folder__municipality", "municipality", "asked_by", "decided_by")
    waiting_first = Case(When(status=Extension.Status.ASKED, then=0), default=1)
    return rows.select_related(*related).order_by(waiting_first, "-asked_at", "-pk")


# --- The list --------------------------------------------------------------------------------


@require_safe
@login_required
def extensions(request, slug):
    """Later dates of a campaign: for whom, until when, why, who decided."""
    campaign = _get_campaign(request, slug)
    return _list(request, campaign, _extensions_of(request, campaign))


def _list(request, campaign, rows, status=200, **more):
    """Show the list; with ``only`` in ``more`` it is that one row, to be corrected or looked at again."""
    found, ignored = ExtensionFilter.of(request, rows)
    page = Paginator(found.qs, PAGE_SIZE).get_page(request.GET.get("page"))
    user = request.user
    may_grant = user.has_perm("campaigns.grant_extension", campaign)
    for row in page.object_list:
        row.may_decide = may_grant and row.status == Extension.Status.ASKED
        is_in_force = row.status in (Extension.Status.ASKED, Extension.Status.GRANTED) and not row.stands
        row.may_withdraw = is_in_force and user.has_perm("campaigns.withdraw_extension", row)
    context = {
        "campaign": campaign,
        "filter": found,
        "ignored": ignored,
        "page": page,
        "may_grant": may_grant,
        "may_ask": not may_grant and asks_in(user, campaign),
        "is_draft": campaign.phase == Phase.DRAFT,
        "acts": any(row.may_decide or row.may_withdraw for row in page.object_list),
        **more,
    }
    return render(request, "campaigns/extensions.html", context, status=status)


# --- A new one -------------------------------------------------------------------------------


def _places(user, campaign, may_grant) -> list:
    """Return the municipalities that one may act for, each with its schools of the campaign that work during it."""
    municipalities = Municipality.objects.filter(region_id=campaign.region_id)
    if not may_grant:
        municipalities = municipalities.filter(pk__in=Scope.of(user).municipality_ids)
    schools_of = {row.pk: (row, []) for row in municipalities}
    folders = SchoolCampaign.objects.filter(
        Q(school__opened_on=None) | Q(school__opened_on__lte=campaign.ends_on),
        Q(school__closed_on=None) | Q(school__closed_on__gt=campaign.starts_on),
        campaign=campaign,
        municipality__in=schools_of,
    )
    for folder in folders.select_related("school").order_by("school__name", "school_id"):
        schools_of[folder.municipality_id][1].append(folder.school)
    return list(schools_of.values())


def _prefilled(request, places) -> dict:
    """Return what the address says of the form; a place that one may not act for does not exist."""
    initial = {}
    if request.GET.get("stage") in Stage.values:
        initial["stage"] = request.GET["stage"]
    school, municipality = request.GET.get("school"), request.GET.get("municipality")
    if school or municipality:
        known = [row for group in places for row in ([*group[1]] if school else [group[0]])]
        place = next((row for row in known if (str(row.pk) == school if school else row.slug == municipality)), None)
        if place is None:
            raise Http404
        initial["place"] = key_of(place)
    elif len(places) == 1 and not places[0][1]:
        initial["place"] = key_of(places[0][0])
    return initial


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def extension_new(request, slug):
    """Grant a later date, or ask for one: the same form, by who fills it in."""
    campaign = _get_campaign(request, slug)
    may_grant = request.user.has_perm("campaigns.grant_extension", campaign)
    if not may_grant and not asks_in(request.user, campaign):
        raise PermissionDenied
    if campaign.phase == Phase.DRAFT:
        raise StateForbids(_("The campaign is a draft: change its dates themselves."))
    places = _places(request.user, campaign, may_grant)
    initial = _prefilled(request, places)
    # Sent with nothing typed, it is still a form that was sent.
    data = request.POST if request.method == "POST" else None
    form = ExtensionForm(data, campaign=campaign, places=places, initial=initial)
    if request.method == "POST" and form.is_valid():
        act = actions.grant_extension if may_grant else actions.ask_extension
        try:
            row = act(request.user, campaign, **form.extension_values)
        except ValidationError as error:
            form.put_errors(error)
        else:
            _say(request, row, may_grant)
            return redirect("extensions", campaign.slug)
    context = {"form": form, "campaign": campaign, "may_grant": may_grant}
    return render(request, "campaigns/extension_form.html", context, status=400 if form.errors else 200)


def _say(request, row, may_grant) -> None:
    """Tell what became of the form, and of a later date that holds already."""
    values = {"place": row.place, "day": f"{row.until:%d.%m.%Y}"}
    if row.status == Extension.Status.ASKED:
        messages.success(request, _("Sent to the operator: %(place)s, until %(day)s.") % values)
    elif may_grant:
        messages.success(request, _("Granted: %(place)s, until %(day)s.") % values)
    else:
        messages.success(request, _("Granted already: %(place)s, until %(day)s.") % values)
    covers = Q(school=row.school, municipality=row.municipality)
    if row.school is not None and row.stage != Stage.MUNICIPAL_REPORT:
        covers |= Q(municipality_id=row.folder.municipality_id)
    later = Extension.objects.filter(
        covers, campaign=row.campaign, stage=row.stage, status=Extension.Status.GRANTED, until__gt=row.until
    ).order_by("-until")
    if last := later.values_list("until", flat=True).first():
        message = _("A later date is granted already and holds: %(day)s. Withdraw it if the earlier one should hold.")
        messages.warning(request, message % {"day": f"{last:%d.%m.%Y}"})


# --- The decision ----------------------------------------------------------------------------


def _act(request, slug, extension_id, permission, act, done):
    """Run one verb from the list; what is wrong, or what changed meanwhile, is shown at that one row."""
    campaign = _get_campaign(request, slug)
    rows = _extensions_of(request, campaign).filter(pk=extension_id)
    row = get_object_or_404(rows)
    subject = campaign if permission == "campaigns.grant_extension" else row
    if not request.user.has_perm(permission, subject):
        raise PermissionDenied
    typed = {name: request.POST.get(name, "") for name in ("granted", "answer", "reason")}
    if typed["granted"] != "0":
        typed["granted"] = "1"  # what was typed stands in one of the two forms, whatever was pressed
    try:
        row = act(row, version_of(request))
    except ValidationError as error:
        problems = error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}
        return _list(request, campaign, rows, 400, only=row, problems=problems, typed=typed)
    except Changed as changed:
        return _list(request, campaign, rows, 409, only=row, changes=changed.changes, conflict=True, typed=typed)
    messages.success(request, done(row))
    return way_back(request, reverse("extensions", args=[campaign.slug]))


@require_POST
@login_required
def extension_decide(request, slug, extension_id):
    """Grant or decline what was asked for."""

    def act(row, version):
        wanted = request.POST.get("granted")
        if wanted not in ("1", "0"):
            raise ValidationError({"until": _("Choose: grant or decline.")})
        return actions.decide_extension(request.user, row, version, wanted == "1", request.POST.get("answer", ""))

    def done(row):
        values = {"place": row.place, "day": f"{row.until:%d.%m.%Y}"}
        if row.status == Extension.Status.GRANTED:
            return _("Granted: %(place)s, until %(day)s.") % values
        return _("Declined: %(place)s, until %(day)s.") % values

    return _act(request, slug, extension_id, "campaigns.grant_extension", act, done)


@require_POST
@login_required
def extension_withdraw(request, slug, extension_id):
    """Take back a granted extension, or what one asked for."""

    def act(row, version):
        return actions.withdraw_extension(request.user, row, version, request.POST.get("reason", ""))

    def done(row):
        return _("Withdrawn: %(place)s, until %(day)s.") % {"place": row.place, "day": f"{row.until:%d.%m.%Y}"}

    return _act(request, slug, extension_id, "campaigns.withdraw_extension", act, done)
