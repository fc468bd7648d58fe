"""A person has one address. What was given out for another, or before a change, opens nothing."""

import re
from importlib import import_module

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.core import mail

from portal import letters, signin
from portal.actions import set_password
from portal.errors import StateForbids
from portal.models import User
from tests.factories import PASSWORD, UserFactory

OLD, NEW = "old@school.example", "new@school.example"
FRESH = "новый длинный пароль"


@pytest.fixture
def person(school):
    return UserFactory(email=OLD, name="Анна Ивановна", password=PASSWORD, coordinator_of=school)


@pytest.fixture
def staff(people, client_of):
    return client_of(people["technical staff"])


@pytest.fixture
def change(staff, person):
    """Change the person in the administration, as staff do."""

    def change_person(email=OLD, is_active=True, user=person):
        values = {"email": email, "name": user.name, "phone": ""} | ({"is_active": "on"} if is_active else {})
        assert staff.post(f"/admin/portal/user/{user.pk}/change/", values).status_code == 302

    return change_person


@pytest.fixture
def link_of(settings):
    """Send a password link to a person, as the worker does, and return its path."""

    def send(user) -> str:
        assert letters.send("password_reset", user.pk, "en") == 1
        return re.search(re.escape(settings.PORTAL_URL) + r"(/accounts/password/reset/key/\S+)", mail.outbox[-1].body)[
            1
        ]

    return send


def signs_in(client, email, password=PASSWORD) -> bool:
    response = client.post("/accounts/login/", {"login": email, "password": password})
    return (response.status_code, response.get("Location")) == (302, "/")


def is_signed_in(client) -> bool:
    return client.get("/events/").status_code == 200


def opens(client, link) -> bool:
    return client.get(link).status_code == 302


def reset(client, link, password=FRESH):
    form = client.get(link).url
    return client.post(form, {"password1": password, "password2": password})


def test_an_address_that_was_changed_signs_nobody_in(person, change, client_of):
    assert signs_in(client_of(), OLD)
    change(email=NEW)
    assert (signs_in(client_of(), OLD), signs_in(client_of(), NEW)) == (False, True)


@pytest.mark.parametrize("verified", [True, False])
def test_a_row_of_allauth_lets_nobody_in_and_gets_nobody_a_letter(person, verified, client_of):
    EmailAddress.objects.create(user=person, email="thief@school.example", verified=verified, primary=True)
    assert not signs_in(client_of(), "thief@school.example")
    assert signin.person_at("thief@school.example") is None
    assert letters.send("password_reset", person.pk, "en") == 1
    assert [letter.to for letter in mail.outbox] == [[OLD]]


def test_a_verified_row_does_not_hide_whose_address_it_is(person, client_of):
    EmailAddress.objects.create(user=UserFactory(), email=OLD, verified=True, primary=True)
    assert signs_in(client_of(), OLD)
    assert signin.person_at(OLD) == person


def test_the_whole_life_of_a_password_leaves_no_row_of_allauth(person, client_of, link_of):
    client = client_of()
    assert signs_in(client, OLD)
    values = {"oldpassword": PASSWORD, "password1": FRESH, "password2": FRESH}
    assert client.post("/accounts/password/change/", values).status_code == 302
    assert reset(client_of(), link_of(User.objects.get(pk=person.pk)), PASSWORD).status_code == 302
    assert signs_in(client, OLD)
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
    assert EmailAddress.objects.count() == 0


def test_rows_of_allauth_go_with_the_address_they_stand_for(person, change):
    EmailAddress.objects.create(user=person, email=OLD, verified=True, primary=True)
    change()
    assert EmailAddress.objects.count() == 1
    change(email=NEW)
    assert EmailAddress.objects.count() == 0


@pytest.mark.parametrize(
    ("steps", "ends"),
    [
        ([{}], False),
        ([{"email": "Old@School.Example"}], False),
        ([{"email": NEW}], True),
        ([{"email": NEW}, {"email": OLD}], True),
        ([{"is_active": False}], True),
        ([{"is_active": False}, {"is_active": True}], True),
    ],
)
def test_sessions_and_links_end_when_the_address_or_the_right_changes(person, steps, ends, change, client_of, link_of):
    inside, link = client_of(), link_of(person)
    assert signs_in(inside, OLD)
    # Signing in ends a link too: one that was sent after it is the one in question.
    link = link_of(User.objects.get(pk=person.pk))
    for step in steps:
        change(**step)
    assert (is_signed_in(inside), opens(client_of(), link)) == (not ends, not ends)


def test_sessions_end_however_the_address_was_changed(person, client_of, link_of):
    inside, link = client_of(person), link_of(person)
    User.objects.filter(pk=person.pk).update(email=NEW)
    assert (is_signed_in(inside), opens(client_of(), link)) == (False, False)


def test_a_new_password_by_letter_ends_all_sessions(person, client_of, link_of):
    inside = client_of(person)
    assert is_signed_in(inside)
    assert reset(client_of(), link_of(person)).status_code == 302
    assert not is_signed_in(inside)


def test_a_link_whose_form_was_open_while_the_address_changed_sets_no_password(person, change, client_of, link_of):
    client = client_of()
    form = client.get(link_of(person)).url
    change(email=NEW)
    page = client.post(form, {"password1": FRESH, "password2": FRESH})
    assert page.context["token_fail"] is True
    assert User.objects.get(pk=person.pk).check_password(PASSWORD)


@pytest.mark.parametrize("changed", [{"email": NEW}, {"is_active": False}])
def test_a_change_between_reading_and_writing_wins_over_the_new_password(person, changed, change):
    read = User.objects.get(pk=person.pk)
    change(**changed)
    with pytest.raises(StateForbids):
        set_password(read, FRESH)
    found = User.objects.get(pk=person.pk)
    assert (found.email, found.is_active) == (changed.get("email", OLD), changed.get("is_active", True))
    assert found.check_password(PASSWORD)


def test_an_address_that_was_freed_belongs_to_its_new_person_alone(person, change, client_of, school, link_of):
    link = link_of(person)
    change(email=NEW)
    heir = UserFactory(email="heir@school.example", password=FRESH, coordinator_of=school)
    change(email=OLD, user=heir)
    assert [signs_in(client_of(), OLD, password) for password in (PASSWORD, FRESH)] == [False, True]
    assert signin.person_at(OLD) == heir
    assert not opens(client_of(), link)


def test_a_link_of_an_account_out_of_use_opens_nothing(person, client_of, link_of):
    link = link_of(person)
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert not opens(client_of(), link)


def test_after_a_new_password_by_letter_earlier_failures_do_not_count(person, client_of, link_of):
    for _attempt in range(5):
        signs_in(client_of(), OLD, "wrong")
    assert not signs_in(client_of(), OLD)
    reset(client_of(), link_of(person))
    assert signs_in(client_of(), OLD, FRESH)


def test_rows_that_allauth_kept_before_are_gone_after_the_upgrade(person):
    EmailAddress.objects.create(user=person, email="earlier@school.example", verified=True, primary=True)
    import_module("portal.migrations.0004_one_address").forget_addresses(apps, None)
    assert EmailAddress.objects.count() == 0
    assert User.objects.get(pk=person.pk).email == OLD
