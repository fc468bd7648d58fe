"""The form of an event: it takes what people type, says what is wrong where, and loses nothing."""

import uuid

import pytest

from events.models import Event
from tests.client import errors, lost_descriptions

NO_BREAK, THIN, NARROW = "\u00a0", "\u2009", "\u202f"


@pytest.fixture
def typed(school, campaign):
    """What a browser sends for an open lesson of 20 pupils of grade 7."""

    def values(**changes):
        sent = {
            "token": str(uuid.uuid4()),
            "version": "1",
            "school": str(school.pk),
            "campaign": campaign.slug,
            "format": "lesson",
            "starts_on": "2019-09-20",
            "grade_7": "20",
            "intent": "submit",
        } | changes
        return {name: value for name, value in sent.items() if value is not None}

    return values


@pytest.fixture
def post(typed, coordinator, client_of):
    """Send the form as the school's coordinator; returns the answer."""
    client = client_of(coordinator)
    return lambda **changes: client.post("/events/new/", typed(**changes))


def test_a_format_a_day_and_one_number_are_enough(post):
    response = post()
    event = Event.objects.get()
    assert (response.status_code, response.url) == (302, f"/events/{event.pk}/")
    assert (event.status, event.participants, event.title, event.ends_on) == (
        "submitted",
        20,
        "Открытый урок",
        event.starts_on,
    )


@pytest.mark.parametrize("space", [" ", NO_BREAK, THIN, NARROW])
def test_thousands_are_typed_with_any_kind_of_space(post, space):
    response = post(grade_7=f"1{space}234", note="Вместе с городом")
    assert response.status_code == 302
    assert Event.objects.get().grade_7 == 1234


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"starts_on": "2019-09-12"}, "starts_on"),
        ({"starts_on": "2019-10-15"}, "starts_on"),
        ({"starts_on": "0019-09-20"}, "starts_on"),
        ({"starts_on": "20.09.0019"}, "starts_on"),
        ({"starts_on": "завтра"}, "starts_on"),
        ({"starts_on": ""}, "starts_on"),
        ({"ends_on": "2019-09-19"}, "ends_on"),
        ({"starts_on": "2019-09-25"}, "starts_on"),
        ({"ends_on": "2019-09-25"}, "ends_on"),
        ({"grade_7": "-5"}, "grade_7"),
        ({"grade_7": "9" * 40}, "grade_7"),
        ({"grade_7": "10000"}, "grade_7"),
        ({"grade_7": "много"}, "grade_7"),
        ({"grade_7": "1 23"}, "grade_7"),
        ({"grade_3": "10"}, "grade_3"),
        ({"grade_7": "26"}, "grade_7"),
        ({"title": "я" * 10_000}, "title"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"format": "no-such-format"}, "format"),
        ({"format": None}, "format"),
        ({"token": "not-a-token"}, "token"),
        ({"title": "до\x00после"}, None),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(post, changes, field):
    response = post(**changes)
    if field is None:
        # Control characters are dropped, not complained about.
        assert (response.status_code, Event.objects.get().title) == (302, "допосле")
        return
    assert response.status_code == 400
    assert field in errors(response)
    assert lost_descriptions(response) == []
    assert Event.objects.count() == 0
    name, value = next(iter(changes.items()))
    if value is not None and name not in ("format", "token"):
        assert response.context["form"][name].value() == value


def test_nobody_took_part_is_not_a_held_event(post):
    response = post(grade_7="")
    assert errors(response) == {"__all__": ["Write how many pupils took part, in at least one grade."]}


def test_more_than_enrolled_asks_for_an_explanation_and_is_flagged_with_it(post):
    response = post(grade_7="26")
    assert sorted(errors(response)) == ["grade_7", "note"]
    assert post(grade_7="26", note="Вместе с соседней школой").status_code == 302
    assert Event.objects.get().flagged is True


def test_the_same_form_sent_twice_makes_one_event(post):
    token = str(uuid.uuid4())
    first, second = post(token=token), post(token=token)
    assert first.url == second.url
    assert Event.objects.count() == 1


def test_two_forms_with_equal_contents_make_two_events(post):
    post()
    post()
    assert Event.objects.count() == 2


