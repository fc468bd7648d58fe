"""Pages of the chain at the school: its report, the form, the decision, the printed form."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.actions import close_without_report, expect_report_again
from campaigns.due_dates import is_school_open, lateness_of
from campaigns.models import SchoolCampaign, Stage
from campaigns.phases import REPORTING_PHASES
from campaigns.queries import campaigns_for, folder_for
from events.actions.review import is_own_submission
from events.models import Event
from events.rules import coordinates_school
from portal import accesslog, clock
from portal.access import region_of
from portal.errors import Changed, StateForbids
from portal.forms.fields import put_errors, renew_version
from portal.membership import current_membership
from portal.numbers import spaced
from portal.queries.history import history_of
from reports import actions
from reports.checks import range_text, warnings_of
from reports.documents.form import report_file_name
from reports.documents.school_report import render_school_report
from reports.forms.reports import CloseForm, ReturnForm, SchoolReportForm
from reports.models import ReportStatus, SchoolReport
from reports.queries.answers import Hidden, is_small
from reports.queries.school import known_of, partners_of, previous_report, questions_for, report_of
from reports.rules import sees_group_numbers
from reports.tables.questions import in_words
from reports.views.levels import campaigns_of
from reports.writers import page

TIME_TO_CORRECT = timedelta(days=3)
"""How far from today the form of a return proposes the day to correct by."""


@require_safe
@login_required
def reports(request):
    """Lead to the reports of the campaign that matters most, at the level of the role chosen on screen."""
    membership = current_membership(request)
    if membership is None:
        return render(request, "portal/no_membership.html")
    campaign = next(iter(campaigns_for(request.user, region_of(membership))), None)
    if campaign is None:
        return render(request, "reports/no_campaign.html")
    return redirect("campaign_reports", campaign.slug)


@require_safe
@login_required
def campaign_reports(request, campaign):
    """My report, or those below me: a school's own, a municipality's own, the region's completeness."""
    found, _picker = campaigns_of(request, campaign)
    membership = current_membership(request)
    if membership is None or region_of(membership).pk != found.region_id:
        own = [row for row in request.user.scope.memberships if region_of(row).pk == found.region_id]
        membership = own[0]
    if membership.school_id:
        return redirect("school_report", found.slug, membership.school_id)
    if membership.municipality_id:
        return redirect("municipal_report", found.slug, membership.municipality.slug)
    return redirect("completeness", found.slug)


def _place(request, slug, school_id) -> SchoolCampaign:
    """Return the folder of the school and the campaign of the address, if the person sees it."""
    campaign, _picker = campaigns_of(request, slug)
    folder = folder_for(request.user, campaign, school_id)
    if folder is None or campaign.published_at is None:
        raise Http404
    return folder


def _school_report_verbs(user, report) -> dict:
    """What ``user`` may do with ``report`` as it is now, for the buttons of its page."""
    status = report.status
    # An extension of the report itself is read with it; others are asked for.
    is_extended = report.campaign.is_closed and report.until >= clock.local_today(report.campaign.region)
    is_open = is_extended or is_school_open(report.campaign, report.school_id, REPORTING_PHASES)
    reviews = user.has_perm("reports.review_school_report", report)
    own = report.submitted_by_id == user.pk and not report.on_behalf
    return {
        "write": is_open
        and report.is_editable
        and report.folder.is_expected
        and user.has_perm("reports.write_school_report", report.folder),
        "accept": is_open and reviews and status == ReportStatus.SUBMITTED and not own,
        "return": is_open
        and (
            (reviews and status == ReportStatus.SUBMITTED)
            or (status == ReportStatus.ACCEPTED and user.has_perm("reports.reopen_school_report", report))
        ),
    }


def _verbs_without(user, report) -> dict:
    """Whether ``user`` may close the school without a report, or expect one again."""
    folder = report.folder
    may = bool(folder.pk) and not report.campaign.is_closed
    may = may and user.has_perm("campaigns.close_without_report", report.campaign)
    return {
        "may_close": may and folder.is_expected and report.submitted_on is None,
        "may_expect": may and folder.is_closed_without,
    }


