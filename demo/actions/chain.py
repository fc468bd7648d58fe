"""The chain of the demo: joint events, extensions, school and municipal reports, each with its history."""

from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _

from campaigns.models import Extension, Format
from demo import schools, texts
from demo.actions.world import World
from demo.reports import REPORT_STATUS_AFTER
from events.models import JointEvent, SchoolCampaign
from portal import clock
from portal.history import Belonging, entry_of, state_of
from portal.models import History
from reports.models import KindAnswer, MunicipalReport, QuestionAnswer, SchoolReport

KINDS = dict(Format.Kind.choices)


def write_joint_events(world: World, campaign, found) -> None:
    """Write joint events with their partners and history, the first to be entered with the least id."""
    found.sort(key=lambda together: together.moment)
    rows = [together.row for together in found]
    JointEvent.objects.bulk_create(rows)
    through = JointEvent.partners.through
    through.objects.bulk_create(
        [
            through(jointevent_id=together.row.pk, partner_id=partner.pk)
            for together in found
            for partner in together.partners
        ]
    )
    kind = ContentType.objects.get_for_model(JointEvent)
    entries = []
    for together in found:
        row = together.row
        partners = "; ".join(sorted(partner.name for partner in together.partners))
        state = state_of(row, {"host": row.host.name if row.host else "", "partners": partners})
        place = Belonging(region=campaign.region_id, municipality=row.municipality_id)
        version, row.version = row.version, 1
        entries.append(entry_of(row.author, "create", row, None, state, "", None, together.moment, kind, place))
        row.version = version
        if row.cancelled_at:
            entries.append(entry_of(row.author, "cancel", row, state, state, "", None, row.cancelled_at, kind, place))
    History.objects.bulk_create(entries)


def write_extensions(world: World, campaign, stories) -> None:
    """Write extensions as they were asked for and decided."""
    kind = ContentType.objects.get_for_model(Extension)
    stories = sorted(stories, key=lambda story: story.asked_at)
    rows = [_extension_of(world, campaign, story) for story in stories]
    Extension.objects.bulk_create(rows)
    entries = []
    for row, story in zip(rows, stories, strict=True):
        version, row.version = row.version, 1
        decided = state_of(row)
        asked = decided | {"status": Extension.Status.ASKED.value, "answer": ""}
        entries.append(entry_of(row.asked_by, "ask", row, None, asked, row.reason, row.place, story.asked_at, kind))
        row.version = version
        if story.decided_at:
            verb = "grant" if story.granted else "decline"
            entry = entry_of(world.operator, verb, row, asked, decided, row.answer, row.place, story.decided_at, kind)
            entries.append(entry)
    History.objects.bulk_create(entries)


def _extension_of(world: World, campaign, story) -> Extension:
    row = Extension(
        campaign=campaign,
        stage=story.stage,
        school=story.school,
        municipality=story.municipality,
        until=story.until,
        reason=story.reason,
        status=Extension.Status.ASKED,
        asked_by=story.asked_by,
        asked_at=story.asked_at,
    )
    if story.decided_at:
        row.status = Extension.Status.GRANTED if story.granted else Extension.Status.DECLINED
        row.answer, row.version = story.answer, 2
        row.decided_by, row.decided_at = world.operator, story.decided_at
    return row


# --- Reports ---------------------------------------------------------------------------------


def write_chain(world: World, campaign, chain) -> None:
    """Write the reports of a campaign that is over, of its schools and of its municipalities."""
    _write_school_reports(world, campaign, chain.schools)
    municipal = [(_municipal_row(world, campaign, story), story) for story in chain.municipal]
    MunicipalReport.objects.bulk_create([row for row, _story in municipal])
    kind = ContentType.objects.get_for_model(MunicipalReport)
    entries = []
    for row, story in municipal:
        place = Belonging(campaign.region_id, story.municipality.pk)
        entries += _entries_of(row, story, story.values, kind, place, story.municipality)
    History.objects.bulk_create(entries, batch_size=500)


