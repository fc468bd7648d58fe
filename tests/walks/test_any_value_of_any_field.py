"""Whatever stands in a field, a parameter or an address, the portal answers; no number is too large for that."""

import re
from copy import deepcopy
from urllib.parse import parse_qs, urlsplit
from zlib import crc32

import pytest
from django.db import connection, transaction
from django.urls import resolve, reverse

from tests.walks.walking import ALL, name_of

VALUES = [[str(2**63)], ["-1"], ["\x00"], [""], [str(2**63), "9" * 40]]
NUMBERS = (2**63 - 1, 2**63, 10**40)
ANSWERS = {200, 302, 400, 403, 404, 409}


def send(client, method, address, values) -> int:
    """Return what is answered, and leave everything as it was: to be led to the sign-in counts as 401."""
    cookies = deepcopy(client.cookies)
    with transaction.atomic():
        response = getattr(client, method)(address, values)
        if response.streaming:
            b"".join(response)
        if not connection.needs_rollback:
            transaction.set_rollback(True)
    client.cookies = cookies
    return 401 if response.get("Location", "").startswith("/accounts/login/") else response.status_code


def sent_by(pages) -> dict:
    """What the pages' forms and links may send, each kind once: ``{kind: (method, path, values)}``."""
    found = {}
    for page in pages:
        for form in page.forms():
            kind = (form.method, name_of(form.action()), *sorted(form.names))
            pressed = form.buttons[-1] if form.buttons else None
            values = form.values | ({pressed.name: [pressed.value]} if pressed and pressed.name else {})
            empty = {name: [] for name in form.names - {*values}}
            found.setdefault(kind, (form.method, form.action(), empty | values))
        for link in page.links:
            parts = urlsplit(link)
            if parts.query and not parts.netloc:
                kind = ("get", name_of(link), *sorted(parse_qs(parts.query)))
                found.setdefault(kind, ("get", parts.path, parse_qs(parts.query)))
    return found


def strange_fields(client, pages) -> dict:
    """What is not answered as it should be, when one field or parameter holds what it cannot."""
    return {
        (*kind[:2], name, *value): status
        for kind, (method, path, values) in sent_by(pages).items()
        for name in tried(values)
        for value in (VALUES if ALL else [VALUES[crc32(f"{kind} {name}".encode()) % len(VALUES)]])
        if (status := send(client, method, path, values | {name: value})) not in ANSWERS
    }


def tried(names) -> list[str]:
    """The fields to try: of ``grade_1`` to ``grade_11`` one, unless all are walked."""
    return list(names) if ALL else list({re.sub(r"\d+", "#", name): name for name in names}.values())


def strange_addresses(client, pages) -> dict:
    """What is neither refused nor not found, when a number in an address is that of no row."""
    numbered = {}
    for address in {page.address for page in pages} | {form.action() for page in pages for form in page.forms()}:
        match = resolve(urlsplit(address).path)
        if any(isinstance(value, int) for value in match.kwargs.values()):
            numbered.setdefault(match.url_name, match.kwargs)
    assert len(numbered) > 3
    return {
        (name, number, method): status
        for name, kwargs in numbered.items()
        for number in NUMBERS
        for method in ("get", "post")
        if (status := send(client, method, address_of(name, kwargs, number), {})) not in (403, 404, 405)
    }


def address_of(name, kwargs, number) -> str:
    return reverse(name, kwargs={key: number if isinstance(value, int) else value for key, value in kwargs.items()})


@pytest.mark.parametrize("who", ["coordinator", "another coordinator", "municipal", "operator"])
def test_what_cannot_be_is_answered(walk_as, who):
    client, pages = walk_as(who)
    assert (strange_fields(client, pages), strange_addresses(client, pages)) == ({}, {})
