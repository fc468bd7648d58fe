"""Pages are tried through Django's client, in English, so that messages are as they stand in the source."""

import pytest
from django.conf import settings
from django.test import Client


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
