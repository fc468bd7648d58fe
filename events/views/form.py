"""Pages of the log: the list, an event, its form, the review."""

import uuid
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.due_dates import is_school_open
from campaigns.phases import PLANNING_PHASES
from campaigns.queries import campaigns_for
from events import actions, joint_queries, queries
from events.actions import Intent
from events.checks import enrolment_of
from events.filters import EventFilter
from events.forms import EventForm, initial_of
from events.models import Event
from portal import clock
from portal.access import Scope
from portal.addresses import way_back
from portal.errors import Changed, StateForbids
from portal.forms import put_errors, renew_version
from portal.history import history_of
from portal.models import Municipality, Partner


def _get_event(request, event_id) -> Event:
    visible = Event.objects.visible_to(request.user).with_places()
    return get_object_or_404(visible.select_related("joint__format", "joint__host"), pk=event_id)


def _version(request) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


@require_safe
@login_required
def events(request):
    """The list, filtered by the address, newest first."""
    found, ignored = EventFilter.of(request, Event.objects.visible_to(request.user))
    grade = found.form.cleaned_data.get("grade") or None
    narrowed = any(value not in (None, "") for value in found.form.cleaned_data.values())
    page = queries.page_of(found.qs, request.GET.get("page"), narrowed, grade)
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


def _verbs(user, event, frozen) -> dict:
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
        "delete": writes and (logging or planning) and status == "draft",
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
    row = _get_event(request, event_id)
    return render(request, "events/event.html", _event_context(request, row))


def _event_context(request, row) -> dict:
    frozen = queries.frozen_since(row.school_id, row.campaign_id)
    labels = queries.history_labels(row)
    if row.joint_id:
        labels["joint"] = {row.joint_id: row.joint.title}
    return {
        "event": row,
        "frozen": frozen,
        "grades": queries.grade_rows(row),
        "indicator_values": row.indicator_values.select_related("indicator"),
        "partners": row.partners.all(),
        "verbs": _verbs(request.user, row, frozen),
        "history": history_of(row, labels),
    }


# --- The form --------------------------------------------------------------------------------


def _chosen(request, rows, name, key):
    """Return the row that the request names by ``name``, or the only one, or None; unknown ones answer 404."""
    wanted = request.POST.get(name) or request.GET.get(name)
    if not wanted:
        return rows[0] if len(rows) == 1 else None
    found = next((row for row in rows if str(getattr(row, key)) == wanted), None)
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def event_new(request):
    """Plan or log an event: for one's own school, or for one that one may enter for."""
    schools = list(queries.schools_to_write_for(request.user))
    if not schools:
        raise PermissionDenied
    school = _chosen(request, schools, "school", "pk")
    if school is None:
        return render(request, "events/choose_school.html", {"schools": schools})
    campaigns = queries.campaigns_open_to(request.user, school)
    if not campaigns:
        raise StateForbids(_("No campaign is open now: events are logged from its first day until it closes."))
    wanted = request.POST.get("campaign") or request.GET.get("campaign") or campaigns[0].slug
    campaign = next((row for row in campaigns if row.slug == wanted), None)
    if campaign is None:
        if wanted not in {row.slug for row in campaigns_for(request.user)}:
            raise Http404
        raise StateForbids(_("Events of this campaign cannot be logged now: it is not open."))
    # A form sent again after the freeze still finds what it made.
    if request.method != "POST" and queries.frozen_since(school.pk, campaign.pk):
        raise StateForbids(actions.frozen_reason())
    today = clock.local_today(campaign.region)
    context = {
        "school": school,
        "campaign": campaign,
        "campaigns": campaigns,
        "joint_events": joint_queries.around_now(school, campaign, today),
    }

    def save(form, intent):
        values = form.cleaned_data
        return actions.log_event(
            request.user,
            school,
            campaign,
            token=values["token"],
            version=values["version"] or 1,
            intent=intent,
            **form.event_values,
        )

    return _event_form(request, school, campaign, _initial_new(request, school, campaign), save, context)


def _initial_new(request, school, campaign) -> dict:
    copied = request.GET.get("copy", "")
    if copied.isascii() and copied.isdigit() and len(copied) < 16:
        source = (
            Event.objects.visible_to(request.user).with_places().filter(pk=copied, school=school, joint=None).first()
        )
        if source is not None:
            return initial_of(source, copy=True)
    last = queries.last_event(school, campaign)
    today = clock.local_today(campaign.region)
    initial = {"token": uuid.uuid4(), "version": 1, "format": request.GET.get("format")}
    if campaign.starts_on <= today <= campaign.ends_on:
        initial["starts_on"] = today
    if last is not None:
        initial |= {"delivery": last.delivery}
        initial["format"] = initial["format"] or last.format.slug
    return initial


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def event_edit(request, event_id):
    """Change an event; what someone else changed meanwhile is shown beside what was typed."""
    row = _get_event(request, event_id)
    if not request.user.has_perm("events.write_event", row):
        raise PermissionDenied
    frozen = queries.frozen_since(row.school_id, row.campaign_id)
    verbs = _verbs(request.user, row, frozen)
    if request.method != "POST" and not verbs["edit"]:
        if frozen:
            raise StateForbids(actions.frozen_reason())
        raise StateForbids(_("The event is %(status)s and cannot be changed.") % {"status": row.get_status_display()})

    def save(form, intent):
        version = form.cleaned_data["version"] or 0
        return actions.edit_event(request.user, row, version, intent=intent, **form.event_values)

    context = {"event": row, "school": row.school, "campaign": row.campaign, "verbs": verbs}
    return _event_form(request, row.school, row.campaign, initial_of(row), save, context)


