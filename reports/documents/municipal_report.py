"""The printed form of a municipality's report over those of its schools."""

from django.conf import settings
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from campaigns.due_dates import Lateness
from campaigns.models import Format
from portal.numbers import NO_BREAK_SPACE, spaced
from reports.documents.form import (
    ColumnHead,
    Fact,
    Grid,
    PrintedAnswer,
    PrintedForm,
    Section,
    printed_form,
    reason_and_ground,
    share_or_dash,
    status_facts,
    text_sections,
    whole_in_words,
    window_fact,
)
from reports.models import ReportQuestion, ReportStatus
from reports.queries import levels
from reports.queries.answers import SMALL_BELOW, Hidden
from reports.queries.answers import answers as answers_of
from reports.queries.completeness import school_lines
from reports.queries.held import Counts, formats, kinds
from reports.queries.municipality import merged
from reports.writers import pdf
from reports.writers.page import NOTHING


def municipal_form(report) -> PrintedForm:
    """Return what stands on the form of a municipality's report, in the current language."""
    municipality, campaign = report.municipality, report.campaign
    level = levels.Level(campaign, municipality=municipality)
    sums = merged(level)
    used, totals = formats(level)
    lines = school_lines(level)
    facts = (
        window_fact(campaign),
        *status_facts(report, _("entered on the municipality's behalf")),
        Fact(
            _("School reports accepted"),
            _("%(n)s of %(of)s") % {"n": spaced(sums.reports), "of": spaced(len(lines))},
        ),
        Fact(
            _("Basis of the numbers"),
            _("by lists: %(lists)s, an estimate: %(estimate)s")
            % {"lists": spaced(sums.by_lists), "estimate": spaced(sums.by_estimate)},
        ),
    )
    sections = (
        _merged_grades(sums),
        _merged_kinds(sums, kinds(used), totals),
        Section(_("Schools and their reports"), facts=_standing(lines)),
        *_summed_answers(level),
        *text_sections(report),
    )
    title = _("Municipal report on the career-guidance campaign")
    name = f"{capfirst(municipality.name)}. {municipality.authority}"
    return printed_form(report, title, municipality.region.name, name, capfirst(municipality.name), facts, sections)


def _merged_grades(sums) -> Section:
    heads = (
        ColumnHead(_("Grade"), 2, number=False),
        ColumnHead(_("Pupils enrolled"), 3),
        ColumnHead(_("Unique pupils"), 3),
        ColumnHead(_("Share of those enrolled"), 4),
    )
    rows = tuple(
        (str(row.grade), spaced(row.enrolled), spaced(row.pupils), share_or_dash(row.pupils, row.enrolled))
        for row in sums.grades
    )
    total = (_("Together"), spaced(sums.enrolled), spaced(sums.pupils), share_or_dash(sums.pupils, sums.enrolled))
    note = _("Over accepted reports whose enrolment is known: %(n)s of %(of)s.")
    values = {"n": spaced(sums.with_roll), "of": spaced(sums.reports)}
    return Section(_("By grade"), Grid(heads, rows, total), note=note % values)


def _merged_kinds(sums, held, totals) -> Section:
    merged_kinds = {row.kind: row for row in sums.kinds}
    counts = {row.kind: row.counts for row in held}
    heads = (
        ColumnHead(_("Kind"), 5, number=False),
        ColumnHead(_("Events accepted"), 4),
        ColumnHead(_("Participations in accepted"), 4),
        ColumnHead(_("Unique pupils"), 4),
        ColumnHead(_("Share of those enrolled"), 4),
        ColumnHead(_("Schools without data"), 3),
    )
    rows = []
    for kind in Format.Kind:
        row, count = merged_kinds.get(kind.value), counts.get(kind.value)
        if row is None and count is None:
            continue
        count = count or Counts()
        cells = (NOTHING, NOTHING, NOTHING)
        if row is not None:
            pupils = spaced(row.pupils) if row.schools else _("no data")
            share = share_or_dash(row.pupils, row.enrolled) if row.schools else NOTHING
            cells = (pupils, share, spaced(row.without))
        rows.append((capfirst(str(kind.label)), spaced(count.accepted), spaced(count.participations), *cells))
    if not rows:
        return Section(_("By kind"), text=_("No event was held."))
    whole = totals.counts
    total = (_("Together"), spaced(whole.accepted), spaced(whole.participations), "", "", "")
    note = _("Schools that answered “no data” are left out of the kind's share, on both sides.")
    if whole.submitted:
        note = f"{note} " + _("Events under review, not counted here: %(n)s.") % {"n": spaced(whole.submitted)}
    return Section(_("By kind"), Grid(heads, tuple(rows), total), note=note)


def _standing(lines) -> tuple[Fact, ...]:
    """Name the schools whose report is not simply on time and accepted; a school may stand in two lines."""
    parts = (
        (_("Missing"), [line for line in lines if line.lateness == Lateness.MISSING]),
        (_("Not due yet"), [line for line in lines if line.lateness == Lateness.AWAITED]),
        (_("Sent late"), [line for line in lines if line.lateness == Lateness.LATE]),
        (_("Sent by extension"), [line for line in lines if line.lateness == Lateness.EXTENDED]),
        (_("Returned"), [line for line in lines if line.is_returned]),
        (_("Under review"), [line for line in lines if line.status == ReportStatus.SUBMITTED]),
    )
    named = tuple(
        Fact(f"{label} ({spaced(len(found))})", "; ".join(line.name for line in found))
        for label, found in parts
        if found
    )
    return named or (Fact(_("All"), _("accepted, sent on time")),)


def _summed_answers(level) -> tuple[Section, ...]:
    """Return the section of the campaign's own questions, if it asks any: sums and counts over accepted reports."""
    answers = tuple(
        PrintedAnswer(row.question.text, whole_in_words(row.question), _summed(row), reason_and_ground(row.question))
        for row in answers_of(level)
    )
    return (Section(_("Questions of the campaign"), answers=answers),) if answers else ()


def _shown(number) -> str:
    if number == Hidden.SMALL:
        return f"<{NO_BREAK_SPACE}{SMALL_BELOW}"
    return _("hidden, the numbers are small") if isinstance(number, Hidden) else spaced(number)


def _summed(row) -> str:
    """Say what the schools answered together; small numbers about groups come hidden already."""
    values = {"n": spaced(row.answered), "of": spaced(row.of)}
    if not row.answered:
        return _("no answer")
    schools = _("Answered by %(n)s of %(of)s schools.") % values
    if row.question.kind == ReportQuestion.Kind.YES_NO:
        said = _("yes: %(yes)s, no: %(no)s") % {"yes": spaced(row.yes), "no": spaced(row.no)}
    elif row.question.kind == ReportQuestion.Kind.PART:
        said = _("%(n)s of %(of)s") % {"n": _shown(row.number), "of": _shown(row.whole)}
        if row.is_hidden:
            said = _("hidden, the numbers are small")
    elif row.question.kind == ReportQuestion.Kind.NUMBER:
        said = _shown(row.number)
    else:
        return schools
    return f"{said}. {schools}"


def render_municipal_report(report) -> bytes:
    """Return a municipality's report as PDF, in the portal's own language."""
    with translation.override(settings.LANGUAGE_CODE):
        return pdf.render_pdf(municipal_form(report))
