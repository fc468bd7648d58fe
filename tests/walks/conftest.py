"""Walks go over the whole portal as each role, through links alone, on a world that has a bit of everything."""

import pytest

from tests.walks.walking import walk

PEOPLE = ("coordinator", "another coordinator", "municipal", "operator", "department", None)


@pytest.fixture
def walk_as(request, db, client_of):
    """Return ``(client, pages)``: a person's client and every page that links lead it to in ``world_of``."""

    def go(who, world_of="reporting"):
        people = request.getfixturevalue(world_of).people
        client = client_of(people[who] if who else None)
        client.raise_request_exception = False
        return client, walk(client)

    return go