def _context(request, folder) -> dict:
    """Everything that a school's report page shows."""
    campaign, school, report = folder.campaign, folder.school, report_of(folder)
    accepted = report.status == ReportStatus.ACCEPTED
    roll = {"roll": report.roll} if accepted else {}
    known = known_of(school, campaign, grades=report.grades, **roll)
    today = clock.local_today(campaign.region)
    due, until = report.due, report.until
    verbs = _school_report_verbs(request.user, report)
    held = []
    if verbs["return"]:
        events = Event.objects.filter(school=school, campaign=campaign).select_related("format")
        # Accepted events come back with a report that is reopened; before that they are the operator's to return.
        events = events.held() if accepted else events.filter(status=Event.Status.SUBMITTED)
        held = list(events.order_by("-flagged", "-starts_on", "-pk")[:200])
    return {
        "report": report,
        "campaign": campaign,
        "school": school,
        "known": known,
        "partners": partners_of(school, campaign),
        "report_rows": [_grade_row(report, row) for row in known.grades],
        "whole": _whole(report, known),
        "kind_rows": _kind_rows(report, known),
        "answers": _answers(report, hide_small=not sees_group_numbers(request.user, school)),
        "due": due,
        "until": until,
        "lateness": lateness_of(report.submitted_on, due, until, today),
        "has_begun": today > campaign.ends_on,
        "opens_on": campaign.ends_on + timedelta(days=1),
        "warnings": warnings_of(report, known, previous_report(school, campaign)) if not accepted else [],
        "corrected": _correction(report, known),
        "verbs": verbs,
        "held": held,
        "extension_url": extension_url(request.user, campaign, folder, stage=Stage.SCHOOL_REPORT, school=school.pk),
        "undecided": [event for event in held if not accepted and undecided(request.user, event)],
        "history": history_of(report, words_of(campaign, school=school)) if report.pk else [],
        "accept_note": _("The school's events under review are accepted with it, and all its events are frozen."),
        "reopen_note": _(
            "The school's events change again, those ticked are returned, and the municipal report is reopened."
        ),
        "close_form": CloseForm(),
        **_verbs_without(request.user, report),
        "return_form": ReturnForm(initial={"version": report.version, "correct_by": today + TIME_TO_CORRECT}),
        "events_url": f"{reverse('events')}?campaign={campaign.slug}&school={school.pk}",
    }


@dataclass(frozen=True)
class GradeRow:
    """One line of the table of grades, as the page shows it; ``grade`` is None in the last one, of them all."""

    grade: int | None
    enrolled: int | None
    participations: int
    possible: str
    pupils: int | None

    @property
    def share(self):
        """Pupils out of the enrolled, in words; nothing where either is not known."""
        if self.pupils is None or not self.enrolled:
            return ""
        return page.percent_of((self.pupils, self.enrolled))


def _grade_row(report, row) -> GradeRow:
    pupils, enrolled = report.by_grade[row.grade], row.enrolled
    if pupils is not None:
        # Beside an answer stands the enrolment that it was measured on, if it was on any.
        enrolled = report.roll[row.grade] if report.roll else None
    return GradeRow(row.grade, enrolled, row.participations, range_text(row.took_part), pupils)


def _whole(report, known) -> GradeRow:
    enrolled = report.enrolled
    if report.pupils is None:
        enrolled = None if known.enrolment is None else sum(row.enrolled for row in known.grades)
    return GradeRow(None, enrolled, sum(row.participations for row in known.grades), "", report.pupils)


def _kind_rows(report, known) -> list[tuple]:
    """Return the kinds that were held, each with its answer in words."""
    answers = {row.kind: row.pupils for row in report.kinds.all()} if report.pk else {}
    rows = []
    for row in known.kinds:
        pupils = answers.get(row.kind)
        rows.append((row, _("no data") if row.kind in answers and pupils is None else spaced(pupils)))
    return rows


