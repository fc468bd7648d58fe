"""Pages of the chain at the municipality: its report over its schools', the form, the decision, the printed form."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.due_dates import is_municipality_open, lateness_of
from campaigns.models import Stage
from portal import accesslog, clock
from portal.errors import Changed, StateForbids
from portal.forms.fields import put_errors, renew_version
from portal.models import Municipality
from portal.queries.history import history_of
from reports import actions
from reports.documents.form import report_file_name
from reports.documents.municipal_report import render_municipal_report
from reports.forms.reports import MunicipalReportForm, ReturnForm
from reports.models import MunicipalReport, ReportStatus
from reports.queries.answers import answers
from reports.queries.completeness import completeness_of, school_lines
from reports.queries.levels import Level
from reports.queries.municipality import merged, municipal_report_of
from reports.tables.questions import answers_table
from reports.views.levels import campaigns_of
from reports.views.school_reports import TIME_TO_CORRECT, extension_url, pdf_response, words_of
from reports.writers import page


def _place(request, slug, municipality):
    """Return the campaign and the municipality of the address, if the person answers for both."""
    campaign, _picker = campaigns_of(request, slug)
    seen = Municipality.objects.visible_to(request.user).select_related("region")
    row = get_object_or_404(seen, slug=municipality, region_id=campaign.region_id)
    if campaign.published_at is None:
        raise Http404
    if not request.user.has_perm("reports.view_municipality_dashboard", row):
        raise PermissionDenied
    return campaign, row


def _municipal_report_verbs(user, report) -> dict:
    """What ``user`` may do with ``report`` as it is now, for the buttons of its page."""
    status, municipality = report.status, report.municipality
    is_open = is_municipality_open(report.campaign, municipality)
    decides = is_open and user.has_perm("reports.review_municipal_report", report)
    own = report.submitted_by_id == user.pk and not report.on_behalf
    return {
        "write": is_open and report.is_editable and user.has_perm("reports.write_municipal_report", municipality),
        "accept": decides and status == ReportStatus.SUBMITTED and not own,
        "return": decides and status in (ReportStatus.SUBMITTED, ReportStatus.ACCEPTED),
    }


def _context(request, campaign, municipality) -> dict:
    """Everything that a municipality's report page shows."""
    report = municipal_report_of(municipality, campaign)
    level = Level(campaign, municipality=municipality)
    today = clock.local_today(campaign.region)
    due, until = report.due, report.until
    lines = school_lines(level)
    return {
        "report": report,
        "campaign": campaign,
        "municipality": municipality,
        "extension_url": extension_url(
            request.user, campaign, municipality, stage=Stage.MUNICIPAL_REPORT, municipality=municipality.slug
        ),
        "merged": merged(level),
        "answers": page.shown(answers_table(level, sums), {}) if (sums := answers(level)) else None,
        "lines": lines,
        "completeness": completeness_of(lines),
        "due": due,
        "until": until,
        "lateness": lateness_of(report.submitted_on, due, until, today),
        "has_begun": today > campaign.ends_on,
        "verbs": _municipal_report_verbs(request.user, report),
        "history": history_of(report, words_of(campaign, municipality=municipality)) if report.pk else [],
        "return_form": ReturnForm(initial={"version": report.version, "correct_by": today + TIME_TO_CORRECT}),
        "accept_note": _("The sums below are those of the accepted school reports."),
        "reopen_note": _("The municipality corrects and sends it again. Its schools stay as they are."),
    }


@require_safe
@login_required
def municipal_report(request, campaign, municipality):
    """A municipality's report: its schools as they come in, what they say together, the decision, the history."""
    campaign, row = _place(request, campaign, municipality)
    return render(request, "reports/municipal_report.html", _context(request, campaign, row))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def municipal_report_edit(request, campaign, municipality):
    """Write a municipality's report; what someone else changed meanwhile is shown beside what was typed."""
    campaign, row = _place(request, campaign, municipality)
    if not request.user.has_perm("reports.write_municipal_report", row):
        raise PermissionDenied
    report = municipal_report_of(row, campaign)
    if request.method != "POST" and not _municipal_report_verbs(request.user, report)["write"]:
        return redirect("municipal_report", campaign.slug, row.slug)
    status, changes = 200, []
    if request.method != "POST":
        form = MunicipalReportForm(report=report)
    else:
        form = MunicipalReportForm(request.POST, report=report)
        send = request.POST.get("intent") != "save"
        if form.is_valid():
            version = form.cleaned_data["version"] or 0
            texts = {name: form.cleaned_data[name] for name in form.TEXTS}
            try:
                saved = actions.write_municipal_report(request.user, row, campaign, version, send=send, **texts)
            except ValidationError as error:
                put_errors(form, error)
            except Changed as changed:
                status, changes = 409, changed.changes
                renew_version(form, changed.current)
            else:
                sent = send and saved.status == ReportStatus.SUBMITTED
                messages.success(request, _("The report is sent.") if sent else _("Saved."))
                return redirect(saved)
        if form.errors:
            status = 400
            form.dress()
    lines = school_lines(Level(campaign, municipality=row))
    context = {
        "form": form,
        "report": report,
        "campaign": campaign,
        "municipality": row,
        "changes": changes,
        "conflict": status == 409,
        "completeness": completeness_of(lines),
        "until": report.until,
    }
    return render(request, "reports/municipal_report_form.html", context, status=status)


def _decide(request, campaign, municipality, act, done):
    """Run one verb of the operator; a change made meanwhile is shown, and nothing is done."""
    campaign, row = _place(request, campaign, municipality)
    reports = MunicipalReport.objects.with_places().with_due()
    report = get_object_or_404(reports, municipality=row, campaign=campaign)
    form = ReturnForm(request.POST)
    form.full_clean()
    status, extra = 400, {}
    try:
        act(report, form.cleaned_data)
    except Changed as changed:
        status, extra = 409, {"changes": changed.changes, "conflict": True}
    except ValidationError as error:
        put_errors(form, error)
        form.dress()
    else:
        messages.success(request, done)
        return redirect(report)
    context = _context(request, campaign, row) | extra
    if status == 409:
        renew_version(form, context["report"])
        form = ReturnForm(initial=form.data.dict())
    context["return_form"] = form
    return render(request, "reports/municipal_report.html", context, status=status)


@require_POST
@login_required
def municipal_report_accept(request, campaign, municipality):
    def act(report, data):
        actions.accept_municipal_report(request.user, report, data.get("version") or 0)

    return _decide(request, campaign, municipality, act, _("The report is accepted."))


@require_POST
@login_required
def municipal_report_return(request, campaign, municipality):
    def act(report, data):
        version, comment, day = data.get("version") or 0, data.get("comment", ""), data.get("correct_by")
        actions.return_municipal_report(request.user, report, version, comment, day)

    return _decide(request, campaign, municipality, act, _("Returned with your comment."))


@require_safe
@login_required
def municipal_report_pdf(request, campaign, municipality):
    """The printed form, from the same data as the page."""
    campaign, row = _place(request, campaign, municipality)
    report = municipal_report_of(row, campaign)
    if report.pk is None:
        raise StateForbids(_("The report was not begun: there is nothing to print yet."))
    accesslog.note("download", request)
    return pdf_response(render_municipal_report(report), report_file_name(report))
