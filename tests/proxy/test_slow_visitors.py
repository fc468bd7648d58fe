"""Visitors who send or read slowly wait at the proxy; the portal's few threads stay free for the others."""

import json
import os
import socket
import subprocess
import urllib.request
from contextlib import ExitStack

import pytest

from portal.workbooks import archive
from tests.proxy.conftest import caddyfile

PAGE = "/accounts/login/"
# A proxy that buffers nothing holds back a few kilobytes all the same.
LENGTH, SENT = 100_000, b"login=" + b"x" * 20_000
# Without it the portal refuses a form before it reads it.
COOKIE = f"csrftoken={'x' * 32}"


def status_of_page(port) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{PAGE}", timeout=10) as answer:
        return answer.status


def begin(port, length: str) -> socket.socket:
    """A visitor who has sent the head of a form."""
    visitor = socket.create_connection(("127.0.0.1", port), 10)
    lines = [f"POST {PAGE} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Cookie: {COOKIE}", length]
    visitor.sendall("\r\n".join([*lines, "Content-Type: application/x-www-form-urlencoded", "", ""]).encode())
    return visitor


def slow_body(port) -> socket.socket:
    """A visitor who has sent a form's head and the beginning of its body."""
    visitor = begin(port, f"Content-Length: {LENGTH}")
    visitor.sendall(SENT)
    return visitor


def is_waiting(visitor) -> bool:
    """Whether the connection stands and nothing was answered."""
    visitor.setblocking(False)
    try:
        visitor.recv(1)
    except BlockingIOError:
        return True
    finally:
        visitor.settimeout(10)
    return False


@pytest.mark.parametrize("visitors", [40, 200])
def test_slow_bodies_do_not_keep_others_from_a_page(visitors, proxy):
    assert status_of_page(proxy) == 200
    with ExitStack() as stack:
        slow = [stack.enter_context(slow_body(proxy)) for _ in range(visitors)]
        assert [status_of_page(proxy) for _ in range(10)] == [200] * 10
        assert [is_waiting(visitor) for visitor in slow] == [True] * visitors


def test_a_body_that_is_complete_at_last_is_answered(proxy):
    with slow_body(proxy) as visitor:
        assert is_waiting(visitor)
        visitor.sendall(b"x" * (LENGTH - len(SENT)))
        # The form's token is missing.
        assert visitor.recv(12) == b"HTTP/1.1 403"


def handlers(found) -> dict:
    """The handlers of an adapted Caddyfile by their names, however deep they stand."""
    if isinstance(found, list):
        return {name: handler for part in found for name, handler in handlers(part).items()}
    if not isinstance(found, dict):
        return {}
    own = {found["handler"]: found} if "handler" in found else {}
    return own | handlers(list(found.values()))


@pytest.fixture
def server(tmp_path):
    """The server that Caddy makes of the Caddyfile."""
    config = tmp_path / "Caddyfile"
    config.write_text(caddyfile())
    command = ["caddy", "adapt", "--config", str(config), "--adapter", "caddyfile"]
    environment = os.environ | {"PORTAL_DOMAIN": "portal.example", "HOME": str(tmp_path)}
    adapted = subprocess.run(command, capture_output=True, check=True, env=environment).stdout
    [found] = json.loads(adapted)["apps"]["http"]["servers"].values()
    return found


def test_a_request_has_a_minute_and_its_head_ten_seconds(server):
    second = 1_000_000_000
    assert {name: value for name, value in server.items() if name.endswith("timeout")} == {
        "read_timeout": 60 * second,
        "read_header_timeout": 10 * second,
        "idle_timeout": 120 * second,
    }


def test_whatever_is_let_in_is_held_until_it_is_complete(server):
    found = handlers(server)
    proxy = found["reverse_proxy"]
    largest = found["request_body"]["max_size"]
    assert largest > archive.LARGEST_FILE
    # Before 2.6.4 and since.
    assert proxy.get("max_buffer_size", proxy.get("request_buffers")) == largest
