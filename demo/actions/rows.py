"""Rows loaded as they are in the end, thousands at once; history says of each that it was loaded and what it holds."""

from itertools import groupby

from campaigns.models import SchoolCampaign
from demo.stories import schools
from demo.stories.campaigns import Told
from demo.stories.world import World
from demo.words import events as texts
from events.actions.log import state_with
from events.models import Event, IndicatorValue
from portal import clock
from portal.grades import GRADES
from portal.history import record_many, state_of
from reports.actions.school_reports import report_state
from reports.models import KindAnswer, QuestionAnswer, ReportStatus, SchoolReport


def load_rows(world: World, told: Told) -> None:
    """Write the events and the school reports of a campaign that are not played, and freeze the schools' folders."""
    reports = [story for story in told.school_reports if not story.is_played]
    folders = {row.school_id: row for row in SchoolCampaign.objects.filter(campaign=told.campaign)}
    _freeze_folders(world, folders, reports)
    _load_events(world, folders, [sketch for sketch in told.events if not sketch.is_played])
    _load_reports(world, folders, told.campaign, reports)


def _record(world: World, loaded) -> None:
    """Write into history that rows were loaded: ``(moment, row, state)``, each on the day when it became what it is."""
    for _day, group in groupby(
        sorted(loaded, key=lambda item: item[0]), key=lambda item: clock.local_date(item[0], world.region.time_zone)
    ):
        rows = list(group)
        with clock.set_to(rows[-1][0]):
            record_many(None, "load", [(row, None, state) for _moment, row, state in rows])


def _freeze_folders(world: World, folders, stories) -> None:
    """Freeze the folders of schools whose report was accepted."""
    rows = []
    for story in stories:
        if story.status == ReportStatus.ACCEPTED:
            rows.append(folders[story.place.school.pk])
            rows[-1].frozen_at = story.steps[-1].moment
    SchoolCampaign.objects.bulk_update(rows, ["frozen_at"], batch_size=500)
    _record(world, [(row.frozen_at, row, state_of(row)) for row in rows])


# --- Events ----------------------------------------------------------------------------------


def _load_events(world: World, folders, sketches) -> None:
    """Write events, their partners and numbers; the first to be entered has the least id."""
    sketches = sorted(sketches, key=lambda sketch: (sketch.steps[0].moment, sketch.place.school.pk))
    pairs = [(_event_of(world, folders, sketch), sketch) for sketch in sketches]
    Event.objects.bulk_create([row for row, _sketch in pairs], batch_size=500)
    through = Event.partners.through
    through.objects.bulk_create(
        [through(event_id=row.pk, partner_id=partner.pk) for row, sketch in pairs for partner in sketch.partners],
        batch_size=2_000,
    )
    values = {
        row.pk: [
            IndicatorValue(event=row, indicator=indicator, value=sketch.indicators[indicator.code])
            for indicator in sketch.format.asked
            if indicator.code in sketch.indicators
        ]
        for row, sketch in pairs
    }
    IndicatorValue.objects.bulk_create([value for own in values.values() for value in own], batch_size=2_000)
    states = [state_with(row, sketch.partners, values[row.pk]) for row, sketch in pairs]
    moments = [sketch.steps[-1].moment for sketch in sketches]
    _record(world, zip(moments, [row for row, _sketch in pairs], states, strict=True))


def _event_of(world: World, folders, sketch) -> Event:
    steps = sketch.steps
    row = Event(
        folder=folders[sketch.place.school.pk],
        school=sketch.place.school,
        campaign=sketch.campaign,
        status=sketch.status,
        on_behalf=sketch.on_behalf,
        flagged=sketch.is_flagged,
        version=len(steps),
        author=sketch.author,
        token=world.token(),
        created_at=steps[0].moment,
        **sketch.fields(),
    )
    first, sent = sketch.first("submit"), sketch.last("submit")
    if sent:
        row.submitted_by, row.submitted_at = sent.actor, sent.moment
        row.submitted_on = clock.local_date(first.moment, world.region.time_zone)
    if sketch.on_behalf:
        written = sketch.last("draft", "plan", "submit", "cancel")
        row.altered_by, row.altered_at = written.actor, written.moment
    _review(row, sketch)
    row.fill_derived()
    return row


def _review(row, story) -> None:
    """Set who reviewed it and when; a comment stays until it is sent again."""
    reviewed = story.last("accept", "return")
    if reviewed:
        row.reviewed_by, row.reviewed_at = reviewed.actor, reviewed.moment
        row.comment = reviewed.comment if story.steps[-1] is reviewed else ""


# --- School reports --------------------------------------------------------------------------


def _load_reports(world: World, folders, campaign, stories) -> None:
    pairs = [(_report_of(world, folders, campaign, story), story) for story in stories]
    SchoolReport.objects.bulk_create([row for row, _story in pairs], batch_size=500)
    KindAnswer.objects.bulk_create(
        [
            KindAnswer(report=row, kind=kind, pupils=pupils)
            for row, story in pairs
            for kind, pupils in story.values["kinds"].items()
        ],
        batch_size=2_000,
    )
    QuestionAnswer.objects.bulk_create(
        [
            QuestionAnswer(report=row, question_id=question, **answer)
            for row, story in pairs
            for question, answer in story.values["answers"].items()
        ],
        batch_size=2_000,
    )
    _record(world, [(story.steps[-1].moment, row, report_state(row)) for row, story in pairs])


def _report_of(world: World, folders, campaign, story) -> SchoolReport:
    counts, roll = story.values["grades"], story.place.enrolled(campaign.academic_year)
    row = SchoolReport(
        folder=folders[story.place.school.pk],
        campaign=campaign,
        school=story.place.school,
        status=story.status,
        version=len(story.steps),
        on_behalf=story.on_behalf,
        **story.texts(),
        **{f"grade_{grade}": count for grade, count in counts.items()},
    )
    if roll is not None:
        for grade in GRADES:
            setattr(row, f"roll_{grade}", roll[grade])
        row.roll_as_of, row.roll_source = schools.counted_on(campaign), texts.ENROLMENT_SOURCE
    row.fill_derived()
    first, sent = story.first("submit"), story.last("submit")
    row.submitted_by, row.submitted_at = sent.actor, sent.moment
    row.submitted_on = clock.local_date(first.moment, world.region.time_zone)
    if story.on_behalf:
        row.altered_by, row.altered_at = sent.actor, sent.moment
    _review(row, story)
    return row
