"""Pages of the review: what waits for a decision, one decided, many accepted at once."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from events import actions
from events.queries.events import PAGE_SIZE, standing_in, waiting_for_review
from events.views.events import event_context, run_verb
from portal import clock
from portal.access import Scope
from portal.addresses import way_back
from portal.models import Municipality


@require_POST
@login_required
def event_accept(request, event_id):
    return run_verb(
        request, event_id, lambda row, version: actions.accept_event(request.user, row, version), _("Accepted.")
    )


@require_POST
@login_required
def event_return(request, event_id):
    comment = request.POST.get("comment", "")
    return run_verb(
        request,
        event_id,
        lambda row, version: actions.return_event(request.user, row, version, comment),
        _("Returned to the school with your comment."),
    )


# --- Review ----------------------------------------------------------------------------------


def _review_list(request):
    """Return ``(events, municipality)``: what waits for the reviewer, or for a municipality they stand in for."""
    scope = Scope.of(request.user)
    if not scope.municipality_ids and not scope.operated_region_ids:
        raise PermissionDenied
    slug = request.GET.get("municipality")
    if slug:
        visible = Municipality.objects.visible_to(request.user)
        municipality = next((row for row in visible if row.slug == slug), None)
        if municipality is None:
            raise Http404
        if municipality.region_id in scope.operated_region_ids:
            return standing_in(request.user, municipality), municipality
        return waiting_for_review(request.user).filter(folder__municipality=municipality), municipality
    return waiting_for_review(request.user), None


@require_safe
@login_required
def review(request):
    """What waits for my decision: the list and the event itself side by side."""
    waiting, municipality = _review_list(request)
    page = Paginator(waiting, PAGE_SIZE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    wanted = request.GET.get("event", "")
    selected = next((row for row in rows if str(row.pk) == wanted), rows[0] if rows else None)
    now = clock.now()
    for row in rows:
        row.waits = (now - row.submitted_at).days
    context = {"page": page, "rows": rows, "municipality": municipality, "selected": selected}
    if selected is not None:
        context |= event_context(request, selected)
    scope = Scope.of(request.user)
    if scope.operated_region_ids:
        others = Municipality.objects.visible_to(request.user).exclude(kind=Municipality.Kind.REGIONAL)
        context["municipalities"] = others
    return render(request, "events/review.html", context)


@require_POST
@login_required
def review_accept(request):
    """Accept the ticked events together; what is skipped is named with its reason."""
    scope = Scope.of(request.user)
    if not scope.municipality_ids and not scope.operated_region_ids:
        raise PermissionDenied
    versions = {}
    for text in request.POST.getlist("event")[:500]:
        pk, _colon, version = text.partition(":")
        if all(part.isascii() and part.isdigit() and len(part) < 16 for part in (pk, version)):
            versions[int(pk)] = int(version)
    result = actions.accept_events(request.user, versions)
    count = len(result.accepted)
    if count:
        done = ngettext("%(n)d event is accepted.", "%(n)d events are accepted.", count) % {"n": count}
        messages.success(request, done)
    elif not versions:
        messages.warning(request, _("Select the events to accept first."))
    for row, reason in result.skipped[:10]:
        messages.warning(request, _("Skipped “%(title)s”: %(reason)s.") % {"title": row.title, "reason": reason})
    return way_back(request, reverse("review"))
