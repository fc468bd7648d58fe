"""Pages through Django's client, and what is read on them. They speak English, so that texts stand as in the source."""

import re
from html import unescape

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation


@pytest.fixture
def english():
    """Speak English: messages are then as they stand in the source."""
    with translation.override("en"):
        yield


@pytest.fixture
def queries_of(db):
    """Return the SQL that a call sends: ``assert len(queries_of(lambda: page())) == 5``."""

    def run(act) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            act()
        return [query["sql"] for query in captured.captured_queries]

    return run


@pytest.fixture
def fresh():
    """Read a row again, as the next request would: ``fresh(user)`` forgets the memberships it had loaded."""
    return lambda row: type(row)._default_manager.get(pk=row.pk)


@pytest.fixture
def client_of(clock, english):
    """Return a client signed in as a user, or a visitor's for None."""

    def sign_in(user=None, language="en", **options):
        client = Client(**options)
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        if user is not None:
            client.force_login(user, backend="portal.signin.EmailBackend")
        return client

    return sign_in


def errors(response) -> dict[str, list]:
    """What stands at the fields of the page's form."""
    return {name: list(messages) for name, messages in response.context["form"].errors.items()}


def lost_descriptions(response) -> list[str]:
    """Return the ids in the page's aria-describedby that do not stand on it, or more than once."""
    text = response.content.decode()
    named = {name for ids in re.findall(r'aria-describedby="([^"]*)"', text) for name in ids.split()}
    return sorted(name for name in named if text.count(f' id="{name}"') != 1)


def messages_of(response) -> list[str]:
    """What the page says at its head."""
    return [str(message) for message in response.context["messages"]]


def text_of(response) -> str:
    """What is read on the page: without the markup."""
    html = re.sub(r"<(script|style|svg).*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())
