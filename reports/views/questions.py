"""Pages of the campaign's own questions: the list, the form, retiring one, what was answered."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.core.validators import slug_re
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.phases import REPORTING_PHASES, Phase
from portal.errors import Changed
from portal.forms.fields import put_errors, renew_version
from portal.pages import version_of
from portal.queries.history import history_of
from reports import actions
from reports.actions.questions import ASKING_PHASES, refuse_late_questions
from reports.burden import burden_of
from reports.forms.questions import QuestionForm, question_initial
from reports.models import ReportQuestion
from reports.queries.answers import rows_by_place, texts
from reports.queries.levels import Level
from reports.tables.questions import answers_by_place_table
from reports.views.levels import campaigns_of, level_of
from reports.writers import page

PAGE_SIZE = 50


def _first_municipality(user, campaign):
    """Return the first municipality of the campaign's region that the person coordinates, if any."""
    places = (row.municipality for row in user.scope.memberships if row.municipality_id)
    return next((place for place in places if place.region_id == campaign.region_id), None)


# --- The list --------------------------------------------------------------------------------


@require_safe
@login_required
def questions(request, campaign):
    """What the campaign asks in its school reports, why, and how much that is in all."""
    row, _picker = campaigns_of(request, campaign)
    return _list(request, row)


def _list(request, campaign, status=200, **more):
    rows = list(ReportQuestion.objects.filter(campaign=campaign))
    asked = [row for row in rows if row.retired_at is None]
    user, phase = request.user, campaign.phase
    may_edit = user.has_perm("reports.edit_questions", campaign)
    may_retire = may_edit and phase != Phase.CLOSED
    reads = user.has_perm("reports.view_region_dashboard", campaign.region) or _first_municipality(user, campaign)
    shows_answers = bool(reads) and phase in (*REPORTING_PHASES, Phase.CLOSED)
    context = {
        "campaign": campaign,
        "questions": asked,
        "retired": [row for row in rows if row.retired_at],
        "burden": burden_of(campaign, [row.kind for row in asked]),
        "may_edit": may_edit and phase in ASKING_PHASES,
        "may_retire": may_retire,
        "shows_answers": shows_answers,
        "may_act": may_retire or shows_answers,
        **more,
    }
    return render(request, "reports/questions.html", context, status=status)


# --- Asking ----------------------------------------------------------------------------------


def _editable(request, slug):
    """Return the campaign, if the person may add and change its questions now."""
    campaign, _picker = campaigns_of(request, slug)
    if not request.user.has_perm("reports.edit_questions", campaign):
        raise PermissionDenied
    refuse_late_questions(campaign)
    return campaign


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def question_new(request, campaign):
    """Add a question."""
    row = _editable(request, campaign)
    form = QuestionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.create_question(request.user, row, **form.question_values)
        except ValidationError as error:
            put_errors(form, error)
        else:
            messages.success(request, _("The question is added."))
            return redirect("questions", row.slug)
    status = 400 if form.errors else 200
    return render(request, "reports/question_form.html", {"form": form, "campaign": row}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def question_edit(request, campaign, question_id):
    """Change a question; one that someone else changed meanwhile is shown with what they did."""
    row = _editable(request, campaign)
    question = get_object_or_404(ReportQuestion, campaign=row, pk=question_id, retired_at=None)
    form = QuestionForm(request.POST if request.method == "POST" else None, initial=question_initial(question))
    status, changes = 200, []
    if request.method == "POST" and form.is_valid():
        try:
            version = form.cleaned_data["version"] or 0
            actions.edit_question(request.user, question, version, **form.question_values)
        except ValidationError as error:
            put_errors(form, error)
        except Changed as changed:
            status, changes = 409, changed.changes
            renew_version(form, changed.current)
        else:
            messages.success(request, _("Saved."))
            return redirect("questions", row.slug)
    context = {
        "form": form,
        "campaign": row,
        "question": question,
        "changes": changes,
        "is_answered": question.answers.exists(),
        "history": history_of(question),
    }
    return render(request, "reports/question_form.html", context, status=400 if form.errors else status)


@require_POST
@login_required
def question_retire(request, campaign, question_id):
    """Ask a question no more."""
    row, _picker = campaigns_of(request, campaign)
    if not request.user.has_perm("reports.edit_questions", row):
        raise PermissionDenied
    question = get_object_or_404(ReportQuestion, campaign=row, pk=question_id)
    try:
        actions.retire_question(request.user, question, version_of(request))
    except Changed as changed:
        return _list(request, row, 409, conflict=True, changes=changed.changes)
    messages.success(request, _("The question is retired: schools are not asked it any more."))
    return redirect("questions", row.slug)


# --- What was answered -----------------------------------------------------------------------


@require_safe
@login_required
def question_answers(request, campaign, question_id):
    """What the accepted reports answered to one question: by municipality for the region, by school and with the
    texts for one municipality (``?municipality=``, one's own by default)."""
    row, _picker = campaigns_of(request, campaign)
    slug = request.GET.get("municipality", "")
    if slug and not slug_re.match(slug):
        raise Http404
    if not slug and not request.user.has_perm("reports.view_region_dashboard", row.region):
        own = _first_municipality(request.user, row)
        slug = own.slug if own else ""
    level, _picker = level_of(request, campaign, slug)
    question = get_object_or_404(ReportQuestion, campaign=row, pk=question_id)
    table = answers_by_place_table(level, rows_by_place(level, question))
    written = None
    if question.kind == ReportQuestion.Kind.TEXT and level.municipality:
        written = Paginator(texts(level, question), PAGE_SIZE).get_page(request.GET.get("page"))
    may_rise = level.municipality and request.user.has_perm("reports.view_region_dashboard", row.region)
    context = {
        "campaign": row,
        "question": question,
        "level": level,
        "table": page.shown(table, level.params, _opener(level, question)),
        "written": written,
        "up": reverse("question_answers", args=[row.slug, question.pk]) if may_rise else "",
    }
    return render(request, "reports/question_answers.html", context)


def _opener(level: Level, question):
    """Return the address of a municipality's own page of the answers; a school has none."""
    if not level.is_region:
        return None
    address = reverse("question_answers", args=[level.campaign.slug, question.pk])
    return lambda row: f"{address}?municipality={row.params['municipality']}"
