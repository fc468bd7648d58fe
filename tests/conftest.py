"""What every test stands on: a real database, a clock that stands still, a small world of people and places.

The same tests run on SQLite with Celery over a folder and, with ``DATABASE_URL`` and ``REDIS_URL`` set, on
PostgreSQL with Redis. Each process of xdist has its own database, folder and number of the Redis database.
"""

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
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

import hypothesis
import pytest
import time_machine
from django.conf import settings as django_settings
from django.db import connection, connections
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from portal import clock as clock_of_portal
from portal.celery import app as celery_app
from portal.models import User
from tests.factories import (
    CampaignFactory,
    EnrolmentFactory,
    FormatFactory,
    MunicipalityFactory,
    RegionFactory,
    SchoolFactory,
    UserFactory,
)

ROOT = Path(__file__).resolve().parent.parent
CLOCK_START = "2019-09-24 14:20"
_PROCESS = os.environ.get("PYTEST_XDIST_WORKER", "gw0")

hypothesis.settings.register_profile(
    "portal",
    deadline=None,
    derandomize=True,
    max_examples=60,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture, hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("portal")


# --- Settings and the database ---------------------------------------------------------------


def _redis_url() -> str:
    """Return the address of this process's own Redis database: the numbers count up from the given one."""
    if not django_settings.REDIS_URL:
        return ""
    parts = urlsplit(django_settings.REDIS_URL)
    number = (int(parts.path.strip("/") or 0) + int(_PROCESS.removeprefix("gw"))) % 16
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
    redis = _redis_url()
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


# --- Tools -----------------------------------------------------------------------------------


@pytest.fixture
def clock():
    """Stop the clock at 14:20 of 24 September 2019 in Tomsk; ``clock("2019-10-17 23:59:59")`` moves it.

    The text is local time of the region, by default Tomsk's: ``clock("…", "Europe/Moscow")``.
    """

    def moment(text, zone) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)

    with time_machine.travel(moment(CLOCK_START, "Asia/Tomsk"), tick=False) as traveller:

        def move(text, zone="Asia/Tomsk") -> datetime:
            traveller.move_to(moment(text, zone))
            return moment(text, zone)

        yield move


@pytest.fixture
def english():
    """Speak English: messages are then as they stand in the source."""
    with translation.override("en"):
        yield


@pytest.fixture
def queries_of(db):
    """Return the SQL that a call sends: ``assert len(queries_of(lambda: page())) == 5``."""

    def run(act) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            act()
        return [query["sql"] for query in captured.captured_queries]

    return run


@pytest.fixture
def fresh():
    """Read a row again, as the next request would: ``fresh(user)`` forgets the memberships it had loaded."""
    return lambda row: type(row)._default_manager.get(pk=row.pk)


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


def wait_until(condition, seconds: float = 30):
    """Ask ``condition`` until it gives something true, and return that; fail after ``seconds`` of real time."""
    end = time.monotonic() + seconds  # a stopped clock does not stop this one
    while not (found := condition()):
        assert time.monotonic() < end, f"not within {seconds} seconds"
        time.sleep(0.05)
    return found


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
                [*command, "-n", f"{_PROCESS}-{os.getpid()}@%h", "--without-mingle", "--without-gossip"],
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
    url = _redis_url()
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
        "REDIS_URL": _redis_url(),
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
    if _redis_url():
        location = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": _redis_url()}
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


# --- The world -------------------------------------------------------------------------------
# Tomsk region with two municipalities and the group of schools that none of them runs; a campaign, the
# letter's of autumn 2019, on its twelfth day; people of every role; and another region with its own.


@pytest.fixture
def region(db):
    return RegionFactory(slug="tomsk-region", name="Томская область")


@pytest.fixture
def tomsk(region):
    return MunicipalityFactory(region=region, slug="tomsk", name="город Томск", kind="urban")


@pytest.fixture
def kolpashevo(region):
    return MunicipalityFactory(region=region, slug="kolpashevskiy", name="Колпашевский район")


@pytest.fixture
def unrun(region):
    """The schools that no municipality runs: the operator reviews them."""
    return MunicipalityFactory(region=region, slug="regional", name="Областные школы", kind="regional")


@pytest.fixture
def school(tomsk):
    """In Tomsk, 25 pupils in each grade."""
    school = SchoolFactory(municipality=tomsk, code="perspektiva", name="Школа «Перспектива»")
    EnrolmentFactory(school=school)
    return school


