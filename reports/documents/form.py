"""A printed form: what stands on the paper that a director or the head of an authority signs."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from portal import clock
from portal.files import file_name
from reports.models import ReportStatus, SchoolReport
from reports.summaries.building import local
from reports.writers.page import NOTHING, percent_of


@dataclass(frozen=True)
class ColumnHead:
    """The head of a column: its title, its part of the width, and whether numbers stand below."""

    title: str
    width: int
    number: bool = True


@dataclass(frozen=True)
class Grid:
    """A table as it is read. ``total`` is its last row, set apart."""

    heads: tuple[ColumnHead, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fact:
    """Something said in a line: what it is, and its value."""

    label: str
    value: str


@dataclass(frozen=True)
class PrintedAnswer:
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
    answers: tuple[PrintedAnswer, ...] = ()
    text: str = ""
    note: str = ""


@dataclass(frozen=True)
class PrintedForm:
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


def share_or_dash(part: int | None, whole: int) -> str:
    """Write a share in per cent, a dash where there is none."""
    return NOTHING if part is None or not whole else percent_of((part, whole))


def window_fact(campaign) -> Fact:
    """Say on which days the campaign's events are held."""
    return Fact(_("Window"), f"{campaign.starts_on:%d.%m.%Y} – {campaign.ends_on:%d.%m.%Y}")


def status_facts(report, behalf: str) -> tuple[Fact, ...]:
    """Say where the report stands: its status, version, and when it was sent and accepted. ``behalf`` is what is said
    of one that others wrote."""
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


def text_sections(report) -> tuple[Section, ...]:
    """Return what the author wrote in words, a section each."""
    parts = (
        (_("Conclusions"), report.conclusions),
        (_("Difficulties"), report.difficulties),
        (_("Proposals"), report.proposals),
    )
    return tuple(Section(title, text=text.strip() or _("not stated")) for title, text in parts)


def printed_form(report, title: str, place: str, name: str, short: str, facts, sections) -> PrintedForm:
    """Return the form of ``report`` with what stands on every one: the alert, the signature, the footer.

    ``short`` is the name of its place for the footer.
    """
    campaign, moment = report.campaign, clock.now()
    alert, alert_note = _alert(report)
    version = (_("version %(n)s") % {"n": report.version},) if report.version else ()
    footer = (short, campaign.name, *version, _("printed %(moment)s") % {"moment": _minute(moment, campaign)})
    return PrintedForm(
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


def whole_in_words(question) -> str:
    """Say out of whom a question asks, nothing where it asks of nobody."""
    return _("out of: %(whole)s") % {"whole": question.whole} if question.whole else ""


def reason_and_ground(question) -> str:
    """Say why a question is asked and on what ground."""
    values = {"reason": _sentence(question.reason), "ground": _sentence(question.ground)}
    return _("Why: %(reason)s Ground: %(ground)s") % values


def _sentence(text: str) -> str:
    text = text.strip()
    return text if not text or text[-1] in ".!?…" else f"{text}."


def day_or_dash(day) -> str:
    """Write a day, a dash where there is none."""
    return f"{day:%d.%m.%Y}" if day else NOTHING


def report_file_name(report) -> str:
    """Return the name that a download gets: Russian, and one that Windows takes."""
    with translation.override(settings.LANGUAGE_CODE):
        if isinstance(report, SchoolReport):
            title, place = _("School report"), report.school.name
        else:
            title, place = _("Municipal report"), report.municipality.name
        version = _("version %(n)s") % {"n": report.version} if report.version else _("draft")
    return file_name(f"{title}. {place}. {report.campaign.name}. {capfirst(version)}", "pdf")