def _event_form(request, school, campaign, initial, save, context):
    """Show the form, or save it and go to the event. Errors and conflicts keep all that was typed."""
    edited = context.get("event")
    options = {
        "formats": queries.formats_with_use(school, campaign),
        "enrolment": enrolment_of(school, campaign),
        "joint": edited.joint if edited is not None else None,
    }
    status, changes = 200, []
    if request.method != "POST":
        form = EventForm(initial=initial, **options)
    elif "refresh" in request.POST:
        # Without JavaScript: show the fields of the chosen format, judge nothing yet.
        form = EventForm(initial=request.POST.dict(), **options)
    else:
        form = EventForm(request.POST, **options)
        intent = Intent(request.POST["intent"]) if request.POST.get("intent") in list(Intent) else Intent.SUBMIT
        if form.is_valid():
            try:
                row = save(form, intent)
            except ValidationError as error:
                put_errors(form, error)
            except Changed as changed:
                status, changes = 409, changed.changes
                renew_version(form, changed.current)
                context |= {"event": changed.current, "edit_url": reverse("event_edit", args=[changed.current.pk])}
            else:
                was_sent = context.get("event") is not None and context["event"].status == row.status
                messages.success(request, _("Saved.") if was_sent else _saved_message(row))
                return redirect(row)
        if form.errors:
            status = 400
    today = clock.local_today(campaign.region)
    context |= {
        "form": form,
        "changes": changes,
        "conflict": status == 409,
        "today": today,
        "yesterday": today - timedelta(days=1),
        "may_log": is_school_open(campaign, school.pk),
        "may_plan": campaign.phase in PLANNING_PHASES,
        "known_partners": Partner.objects.filter(region_id=campaign.region_id)[:200],
    }
    return render(request, "events/event_form.html", context, status=status)


def _saved_message(row) -> str:
    return {
        "draft": _("The draft is saved."),
        "planned": _("Planned. When it has been held, put in the real numbers and send it."),
        "submitted": _("Sent for review."),
        "returned": _("Saved. Send it when it is corrected."),
    }[row.status]


# --- Verbs of one event ----------------------------------------------------------------------


def _act(request, event_id, act, done, then=None):
    """Run one verb from the event's page or the review; a change made meanwhile is shown, nothing is done.

    It leads back where the form says, else to ``then``, else to the event.
    """
    row = _get_event(request, event_id)
    try:
        act(row, _version(request))
    except Changed as changed:
        context = _event_context(request, _get_event(request, event_id)) | {"changes": changed.changes}
        return render(request, "events/event.html", context | {"conflict": True}, status=409)
    except ValidationError as error:
        context = _event_context(request, row) | {"problems": error.messages, "typed": request.POST.get("comment", "")}
        return render(request, "events/event.html", context, status=400)
    messages.success(request, done)
    return way_back(request, then or row.get_absolute_url())


@require_POST
@login_required
def event_submit(request, event_id):
    return _act(
        request, event_id, lambda row, version: actions.submit_event(request.user, row, version), _("Sent for review.")
    )


@require_POST
@login_required
def event_cancel(request, event_id):
    return _act(
        request, event_id, lambda row, version: actions.cancel_event(request.user, row, version), _("Cancelled.")
    )


@require_POST
@login_required
def event_delete(request, event_id):
    return _act(
        request,
        event_id,
        lambda row, version: actions.delete_draft(request.user, row, version),
        _("The draft is deleted."),
        then=reverse("events"),
    )


@require_POST
@login_required
def event_accept(request, event_id):
    return _act(
        request, event_id, lambda row, version: actions.accept_event(request.user, row, version), _("Accepted.")
    )


@require_POST
@login_required
def event_return(request, event_id):
    comment = request.POST.get("comment", "")
    return _act(
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
            return queries.standing_in(request.user, municipality), municipality
        return queries.waiting_for_review(request.user).filter(school__municipality=municipality), municipality
    return queries.waiting_for_review(request.user), None


@require_safe
@login_required
def review(request):
    """What waits for my decision: the list and the event itself side by side."""
    waiting, municipality = _review_list(request)
    page = Paginator(waiting, queries.PAGE_SIZE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    wanted = request.GET.get("event", "")
    selected = next((row for row in rows if str(row.pk) == wanted), rows[0] if rows else None)
    now = clock.now()
    for row in rows:
        row.waits = (now - row.submitted_at).days
    context = {"page": page, "rows": rows, "municipality": municipality, "selected": selected}
    if selected is not None:
        context |= _event_context(request, selected)
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
