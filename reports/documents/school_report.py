"""The printed form of a report: what stands on the paper that a director or the head of an authority signs.

It is made from what the report's page shows. The frozen parts hold words and numbers as they are read, so that a
writer only lays them out (:mod:`reports.writers.pdf`). A report without enrolment shows no share, and a gap is said.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Q
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.due_dates import Mark
from campaigns.models import Format
from portal import clock
from portal.numbers import NO_BREAK_SPACE, spaced
from reports import queries
from reports.building import local
from reports.models import ReportQuestion, ReportStatus, SchoolReport
from reports.queries.answers import SMALL_BELOW, Hidden
from reports.queries.answers import answers as answers_of
from reports.queries.completeness import school_lines
from reports.queries.municipality import merged
from reports.queries.school import known_of, partners_of
from reports.writers import pdf
from reports.writers.excel import clean
from reports.writers.page import NOTHING, percent_of


@dataclass(frozen=True)
class Head:
    """The head of a column: its title, its part of the width, and whether numbers stand below."""

    title: str
    width: int
    number: bool = True


@dataclass(frozen=True)
class Grid:
    """A table as it is read. ``total`` is its last row, set apart."""

    heads: tuple[Head, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fact:
    """Something said in a line: what it is, and its value."""

    label: str
    value: str


@dataclass(frozen=True)
class Answer:
    """An answer to a question of the campaign's own, with why it was asked."""

    question: str
    whole: str
    value: str
    reason: str


@dataclass(frozen=True)
class Section:
    """A part of the form under a heading. ``text`` is what a person wrote, its line ends kept."""

    title: str
    grid: Grid | None = None
    facts: tuple[Fact, ...] = ()
    answers: tuple[Answer, ...] = ()
    text: str = ""
    note: str = ""


@dataclass(frozen=True)
class Form:
    """A printed form. ``alert`` says in large letters that this is not the final paper, ``alert_note`` why.

    ``moment`` is when it was printed, by the region's clocks. ``page`` holds ``{n}`` and ``{total}``.
    """

    language: str
    title: str
    campaign: str
    place: str
    name: str
    facts: tuple[Fact, ...]
    sections: tuple[Section, ...]
    alert: str
    alert_note: str
    post: str
    signer: str
    signature_labels: tuple[str, str, str, str]
    footer: str
    date_line: str
    page: str
    moment: datetime


# --- What both forms share -------------------------------------------------------------------


def _minute(moment: datetime, campaign) -> str:
    return f"{local(moment, campaign):%d.%m.%Y %H:%M}"


def _by(moment: datetime, campaign, person) -> str:
    when = _minute(moment, campaign)
    return f"{when}, {person}" if person else when


def _share(part: int | None, whole: int) -> str:
    return NOTHING if part is None or not whole else percent_of((part, whole))


def _window(campaign) -> Fact:
    return Fact(_("Window"), f"{campaign.starts_on:%d.%m.%Y} – {campaign.ends_on:%d.%m.%Y}")


def _way(report, behalf: str) -> tuple[Fact, ...]:
    """Say where the report stands: its status, version, and when it was sent and accepted."""
    campaign = report.campaign
    facts = [Fact(_("Status"), report.get_status_display())]
    if report.version:
        facts.append(Fact(_("Version"), str(report.version)))
    if report.submitted_at:
        first = report.submitted_on
        if first and first != local(report.submitted_at, campaign).date():
            facts.append(Fact(_("First sent on"), f"{first:%d.%m.%Y}"))
        facts.append(Fact(_("Sent"), _by(report.submitted_at, campaign, report.submitted_by)))
    if report.status == ReportStatus.ACCEPTED and report.reviewed_at:
        facts.append(Fact(_("Accepted"), _by(report.reviewed_at, campaign, report.reviewed_by)))
    if report.on_behalf:
        facts.append(Fact(_("Who entered it"), behalf))
    if getattr(report, "altered_at", None):
        facts.append(Fact(_("Changed not by the school"), _by(report.altered_at, campaign, report.altered_by)))
    return tuple(facts)


def _alert(report) -> tuple[str, str]:
    """Say that a report is not sent: a draft, or one returned with what is to correct."""
    if report.status == ReportStatus.OPEN:
        return capfirst(_("draft")), _("The report is not sent. This paper is for looking over, not for signing.")
    if report.status == ReportStatus.RETURNED:
        note = report.comment
        if report.correct_by:
            note = f"{note}\n" + _("Correct by %(day)s.") % {"day": f"{report.correct_by:%d.%m.%Y}"}
        return _("Returned for correction"), note.strip()
    return "", ""


def _texts(report) -> tuple[Section, ...]:
    parts = (
        (_("Conclusions"), report.conclusions),
        (_("Difficulties"), report.difficulties),
        (_("Proposals"), report.proposals),
    )
    return tuple(Section(title, text=text.strip() or _("not stated")) for title, text in parts)


