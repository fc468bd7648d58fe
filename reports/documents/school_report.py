"""The printed form of a school's report."""

from django.conf import settings
from django.db.models import Q
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import Format
from portal.numbers import spaced
from reports.documents.form import (
    ColumnHead,
    Fact,
    Grid,
    PrintedAnswer,
    PrintedForm,
    Section,
    day_or_dash,
    printed_form,
    reason_and_ground,
    share_or_dash,
    status_facts,
    text_sections,
    whole_in_words,
    window_fact,
)
from reports.models import ReportQuestion, ReportStatus, SchoolReport
from reports.queries.school import known_of, partners_of
from reports.writers import pdf
from reports.writers.page import NOTHING


def school_form(report: SchoolReport, hide_small: bool = False) -> PrintedForm:
    """Return what stands on the form of a school's report, in the current language.

    The enrolment is the one that the report was measured on, today's where nothing is answered yet.
    ``hide_small`` hides small numbers about groups of pupils, for readers who may not see them.
    """
    school, campaign = report.school, report.campaign
    known = known_of(school, campaign, report.roll, report.grades)
    roll, as_of, source = report.roll, report.roll_as_of, report.roll_source
    nothing_answered = all(pupils is None for pupils in report.by_grade.values())
    if roll is None and nothing_answered and known.enrolment is not None:
        roll, as_of, source = known.enrolment.by_grade, known.enrolment.as_of, known.enrolment.source
    enrolment = _("not known")
    if roll is not None:
        enrolment = _("as of %(day)s, %(source)s") % {"day": day_or_dash(as_of), "source": source}
    facts = (
        window_fact(campaign),
        *status_facts(report, _("entered on the school's behalf")),
        Fact(_("Enrolment"), enrolment),
        Fact(_("Basis of the numbers"), report.get_basis_display() or _("not stated")),
        Fact(_("Asked as"), report.get_answered_by_display()),
    )
    sections = (
        _grades(report, known, roll),
        _kinds(report, known),
        _formats(known),
        _partners(school, campaign),
        *_answers(report, hide_small),
        *text_sections(report),
    )
    title = _("School report on the career-guidance campaign")
    municipality = report.folder.municipality
    place = f"{municipality.region.name}, {municipality.name}"
    return printed_form(report, title, place, school.official_name, school.name, facts, sections)


def _grades(report, known, roll) -> Section:
    answers, own = report.by_grade, report.grades
    heads = [ColumnHead(_("Grade"), 2, number=False)]
    if roll is not None:
        heads.append(ColumnHead(_("Pupils enrolled"), 3))
    heads += [ColumnHead(_("Participations"), 3), ColumnHead(_("Unique pupils"), 3)]
    if roll is not None:
        heads.append(ColumnHead(_("Share of those enrolled"), 4))

    def line(name, enrolled, participations, pupils):
        cells = (spaced(participations), spaced(pupils))
        return (name, *cells) if roll is None else (name, spaced(enrolled), *cells, share_or_dash(pupils, enrolled))

    rows = tuple(
        line(str(row.grade), roll and roll[row.grade], row.participations, answers[row.grade]) for row in known.grades
    )
    together = sum(row.participations for row in known.grades)
    pupils = [answers[grade] for grade in own]
    total = line(
        _("Together"),
        roll and sum(roll[grade] for grade in own),
        together,
        None if None in pupils else sum(pupils),
    )
    notes = [_("Participations are those of events accepted and under review; a pupil may count many times.")]
    if known.participations > together:
        more = known.participations - together
        words = ngettext(
            "%(n)s participation of other grades stands by kind and by format alone.",
            "%(n)s participations of other grades stand by kind and by format alone.",
            more,
        )
        notes.append(words % {"n": spaced(more)})
    if roll is None:
        notes.append(_("Enrolment is not known, so no share is shown."))
    return Section(_("By grade"), Grid(tuple(heads), rows, total), note=" ".join(notes))


def _kinds(report, known) -> Section:
    reported = {row.kind: row.pupils for row in report.kinds.all()} if report.pk else {}
    rows = [(row.kind, row.label, row.accepted, row.submitted, row.participations) for row in known.kinds]
    held = {row.kind for row in known.kinds}
    # A kind answered for whose events were returned since: what the school said is not left out.
    rows += [(kind.value, kind.label, 0, 0, 0) for kind in Format.Kind if kind in reported.keys() - held]

    def pupils(kind):
        if kind not in reported:
            return NOTHING
        return _("no data") if reported[kind] is None else spaced(reported[kind])

    grid = Grid(
        (ColumnHead(_("Kind"), 6, number=False), *_event_heads(), ColumnHead(_("Unique pupils"), 3)),
        tuple((capfirst(str(label)), *map(spaced, counts), pupils(kind)) for kind, label, *counts in rows),
    )
    if not rows:
        return Section(_("By kind"), text=_("No event was held."))
    return Section(_("By kind"), grid, note=_("A pupil may have taken part in several kinds, so kinds do not add up."))


def _event_heads() -> tuple[ColumnHead, ...]:
    return ColumnHead(_("Events accepted"), 3), ColumnHead(_("Under review"), 3), ColumnHead(_("Participations"), 3)


def _formats(known) -> Section:
    rows = tuple((row.name, *map(spaced, (row.accepted, row.submitted, row.participations))) for row in known.formats)
    if not rows:
        return Section(_("Formats held"), text=_("No event was held."))
    total = (_("Together"), *map(spaced, (known.accepted, known.waiting, known.participations)))
    return Section(_("Formats held"), Grid((ColumnHead(_("Format"), 9, number=False), *_event_heads()), rows, total))


def _partners(school, campaign) -> Section:
    found = [f"{partner.name} ({partner.get_kind_display()})" for partner in partners_of(school, campaign)]
    return Section(_("Partner organisations"), text="; ".join(found) or _("none named"))


def _answers(report, hide_small: bool) -> tuple[Section, ...]:
    """Return the section of the campaign's own questions, if it asks any: those that were asked when it was
    last sent, or are now, and those answered."""
    given = {answer.question_id: answer for answer in report.answers.all()} if report.pk else {}
    was_asked = Q(retired_at=None) | Q(pk__in=given)
    if report.status in (ReportStatus.SUBMITTED, ReportStatus.ACCEPTED):
        was_asked |= Q(retired_at__gt=report.submitted_at)
    asked = ReportQuestion.objects.filter(was_asked, campaign=report.campaign)
    answers = tuple(
        PrintedAnswer(
            question.text,
            whole_in_words(question),
            _in_words(given.get(question.pk), hide_small and question.hides_small),
            reason_and_ground(question),
        )
        for question in asked
    )
    return (Section(_("Questions of the campaign"), answers=answers),) if answers else ()


def _in_words(answer, hides: bool) -> str:
    if answer is None:
        return _("no answer")
    if answer.yes is not None:
        return _("yes") if answer.yes else _("no")
    if hides and answer.number is not None:
        # All of them: taken from the sum the others would give a small one away.
        return _("hidden")
    if answer.whole is not None:
        return _("%(n)s of %(of)s") % {"n": spaced(answer.number), "of": spaced(answer.whole)}
    return answer.text if answer.number is None else spaced(answer.number)


def render_school_report(report: SchoolReport, hide_small: bool = False) -> bytes:
    """Return a school's report as PDF, in the portal's own language; ``hide_small`` as :func:`school_form`."""
    with translation.override(settings.LANGUAGE_CODE):
        return pdf.render_pdf(school_form(report, hide_small))
