"""The web server as the Procfile starts it, behind Caddy as deploy/Caddyfile sets it up."""

import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.clock import wait_until
from tests.settings import ROOT


def pytest_collection_modifyitems(items):
    """Every test of this folder needs Caddy."""
    here = __file__.rpartition("/")[0]
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.proxy)


def caddyfile() -> str:
    """Return the Caddyfile in the words of the Caddy at hand: before 2.6.4 buffers were called otherwise."""
    text = (ROOT / "deploy/Caddyfile").read_text()
    version = subprocess.run(["caddy", "version"], capture_output=True, text=True, check=True).stdout
    if tuple(int(part) for part in re.findall(r"\d+", version)[:3]) < (2, 6, 4):
        text, found = re.subn(r"request_buffers (\S+)\n", r"buffer_requests\nmax_buffer_size \1\n", text)
        assert found == 1
        text, found = re.subn(r"response_buffers \S+\n", "buffer_responses\n", text)
        assert found == 1
    return text


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def _answers(port) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def _end(process) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture
def _started(tmp_path):
    """Start a program in a group of its own and wait until it answers at a port; end it after the test."""
    processes = []

    def start(command, port, environment):
        log = tmp_path / f"{port}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
        processes.append(process)
        wait_until(lambda: _answers(port) or process.poll() is not None)
        assert process.poll() is None, log.read_text()

    yield start
    for process in processes:
        _end(process)


@pytest.fixture
def proxy(environment, tmp_path, _started) -> int:
    """The port of Caddy, behind which the web server runs with the threads that it has by itself."""
    # In the way of production, which knows the files by their hashes.
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v", "0"]
    subprocess.run(collect, cwd=ROOT, env=environment, check=True)
    web, port = free_port(), free_port()
    [line] = [line for line in (ROOT / "Procfile").read_text().splitlines() if line.startswith("web:")]
    programs = str(Path(sys.executable).parent)
    environment = environment | {"PATH": f"{programs}:{environment['PATH']}", "PORT": str(web), "BIND": "127.0.0.1"}
    for name in ("WEB_WORKERS", "WEB_THREADS"):
        environment.pop(name, None)
    _started(["sh", "-c", line.partition(":")[2]], web, environment)
    config = tmp_path / "Caddyfile"
    # Its own administration would stand at a port that another Caddy may have.
    config.write_text(caddyfile().replace("{\n\tservers", "{\n\tadmin off\n\tservers", 1))
    own = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    own |= {"PORTAL_DOMAIN": f"http://127.0.0.1:{port}", "UPSTREAM": f"127.0.0.1:{web}"}
    _started(["caddy", "run", "--config", str(config), "--adapter", "caddyfile"], port, environment | own)
    return port
