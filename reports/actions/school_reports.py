"""School reports: written and sent by the school or on its behalf, returned, accepted, reopened.

Every verb locks the school's folder in the campaign first, as every action on an event does, so that nothing slips in
beside a freeze, accepting the joint events that the school attends before it; then, where the chain above is touched,
the municipal report.
"""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.due_dates import is_school_open
from campaigns.models import Campaign
from campaigns.phases import REPORTING_PHASES
from events.actions import freeze_folder, thaw_folder
from events.actions.folders import folder_to_write_in, lock_folder, lock_joint_events
from events.actions.review import is_own_submission
from events.models import Event
from events.rules import coordinates_school
from portal import clock
from portal.access import Scope
from portal.errors import StateForbids
from portal.grades import GRADES
from portal.history import record, state_of
from portal.models import School
from portal.rules import require
from portal.text import without_controls
from reports import emails
from reports.actions.chain import changed, clean_return, refuse_closed
from reports.actions.municipal_reports import reopen_above
from reports.checks import check_grades, check_kinds, problems_of
from reports.models import KindAnswer, QuestionAnswer, ReportStatus, SchoolReport
from reports.queries.school import known_of, questions_for, report_of

REPORT_FIELDS = ("answered_by", "basis", "conclusions", "difficulties", "proposals", "signed_name", "signed_post")
"""Fields that a form writes; beside them ``grades``, ``kinds`` and ``answers``."""


def report_state(report: SchoolReport) -> dict:
    """Return what history compares of a report: its fields, the kinds, the answers."""
    kinds = {row.get_kind_display(): _("no data") if row.pupils is None else row.pupils for row in report.kinds.all()}
    answers = {str(row.question): _in_words(row) for row in report.answers.select_related("question")}
    extra = {
        "kinds": [f"{name}: {value}" for name, value in sorted(kinds.items())],
        "answers": [f"{name}: {value}" for name, value in sorted(answers.items())],
        "correct_by": report.correct_by,
    }
    return state_of(report, extra)


def _in_words(answer: QuestionAnswer) -> str:
    # History is written once for all its readers, of whom some may not see numbers of a group.
    if answer.question.hides_small and answer.number is not None:
        return _("hidden")
    if answer.yes is not None:
        return _("yes") if answer.yes else _("no")
    if answer.whole is not None:
        return _("%(n)s of %(of)s") % {"n": answer.number, "of": answer.whole}
    return answer.text if answer.number is None else str(answer.number)


def _refuse_phase(report) -> None:
    refuse_closed(report.campaign, is_school_open(report.campaign, report.school_id, REPORTING_PHASES))


def for_whom(actor, report):
    """Return the school that ``actor`` writes for, None where it is their own."""
    return None if coordinates_school(actor, report.school) else report.school


def _reviewed_for(actor, report):
    municipality = report.folder.municipality
    if municipality.pk in Scope.of(actor).municipality_ids or municipality.is_run_by_operator:
        return None
    return municipality


# --- Writing ---------------------------------------------------------------------------------


def _measure(report, enrolment) -> None:
    """Note the enrolment that the report is measured on."""
    for grade in GRADES:
        setattr(report, f"roll_{grade}", enrolment.by_grade[grade] if enrolment else None)
    report.roll_as_of = enrolment.as_of if enrolment else None
    report.roll_source = enrolment.source if enrolment else ""


def _assign(report, enrolment, grades, fields) -> dict:
    """Put what was typed into the report: ``grades`` as they were asked for, took part or never did.

    Returns the errors by field; what cannot be right stays empty.
    """
    for name in REPORT_FIELDS:
        if name in fields:
            value = fields[name]
            setattr(report, name, without_controls(value).strip() if isinstance(value, str) else value)
    never = report.answered_by == SchoolReport.AnsweredBy.NEVER
    errors = {}
    if never and enrolment is None:
        errors["answered_by"] = [_("Enrolment is not known: say how many took part.")]
        never = False
    for grade in GRADES:
        typed = grades.get(grade) if grade in report.campaign.grades else None
        enrolled = enrolment.by_grade[grade] if enrolment else None
        if typed is not None and enrolled is not None and typed > enrolled:
            message = _("%(n)d is more than the %(of)d pupils enrolled.")
            errors[f"grade_{grade}"] = [message % {"n": typed, "of": enrolled}]
            typed = None
        setattr(report, f"grade_{grade}", enrolled - typed if never and typed is not None else typed)
    report.fill_derived()
    return errors