def _form(report, title: str, place: str, name: str, short: str, facts, sections) -> Form:
    campaign, moment = report.campaign, clock.now()
    alert, alert_note = _alert(report)
    version = (_("version %(n)s") % {"n": report.version},) if report.version else ()
    footer = (short, campaign.name, *version, _("printed %(moment)s") % {"moment": _minute(moment, campaign)})
    return Form(
        language=translation.get_language(),
        title=title,
        campaign=campaign.name,
        place=place,
        name=name,
        facts=tuple(facts),
        sections=tuple(sections),
        alert=alert,
        alert_note=alert_note,
        post=report.signed_post,
        signer=report.signed_name,
        signature_labels=(_("post"), _("signature"), _("name of who signs"), _("Place of the seal")),
        footer=" · ".join(footer),
        date_line=_("“___” ______________ 20___"),
        page=_("p. {n} of {total}"),
        moment=local(moment, campaign),
    )


# --- A school's report -----------------------------------------------------------------------


def school_form(report: SchoolReport, hide_small: bool = False) -> Form:
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
        enrolment = _("as of %(day)s, %(source)s") % {"day": _day(as_of), "source": source}
    facts = (
        _window(campaign),
        *_way(report, _("entered on the school's behalf")),
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
        *_texts(report),
    )
    title = _("School report on the career-guidance campaign")
    place = f"{school.municipality.region.name}, {school.municipality.name}"
    return _form(report, title, place, school.official_name, school.name, facts, sections)


def _day(day) -> str:
    return f"{day:%d.%m.%Y}" if day else NOTHING


def _grades(report, known, roll) -> Section:
    answers, own = report.by_grade, report.grades
    heads = [Head(_("Grade"), 2, number=False)]
    if roll is not None:
        heads.append(Head(_("Pupils enrolled"), 3))
    heads += [Head(_("Participations"), 3), Head(_("Unique pupils"), 3)]
    if roll is not None:
        heads.append(Head(_("Share of those enrolled"), 4))

    def line(name, enrolled, participations, pupils):
        cells = (spaced(participations), spaced(pupils))
        return (name, *cells) if roll is None else (name, spaced(enrolled), *cells, _share(pupils, enrolled))

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
    told = {row.kind: row.pupils for row in report.kinds.all()} if report.pk else {}
    rows = [(row.kind, row.label, row.accepted, row.submitted, row.participations) for row in known.kinds]
    held = {row.kind for row in known.kinds}
    # A kind answered for whose events were returned since: what the school said is not left out.
    rows += [(kind.value, kind.label, 0, 0, 0) for kind in Format.Kind if kind in told.keys() - held]

    def pupils(kind):
        if kind not in told:
            return NOTHING
        return _("no data") if told[kind] is None else spaced(told[kind])

    grid = Grid(
        (Head(_("Kind"), 6, number=False), *_event_heads(), Head(_("Unique pupils"), 3)),
        tuple((capfirst(str(label)), *map(spaced, counts), pupils(kind)) for kind, label, *counts in rows),
    )
    if not rows:
        return Section(_("By kind"), text=_("No event was held."))
    return Section(_("By kind"), grid, note=_("A pupil may have taken part in several kinds, so kinds do not add up."))


def _event_heads() -> tuple[Head, ...]:
    return Head(_("Events accepted"), 3), Head(_("Under review"), 3), Head(_("Participations"), 3)


def _formats(known) -> Section:
    rows = tuple((row.name, *map(spaced, (row.accepted, row.submitted, row.participations))) for row in known.formats)
    if not rows:
        return Section(_("Formats held"), text=_("No event was held."))
    total = (_("Together"), *map(spaced, (known.accepted, known.waiting, known.participations)))
    return Section(_("Formats held"), Grid((Head(_("Format"), 9, number=False), *_event_heads()), rows, total))


def _partners(school, campaign) -> Section:
    found = [f"{partner.name} ({partner.get_kind_display()})" for partner in partners_of(school, campaign)]
    return Section(_("Partner organisations"), text="; ".join(found) or _("none named"))


def _answers(report, hide_small: bool) -> tuple[Section, ...]:
    """Return the section of the campaign's own questions, if it asks any: those asked now and those answered."""
    given = {answer.question_id: answer for answer in report.answers.all()} if report.pk else {}
    asked = ReportQuestion.objects.filter(Q(retired_at=None) | Q(pk__in=given), campaign=report.campaign)
    answers = tuple(
        Answer(
            question.text,
            _out_of(question),
            _in_words(given.get(question.pk), hide_small and question.hides_small),
            _why(question),
        )
        for question in asked
    )
    return (Section(_("Questions of the campaign"), answers=answers),) if answers else ()


