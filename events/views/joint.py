"""Pages of joint events: the list, one of them with its attendances, its form, a school's attendance."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.models import Format
from campaigns.phases import PLANNING_PHASES
from campaigns.queries import campaigns_for
from events import actions
from events.actions import Intent
from events.checks import enrolment_of
from events.forms.joint import AttendanceForm, JointEventForm, joint_event_initial
from events.models import JointEvent
from events.queries.events import PAGE_SIZE
from events.queries.joint import (
    Turnout,
    attendances_of,
    attendances_seen,
    campaigns_to_make_in,
    coming_and_past,
    found_in,
    joint_history_labels,
    municipalities_to_make_for,
    own_attendances,
    schools_of,
    schools_to_add,
    sees_several_schools,
    standing,
    takes_joint_events,
    turnouts,
)
from portal import clock
from portal.access import Scope
from portal.errors import Changed, StateForbids
from portal.forms.fields import put_errors, renew_version
from portal.models import Municipality, Partner, School
from portal.pages import version_of
from portal.queries.history import history_of


def _get_joint(request, joint_id) -> JointEvent:
    visible = JointEvent.objects.visible_to(request.user)
    joined = visible.select_related("campaign__region", "municipality__region", "format", "host")
    return get_object_or_404(joined, pk=joint_id)


def _named(rows, slug):
    """Return the row that the address names, None where it names none; unknown ones answer 404."""
    if not slug:
        return None
    found = next((row for row in rows if row.slug == slug), None)
    if found is None:
        raise Http404
    return found


def _makes(user) -> bool:
    scope = Scope.of(user)
    return bool(scope.operated_region_ids or scope.municipality_ids)


@require_safe
@login_required
def joint_events(request):
    """The joint events of a campaign: what is coming, and what is over with the schools that attended."""
    campaigns = campaigns_for(request.user)
    campaign = _named(campaigns, request.GET.get("campaign")) or next(iter(campaigns), None)
    scope = Scope.of(request.user)
    municipalities = []
    if scope.region_ids and campaign is not None:
        municipalities = list(Municipality.objects.visible_to(request.user).filter(region=campaign.region_id))
    municipality = _named(municipalities, request.GET.get("municipality"))
    q = request.GET.get("q", "")[:200]
    context = {
        "campaigns": campaigns,
        "campaign": campaign,
        "municipalities": municipalities,
        "municipality": municipality,
        "q": q,
        "may_make": _makes(request.user),
        "sees_several": sees_several_schools(request.user),
        "own_many": len(scope.own_school_ids) > 1,
    }
    if campaign is not None:
        rows = found_in(request.user, campaign, q, municipality)
        today = clock.local_today(campaign.region)
        coming, page = coming_and_past(request.user, rows, today, request.GET.get("page"))
        context |= {"coming": coming, "page": page}
    return render(request, "events/joint_events.html", context)


# --- One joint event -------------------------------------------------------------------------


@require_safe
@login_required
def joint_event(request, joint_id):
    """A joint event: where and when it is, the field for one's attendance, who attended."""
    joint = _get_joint(request, joint_id)
    return _page(request, joint)


def _page(request, joint, form=None, status=200, **more):
    user = request.user
    missing = schools_to_add(user, joint)
    if form is None and missing:
        form = _attendance_form(joint, missing, initial=_initial_attendance(request, missing))
    day = joint.starts_on if joint.format.kind in Format.LONG_KINDS else joint.ends_on
    may_edit, may_cancel = _joint_event_verbs(user, joint)
    scope = Scope.of(user)
    context = {
        "joint": joint,
        "partners": joint.partners.all(),
        "form": form,
        "missing": missing,
        "own": own_attendances(user, [joint.pk]).get(joint.pk, []) if scope.own_school_ids else [],
        "is_ahead": day > clock.local_today(joint.campaign.region),
        "may_plan": joint.campaign.phase in PLANNING_PHASES,
        "may_edit": may_edit,
        "may_cancel": may_cancel,
        "sees_several": sees_several_schools(user),
        "history": history_of(joint, joint_history_labels(joint)),
    }
    if context["sees_several"]:
        seen = attendances_seen(user, joint)
        context["page"] = Paginator(seen, PAGE_SIZE).get_page(request.GET.get("page"))
        context["turnout"] = turnouts(user, [joint.pk]).get(joint.pk, Turnout())
    return render(request, "events/joint_event.html", context | more, status=status)


def _joint_event_verbs(user, joint) -> tuple[bool, bool]:
    """Whether ``user`` may change and may cancel the joint event as it is now."""
    makes = user.has_perm("events.make_joint_event", joint)
    may_edit = makes and not joint.cancelled_at and takes_joint_events(joint.campaign)
    return may_edit, may_edit and standing(joint) <= {"planned"}


def _initial_attendance(request, schools) -> dict:
    wanted = request.GET.get("school", "")
    initial = {"token": uuid.uuid4(), "version": 1}
    return initial | ({"school": wanted} if wanted in {str(school.pk) for school in schools} else {})


def _attendance_form(joint, schools, data=None, **options) -> AttendanceForm:
    enrolment = enrolment_of(schools[0], joint.campaign) if len(schools) == 1 else None
    return AttendanceForm(data, joint=joint, schools=schools, enrolment=enrolment, **options)


