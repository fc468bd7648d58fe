"""Walks go over the whole portal as each role, through links alone, on a world that has a bit of everything."""

import pytest

from tests.browser.conftest import reporting, world  # noqa: F401  (the browsers' world is the walks' too)
from tests.walks.walking import walk

MOMENTS = {"the twelfth day": "world", "when reports are sent": "reporting"}
PEOPLE = ("coordinator", "another coordinator", "municipal", "operator", "department", None)


@pytest.fixture(params=[(moment, who) for moment in MOMENTS for who in PEOPLE], ids=lambda param: str(param))
def walked(request, client_of):
    """``(client, pages)``: one person's client and every page that links lead it to."""
    moment, who = request.param
    people = request.getfixturevalue(MOMENTS[moment]).people
    client = client_of(people[who] if who else None)
    client.raise_request_exception = False
    return client, walk(client)
