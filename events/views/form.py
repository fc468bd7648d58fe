"""The form of an event: a new one, an old one, a copy."""

import uuid
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from campaigns.due_dates import is_school_open
from campaigns.phases import PLANNING_PHASES
from campaigns.queries import campaigns_for
from events import actions
from events.actions import Intent
from events.checks import enrolment_of
from events.forms.events import EventForm, event_initial
from events.models import Event
from events.queries import joint
from events.queries.events import campaigns_open_to, formats_with_use, frozen_since, last_event, schools_to_write_for
from events.views.events import event_verbs, get_event_or_404
from portal import clock
from portal.errors import Changed, StateForbids
from portal.forms.fields import put_errors, renew_version
from portal.models import Partner


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
    schools = list(schools_to_write_for(request.user))
    if not schools:
        raise PermissionDenied
    school = _chosen(request, schools, "school", "pk")
    if school is None:
        return render(request, "events/choose_school.html", {"schools": schools})
    campaigns = campaigns_open_to(request.user, school)
    if not campaigns:
        raise StateForbids(_("No campaign is open now: events are logged from its first day until it closes."))
    wanted = request.POST.get("campaign") or request.GET.get("campaign") or campaigns[0].slug
    campaign = next((row for row in campaigns if row.slug == wanted), None)
    if campaign is None:
        if wanted not in {row.slug for row in campaigns_for(request.user)}:
            raise Http404
        raise StateForbids(_("Events of this campaign cannot be logged now: it is not open."))
    # A form sent again after the freeze still finds what it made.
    if request.method != "POST" and frozen_since(school.pk, campaign.pk):
        raise StateForbids(actions.frozen_reason())
    today = clock.local_today(campaign.region)
    context = {
        "school": school,
        "campaign": campaign,
        "campaigns": campaigns,
        "joint_events": joint.around_now(school, campaign, today),
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
            return event_initial(source, copy=True)
    last = last_event(school, campaign)
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
    row = get_event_or_404(request, event_id)
    if not request.user.has_perm("events.write_event", row):
        raise PermissionDenied
    frozen = frozen_since(row.school_id, row.campaign_id)
    verbs = event_verbs(request.user, row, frozen)
    if request.method != "POST" and not verbs["edit"]:
        if frozen:
            raise StateForbids(actions.frozen_reason())
        raise StateForbids(_("The event is %(status)s and cannot be changed.") % {"status": row.get_status_display()})

    def save(form, intent):
        version = form.cleaned_data["version"] or 0
        return actions.edit_event(request.user, row, version, intent=intent, **form.event_values)

    context = {"event": row, "school": row.school, "campaign": row.campaign, "verbs": verbs}
    return _event_form(request, row.school, row.campaign, event_initial(row), save, context)


def _event_form(request, school, campaign, initial, save, context):
    """Show the form, or save it and go to the event. Errors and conflicts keep all that was typed."""
    edited = context.get("event")
    options = {
        "formats": formats_with_use(school, campaign),
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