def _out_of(question) -> str:
    return _("out of: %(whole)s") % {"whole": question.whole} if question.whole else ""


def _why(question) -> str:
    values = {"reason": _sentence(question.reason), "ground": _sentence(question.ground)}
    return _("Why: %(reason)s Ground: %(ground)s") % values


def _sentence(text: str) -> str:
    text = text.strip()
    return text if not text or text[-1] in ".!?…" else f"{text}."


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


# --- A municipality's report -----------------------------------------------------------------


def municipal_form(report) -> Form:
    """Return what stands on the form of a municipality's report, in the current language."""
    municipality, campaign = report.municipality, report.campaign
    level = queries.Level(campaign, municipality=municipality)
    sums = merged(level)
    used, totals = queries.formats(level)
    lines = school_lines(level)
    facts = (
        _window(campaign),
        *_way(report, _("entered on the municipality's behalf")),
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
        _merged_kinds(sums, queries.kinds(used), totals),
        Section(_("Schools and their reports"), facts=_standing(lines)),
        *_summed_answers(level),
        *_texts(report),
    )
    title = _("Municipal report on the career-guidance campaign")
    name = f"{capfirst(municipality.name)}. {municipality.authority}"
    return _form(report, title, municipality.region.name, name, capfirst(municipality.name), facts, sections)


def _merged_grades(sums) -> Section:
    heads = (
        Head(_("Grade"), 2, number=False),
        Head(_("Pupils enrolled"), 3),
        Head(_("Unique pupils"), 3),
        Head(_("Share of those enrolled"), 4),
    )
    rows = tuple(
        (str(row.grade), spaced(row.enrolled), spaced(row.pupils), _share(row.pupils, row.enrolled))
        for row in sums.grades
    )
    total = (_("Together"), spaced(sums.enrolled), spaced(sums.pupils), _share(sums.pupils, sums.enrolled))
    note = _("Over accepted reports whose enrolment is known: %(n)s of %(of)s.")
    values = {"n": spaced(sums.with_roll), "of": spaced(sums.reports)}
    return Section(_("By grade"), Grid(heads, rows, total), note=note % values)


def _merged_kinds(sums, held, totals) -> Section:
    told = {row.kind: row for row in sums.kinds}
    counts = {row.kind: row.counts for row in held}
    heads = (
        Head(_("Kind"), 5, number=False),
        Head(_("Events accepted"), 4),
        Head(_("Participations in accepted"), 4),
        Head(_("Unique pupils"), 4),
        Head(_("Share of those enrolled"), 4),
        Head(_("Schools without data"), 3),
    )
    rows = []
    for kind in Format.Kind:
        row, count = told.get(kind.value), counts.get(kind.value)
        if row is None and count is None:
            continue
        count = count or queries.Counts()
        cells = (NOTHING, NOTHING, NOTHING)
        if row is not None:
            pupils = spaced(row.pupils) if row.schools else _("no data")
            share = _share(row.pupils, row.enrolled) if row.schools else NOTHING
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
        (_("Missing"), [line for line in lines if line.mark == Mark.MISSING]),
        (_("Not due yet"), [line for line in lines if line.mark == Mark.AWAITED]),
        (_("Sent late"), [line for line in lines if line.mark == Mark.LATE]),
        (_("Sent by extension"), [line for line in lines if line.mark == Mark.EXTENDED]),
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
        Answer(row.question.text, _out_of(row.question), _summed(row), _why(row.question)) for row in answers_of(level)
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


# --- Files -----------------------------------------------------------------------------------


def school_report_pdf(report: SchoolReport, hide_small: bool = False) -> bytes:
    """Return a school's report as PDF, in the portal's own language; ``hide_small`` as :func:`school_form`."""
    with translation.override(settings.LANGUAGE_CODE):
        return pdf.printed(school_form(report, hide_small))


def municipal_report_pdf(report) -> bytes:
    """Return a municipality's report as PDF, in the portal's own language."""
    with translation.override(settings.LANGUAGE_CODE):
        return pdf.printed(municipal_form(report))


def file_name(report) -> str:
    """Return the name that a download gets: Russian, and one that Windows takes."""
    with translation.override(settings.LANGUAGE_CODE):
        if isinstance(report, SchoolReport):
            title, place = _("School report"), report.school.name
        else:
            title, place = _("Municipal report"), report.municipality.name
        version = _("version %(n)s") % {"n": report.version} if report.version else _("draft")
    name = f"{title}. {place}. {report.campaign.name}. {capfirst(version)}"
    kept = "".join(" " if char in '<>:"/\\|?*' else char for char in clean(name).replace("\n", " "))
    return f"{' '.join(kept.split())[:150].rstrip('. ')}.pdf"