def extension_url(user, campaign, place, **chosen) -> str:
    """Where ``user`` gives the place a later date or asks for one, with ``chosen`` filled in; "" if they may not."""
    if user.has_perm("campaigns.grant_extension", campaign) or user.has_perm("campaigns.ask_extension", place):
        return f"{reverse('extension_new', args=[campaign.slug])}?{urlencode(chosen)}"
    return ""


def undecided(user, event) -> bool:
    """Whether an event under review wants a decision of its own before its school's report is accepted."""
    return event.flagged or is_own_submission(user, event)


def words_of(campaign, **place) -> dict:
    """Return words for the ids that stand in a report's history."""
    return {"campaign": {campaign.pk: campaign.name}} | {name: {row.pk: row.name} for name, row in place.items()}


def _answers(report, hide_small) -> list[tuple]:
    """Return the report's answers as pairs of a question and the answer in words."""
    if not report.pk:
        return []
    answers = report.answers.select_related("question").order_by("question__position", "question_id")
    return [(row.question, _in_words(row, hide_small and row.question.hides_small)) for row in answers]


def _in_words(answer, hidden) -> str:
    if answer.yes is not None:
        return _("yes") if answer.yes else _("no")
    if answer.number is None:
        return answer.text
    numbers = [answer.number] if answer.whole is None else [answer.number, answer.whole]
    if hidden:
        # The others too: taken from the sum they would give a small one away.
        return in_words(Hidden.SMALL if any(is_small(number) for number in numbers) else Hidden.WITHHELD)
    if answer.whole is None:
        return spaced(answer.number)
    return _("%(n)s of %(of)s") % {"n": spaced(answer.number), "of": spaced(answer.whole)}


def _correction(report, known) -> list[tuple[int, int, int]]:
    """Return ``(grade, enrolled then, enrolled now)`` where enrolment was corrected after the report was measured."""
    if report.roll is None or known.enrolment is None:
        return []
    now = known.enrolment.by_grade
    return [(grade, report.roll[grade], now[grade]) for grade in report.grades if report.roll[grade] != now[grade]]


@require_safe
@login_required
def school_report(request, campaign, school):
    """A school's report: what is known, what it says, the decision, the history."""
    return render(request, "reports/school_report.html", _context(request, _place(request, campaign, school)))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def school_report_edit(request, campaign, school):
    """Write a school's report; what someone else changed meanwhile is shown beside what was typed."""
    folder = _place(request, campaign, school)
    if not request.user.has_perm("reports.write_school_report", folder):
        raise PermissionDenied
    campaign, row, report = folder.campaign, folder.school, report_of(folder)
    if request.method != "POST" and not _school_report_verbs(request.user, report)["write"]:
        return redirect("school_report", campaign.slug, row.pk)
    known = known_of(row, campaign)
    questions, unseen = questions_for(request.user, row, campaign)
    options = {"known": known, "report": report, "questions": questions}
    status, changes = 200, []
    if request.method != "POST":
        form = SchoolReportForm(**options)
    else:
        form = SchoolReportForm(request.POST, **options)
        send = request.POST.get("intent") != "save"
        is_whole = form.is_valid()
        version = form.cleaned_data.get("version", report.version) or 0
        try:
            if is_whole:
                saved = actions.write_school_report(
                    request.user, row, campaign, version, send=send, **form.report_values
                )
                messages.success(request, _saved(saved, send))
                return redirect(saved)
            actions.refuse_writing(request.user, report, version)
            status = 400
        except ValidationError as error:
            put_errors(form, error)
            status = 400
        except Changed as changed:
            status, changes = 409, changed.changes
            renew_version(form, changed.current)
        if form.errors:
            form.dress()
    until = report.until
    context = {
        "form": form,
        "report": report,
        "campaign": campaign,
        "school": row,
        "known": known,
        "until": until,
        "changes": changes,
        "conflict": status == 409,
        "on_behalf": not coordinates_school(request.user, row),
        "unseen": unseen,
        "warnings": warnings_of(report, known, previous_report(row, campaign)),
        "enrolment_url": reverse("school_enrolment", args=[row.pk, campaign.academic_year.replace("/", "-")]),
    }
    return render(request, "reports/school_report_form.html", context, status=status)


