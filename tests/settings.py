"""Settings, database and cache of the tests.

The same tests run on SQLite with Celery over a folder and, with ``DATABASE_URL`` and ``REDIS_URL`` set, on
PostgreSQL with Redis. Each process of xdist has its own database, folder and number of the Redis database.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

import hypothesis
import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import override_settings

from portal.celery import app as celery_app

ROOT = Path(__file__).resolve().parent.parent
PROCESS = os.environ.get("PYTEST_XDIST_WORKER", "gw0")

hypothesis.settings.register_profile(
    "portal",
    deadline=None,
    derandomize=True,
    max_examples=60,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture, hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("portal")


def redis_url() -> str:
    """Return the address of this process's own Redis database: the numbers count up from the given one."""
    if not django_settings.REDIS_URL:
        return ""
    parts = urlsplit(django_settings.REDIS_URL)
    number = (int(parts.path.strip("/") or 0) + int(PROCESS.removeprefix("gw"))) % 16
    return parts._replace(path=f"/{number}").geturl()


@pytest.fixture(scope="session")
def var_dir(tmp_path_factory) -> Path:
    """This process's own ``var/``: database, files, broker."""
    return tmp_path_factory.mktemp("var")


@pytest.fixture(scope="session", autouse=True)
def settings_of_tests(var_dir):
    """Settings that make tests fast, alike on both databases, and harmless to the machine they run on."""
    static = var_dir / "static"
    static.mkdir()
    redis = redis_url()
    if redis:
        broker = {"CELERY_BROKER_URL": redis, "CELERY_BROKER_TRANSPORT_OPTIONS": {"visibility_timeout": 600}}
    else:
        for folder in ("queue", "control"):
            (var_dir / "broker" / folder).mkdir(parents=True)
        options = {
            "data_folder_in": str(var_dir / "broker" / "queue"),
            "data_folder_out": str(var_dir / "broker" / "queue"),
            "control_folder": str(var_dir / "broker" / "control"),
            "store_processed": False,
        }
        broker = {"CELERY_BROKER_URL": "filesystem://localhost", "CELERY_BROKER_TRANSPORT_OPTIONS": options}
    changed = override_settings(
        VAR_DIR=var_dir,
        MEDIA_ROOT=var_dir / "files",
        STATIC_ROOT=static,
        STORAGES={
            "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        },
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        SESSION_ENGINE="django.contrib.sessions.backends.db",
        DEMO=False,
        DEBUG=False,
        SECURE_SSL_REDIRECT=False,
        SECURE_HSTS_SECONDS=0,
        SESSION_COOKIE_SECURE=False,
        CSRF_COOKIE_SECURE=False,
        TIME_ZONE="Asia/Tomsk",
        **broker,
    )
    with changed:
        celery_app.conf.broker_url = broker["CELERY_BROKER_URL"]
        celery_app.conf.broker_transport_options = broker["CELERY_BROKER_TRANSPORT_OPTIONS"]
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, settings_of_tests, var_dir):
    """SQLite's test database is a file of this process, so that threads and workers can open it too."""
    if connection.vendor == "sqlite":
        django_settings.DATABASES["default"]["TEST"]["NAME"] = str(var_dir / "test.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Start the ids of each table at a thousand of its own above 10,000.

    An id that is split by a thousands separator, or taken for one of another table, then shows at once.
    """
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT quote_ident(sequencename), quote_ident(schemaname) FROM pg_sequences "
                "WHERE schemaname = 'public' ORDER BY 1"
            )
            for number, (name, schema) in enumerate(cursor.fetchall()):
                cursor.execute(f"ALTER SEQUENCE {schema}.{name} RESTART WITH {11_001 + number * 1_000}")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE sql LIKE '%%AUTOINCREMENT%%' ORDER BY 1")
            for number, (name,) in enumerate(cursor.fetchall()):
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [name])
                cursor.execute(
                    "INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [name, 11_000 + number * 1_000]
                )


@pytest.fixture(autouse=True)
def _clean_cache(settings_of_tests):
    from django.core.cache import cache

    yield
    cache.clear()
