"""What each figure means. A figure is defined here once; pages, workbook and charts show this definition."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Figure:
    """A number that the portal shows: what it means, how it is counted, what it is a share of, where it is from."""

    code: str
    name: str
    meaning: str
    formula: str
    source: str
    denominator: str = ""


_LOG = _("the log of events")
_REPORTS_LOG_AND_ROLL = _(
    "the accepted school reports; the log of events; the enrolment of the campaign's academic year"
)

ALL = (
    Figure(
        "events_accepted",
        _("Events accepted"),
        _(
            "Events that schools held and that the municipality (or the operator, where none runs the school) checked "
            "and accepted. Only these are results."
        ),
        _(
            "the number of different events with the status “accepted”, counted anew for the region, for each "
            "municipality, school, format and day: an event that several schools hold together counts once in each"
        ),
        _LOG,
    ),
    Figure(
        "events_submitted",
        _("Events under review"),
        _(
            "Events that schools held and sent, and that wait to be checked. They are shown beside the accepted ones "
            "and are no results yet."
        ),
        _(
            "the number of different events with the status “under review”; a joint event that is accepted for one "
            "school is an accepted one"
        ),
        _LOG,
    ),
    Figure(
        "participations",
        _("Participations"),
        _(
            "How many times pupils took part in accepted events. A pupil who came to three events is three "
            "participations: this is no number of pupils."
        ),
        _("the sum of the participants of accepted events over all grades, those outside the campaign's too"),
        _LOG,
    ),
    Figure(
        "participations_submitted",
        _("Participations under review"),
        _("How many times pupils took part in events that wait to be checked."),
        _("the sum of the participants of events under review over all grades"),
        _LOG,
    ),
    Figure(
        "schools",
        _("Schools taking part"),
        _("Schools with at least one event accepted or under review."),
        _("the number of schools expected in the campaign that have such an event"),
        _("the log of events; the list of schools"),
        _(
            "schools expected: those open on the last day of the campaign's window, with pupils in its grades. "
            "A school that closed earlier keeps its events, and is not counted among the schools; what becomes of a "
            "school after the campaign closed changes nothing"
        ),
    ),
    Figure(
        "reports_accepted",
        _("School reports accepted"),
        _("Schools whose report the municipality (or the operator, where none runs the school) checked and accepted."),
        _("the number of schools expected in the campaign that have an accepted report"),
        _("the school reports; the list of schools"),
        _("schools expected: those open on the last day of the campaign's window, with pupils in its grades"),
    ),
    Figure(
        "coverage",
        _("Coverage"),
        _(
            "The share of pupils who took part in at least one event, each pupil once. It is shown only where the "
            "reports of all schools are accepted; until then there are bounds alone."
        ),
        _("the unique pupils of the campaign's grades in the accepted school reports, added up"),
        _("the accepted school reports, each with the enrolment that it was measured on"),
        _(
            "pupils enrolled in the campaign's grades of the schools expected, as their reports measured them; schools "
            "whose enrolment is not known are left out on both sides"
        ),
    ),
    Figure(
        "kind_pupils",
        _("Unique pupils by kind"),
        _("Different pupils of the campaign's grades who took part in events of one kind: so many had diagnostics."),
        _("the answers of the accepted school reports for the kind, added up; «no data» is a gap and no zero"),
        _("the accepted school reports"),
        _(
            "pupils enrolled in the campaign's grades of the schools whose accepted report knows the kind or held none "
            "of it"
        ),
    ),
    Figure(
        "coverage_low",
        _("Coverage, at least"),
        _(
            "The share of pupils who took part in at least one event cannot be smaller than this. How many different "
            "pupils came is known only from the schools' reports; events alone give bounds."
        ),
        _(
            "for each school and grade of the campaign the unique pupils of its accepted report; without one the "
            "largest event (accepted or under review), not more than are enrolled; added up over grades and schools"
        ),
        _REPORTS_LOG_AND_ROLL,
        _(
            "pupils enrolled in the campaign's grades of the schools expected; schools whose enrolment is not known "
            "are left out on both sides"
        ),
    ),
    Figure(
        "coverage_high",
        _("Coverage, at most"),
        _(
            "The share of pupils who took part in at least one event cannot be larger than this: as if nobody had come "
            "twice."
        ),
        _(
            "for each school and grade of the campaign the unique pupils of its accepted report; without one the sum "
            "of the participants of all events (accepted or under review), not more than are enrolled; added up over "
            "grades and schools"
        ),
        _REPORTS_LOG_AND_ROLL,
        _("as for the coverage “at least”"),
    ),
    Figure(
        "partners",
        _("Partner organisations"),
        _("Different enterprises, colleges, universities and other organisations that events were held with."),
        _(
            "the number of different organisations named in events accepted or under review; each counts once, "
            "however many events it helped with"
        ),
        _("the log of events; the directory of organisations"),
    ),
    Figure(
        "teachers",
        _("Teachers taking part"),
        _("How many times teachers took part in accepted events; a teacher counts as often as they took part."),
        _("the sum of the teachers of accepted events"),
        _LOG,
    ),
    Figure(
        "parents",
        _("Parents taking part"),
        _("How many times parents took part in accepted events; a parent counts as often as they took part."),
        _("the sum of the parents of accepted events"),
        _LOG,
    ),
    Figure(
        "events_per_school",
        _("Events per school"),
        _("How many events of a format a school of the municipality held on average."),
        _("events accepted or under review divided by the schools expected"),
        _("the log of events; the list of schools"),
        _("schools of the municipality expected in the campaign"),
    ),
)

FIGURES = {figure.code: figure for figure in ALL}
"""The figures by code."""
