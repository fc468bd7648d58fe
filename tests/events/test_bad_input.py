"""What is wrong in an event is said at its field, with the rule and the values; nothing is written."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from events.models import Event
from tests.factories import FormatFactory


def refused(send, *args, **changes) -> dict:
    with pytest.raises(ValidationError) as error:
        send(*args, **changes)
    assert Event.objects.count() == 0
    return error.value.message_dict


@pytest.mark.parametrize("intent", ["draft", "plan", "submit"])
@pytest.mark.parametrize(
    ("changes", "messages"),
    [
        (
            {"starts_on": date(2019, 9, 12), "ends_on": date(2019, 9, 13)},
            {"starts_on": ["12.09.2019 is outside the campaign: 13.09.2019 – 14.10.2019."]},
        ),
        (
            {"starts_on": date(2019, 9, 20), "ends_on": date(2019, 9, 19)},
            {"ends_on": ["The last day (19.09.2019) is before the first (20.09.2019)."]},
        ),
        ({"grade_8": 0, "grade_4": 5}, {"grade_4": ["“Открытый урок” takes grades 5–11, not grade 4."]}),
    ],
)
def test_days_and_grades_are_checked_in_every_state(log, english, intent, changes, messages):
    assert refused(log, intent, **changes) == messages


def test_the_last_day_of_the_window_is_in_it_and_the_next_is_not(log, clock):
    clock("2019-10-16 10:00")
    assert log(starts_on=date(2019, 10, 14), ends_on=date(2019, 10, 14)).status == "submitted"
    with pytest.raises(ValidationError) as error:
        log(starts_on=date(2019, 10, 15), ends_on=date(2019, 10, 15))
    assert list(error.value.message_dict) == ["starts_on"]


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "taken"),
    [
        (date(2019, 9, 2), date(2019, 9, 12), False),
        (date(2019, 9, 2), date(2019, 9, 13), True),
        (date(2019, 10, 14), date(2019, 12, 20), True),
        (date(2019, 10, 15), date(2019, 12, 20), False),
    ],
)
def test_a_club_must_overlap_the_window(log, club, clock, starts_on, ends_on, taken):
    clock("2019-10-20 10:00")
    days = {"starts_on": starts_on, "ends_on": ends_on, "grade_8": 0, "grade_2": 10}
    if taken:
        assert log(format_=club, **days).status == "submitted"
    else:
        assert list(refused(log, format_=club, **days)) == ["starts_on"]


def test_the_year_0019_is_outside_the_campaign(log):
    assert list(refused(log, starts_on=date(19, 9, 20), ends_on=date(19, 9, 20))) == ["starts_on"]
    assert list(refused(log, starts_on=date(19, 9, 20))) == ["starts_on"]


def test_an_event_that_is_still_to_come_is_planned_and_not_sent(log, english):
    tomorrow = {"starts_on": date(2019, 9, 25), "ends_on": date(2019, 9, 25)}
    assert refused(log, "submit", **tomorrow) == {
        "starts_on": ["25.09.2019 is still to come: save it as planned, and send it when it has been held."]
    }
    assert log("plan", **tomorrow).status == "planned"


def test_todays_event_may_be_sent_and_today_is_the_regions(log, clock):
    clock("2019-09-25 01:30")
    assert log(starts_on=date(2019, 9, 25), ends_on=date(2019, 9, 25)).status == "submitted"
    with pytest.raises(ValidationError):
        log(starts_on=date(2019, 9, 26), ends_on=date(2019, 9, 26))


def test_a_sent_event_has_participants(log):
    assert list(refused(log, "submit", grade_8=0)) == ["participants"]
    assert log("plan", grade_8=0).participants == 0


def test_more_participants_than_pupils_ask_for_a_reason_and_flag_the_event(log, english):
    assert refused(log, "submit", grade_8=26, grade_9=30) == {
        "grade_8": ["26 participants, 25 enrolled: correct the number or explain it below."],
        "grade_9": ["30 participants, 25 enrolled: correct the number or explain it below."],
        "note": ["More participants than pupils enrolled: say why."],
    }
    assert refused(log, "submit", grade_8=26, note="  ")["note"]
    event = log("submit", grade_8=26, note="Вместе с соседней школой")
    assert (event.flagged, event.participants) == (True, 26)
    assert log("submit", grade_8=25).flagged is False


def test_missing_enrolment_blocks_nothing(log, second_school, second_coordinator):
    event = log("submit", actor=second_coordinator, to=second_school, grade_8=900)
    assert (event.status, event.flagged) == ("submitted", False)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "х" * 201}, "title"),
        ({"title": "х" * 10_000}, "title"),
        ({"place": "х" * 201}, "place"),
        ({"description": "х" * 3_001}, "description"),
        ({"note": "х" * 501}, "note"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"link": "https://a.example/" + "х" * 500}, "link"),
        ({"delivery": "telepathy"}, "delivery"),
        ({"grade_8": -1}, "grade_8"),
        ({"grade_8": 10_000}, "grade_8"),
        ({"grade_8": 10**20}, "grade_8"),
        ({"teachers": -1}, "teachers"),
        ({"parents": 10_000}, "parents"),
    ],
)
@pytest.mark.parametrize("intent", ["draft", "submit"])
def test_too_much_or_too_little_is_said_at_its_field(log, intent, changes, field):
    assert list(refused(log, intent, **changes)) == [field]


def test_a_title_of_two_hundred_is_taken(log):
    assert log(title="х" * 200).title == "х" * 200


def test_control_characters_are_dropped(log):
    event = log(title="Урок\x00 о\x07 профессиях\x1b", place="зал\x9f", description="раз\nдва\tтри\x0b")
    saved = Event.objects.get(pk=event.pk)
    assert (saved.title, saved.place, saved.description) == ("Урок о профессиях", "зал", "раз\nдва\tтри")


def test_a_lone_surrogate_is_dropped(log):
    assert log(title="Урок\ud800").title == "Урок"


def test_a_title_of_control_characters_alone_is_the_formats_name(log, lesson):
    assert log(title="\x00\x01").title == lesson.name


def test_a_format_that_the_campaign_does_not_offer_is_refused(log, region, foreign):
    assert list(refused(log, format_=FormatFactory(region=region))) == ["format"]
    assert list(refused(log, format_=foreign.lesson)) == ["format"]


def test_a_campaign_of_another_region_is_refused(log, foreign):
    assert list(refused(log, in_campaign=foreign.campaign, format_=foreign.lesson)) == ["campaign"]


def test_any_text_is_taken_or_refused_at_its_field(log):
    @given(st.text(max_size=250), st.text(max_size=250), st.integers(-5, 30))
    def try_it(title, place, count):
        try:
            event = log("submit", title=title, place=place, grade_8=count)
        except ValidationError as error:
            named = set(error.message_dict)
        else:
            named = set()
            assert Event.objects.get(pk=event.pk).title == event.title
        assert named <= {"title", "place", "grade_8", "note", "participants"}

    try_it()