def _write_kinds(report, kinds) -> None:
    report.kinds.exclude(kind__in=kinds).delete()
    rows = [KindAnswer(report=report, kind=kind, pupils=pupils) for kind, pupils in kinds.items()]
    for row in rows:
        row.clean_fields(exclude=["report"])
    if rows:
        KindAnswer.objects.bulk_create(
            rows, update_conflicts=True, update_fields=["pupils"], unique_fields=["report", "kind"]
        )


def _write_answers(report, questions, answers) -> None:
    """Write the ``answers`` to ``questions``; an empty one is none."""
    asked = {question.pk for question in questions}
    rows = []
    for pk, answer in answers.items():
        if _says_anything(answer):
            row = QuestionAnswer(report=report, question_id=pk, **answer)
            row.clean_fields(exclude=["report", "question"])
            rows.append(row)
    # Answers to retired questions stay, and so do those that the writer may not see.
    report.answers.filter(question__in=asked).exclude(question__in=[row.question_id for row in rows]).delete()
    if rows:
        fields = ["number", "whole", "yes", "text"]
        QuestionAnswer.objects.bulk_create(
            rows, update_conflicts=True, update_fields=fields, unique_fields=["report", "question"]
        )


ANSWER_FIELDS = ("number", "whole", "yes", "text")


def _says_anything(answer: dict) -> bool:
    return any(answer.get(name) not in (None, "") for name in ANSWER_FIELDS)


def _stored_answers(report, questions) -> dict[int, dict]:
    if not report.pk:
        return {}
    rows = report.answers.filter(question__in=[question.pk for question in questions])
    return {row.question_id: {name: getattr(row, name) for name in ANSWER_FIELDS} for row in rows}


def _holds_already(report, known, grades, kinds, answers, stored, fields) -> bool:
    """Whether the stored report says exactly what the form does, in all that its writer may see."""
    trial = SchoolReport.objects.with_places().get(pk=report.pk)
    _measure(trial, known.enrolment)
    if _assign(trial, known.enrolment, grades, fields):
        return False
    if state_of(trial) != state_of(report) or trial.roll != report.roll:
        return False
    if kinds != {row.kind: row.pupils for row in report.kinds.all()}:
        return False
    return stored == {pk: answer for pk, answer in answers.items() if _says_anything(answer)}


def _refuse_state(report) -> None:
    if report.status == ReportStatus.ACCEPTED:
        raise StateForbids(_("The report is accepted. Who accepted it or the operator can reopen it."))
    if report.folder.is_closed_without:
        raise StateForbids(_("The operator closed the school without a report, so none is expected of it."))
    if not report.folder.is_expected:
        raise StateForbids(
            _("No report is expected: the school is closed on the campaign's last day or has no pupils in its grades.")
        )


def refuse_writing(actor, report, version: int) -> None:
    """Refuse to write in ``report`` read as ``version``, whatever was typed: the right, the phase, the version and the
    state are judged before contents. For a form that cannot be saved; :func:`write_school_report` judges the same."""
    require(actor, "reports.write_school_report", report.folder)
    _refuse_phase(report)
    if report.version != version:
        raise changed(report, version)
    _refuse_state(report)


