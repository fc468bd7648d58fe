"""Pages of events: the list, an event with its buttons, and what each button does."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns.due_dates import is_school_open
from campaigns.phases import PLANNING_PHASES
from events import actions
from events.filters import EventFilter
from events.models import Event
from events.queries.events import frozen_since, grade_rows, history_labels, page_of
from portal.access import Scope
from portal.addresses import way_back
from portal.errors import Changed
from portal.pages import version_of
from portal.queries.history import history_of


def get_event_or_404(request, event_id) -> Event:
    """Return an event that the visitor sees, with its places; 404 for any other."""
    visible = Event.objects.visible_to(request.user).with_places()
    return get_object_or_404(visible.select_related("joint__format", "joint__host"), pk=event_id)


@require_safe
@login_required
def events(request):
    """The list, filtered by the address, newest first."""
    found, ignored = EventFilter.of(request, Event.objects.visible_to(request.user))
    grade = found.form.cleaned_data.get("grade") or None
    narrowed = any(value not in (None, "") for value in found.form.cleaned_data.values())
    page = page_of(found.qs, request.GET.get("page"), narrowed, grade)
    scope = Scope.of(request.user)
    context = {
        "filter": found,
        "ignored": ignored,
        "page": page,
        "grade": grade,
        "may_write": bool(scope.school_ids or scope.operated_region_ids),
        "shows_school": len(scope.own_school_ids) != 1 or bool(scope.region_ids or scope.municipality_ids),
    }
    return render(request, "events/events.html", context)


def event_verbs(user, event, frozen) -> dict:
    """What ``user`` may do with ``event`` as it is now, for the buttons of its page; nothing where it is frozen."""
    status = event.status
    logging = not frozen and is_school_open(event.campaign, event.school_id)
    planning = not frozen and event.campaign.phase in PLANNING_PHASES
    writes = user.has_perm("events.write_event", event)
    reviews = user.has_perm("events.review_event", event)
    own = event.submitted_by_id == user.pk and not event.on_behalf
    return {
        "edit": writes and status in ("draft", "planned", "submitted", "returned") and (logging or planning),
        "submit": writes and logging and status in ("draft", "returned"),
        "cancel": writes and ((logging or planning) if status == "planned" else logging and status == "returned"),
        "delete": status == "draft" and (logging or planning) and user.has_perm("events.delete_draft", event),
        "accept": reviews and logging and status == "submitted" and not own,
        "return": logging
        and (
            (reviews and status == "submitted")
            or (status == "accepted" and user.has_perm("events.return_accepted_event", event))
        ),
        # An attendance is added on the page of its joint event, once.
        "copy": writes and not frozen and event.joint_id is None,
        "another": writes and not frozen,
    }


@require_safe
@login_required
def event(request, event_id):
    """An event: its numbers beside enrolment, its review, its history."""
    row = get_event_or_404(request, event_id)
    return render(request, "events/event.html", event_context(request, row))


def event_context(request, row) -> dict:
    """Return what the page of an event shows, which the review shows too."""
    frozen = frozen_since(row.school_id, row.campaign_id)
    labels = history_labels(row)
    if row.joint_id:
        labels["joint"] = {row.joint_id: row.joint.title}
    return {
        "event": row,
        "frozen": frozen,
        "grades": grade_rows(row),
        "indicator_values": row.indicator_values.select_related("indicator"),
        "partners": row.partners.all(),
        "verbs": event_verbs(request.user, row, frozen),
        "history": history_of(row, labels),
    }


# --- Verbs of one event ----------------------------------------------------------------------


def run_verb(request, event_id, act, done, then=None):
    """Run one verb from the event's page or the review; a change made meanwhile is shown, nothing is done.

    It leads back where the form says, else to ``then``, else to the event.
    """
    row = get_event_or_404(request, event_id)
    try:
        act(row, version_of(request))
    except Changed as changed:
        context = event_context(request, get_event_or_404(request, event_id)) | {"changes": changed.changes}
        return render(request, "events/event.html", context | {"conflict": True}, status=409)
    except ValidationError as error:
        context = event_context(request, row) | {"problems": error.messages, "typed": request.POST.get("comment", "")}
        return render(request, "events/event.html", context, status=400)
    messages.success(request, done)
    return way_back(request, then or row.get_absolute_url())


@require_POST
@login_required
def event_submit(request, event_id):
    return run_verb(
        request, event_id, lambda row, version: actions.submit_event(request.user, row, version), _("Sent for review.")
    )


@require_POST
@login_required
def event_cancel(request, event_id):
    return run_verb(
        request, event_id, lambda row, version: actions.cancel_event(request.user, row, version), _("Cancelled.")
    )


@require_POST
@login_required
def event_delete(request, event_id):
    return run_verb(
        request,
        event_id,
        lambda row, version: actions.delete_draft(request.user, row, version),
        _("The draft is deleted."),
        then=reverse("events"),
    )
