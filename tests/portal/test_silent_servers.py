"""Servers that take a connection and never answer are left after seconds: mail, Redis, PostgreSQL.

The settings are read in a process of their own, as production reads them, with the silent server's address.
"""

import os
import subprocess
import sys
from smtplib import SMTPServerDisconnected

import pytest

from portal import tasks
from portal.celery import LETTER, app
from reports import tasks as tasks_of_reports
from tests.settings import ROOT

MOST = 30
"""Seconds that any of these may take on a busy machine; without a limit they take for ever, or minutes."""


@pytest.fixture
def silent_port(silent_server):
    yield silent_server.port
    assert silent_server.taken != [], "nobody came"


def run(code: str, var_dir, **environment) -> str:
    """Run ``code`` with Django set up by ``environment``; return the name of the exception that it ends with."""
    start = "import django; django.setup()\n"
    others = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "EMAIL_URL")
    kept = {name: value for name, value in os.environ.items() if name not in others} | {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "VAR_DIR": str(var_dir / "silent"),
        "SECRET_KEY": "x",
        "HTTPS": "0",
    }
    found = subprocess.run(
        [sys.executable, "-c", start + code],
        cwd=ROOT,
        env=kept | environment,
        capture_output=True,
        text=True,
        timeout=MOST,
    )
    last = found.stderr.strip().splitlines()[-1] if found.returncode else ""
    return last.split(":")[0]


def test_a_mail_server_is_left(silent_port, var_dir):
    code = "from django.core.mail import send_mail; send_mail('x', 'x', None, ['a@school.example'])"
    found = run(code, var_dir, EMAIL_URL=f"smtp://127.0.0.1:{silent_port}", EMAIL_TIMEOUT="1")
    assert found == "smtplib.SMTPServerDisconnected"


def test_a_cache_is_left(silent_port, var_dir):
    code = "from django.core.cache import cache; cache.get('x')"
    assert run(code, var_dir, REDIS_URL=f"redis://127.0.0.1:{silent_port}/0") == "redis.exceptions.TimeoutError"


def test_a_broker_is_left(silent_port, var_dir):
    code = "from portal.celery import LETTER, app; app.send_task('x', retry=False)"
    found = run(code, var_dir, CELERY_BROKER_URL=f"redis://127.0.0.1:{silent_port}/0")
    assert found == "kombu.exceptions.OperationalError"


def test_whoever_asks_for_a_letter_gets_the_page_while_the_broker_is_silent(silent_port, var_dir):
    code = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.test import Client
answer = Client(headers={"host": "127.0.0.1"}).post("/accounts/password/reset/", {"email": "a@school.example"})
assert (answer.status_code, answer.url) == (302, "/accounts/password/reset/done/"), answer
"""
    assert run(code, var_dir, CELERY_BROKER_URL=f"redis://127.0.0.1:{silent_port}/0") == ""


def test_a_database_is_left(silent_port, var_dir):
    code = "from django.db import connection; connection.ensure_connection()"
    database = f"postgres://portal@127.0.0.1:{silent_port}/portal"
    assert run(code, var_dir, DATABASE_URL=database) == "django.db.utils.OperationalError"


def test_a_letter_is_tried_again_and_a_task_ends_before_its_message_is_given_to_another_worker(settings):
    visible = 600
    assert issubclass(SMTPServerDisconnected, LETTER["autoretry_for"])
    assert app.conf.task_soft_time_limit < app.conf.task_time_limit < visible
    for task in (tasks.send_letter, tasks_of_reports.send_letters):
        assert settings.EMAIL_TIMEOUT < task.soft_time_limit < task.time_limit < visible
