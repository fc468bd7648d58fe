"""The cards of a dashboard: a figure with its value, its rows, its comparison and its meaning."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.phases import Phase
from portal.models import Partner
from portal.numbers import NO_BREAK_SPACE, spaced
from reports.dashboards import charts
from reports.dashboards.addresses import rows_page
from reports.figures import FIGURES, Figure
from reports.queries import held
from reports.queries.coverage import Coverage
from reports.queries.dashboard import Dashboard
from reports.queries.levels import Level
from reports.writers.page import rows_address


@dataclass(frozen=True)
class Card:
    """One figure of a page: its value with the rows behind it, what stands beside it, and what it means."""

    figure: Figure
    value: str
    url: str = ""
    beside: str = ""
    beside_url: str = ""
    compare: str = ""
    trouble: str = ""
    trouble_url: str = ""


def _change(now: int, past: held.Past | None, before: int) -> str:
    """Say how what was held compares with the previous campaign's by the same day, in neutral words.

    Those under review are in both numbers: a review that is not finished is no fall.
    """
    if past is None:
        return ""
    name = charts.short_name(past.campaign)
    if past.until:
        when = _("%(name)s, by the same day (%(day)s)") % {"name": name, "day": f"{past.until:%d.%m}"}
    else:
        when = _("%(name)s, in all") % {"name": name}
    if not before:
        return f"{when}: {spaced(before)}"
    change = round(100 * (now - before) / before)
    sign = "+" if change > 0 else "−" if change < 0 else "±"
    words = _("%(change)s with those under review") % {"change": f"{sign}{abs(change)}{NO_BREAK_SPACE}%"}
    return f"{when}: {spaced(before)} ({words})"


def _under_review(count: int) -> str:
    return _("under review: %(n)s") % {"n": spaced(count)}


def events_card(level: Level, counts: held.Counts, past=None) -> Card:
    """Events accepted, with those under review beside them."""
    return Card(
        FIGURES["events_accepted"],
        spaced(counts.accepted),
        rows_address(level.params, {"status": "accepted"}) if counts.accepted else "",
        _under_review(counts.submitted),
        rows_address(level.params, {"status": "submitted"}) if counts.submitted else "",
        _change(counts.held, past, past.counts.held if past else 0),
    )


def participations_card(level: Level, counts: held.Counts, past=None) -> Card:
    """Participations in accepted events, with those under review beside them."""
    return Card(
        FIGURES["participations"],
        spaced(counts.participations),
        rows_address(level.params, {"status": "accepted"}) if counts.participations else "",
        _under_review(counts.participations_submitted),
        rows_address(level.params, {"status": "submitted"}) if counts.participations_submitted else "",
        _change(
            counts.participations + counts.participations_submitted,
            past,
            past.counts.participations + past.counts.participations_submitted if past else 0,
        ),
    )


def coverage_card(level: Level, coverage: Coverage) -> Card:
    """Coverage: a figure where the reports of all schools are accepted, bounds until then, never an invented one."""
    if not coverage.of:
        return Card(FIGURES["coverage_low"], "–", compare=_("enrolment is not known, so there is no share"))
    low, high = coverage.low * 100 // coverage.of, -(-coverage.high * 100 // coverage.of)
    notes = [
        ngettext("of %(of)s pupil enrolled", "of %(of)s pupils enrolled", coverage.of) % {"of": spaced(coverage.of)}
    ]
    if coverage.without:
        left_out = ngettext(
            "%(n)d school without known enrolment is left out",
            "%(n)d schools without known enrolment are left out",
            coverage.without,
        )
        notes.append(left_out % {"n": coverage.without})
    url = rows_page(level, "schools")
    if coverage.is_exact:
        beside = _("by the accepted reports: %(n)s pupils") % {"n": spaced(coverage.low)}
        return Card(FIGURES["coverage"], f"{low}{NO_BREAK_SPACE}%", url, beside, compare="; ".join(notes))
    if coverage.reported:
        words = _("reports accepted: %(n)s of %(of)s")
        notes.append(words % {"n": coverage.reported, "of": coverage.reported + coverage.awaited})
    elif level.campaign.phase not in (Phase.RUNNING, Phase.ANNOUNCED):
        notes.append(_("no report is accepted yet"))
    return Card(
        FIGURES["coverage_low"],
        _("from %(low)d %%") % {"low": low},
        url,
        _("not more than %(high)d %%") % {"high": high},
        "",
        "; ".join(notes),
    )


def schools_card(level: Level, expected: int, taking_part: int) -> Card:
    """Schools taking part, of those expected; those that logged nothing lead to their list."""
    missing = expected - taking_part
    if level.campaign.is_closed:
        words = ngettext("%(n)s school logged nothing", "%(n)s schools logged nothing", missing)
    else:
        words = ngettext("%(n)s school logged nothing yet", "%(n)s schools logged nothing yet", missing)
    url = rows_page(level, "schools")
    return Card(
        FIGURES["schools"],
        _("%(n)s of %(of)s") % {"n": spaced(taking_part), "of": spaced(expected)},
        url,
        trouble=words % {"n": spaced(missing)} if missing else "",
        trouble_url=f"{url}{'&' if '?' in url else '?'}none=1",
    )


def partners_card(level: Level, by_kind: dict[str, int]) -> Card:
    """Different partner organisations, by kind."""
    labels = dict(Partner.Kind.choices)
    parts = [f"{labels[kind]}: {spaced(by_kind[kind])}" for kind in Partner.Kind.values if by_kind.get(kind)]
    total = sum(by_kind.values())
    url = rows_page(level, "partners") if total else ""
    return Card(FIGURES["partners"], spaced(total), url, compare=", ".join(parts))


def cards(found: Dashboard) -> list[Card]:
    """The figures at the head of a dashboard."""
    level, counts = found.level, found.totals.counts
    made = [
        events_card(level, counts, found.past),
        participations_card(level, counts, found.past),
        coverage_card(level, found.coverage),
    ]
    if level.school is None:
        made.append(schools_card(level, found.expected, found.taking_part))
    return [*made, partners_card(level, found.partners)]
