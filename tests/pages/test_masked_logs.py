"""The log holds no key of a password link, whichever part of the portal writes the line."""

import io
import logging
import re

import pytest
from django.core import mail
from django.test import Client

from portal import letters, signin
from tests.factories import PASSWORD, UserFactory

MASKED = "/accounts/password/reset/key/"


@pytest.fixture
def lines():
    """What the portal's own handler has written."""
    kept = logging.getLogger("portal.access").handlers
    (handler,) = [handler for handler in kept if type(handler) is logging.StreamHandler]
    stream = io.StringIO()
    before = handler.setStream(stream)
    yield stream.getvalue
    handler.setStream(before)


@pytest.fixture
def teacher(school):
    return UserFactory(email="teacher@school.example", password=PASSWORD, coordinator_of=school)


@pytest.fixture
def link(teacher):
    """A password link as it was sent, without its host."""
    assert letters.send("password_reset", teacher.pk, "en") == 1
    return re.search(r"(/accounts/password/reset/key/\S+)", mail.outbox[-1].body)[1]


def key_of(link) -> str:
    return re.match(r".*/key/[0-9a-z]+-(.+)/$", link)[1]


def test_an_accident_on_a_password_link_writes_no_key(link, lines, monkeypatch):
    """Neither in the message nor in the traceback."""

    def fail(tokens, user, key):
        raise RuntimeError(f"no tokens at {link}")

    monkeypatch.setattr(signin.ResetTokens, "check_token", fail)
    assert Client(raise_request_exception=False).get(link).status_code == 500
    written = lines()
    assert written.count(f"{MASKED}{link.split('/')[-2].split('-')[0]}-…") == 2
    assert "RuntimeError: no tokens at" in written
    assert key_of(link) not in written


def test_a_session_that_ends_on_a_password_link_writes_no_key(link, lines, teacher, client_of, settings):
    client = client_of(teacher)
    session = client.session
    session["started_at"] = session["seen_at"] = 0
    session.save()
    client.get(link)
    written = lines()
    assert f"sign-out who=teacher@school.example from=127.0.0.1 path={MASKED}" in written
    assert key_of(link) not in written


def test_a_refused_form_on_a_password_link_writes_no_key(link, lines):
    client = Client(enforce_csrf_checks=True)
    referer = {"HTTP_REFERER": f"https://elsewhere.example{link}"}
    assert client.post(link, {}, secure=True, **referer).status_code == 403
    written = lines()
    assert f"elsewhere.example{MASKED}" in written
    assert key_of(link) not in written


def test_other_lines_stand_as_they_were(lines, client_of, teacher):
    client_of(teacher).post("/accounts/logout/")
    assert lines().rstrip().endswith("sign-out who=teacher@school.example from=127.0.0.1 path=/accounts/logout/")
