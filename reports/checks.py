"""What must be right in a report before it is sent, by field, and what is only worth a look.

What stops a sending is raised; a warning stops nothing. Events that wait for a reviewer never stop or delay a school.
"""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.numbers import spaced
from reports.models import SchoolReport
from reports.queries.school import Known, Range

OUT_OF_LINE = 0.5
"""A number that differs from the last campaign's by more than half is worth a look …"""
FEW_PUPILS = 20
"""… if the difference is of more pupils than this."""


def range_text(found: Range) -> str:
    """Say which numbers are possible."""
    if found.only is not None:
        return _("only %(n)s is possible") % {"n": spaced(found.only)}
    return _("from %(low)s to %(high)s") % {"low": spaced(found.low), "high": spaced(found.high)}


def _outside(number: int, found: Range, why: str) -> str:
    values = {"n": spaced(number), "range": range_text(found), "why": why}
    return _("%(n)s cannot be right: %(range)s. %(why)s") % values


def check_grades(report: SchoolReport, known: Known) -> dict:
    """Each grade of the campaign is answered, within the bounds of its events and enrolment."""
    never = report.answered_by == SchoolReport.AnsweredBy.NEVER
    errors = {}
    for row in known.grades:
        name, pupils = f"grade_{row.grade}", report.by_grade[row.grade]
        if pupils is None:
            errors[name] = [_("Answer for this grade too; 0 is an answer.")]
        elif pupils not in row.took_part:
            why = _("The largest event had %(largest)s, all events together %(sum)s.") % {
                "largest": spaced(row.took_part.low),
                "sum": spaced(row.participations),
            }
            if never and row.never is not None:
                errors[name] = [_outside(row.enrolled - pupils, row.never, why)]
            else:
                errors[name] = [_outside(pupils, row.took_part, why)]
    return errors


def check_kinds(report: SchoolReport, known: Known, kinds: dict[str, int | None]) -> dict:
    """Each kind that was held is answered, with a number within its bounds or with «no data»."""
    errors = {}
    for row in known.kinds:
        name = f"kind_{row.kind}"
        if row.kind not in kinds:
            errors[name] = [_("Write how many different pupils took part, or tick «no data».")]
        elif kinds[row.kind] is not None and report.pupils is not None:
            found = row.within(report.pupils)
            if kinds[row.kind] not in found:
                why = _("Not more than its events together (%(sum)s) and than all unique pupils (%(all)s).") % {
                    "sum": spaced(row.together),
                    "all": spaced(report.pupils),
                }
                errors[name] = [_outside(kinds[row.kind], found, why)]
    return errors


def check_answers(questions, answers: dict[int, dict]) -> dict:
    """Required questions are answered; a part is not larger than its whole."""
    errors = {}
    for question in questions:
        answer = answers.get(question.pk, {})
        name = f"question_{question.pk}"
        empty = answer.get("number") is None and answer.get("yes") is None and not answer.get("text")
        if question.is_required and empty:
            errors[name] = [_("This question is required.")]
        if question.kind == question.Kind.PART:
            whole = answer.get("whole")
            if empty:
                if whole is not None:
                    errors[name] = [_("Write the number too, not only out of how many.")]
            elif whole is None:
                errors[name] = [_("Say out of how many.")]
            elif answer["number"] > whole:
                message = _("%(n)s cannot be out of %(of)s.")
                errors[name] = [message % {"n": spaced(answer["number"]), "of": spaced(whole)}]
    return errors


def problems_of(report: SchoolReport, known: Known, kinds, questions, answers) -> dict:
    """Return what keeps ``report`` from being sent, ``{field: messages}``; nothing where it may be."""
    errors = check_grades(report, known) | check_kinds(report, known, kinds) | check_answers(questions, answers)
    if not report.basis:
        errors["basis"] = [_("Say what the numbers rest on: lists, or an estimate.")]
    if not report.signed_name.strip():
        errors["signed_name"] = [_("Write who signs the report: the director.")]
    return errors


@dataclass(frozen=True)
class Warned:
    """Something worth a look that stops nothing, with the page where it can be mended."""

    text: str
    url: str = ""


def warnings_of(report: SchoolReport, known: Known, previous: SchoolReport | None) -> list[Warned]:
    """Return what the school should look at before it sends."""
    events = f"{reverse('events')}?campaign={report.campaign.slug}&school={report.school_id}"
    found = []
    if known.enrolment is None:
        found.append(Warned(_("Enrolment is not known, so no share is shown and nothing can be compared with it.")))
    left = (
        (known.drafts, "draft", ngettext("%(n)d draft is not sent", "%(n)d drafts are not sent", known.drafts)),
        (
            known.planned,
            "planned",
            ngettext(
                "%(n)d planned event is not marked as held",
                "%(n)d planned events are not marked as held",
                known.planned,
            ),
        ),
        (
            known.returned,
            "returned",
            ngettext(
                "%(n)d returned event is not corrected", "%(n)d returned events are not corrected", known.returned
            ),
        ),
    )
    for number, status, words in left:
        if number:
            text = _("%(words)s. What is not sent will count nowhere once the report is accepted.")
            found.append(Warned(text % {"words": words % {"n": number}}, f"{events}&status={status}"))
    if known.waiting:
        words = ngettext(
            "%(n)d event is still under review. It does not hold you up and makes nothing late.",
            "%(n)d events are still under review. They do not hold you up and make nothing late.",
            known.waiting,
        )
        found.append(Warned(words % {"n": known.waiting}, f"{events}&status=submitted"))
    if not known.held:
        found.append(Warned(_("No event was held. A report of zeros is a report too.")))
    if previous is not None and previous.pupils is not None and report.pupils is not None:
        difference = abs(report.pupils - previous.pupils)
        if difference > FEW_PUPILS and difference > OUT_OF_LINE * max(previous.pupils, 1):
            text = _("Unique pupils are out of line with the last campaign: %(now)s, then %(then)s.")
            found.append(Warned(text % {"now": spaced(report.pupils), "then": spaced(previous.pupils)}))
    return found