def test_a_form_sent_again_with_another_text_after_it_was_sent_shows_both(post):
    token = str(uuid.uuid4())
    post(token=token)
    response = post(token=token, grade_7="21")
    assert response.status_code == 409
    assert response.context["form"]["grade_7"].value() == "21"
    assert Event.objects.get().grade_7 == 20


def test_without_javascript_the_fields_of_another_format_are_shown_on_request(post):
    response = post(format="club", refresh="1")
    shown = [field.name for field, is_shown in response.context["form"].grade_fields if is_shown]
    assert response.status_code == 200
    # Grades of the new format, and the one that holds a number already: nothing is sent unseen.
    assert shown == ["grade_1", "grade_2", "grade_3", "grade_4", "grade_7"]
    assert response.context["form"]["starts_on"].value() == "2019-09-20"
    assert Event.objects.count() == 0


def test_the_form_opens_with_the_schools_last_format_and_todays_date(post, coordinator, client_of):
    post(format="contest", grade_7="", grade_8="5")
    form = client_of(coordinator).get("/events/new/").context["form"]
    assert form["format"].value() == "contest"
    assert f"{form['starts_on'].value():%Y-%m-%d}" == "2019-09-24"


def test_two_people_editing_one_event_the_second_is_told_and_loses_nothing(
    typed, post, coordinator, municipal, client_of
):
    post(title="Урок")
    event = Event.objects.get()
    first, second = client_of(coordinator), client_of(municipal)
    address = f"/events/{event.pk}/edit/"
    old = typed(token=str(event.token), version=str(event.version))
    assert first.post(address, old | {"title": "Название школы"}).status_code == 302
    response = second.post(address, old | {"title": "Название муниципалитета"})
    assert response.status_code == 409
    assert response.context["form"]["title"].value() == "Название муниципалитета"
    assert [(entry.who, entry.changes) for entry in response.context["changes"]] == [
        ("Кира Школьная", (("title", "Урок", "Название школы"),))
    ]
    # Seen and sent again, the second one's text stands.
    again = response.context["form"].data
    assert second.post(address, again.dict()).status_code == 302
    event.refresh_from_db()
    assert event.title == "Название муниципалитета"


def test_an_additional_number_of_another_format_is_not_taken(post, contest):
    indicator = contest.indicators.first()
    post(**{f"indicator_{indicator.pk}": "12"})
    assert list(Event.objects.get().indicator_values.all()) == []


def test_the_formats_additional_number_is_kept_and_shown_on_the_event(post, contest, coordinator, client_of):
    indicator = contest.indicators.first()
    response = post(format="contest", grade_7="", grade_8="5", **{f"indicator_{indicator.pk}": "4"})
    page = client_of(coordinator).get(response.url)
    assert [(value.indicator.name, value.value) for value in page.context["indicator_values"]] == [("Проектов", 4)]


def test_partners_are_found_in_the_directory_whatever_their_case(post):
    post(partners="НПЗ «Северный»\nКолледж связи", partner_kind="enterprise")
    post(partners="нпз «северный»", partner_kind="college")
    names = [[partner.name for partner in event.partners.all()] for event in Event.objects.order_by("pk")]
    assert names == [["Колледж связи", "НПЗ «Северный»"], ["НПЗ «Северный»"]]


def test_a_municipal_coordinator_enters_for_a_school_and_the_event_says_so(typed, municipal, client_of):
    client = client_of(municipal)
    assert client.post("/events/new/", typed()).status_code == 302
    event = Event.objects.get()
    assert (event.on_behalf, event.submitted_by) == (True, municipal)
    entry = client.get(f"/events/{event.pk}/").context["history"][0]
    assert (entry.who, entry.for_whom) == ("Мария Муниципальная", "Школа «Перспектива»")


def test_another_schools_number_in_the_form_is_404(typed, coordinator, second_school, client_of):
    client = client_of(coordinator)
    assert client.post("/events/new/", typed(school=str(second_school.pk))).status_code == 404
    assert Event.objects.count() == 0


def test_an_ended_session_sends_to_sign_in_and_writes_nothing(typed, client_of):
    response = client_of(None).post("/events/new/", typed())
    assert (response.status_code, response.url) == (302, "/accounts/login/?next=/events/new/")
    assert Event.objects.count() == 0
