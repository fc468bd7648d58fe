"""Letters about one's own account leave through the queue: no page waits for a mail server, no queue holds a link."""

import base64
import json
import re
import socket
import time
from pathlib import Path

import pytest
from allauth.account.adapter import get_adapter
from django.conf import settings as django_settings
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from portal import letters
from portal.celery import app
from tests.clock import wait_until
from tests.factories import PASSWORD, UserFactory

FRESH = "новый длинный пароль"
LINK = re.compile(r"http://127\.0\.0\.1:8000(/accounts/password/reset/key/[0-9a-z]+-[0-9a-z]+-[0-9a-f]+/)")


@pytest.fixture
def teacher(school):
    return UserFactory(email="teacher@school.example", password=PASSWORD, coordinator_of=school)


@pytest.fixture
def queued(monkeypatch):
    """What is queued: ``(task, kind, person, language)``."""
    found = []
    monkeypatch.setattr(app, "send_task", lambda name, args, **options: found.append((name, *args)))
    return found


def ask(client, email, **extra):
    return client.post("/accounts/password/reset/", {"email": email}, **extra)


def signs_in(client, password) -> bool:
    return client.post("/accounts/login/", {"login": "teacher@school.example", "password": password}).status_code == 302


def waiting_messages() -> list[dict]:
    """Return the messages that wait in the broker, as it stores them."""
    if django_settings.CELERY_BROKER_URL.startswith("redis"):
        import redis

        with redis.Redis.from_url(django_settings.CELERY_BROKER_URL) as client:
            return [json.loads(message) for message in client.lrange("celery", 0, -1)]
    folder = Path(app.conf.broker_transport_options["data_folder_in"])
    return [json.loads(path.read_bytes()) for path in sorted(folder.glob("*.msg"))]


# --- Asking ----------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["teacher@school.example", "Teacher@School.Example", " teacher@school.example "])
def test_what_is_queued_is_the_person_the_kind_and_the_language(
    teacher, typed, client_of, queued, django_capture_on_commit_callbacks
):
    for language in ("ru", "en"):
        with django_capture_on_commit_callbacks(execute=True):
            assert ask(client_of(language=language), typed).url == "/accounts/password/reset/done/"
    assert queued == [
        ("portal.tasks.send_letter", "password_reset", teacher.pk, "ru"),
        ("portal.tasks.send_letter", "password_reset", teacher.pk, "en"),
    ]


def test_a_known_and_an_unknown_address_cost_the_same_and_are_answered_alike(
    teacher, client_of, queued, queries_of, django_capture_on_commit_callbacks
):
    answers, queries = [], []
    UserFactory(email="gone@school.example", is_active=False)
    for email in ("teacher@school.example", "nobody@school.example", "gone@school.example"):
        client = client_of()
        with django_capture_on_commit_callbacks(execute=True):
            queries.append([sql.replace(email, "…") for sql in queries_of(lambda: answers.append(ask(client, email)))])  # noqa: B023
    assert queries[0] == queries[1] == queries[2]
    assert len(queries[0]) == 1
    assert {(answer.status_code, answer.url, answer.content) for answer in answers} == {
        (302, "/accounts/password/reset/done/", b"")
    }
    assert [(kind, user is None) for _task, kind, user, _language in queued] == [
        ("password_reset", False),
        ("password_reset", True),
        ("password_reset", False),
    ]
    assert mail.outbox == []


def test_a_broker_that_is_gone_changes_nothing_in_the_answer_and_stands_in_the_log(
    teacher, client_of, monkeypatch, caplog, django_capture_on_commit_callbacks
):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    gone = type(app)("gone", broker=f"redis://127.0.0.1:{port}/0", set_as_current=False)
    gone.conf.broker_transport_options = {"max_retries": 1, "interval_start": 0, "socket_connect_timeout": 2}
    monkeypatch.setattr(app, "send_task", gone.send_task)
    with django_capture_on_commit_callbacks(execute=True):
        answer = ask(client_of(), "teacher@school.example")
    assert (answer.status_code, answer.url) == (302, "/accounts/password/reset/done/")
    assert [record.levelname for record in caplog.records if "on_commit" in record.getMessage()] == ["ERROR"]


def test_twelve_resets_at_once_wait_for_no_mail_server(
    transactional_db, teacher, worker, at_once, silent_server, settings
):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = silent_server.host, silent_server.port
    settings.EMAIL_TIMEOUT = 60
    people = [teacher, *(UserFactory() for _person in range(11))]
    # Each from a place of their own: allauth counts the requests of one place one after another.
    clients = [Client(REMOTE_ADDR=f"203.0.113.{number}") for number in range(1, 13)]
    pairs = zip(clients, people, strict=True)
    answers = at_once(*[lambda client=client, user=user: ask(client, user.email) for client, user in pairs])
    assert [getattr(answer, "url", answer) for answer in answers] == ["/accounts/password/reset/done/"] * 12
    assert len(waiting_messages()) == 12
    assert silent_server.taken == []


