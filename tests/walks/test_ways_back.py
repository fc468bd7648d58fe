"""Where a form says that it leads back to: an address of the portal itself, or it is as if nothing was said."""

import pytest
from django.db import transaction

from tests.factories import PASSWORD, UserFactory
from tests.walks.walking import name_of

NO_ADDRESS = [
    "x",
    "home",
    "events",
    "events/",
    "?page=2",
    "//evil.example/",
    "///evil.example/",
    "https://evil.example/",
    "https:///evil.example/",
    "https:evil.example",
    "http://testserver/events/",
    "/\\evil.example",
    "\\\\evil.example",
    "\t//evil.example",
    "/\t/evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "\x00",
    "/events/\x00",
    "/events/\r\nX: y",
    "[",
    "//[",
    "/" + "x" * 100_000,
]
OWN = "/events/?status=submitted&page=2"


def lead(client, form, target) -> tuple:
    """Send ``form`` with its last button and ``target`` to lead back to, and leave everything as it was."""
    button = form.buttons[-1]
    values = form.values | ({button.name: [button.value]} if button.name else {}) | {"next": [target]}
    for name in {"comment", "answer", "reason"} & form.names:
        values[name] = ["Потому что."]
    with transaction.atomic():
        response = client.post(form.action(button), values)
        transaction.set_rollback(True)
    return response.status_code, response.get("Location")


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (
            "municipal",
            {"display", "event_accept", "event_return", "extension_withdraw", "review_accept", "set_language"},
        ),
        (
            "operator",
            {"display", "event_accept", "event_return", "extension_decide", "extension_withdraw", "set_language"},
        ),
    ],
)
def test_only_an_address_of_the_portal_is_led_back_to(walk_as, who, expected):
    client, pages = walk_as(who)
    forms = {name_of(form.action()): form for page in pages for form in page.forms() if "next" in form.names}
    assert {*forms} == expected
    for name, form in forms.items():
        assert lead(client, form, OWN) == (302, OWN)
        usual = lead(client, form, "")
        assert usual[0] == 302
        for target in NO_ADDRESS:
            answer = lead(client, form, target)
            assert answer == usual, (name, target)


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/logout/"])
def test_signing_in_and_out_lead_to_no_name_and_no_stranger(path, client_of, school):
    coordinator = UserFactory(coordinator_of=school, password=PASSWORD)

    def answer(target):
        client = client_of(coordinator if path.endswith("logout/") else None)
        client.raise_request_exception = False
        response = client.post(path, {"login": coordinator.email, "password": PASSWORD, "next": target})
        return response.status_code, response.get("Location")

    assert answer(OWN) == (302, OWN)
    assert {answer(target) for target in NO_ADDRESS} == {(302, "/")}
