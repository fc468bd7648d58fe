"""Sign-in: by e-mail and password, for those who were invited; sessions end; demo accounts stay in the demo."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from portal.models import Membership, User
from tests.factories import PASSWORD, UserFactory


@pytest.fixture
def teacher(school):
    return UserFactory(email="teacher@school.example", password=PASSWORD, coordinator_of=school)


def sign_in(client, email="teacher@school.example", password=PASSWORD, **extra):
    return client.post("/accounts/login/", {"login": email, "password": password}, **extra)


def is_signed_in(client) -> bool:
    return client.get("/events/").status_code == 200


def test_the_right_password_opens_home(teacher, client):
    response = sign_in(client)
    assert (response.status_code, response.url) == (302, "/")
    assert is_signed_in(client)


def test_the_e_mail_is_known_in_any_case(teacher, client):
    assert sign_in(client, email="Teacher@School.Example").status_code == 302


def test_a_wrong_password_and_an_unknown_e_mail_are_answered_alike(teacher, client_of):
    known = sign_in(client_of(), password="wrong")
    unknown = sign_in(client_of(), email="nobody@school.example", password="wrong")
    assert (known.status_code, unknown.status_code) == (200, 200)
    assert known.context["form"].errors == unknown.context["form"].errors


def test_nobody_signs_themselves_up(client, db):
    assert client.get("/accounts/signup/").templates[0].name == "account/signup_closed.html"
    values = {"email": "new@school.example", "password1": PASSWORD, "password2": PASSWORD}
    assert client.post("/accounts/signup/", values).status_code == 200
    assert not User.objects.filter(email="new@school.example").exists()


def test_five_wrong_passwords_close_an_account_for_a_while_and_not_the_school(teacher, school, client):
    UserFactory(email="colleague@school.example", password=PASSWORD, coordinator_of=school)
    for _attempt in range(5):
        sign_in(client, password="wrong")
    assert sign_in(client).status_code == 200
    assert sign_in(client, email="colleague@school.example").status_code == 302


def test_forty_teachers_sign_in_from_one_address_within_a_minute(school, client_of, db):
    people = [UserFactory(password=PASSWORD, coordinator_of=school) for _person in range(40)]
    assert [sign_in(client_of(), email=user.email).status_code for user in people] == [302] * 40


def test_the_limit_counts_the_address_that_the_trusted_proxy_saw(teacher, client_of, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"login": "2/m/ip"}
    statuses = []
    for forged in ("1.1.1.1", "2.2.2.2", "3.3.3.3"):
        forwarded = f"{forged}, 203.0.113.9"
        statuses.append(sign_in(client_of(), HTTP_X_FORWARDED_FOR=forwarded).status_code)
    assert statuses == [302, 302, 429]
    assert sign_in(client_of(), HTTP_X_FORWARDED_FOR="1.1.1.1, 203.0.113.10").status_code == 302


@pytest.mark.parametrize(("demo", "signed_in"), [(True, True), (False, False)])
def test_a_demo_account_signs_in_in_demo_mode_alone(demo, signed_in, school, client, settings):
    UserFactory(email="school@demo.example", password="demo", is_demo=True, coordinator_of=school)
    settings.DEMO = demo
    sign_in(client, email="school@demo.example", password="demo")
    assert is_signed_in(client) is signed_in


def test_an_open_session_of_a_demo_account_ends_with_demo_mode(school, client_of, settings):
    settings.DEMO = True
    client = client_of(UserFactory(is_demo=True, coordinator_of=school))
    assert is_signed_in(client)
    settings.DEMO = False
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    ("steps", "signed_in"),
    [([1.9], True), ([2.1], False), ([1.5] * 7, True), ([1.5] * 9, False)],
)
def test_a_session_ends_after_two_idle_hours_and_after_twelve_in_any_case(teacher, client, steps, signed_in):
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        sign_in(client)
        is_signed_in(client)
        for hours in steps:
            traveller.shift(timedelta(hours=hours))
            found = is_signed_in(client)
    assert found is signed_in


def test_an_ended_membership_binds_at_once(coordinator, client_of):
    client = client_of(coordinator)
    assert client.get("/events/new/").status_code != 403
    Membership.objects.filter(user=coordinator).update(ended_at=timezone.now())
    assert client.get("/events/new/").status_code == 403
    assert client.get("/").templates[0].name == "portal/no_membership.html"


def test_signed_in_answers_are_private_and_not_stored(coordinator, campaign, client_of):
    client = client_of(coordinator)
    for path in ("/", "/events/", "/campaigns/", "/nowhere/"):
        assert client.get(path)["Cache-Control"] == "private, no-store"
    assert client_of().get("/campaigns/").get("Cache-Control") is None


def test_sign_ins_failures_and_refusals_stand_in_the_access_log(teacher, client, caplog):
    with caplog.at_level("INFO", "portal.access"):
        sign_in(client, password="wrong")
        sign_in(client)
        client.get("/campaigns/new/")
        client.post("/accounts/logout/")
    lines = [record.getMessage() for record in caplog.records if record.name == "portal.access"]
    address = "from=127.0.0.1 path=/accounts"
    assert lines == [
        f"sign-in-failed who=teacher@school.example {address}/login/",
        f"sign-in who=teacher@school.example {address}/login/",
        "refused who=teacher@school.example from=127.0.0.1 path=/campaigns/new/",
        f"sign-out who=teacher@school.example {address}/logout/",
    ]


def test_pages_speak_russian_whatever_the_browser_wishes_until_another_is_chosen(client, db):
    page = client.get("/", HTTP_ACCEPT_LANGUAGE="en-GB,en")
    assert page["Content-Language"] == "ru"
    client.post("/language/setlang/", {"language": "en", "next": "/"})
    assert client.get("/")["Content-Language"] == "en"


def test_every_page_forbids_inline_script_and_style(client, db):
    policy = client.get("/")["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"} <= {*policy}