def _saved(report, send) -> str:
    if report.status != ReportStatus.SUBMITTED:
        return _("Saved. Send the report when it is whole.")
    return _("The report is sent.") if send else _("Saved.")


def _decide(request, campaign, school, act, done):
    """Run one verb of the review; a change made meanwhile is shown, and nothing is done."""
    folder = _place(request, campaign, school)
    reports = SchoolReport.objects.with_places().with_due()
    report = get_object_or_404(reports, school=folder.school, campaign=folder.campaign)
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
    context = _context(request, folder) | extra | {"ticked": set(ids_of(request))}
    if status == 409:
        renew_version(form, context["report"])
        form = ReturnForm(initial=form.data.dict())
    context["return_form"] = form
    return render(request, "reports/school_report.html", context, status=status)


def ids_of(request) -> list[int]:
    """Return the ids of the events that were ticked."""
    typed = request.POST.getlist("event")[:500]
    return [int(pk) for pk in typed if pk.isascii() and pk.isdigit() and len(pk) < 16]


@require_POST
@login_required
def school_report_accept(request, campaign, school):
    def act(report, data):
        actions.accept_school_report(request.user, report, data.get("version") or 0)

    return _decide(request, campaign, school, act, _("The report is accepted; the school's events are frozen."))


@require_POST
@login_required
def school_report_return(request, campaign, school):
    def act(report, data):
        version, comment, day = data.get("version") or 0, data.get("comment", ""), data.get("correct_by")
        actions.return_school_report(request.user, report, version, comment, day, ids_of(request))

    return _decide(request, campaign, school, act, _("The report came back to the school with your comment."))


@require_POST
@login_required
def school_report_close(request, campaign, school):
    """Expect no report of the school any more, with the reason and the number of the letter."""
    folder = _place(request, campaign, school)
    form = CloseForm(request.POST)
    form.full_clean()
    data = form.cleaned_data
    try:
        close_without_report(request.user, folder, data.get("reason", ""), data.get("letter", ""))
    except ValidationError as error:
        put_errors(form, ValidationError({_FIELDS[name]: errors for name, errors in error.error_dict.items()}))
        form.dress()
        context = _context(request, folder) | {"close_form": form}
        return render(request, "reports/school_report.html", context, status=400)
    messages.success(request, _("Closed without a report: none is expected of the school."))
    return redirect("school_report", folder.campaign.slug, folder.school_id)


_FIELDS = {"closed_without_reason": "reason", "closed_without_letter": "letter"}


@require_POST
@login_required
def school_report_expect(request, campaign, school):
    """Undo the closing without a report."""
    folder = _place(request, campaign, school)
    expect_report_again(request.user, folder)
    messages.success(request, _("A report is expected of the school as of the others."))
    return redirect("school_report", folder.campaign.slug, folder.school_id)


@require_safe
@login_required
def school_report_pdf(request, campaign, school):
    """The printed form, from the same data as the page."""
    folder = _place(request, campaign, school)
    report = report_of(folder)
    if report.pk is None:
        raise StateForbids(_("The report was not begun: there is nothing to print yet."))
    accesslog.note("download", request)
    content = render_school_report(report, hide_small=not sees_group_numbers(request.user, folder.school))
    return pdf_response(content, report_file_name(report))


def pdf_response(content: bytes, name: str) -> HttpResponse:
    """Return the answer that a browser shows or saves under ``name``."""
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = content_disposition_header(False, name)
    return response