@pytest.fixture
def second_school(tomsk):
    """In Tomsk too, without known enrolment."""
    return SchoolFactory(municipality=tomsk, code="tomsk-2", name="Школа № 2")


@pytest.fixture
def village_school(kolpashevo):
    return SchoolFactory(municipality=kolpashevo, code="kolpashevo-3", name="Школа № 3", setting="rural")


@pytest.fixture
def unrun_school(unrun):
    return SchoolFactory(municipality=unrun, code="internat", name="Школа-интернат")


@pytest.fixture
def lesson(region):
    """An open lesson for grades 5 to 11."""
    return FormatFactory(region=region, slug="lesson", name="Открытый урок")


@pytest.fixture
def contest(region):
    """A contest for grades 8 to 11 that asks for two numbers."""
    return FormatFactory(
        region=region,
        slug="contest",
        name="Большие вызовы",
        kind="contest",
        grade_from=8,
        indicators=["Проектов", "Победителей"],
    )


@pytest.fixture
def club(region):
    """A club for grades 1 to 4, outside the campaign's own grades."""
    return FormatFactory(
        region=region, slug="club", name="Фабрика миров", kind="club", grade_from=1, grade_to=4, indicators=["Занятий"]
    )


@pytest.fixture
def campaign(region, lesson, contest, club, clock):
    """The letter's campaign, published, on its twelfth day."""
    return CampaignFactory(
        region=region,
        slug="autumn-2019",
        name="Осенняя профориентационная кампания 2019 года",
        formats=[lesson, contest, club],
    )


@pytest.fixture
def operator(region):
    return UserFactory(email="operator@region.example", name="Ольга Оператор", operator_of=region)


@pytest.fixture
def department(region):
    return UserFactory(email="department@region.example", name="Дарья Департамент", department_of=region)


@pytest.fixture
def municipal(tomsk):
    return UserFactory(email="municipal@tomsk.example", name="Мария Муниципальная", municipal_of=tomsk)


@pytest.fixture
def village_municipal(kolpashevo):
    return UserFactory(email="municipal@kolpashevo.example", name="Вера Колпашевская", municipal_of=kolpashevo)


@pytest.fixture
def coordinator(school):
    return UserFactory(email="coordinator@school.example", name="Кира Школьная", coordinator_of=school)


@pytest.fixture
def colleague(school):
    """The school's second coordinator."""
    return UserFactory(email="colleague@school.example", name="Павел Школьный", coordinator_of=school)


@pytest.fixture
def second_coordinator(second_school):
    """The coordinator of the other school in Tomsk."""
    return UserFactory(email="coordinator@second.example", name="Нина Вторая", coordinator_of=second_school)


@pytest.fixture
def unrun_coordinator(unrun_school):
    return UserFactory(email="coordinator@internat.example", name="Инна Интернатская", coordinator_of=unrun_school)


@pytest.fixture
def nobody(db):
    """A person with an account and no membership."""
    return UserFactory(email="nobody@nowhere.example", name="Никто")


@pytest.fixture
def foreign(db, clock):
    """Another region with all of its own: places, campaign, format and people."""
    region = RegionFactory(slug="altai", name="Алтайский край", time_zone="Asia/Barnaul")
    municipality = MunicipalityFactory(region=region, slug="barnaul", name="город Барнаул")
    school = SchoolFactory(municipality=municipality, code="barnaul-1", name="Школа № 1")
    lesson = FormatFactory(region=region, slug="altai-lesson", name="Открытый урок Алтая", indicators=["Чужое число"])
    return SimpleNamespace(
        region=region,
        municipality=municipality,
        school=school,
        lesson=lesson,
        campaign=CampaignFactory(region=region, slug="altai-2019", formats=[lesson]),
        operator=UserFactory(operator_of=region),
        department=UserFactory(department_of=region),
        municipal=UserFactory(municipal_of=municipality),
        coordinator=UserFactory(coordinator_of=school),
    )


@pytest.fixture
def people(operator, department, municipal, village_municipal, coordinator, second_coordinator, nobody, foreign):
    """Everyone by the part they play, for tables of who may do what."""
    return {
        "operator": operator,
        "department": department,
        "municipal": municipal,
        "another municipal": village_municipal,
        "coordinator": coordinator,
        "another coordinator": second_coordinator,
        "technical staff": User.objects.create_superuser("staff@region.example", None, name="Техник"),
        "without membership": nobody,
        "foreign operator": foreign.operator,
        "foreign department": foreign.department,
        "foreign municipal": foreign.municipal,
        "foreign coordinator": foreign.coordinator,
    }