def _write_school_reports(world: World, campaign, stories) -> None:
    questions = list(campaign.questions.all())
    pairs = [(_school_row(world, campaign, story), story) for story in stories]
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
            QuestionAnswer(report=row, question=question, **answer)
            for row, story in pairs
            for question, answer in zip(questions, story.values["answers"], strict=True)
            if _says_anything(answer)
        ],
        batch_size=2_000,
    )
    folders = {row.school_id: row for row in SchoolCampaign.objects.filter(campaign=campaign).order_by("pk")}
    of_reports, of_folders = (ContentType.objects.get_for_model(model) for model in (SchoolReport, SchoolCampaign))
    entries = []
    for row, story in pairs:
        school = story.place.school
        place = Belonging(campaign.region_id, school.municipality_id, school.pk)
        values = _in_history(story.values, questions)
        was = [_in_history(step.was, questions) for step in story.steps]
        folder = folders[school.pk]
        if folder.frozen_at:
            folder.school, folder.campaign = school, campaign
            after = state_of(folder)
            last = story.steps[-1]
            before = after | {"frozen_at": None}
            entries.append(
                entry_of(last.actor, "freeze", folder, before, after, "", None, last.moment, of_folders, place)
            )
        entries += _entries_of(row, story, values, of_reports, place, school, was)
    History.objects.bulk_create(entries, batch_size=500)


def _says_anything(answer: dict) -> bool:
    return answer["number"] is not None or answer["yes"] is not None or bool(answer["text"])


def _fill(world: World, row, story) -> None:
    """Set what follows from the steps: status, version, who sent and reviewed it, and when."""
    steps = story.steps
    sent, reviewed = story.last("submit"), story.last("accept", "return", "reopen")
    row.status, row.version, row.on_behalf = story.status, len(steps), story.on_behalf
    row.submitted_by, row.submitted_at = sent.actor, sent.moment
    row.submitted_on = clock.local_date(story.first("submit").moment, world.region.time_zone)
    row.reviewed_by, row.reviewed_at = reviewed.actor, reviewed.moment
    if steps[-1].verb in ("return", "reopen"):
        row.comment, row.correct_by = steps[-1].comment, steps[-1].was.get("correct_by")


def _school_row(world: World, campaign, story) -> SchoolReport:
    values = story.values
    texts_of = {name: value for name, value in values.items() if name not in ("grades", "kinds", "answers")}
    row = SchoolReport(campaign=campaign, school=story.place.school, **texts_of)
    for grade, count in values["grades"].items():
        setattr(row, f"grade_{grade}", count)
    roll = story.place.enrolled(campaign.academic_year)
    if roll is not None:
        for grade, count in roll.items():
            setattr(row, f"roll_{grade}", count)
        row.roll_as_of, row.roll_source = schools.counted_on(campaign), texts.ENROLMENT_SOURCE
    row.fill_derived()
    _fill(world, row, story)
    if story.on_behalf:
        row.altered_by, row.altered_at = row.submitted_by, row.submitted_at
    return row


def _municipal_row(world: World, campaign, story) -> MunicipalReport:
    row = MunicipalReport(campaign=campaign, municipality=story.municipality, **story.values)
    _fill(world, row, story)
    return row


def _in_history(values: dict, questions) -> dict:
    """Return a report's values as history names them; they may be some alone, as they were at a step."""
    found = {}
    for name, value in values.items():
        if name == "grades":
            found |= {f"grade_{grade}": count for grade, count in value.items()}
        elif name == "kinds":
            told = [f"{KINDS[kind]}: {_('no data') if pupils is None else pupils}" for kind, pupils in value.items()]
            found["kinds"] = sorted(told)
        elif name == "answers":
            pairs = zip(questions, value, strict=False)
            said = [(question, answer) for question, answer in pairs if _says_anything(answer)]
            found["answers"] = sorted(f"{question}: {_in_words(question, answer)}" for question, answer in said)
        elif name == "correct_by":
            found[name] = value.isoformat()
        else:
            found[name] = value
    return found


def _in_words(question, answer: dict) -> str:
    if question.hides_small and answer["number"] is not None:
        return _("hidden")
    if answer["yes"] is not None:
        return _("yes") if answer["yes"] else _("no")
    if answer["whole"] is not None:
        return _("%(n)s of %(of)s") % {"n": answer["number"], "of": answer["whole"]}
    return answer["text"] if answer["number"] is None else str(answer["number"])


def _entries_of(row, story, values: dict, kind, place, owner, was=None) -> list[History]:
    """Build the entries that the actions would have left, one a step; ``owner`` is the school or municipality."""
    extra = {name: values[name] for name in ("kinds", "answers") if name in values} | {"correct_by": None}
    now = state_of(row, extra)
    version, before, entries = row.version, None, []
    for number, step in enumerate(story.steps, start=1):
        earlier = was[number - 1] if was else _in_history(step.was, ())
        state = now | earlier | {"status": REPORT_STATUS_AFTER[step.verb].value}
        row.version = number
        own = step.verb in ("accept", "return", "reopen") or not story.on_behalf
        entries.append(
            entry_of(
                step.actor,
                step.verb,
                row,
                before,
                state,
                step.comment,
                None if own else owner,
                step.moment,
                kind,
                place,
            )
        )
        before = state
    row.version = version
    return entries