@require_POST
@login_required
def joint_attend(request, joint_id):
    """Add a school's attendance; what stands in the way is said beside what was typed."""
    joint = _get_joint(request, joint_id)
    schools = list(schools_of(request.user, joint))
    if not schools:
        raise PermissionDenied
    wanted = request.POST.get("school") or request.GET.get("school")
    if wanted:
        schools = [school for school in schools if str(school.pk) == wanted]
        if not schools:
            if not _sees_school(request.user, wanted):
                raise Http404
            raise PermissionDenied
    form = _attendance_form(joint, schools, request.POST)
    intent = Intent(request.POST["intent"]) if request.POST.get("intent") in list(Intent) else Intent.SUBMIT
    if not form.is_valid():
        return _page(request, joint, form, status=400)
    values = form.cleaned_data
    try:
        row = actions.attend_joint_event(
            request.user,
            form.chosen_school,
            joint,
            token=values["token"],
            version=values["version"] or 1,
            intent=intent,
            **form.counts,
        )
    except ValidationError as error:
        form.put_errors_of(error.error_dict if hasattr(error, "error_dict") else {"__all__": error.error_list})
        return _page(request, _get_joint(request, joint_id), form, status=400)
    except Changed as changed:
        reason = _("The attendance was saved already and has changed since.")
        return _refused(request, joint_id, reason, changed.current)
    except StateForbids as forbidden:
        return _refused(request, joint_id, str(forbidden), _attendance_of(joint, form.chosen_school))
    done = {"planned": _("Planned. When it has been held, put in the real numbers and send it.")}
    messages.success(request, done.get(row.status, _("The attendance is added and sent for review.")))
    return redirect(row)


def _refused(request, joint_id, reason, attended):
    """Show the joint event as it is now with the reason, and the attendance that stands in the way."""
    return _page(request, _get_joint(request, joint_id), status=409, refused=reason, attended=attended)


def _sees_school(user, text) -> bool:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        return False
    return School.objects.visible_to(user).filter(pk=text).exists()


def _attendance_of(joint, school):
    return attendances_of(joint).filter(school=school).first()


# --- Making them -----------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def joint_event_new(request):
    """Enter an event that is held for several schools."""
    if not _makes(request.user):
        raise PermissionDenied
    campaigns = campaigns_to_make_in(request.user)
    wanted = request.POST.get("campaign") or request.GET.get("campaign")
    campaign = next((row for row in campaigns if row.slug == wanted), None) if wanted else next(iter(campaigns), None)
    if campaign is None:
        if wanted and wanted not in {row.slug for row in campaigns_for(request.user)}:
            raise Http404
        raise StateForbids(_("Joint events are made from the announcement of a campaign until it closes."))
    municipalities = municipalities_to_make_for(request.user, campaign.region_id)
    operates = campaign.region_id in Scope.of(request.user).operated_region_ids
    if not municipalities and not operates:
        raise PermissionDenied
    options = {
        "formats": campaign.formats.order_by("name"),
        "municipalities": municipalities,
        "for_region": operates,
    }
    initial = {"token": uuid.uuid4(), "version": 1}

    def save(form):
        return actions.create_joint_event(
            request.user,
            campaign,
            form.chosen_municipality,
            token=form.cleaned_data["token"],
            **form.joint_values,
        )

    context = {"campaign": campaign, "campaigns": campaigns}
    return _joint_form(
        request, initial, options, save, _("The joint event is entered: its schools see it now."), context
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def joint_event_edit(request, joint_id):
    """Change a joint event; attendances that are not accepted follow it."""
    joint = _get_joint(request, joint_id)
    if not request.user.has_perm("events.make_joint_event", joint):
        raise PermissionDenied
    if request.method != "POST" and not _joint_event_verbs(request.user, joint)[0]:
        raise StateForbids(_("This joint event is cancelled, or its campaign is closed: it cannot be changed."))

    def save(form):
        version = form.cleaned_data["version"] or 0
        return actions.edit_joint_event(request.user, joint, version, **form.joint_values)

    context = {
        "campaign": joint.campaign,
        "joint": joint,
        "is_settled": "accepted" in standing(joint),
    }
    options = {"formats": joint.campaign.formats.order_by("name")}
    return _joint_form(request, joint_event_initial(joint), options, save, _("Saved."), context)


def _joint_form(request, initial, options, save, done, context):
    """Show the form, or save it and go to the joint event. Errors and conflicts keep all that was typed."""
    status, changes = 200, []
    if request.method != "POST":
        form = JointEventForm(initial=initial, **options)
    else:
        form = JointEventForm(request.POST, **options)
        if form.is_valid():
            try:
                row = save(form)
            except ValidationError as error:
                put_errors(form, error)
            except Changed as changed:
                status, changes = 409, changed.changes
                renew_version(form, changed.current)
                address = reverse("joint_event_edit", args=[changed.current.pk])
                context |= {"joint": changed.current, "edit_url": address}
            else:
                messages.success(request, done)
                return redirect(row)
        if form.errors:
            status = 400
    context |= {
        "form": form,
        "changes": changes,
        "conflict": status == 409,
        "known_partners": Partner.objects.filter(region_id=context["campaign"].region_id)[:200],
    }
    return render(request, "events/joint_event_form.html", context, status=status)


@require_POST
@login_required
def joint_event_cancel(request, joint_id):
    """Call a joint event off; what changed meanwhile is shown, nothing is done."""
    joint = _get_joint(request, joint_id)
    try:
        actions.cancel_joint_event(request.user, joint, version_of(request))
    except Changed as changed:
        return _page(request, _get_joint(request, joint_id), status=409, changes=changed.changes, conflict=True)
    messages.success(request, _("The joint event is cancelled."))
    return redirect(joint)