def test_allauth_sends_nothing_by_itself(db):
    with pytest.raises(ImproperlyConfigured):
        get_adapter().send_mail("account/email/password_changed", "teacher@school.example", {})
    assert mail.outbox == []


# --- The message -----------------------------------------------------------------------------


def test_the_stored_message_holds_no_link(transactional_db, teacher, worker):
    ask(Client(), "teacher@school.example")
    ask(Client(), "nobody@school.example")
    messages = waiting_messages()
    bodies = [json.loads(base64.b64decode(message["body"])) for message in messages]
    assert sorted((args for args, _options, _chain in bodies), key=str) == [
        ["password_reset", teacher.pk, "ru"],
        ["password_reset", None, "ru"],
    ]
    assert [options for _args, options, _chain in bodies] == [{}, {}]
    assert sorted(message["headers"]["argsrepr"] for message in messages) == [
        f"['password_reset', {teacher.pk}, 'ru']",
        "['password_reset', None, 'ru']",
    ]


# --- Sending ---------------------------------------------------------------------------------


def test_a_worker_sends_the_letter_and_its_link_works_once(transactional_db, teacher, worker):
    client = Client()
    ask(client, "nobody@school.example", headers={"host": "127.0.0.1"})
    ask(client, "Teacher@School.Example", headers={"host": "localhost"})
    worker.start()
    [letter] = wait_until(lambda: worker.letters)
    assert letter["To"] == "teacher@school.example"
    assert letter["Subject"].strip() == "Новый пароль для портала профориентации"
    text = letter.get_content()
    assert "localhost" not in text
    [link] = LINK.findall(text)
    form = client.get(link).url
    short = client.post(form, {"password1": "short", "password2": "short"})
    assert list(short.context["form"].errors) == ["password1"]
    assert client.post(form, {"password1": FRESH, "password2": FRESH}).status_code == 302
    assert (signs_in(Client(), PASSWORD), signs_in(Client(), FRESH)) == (False, True)
    assert Client().get(link).context["token_fail"] is True
    assert link.split("-")[-1].strip("/") not in worker.log.read_text()


def test_a_worker_that_was_idle_for_longer_than_its_limits_sends_the_next_letter(transactional_db, teacher, worker):
    worker.start()
    said = len(worker.log.read_text())
    time.sleep(5)
    ask(Client(), "teacher@school.example")
    assert len(wait_until(lambda: worker.letters)) == 1
    log = worker.log.read_text()[said:]
    assert [word for word in ("Traceback", "lost", "ERROR") if word in log] == []


@pytest.mark.parametrize(
    ("language", "subject", "greeting"),
    [
        ("ru", "Новый пароль для портала профориентации", "Здравствуйте!"),
        ("en", "A new password for the career guidance portal", "Hello!"),
    ],
)
def test_the_letter_speaks_the_language_of_who_asked_and_names_the_portal(
    teacher, language, subject, greeting, settings
):
    settings.PORTAL_URL = "https://portal.example"
    assert letters.send("password_reset", teacher.pk, language) == 1
    [letter] = mail.outbox
    lines = letter.body.splitlines()
    assert (letter.subject, lines[0]) == (subject, greeting)
    assert " portal.example" in lines[2]
    assert lines[4].startswith("https://portal.example/accounts/password/reset/key/")


def test_the_letter_goes_to_the_address_that_the_person_has_when_it_is_sent(teacher):
    teacher.email = "moved@school.example"
    teacher.save()
    letters.send("password_reset", teacher.pk, "ru")
    assert [letter.to for letter in mail.outbox] == [["moved@school.example"]]


def test_nobody_who_cannot_sign_in_gets_a_letter(db, settings):
    idle = UserFactory(is_active=False)
    demo = UserFactory(is_demo=True)
    assert [letters.send("password_reset", pk, "ru") for pk in (idle.pk, demo.pk, None, 1)] == [0, 0, 0, 0]
    assert mail.outbox == []


@pytest.mark.parametrize("kind", sorted(letters.KINDS))
def test_every_kind_of_letter_can_be_written_in_every_language(teacher, kind, settings):
    for language, _name in settings.LANGUAGES:
        assert letters.send(kind, teacher.pk, language) == 1
    assert len({letter.subject for letter in mail.outbox}) == len(settings.LANGUAGES)
