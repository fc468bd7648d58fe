"""Beside the test: calls in threads, a real Celery worker, other processes, a server that never answers."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from email import message_from_bytes, policy
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import pytest
import time_machine
from django.db import connection, connections

from portal import clock as clock_of_portal
from portal.celery import app as celery_app
from tests.settings import PROCESS, ROOT, redis_url


@pytest.fixture
def at_once(transactional_db):
    """Run calls at the same moment, each in a thread with a connection of its own.

    Returns for each call, in order, what it returned or the exception that it raised.
    """

    def run(*calls):
        barrier = threading.Barrier(len(calls), timeout=30)

        def one(call):
            try:
                connection.ensure_connection()
                barrier.wait()
                return call()
            except Exception as error:
                return error
            finally:
                connections.close_all()

        with ThreadPoolExecutor(max_workers=len(calls)) as pool:
            return [future.result() for future in [pool.submit(one, call) for call in calls]]

    return run


@pytest.fixture
def silent_server():
    """A server that takes connections and never says a word: its ``host``, its ``port`` and what it has ``taken``."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as server:
        host, port = server.getsockname()
        found = SimpleNamespace(host=host, port=port, taken=[])

        def take():
            with suppress(OSError):
                while True:
                    found.taken.append(server.accept()[0])

        thread = threading.Thread(target=take)
        thread.start()
        yield found
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        for link in found.taken:
            link.close()


# --- A real worker ---------------------------------------------------------------------------


def _real_time() -> float:
    return time_machine.escape_hatch.time.time() if time_machine.escape_hatch.is_travelling() else time.time()


class Worker:
    """A Celery worker in a process of its own, on this test's database and broker, with the test's clock.

    Its clock runs on from the moment of ``start()``; a clock that is moved later reaches the next start.
    """

    def __init__(self, var_dir: Path, environment: dict):
        self.var_dir = var_dir
        self.environment = environment
        self.log = var_dir / "worker.log"
        self.process = None

    def start(self, **environment) -> "Worker":
        """Start it; ``environment`` sets variables for this start alone. It takes a second or two to be ready."""
        assert self.process is None, "this worker runs already"
        offset = round(clock_of_portal.now().timestamp() - _real_time())
        command = [sys.executable, "-m", "celery", "-A", "portal", "worker", "--concurrency", "1", "-l", "warning"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "-n", f"{PROCESS}-{os.getpid()}@%h", "--without-mingle", "--without-gossip"],
                cwd=ROOT,
                env=self.environment | {"TEST_CLOCK_OFFSET": str(offset)} | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    @property
    def letters(self) -> list:
        """The letters that it has sent in this test: it writes them as files."""
        files = sorted((self.var_dir / "mail").glob("*.log"))
        parts = b"".join(path.read_bytes() for path in files).split(b"-" * 79)
        return [message_from_bytes(part.strip(), policy=policy.default) for part in parts if part.strip()]

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """SIGKILL to the whole process group, as a machine that goes dark would do."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        """Let it finish its task and end; kill it after ten seconds."""
        if self.process is None:
            return
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=10)
        self.kill()


def _empty_broker() -> None:
    """Forget what waits for a worker, and in Redis what one has cached (rate limits too)."""
    url = redis_url()
    if url:
        import redis

        with redis.Redis.from_url(url) as client:
            keys = [
                "celery",
                "unacked",
                "unacked_index",
                "unacked_mutex",
                *client.keys("_kombu.binding.*"),
                *client.keys(":1:*"),
            ]
            client.delete(*keys)
    else:
        options = celery_app.conf.broker_transport_options
        for folder in (options["data_folder_in"], options["control_folder"]):
            for path in Path(folder).iterdir():
                path.unlink()


@pytest.fixture
def environment(transactional_db, var_dir, settings):
    """The environment of another process of the portal, on this test's database, cache and folder."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{database['NAME']}"
    else:
        login = quote(database["USER"], safe="")
        if database["PASSWORD"]:
            login += f":{quote(database['PASSWORD'], safe='')}"
        host = f"{database['HOST'] or '127.0.0.1'}:{database['PORT'] or 5432}"
        url = f"postgres://{login}@{host}/{quote(database['NAME'], safe='')}"
    return {
        name: value for name, value in os.environ.items() if name not in ("CELERY_BROKER_URL", "DEBUG", "EMAIL_URL")
    } | {
        "DATABASE_URL": url,
        "REDIS_URL": redis_url(),
        "VAR_DIR": str(var_dir),
        "SECRET_KEY": settings.SECRET_KEY,
        "HTTPS": "0",
        "DEMO": "0",
        "PYTHONWARNINGS": "default",
    }


@pytest.fixture
def worker(environment, var_dir, settings):
    """A real worker, not yet started; what the test sends waits for it in the same broker."""
    _empty_broker()
    # What one process caches the other must see, as in production.
    if redis_url():
        location = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": redis_url()}
    else:
        location = {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": var_dir / "cache",
        }
    settings.CACHES = {"default": location}
    found = Worker(var_dir, environment)
    yield found
    found.kill()
    _empty_broker()
    for folder in ("files", "mail", "cache"):
        shutil.rmtree(var_dir / folder, ignore_errors=True)