@transaction.atomic
def write_school_report(actor, school, campaign, version: int, *, send: bool, grades, kinds, answers, **fields):
    """Save a school's report, read as ``version`` (0: not begun), or send it. Returns it.

    ``grades`` are the numbers as typed, ``{grade: number or None}``, asked for as ``answered_by`` says; ``kinds`` are
    ``{kind: number, or None for «no data»}``; ``answers`` ``{question id: {"number", "whole", "yes", "text"}}``: a
    question that is left out keeps its stored answer, and so does one whose answer ``actor`` may not see.
    What is sent must be whole; once sent it stays under review and every saving must be whole.
    """
    folder = folder_to_write_in(actor, "reports.write_school_report", school, campaign)
    folder.school = school = School.objects.get(pk=school.pk)
    folder.campaign = campaign = Campaign.objects.select_related("region").get(pk=campaign.pk)
    report = report_of(folder)
    _refuse_phase(report)
    # The version before is that of the same form sent twice.
    if version not in (report.version, report.version - 1):
        raise changed(report, version)
    known = known_of(school, campaign)
    kinds = {row.kind: kinds[row.kind] for row in known.kinds if row.kind in kinds}
    questions, _unseen = questions_for(actor, school, campaign)
    stored = _stored_answers(report, questions)
    empty = {"number": None, "whole": None, "yes": None, "text": ""}
    typed = {question.pk: empty | answers[question.pk] for question in questions if question.pk in answers}
    answers = stored | typed
    is_sent = report.status == ReportStatus.SUBMITTED
    is_settled = report.pk and report.is_editable and (is_sent or not send) and not report.is_taken_back_by(actor)
    if is_settled and _holds_already(report, known, grades, kinds, answers, stored, fields):
        return report
    if report.version != version:
        raise changed(report, version)
    _refuse_state(report)
    before = report_state(report) if report.pk else None
    _measure(report, known.enrolment)
    errors = _assign(report, known.enrolment, grades, fields)
    if send or is_sent:
        errors = problems_of(report, known, kinds, questions, answers) | errors
    if errors:
        raise ValidationError(errors)
    report.clean_fields()
    verb = "write" if before is None else "edit"
    if send and not is_sent:
        verb = "submit"
        report.status, report.comment, report.correct_by = ReportStatus.SUBMITTED, "", None
        report.submitted_by, report.submitted_at = actor, clock.now()
        report.submitted_on = report.submitted_on or clock.local_today(campaign.region)
        report.on_behalf = not coordinates_school(actor, school)
    report.note_writer(actor)
    report.version += 1
    report.save()
    _write_kinds(report, kinds)
    _write_answers(report, questions, answers)
    after = report_state(report)
    record(actor, verb, report, before=before, after=after, for_whom=for_whom(actor, report))
    return report


# --- Review ----------------------------------------------------------------------------------


def _joint_events_of(report) -> set[int]:
    """Return the ids of the joint events that the report's school attends."""
    events = Event.objects.filter(folder__school=report.school_id, folder__campaign=report.campaign_id)
    attended = events.filter(joint__isnull=False).exclude(status=Event.Status.CANCELLED)
    return set(attended.order_by().values_list("joint_id", flat=True))


def _open(actor, report, permission) -> SchoolReport:
    """Lock the report's folder, read the report anew, refuse who may not; ``permission`` may depend on its state."""
    lock_folder(report.school_id, report.campaign_id)
    current = SchoolReport.objects.with_places().with_due().get(pk=report.pk)
    require(actor, permission(current) if callable(permission) else permission, current)
    return current


def _refuse_unfit(actor, report) -> None:
    """Refuse to accept while events wait for a decision of their own, or the numbers no longer fit the events."""
    waiting = Event.objects.filter(
        school_id=report.school_id, campaign_id=report.campaign_id, status=Event.Status.SUBMITTED
    )
    undecided = [event for event in waiting if event.flagged or is_own_submission(actor, event)]
    if undecided:
        words = ngettext(
            "%(n)d event wants a decision of its own first: it is flagged, or you sent it yourself.",
            "%(n)d events want a decision of their own first: they are flagged, or you sent them yourself.",
            len(undecided),
        )
        raise StateForbids(words % {"n": len(undecided)})
    known = known_of(report.school, report.campaign, report.roll, report.grades)
    kinds = {row.kind: row.pupils for row in report.kinds.all()}
    if check_grades(report, known) or check_kinds(report, known, kinds):
        raise StateForbids(
            _("The numbers no longer fit the events, which changed since the report was sent: return it.")
        )


