"""Stories played: each step is done through the action that the pages call, by its person, at its moment.

So the rows, their dates and their history are what the portal itself makes of them; a step that its rules refuse stops
the loading. Every step is one version of its row, so the number of those before it is the version that was read.
"""

from dataclasses import replace
from functools import partial

from campaigns.actions import ask_extension, decide_extension
from demo.stories.campaigns import Told
from demo.stories.world import World
from events.actions import (
    Intent,
    accept_event,
    attend_joint_event,
    cancel_event,
    cancel_joint_event,
    create_joint_event,
    edit_event,
    log_event,
    return_event,
)
from portal import clock
from reports.actions import (
    accept_municipal_report,
    accept_school_report,
    return_municipal_report,
    return_school_report,
    write_municipal_report,
    write_school_report,
)


def play(world: World, told: Told) -> None:
    """Play the stories of a campaign that are to be played, together, in the order of their moments."""
    scenes = []

    def stage(stories, act) -> None:
        for story in stories:
            for version, step in enumerate(story.steps):
                scenes.append((step.moment, partial(act, world, told.campaign, story, version, step)))

    stage(told.joint_events, _act_joint_event)
    stage(told.extensions, _act_extension)
    stage([sketch for sketch in told.events if sketch.is_played], _act_event)
    stage([story for story in told.school_reports if story.is_played], _act_school_report)
    stage(told.municipal_reports, _act_municipal_report)
    for moment, scene in sorted(scenes, key=lambda pair: pair[0]):
        with clock.set_to(moment):
            scene()


def _act_joint_event(world, campaign, story, version, step) -> None:
    if step.verb == "create":
        token = world.token()
        story.row = create_joint_event(step.actor, campaign, story.municipality, token=token, **story.fields)
    else:
        cancel_joint_event(step.actor, story.row, version)


def _act_extension(world, campaign, story, version, step) -> None:
    if step.verb == "ask":
        story.row = ask_extension(step.actor, campaign, **story.fields)
    else:
        decide_extension(step.actor, story.row, version, step.verb == "grant", step.comment)


def _act_event(world, campaign, sketch, version, step) -> None:
    if step.verb == "accept":
        accept_event(step.actor, sketch.row, version)
    elif step.verb == "return":
        return_event(step.actor, sketch.row, version, step.comment)
    elif step.verb == "cancel":
        cancel_event(step.actor, sketch.row, version)
    else:
        then = replace(sketch, **step.was)
        codes = {indicator.pk: indicator.code for indicator in sketch.format.asked}
        form = {
            "intent": Intent(step.verb),
            "partners": [partner.name for partner in then.partners],
            "indicators": {pk: then.indicators.get(code) for pk, code in codes.items()},
            **then.fields(),
        }
        if version:
            edit_event(step.actor, sketch.row, version, **form)
        elif sketch.joint:
            sketch.row = attend_joint_event(
                step.actor, sketch.place.school, sketch.joint.row, token=world.token(), **form
            )
        else:
            sketch.row = log_event(step.actor, sketch.place.school, campaign, token=world.token(), **form)


def _act_school_report(world, campaign, story, version, step) -> None:
    if step.verb == "accept":
        accept_school_report(step.actor, story.row, version)
    elif step.verb == "return":
        return_school_report(step.actor, story.row, version, step.comment, step.correct_by)
    else:
        then = replace(story, values=story.values | step.was)
        story.row = write_school_report(
            step.actor,
            story.place.school,
            campaign,
            version,
            send=step.verb == "submit",
            grades=then.typed(campaign),
            kinds=then.values["kinds"],
            answers=then.values["answers"],
            **then.texts(),
        )


def _act_municipal_report(world, campaign, story, version, step) -> None:
    if step.verb == "accept":
        accept_municipal_report(step.actor, story.row, version)
    elif step.verb == "return":
        return_municipal_report(step.actor, story.row, version, step.comment, step.correct_by)
    elif step.verb != "reopen":  # which is what accepting the school's report does
        values, send = story.values | step.was, step.verb == "submit"
        story.row = write_municipal_report(step.actor, story.municipality, campaign, version, send=send, **values)