@transaction.atomic
def accept_school_report(actor, report, version: int) -> SchoolReport:
    """Accept a report that was read as ``version``: its unflagged events under review are accepted with it, and the
    school's events are frozen. A municipal report that was sent before is reopened, its sum having changed."""
    # The joint events stand still with it: what the school attends is accepted as it is laid down there.
    joint_ids = _joint_events_of(report)
    lock_joint_events(joint_ids)
    current = _open(actor, report, "reports.review_school_report")
    repeated = current.status == ReportStatus.ACCEPTED and current.version == version + 1
    if repeated and current.reviewed_by_id == actor.pk:
        return current
    _refuse_phase(current)
    # A joint event that the school joined in between is not locked, and nobody goes back to it from the folder.
    if current.version != version or not _joint_events_of(current) <= joint_ids:
        raise changed(current, version)
    if current.status != ReportStatus.SUBMITTED:
        raise StateForbids(_("The report is %(status)s, not under review.") % {"status": current.get_status_display()})
    if current.submitted_by_id == actor.pk and not current.on_behalf:
        raise StateForbids(_("Nobody accepts what they sent themselves: ask a colleague."))
    _refuse_unfit(actor, current)
    place = _reviewed_for(actor, current)
    freeze_folder(actor, current.school, current.campaign, for_whom=place)
    before = report_state(current)
    current.status = ReportStatus.ACCEPTED
    current.reviewed_by, current.reviewed_at = actor, clock.now()
    current.version += 1
    current.save(update_fields=["status", "reviewed_by", "reviewed_at", "version"])
    record(actor, "accept", current, before=before, after=before | {"status": current.status}, for_whom=place)
    reason = _("The report of %(school)s was accepted after this one was sent: look at the sums and send it again.")
    reopen_above(actor, current, reason % {"school": current.school})
    return current


def _returning(report) -> str:
    if report.status == ReportStatus.ACCEPTED:
        return "reports.reopen_school_report"
    return "reports.review_school_report"


@transaction.atomic
def return_school_report(actor, report, version: int, comment: str, correct_by: date | None, event_ids=()):
    """Return a report with a comment and a day to correct by, which is no second deadline.

    An accepted one is reopened so: the school's events thaw, those of ``event_ids`` are returned with the same
    comment, and the municipal report above is reopened.
    """
    current = _open(actor, report, _returning)
    today = clock.local_today(current.campaign.region)
    repeated = current.status == ReportStatus.RETURNED and current.version == version + 1
    if repeated and current.reviewed_by_id == actor.pk and current.comment == without_controls(comment).strip():
        return current
    _refuse_phase(current)
    if current.version != version:
        raise changed(current, version)
    if current.status not in (ReportStatus.SUBMITTED, ReportStatus.ACCEPTED):
        raise StateForbids(_("The report is %(status)s, not under review.") % {"status": current.get_status_display()})
    comment = clean_return(comment, correct_by, today)
    verb = "reopen" if current.status == ReportStatus.ACCEPTED else "return"
    place = _reviewed_for(actor, current)
    before = report_state(current)
    current.status, current.comment, current.correct_by = ReportStatus.RETURNED, comment, correct_by
    current.reviewed_by, current.reviewed_at = actor, clock.now()
    current.version += 1
    fields = ["status", "comment", "correct_by", "reviewed_by", "reviewed_at", "version"]
    current.save(update_fields=fields)
    record(actor, verb, current, before=before, after=report_state(current), comment=comment, for_whom=place)
    thaw_folder(actor, current.school, current.campaign, event_ids, comment, for_whom=place)
    emails.tell_school(current)
    if verb == "reopen":
        reason = _("The report of %(school)s was reopened: %(comment)s")
        reopen_above(actor, current, reason % {"school": current.school, "comment": comment})
    return current
