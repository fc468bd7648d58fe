"""A real Chromium against a live server, in Russian, with the portal's clock under the test's hand."""

import shutil
from datetime import UTC, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from playwright.sync_api import sync_playwright

from portal.display import COOKIE as DISPLAY_COOKIE
from tests.browser.pages import DESKTOP, SIZES
from tests.clock import CLOCK_START
from tests.factories import (
    PASSWORD,
)


def pytest_collection_modifyitems(items):
    """Every test of this folder is a browser's, on a database that the server's threads see too."""
    here = __file__.rpartition("/")[0]
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def _static_files(settings_of_tests):
    """Styles and scripts stand where the live server looks for them."""
    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture(scope="session")
def chromium():
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    # Playwright's synchronous interface runs an event loop in this thread, in which Django would refuse the database.
    with pytest.MonkeyPatch.context() as patched, sync_playwright() as playwright:
        patched.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
            # Playwright switches off the cache of whole pages; people have it, and Back shows what it kept.
            ignore_default_args=["--disable-back-forward-cache"],
        )
        yield browser
        browser.close()


@pytest.fixture
def clock(settings):
    """Set the portal's clock, which then runs on: ``clock("2019-10-17 23:59")``, local time of the region.

    Unlike the other tests' clock it does not stop the process, and so neither the browser nor the server.
    """

    def move(text: str, zone="Asia/Tomsk") -> datetime:
        moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        settings.CLOCK_OFFSET = moment - timezone.now()
        return moment

    move(CLOCK_START)
    return move


class Visitor:
    """One person at one browser. What a page puts in the console as an error is kept, and fails the test."""

    def __init__(self, browser, server, *, width=DESKTOP, display="", **options):
        self.server = server
        self.context = browser.new_context(viewport=SIZES[width], locale="ru-RU", timezone_id="Asia/Tomsk", **options)
        self.context.set_default_timeout(15_000)
        if display:
            self.put_cookie(DISPLAY_COOKIE, display)
        self.errors = []
        self.page = self.context.new_page()
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.errors.append(f"{self.page.url}: {error}"))

    def _note(self, message):
        # That a page answered 4xx is part of some stories; everything else in the console is a fault.
        if message.type in ("error", "warning") and "responded with a status of 4" not in message.text:
            self.errors.append(f"{self.page.url}: {message.text}")

    def put_cookie(self, name, value):
        self.context.add_cookies([{"name": name, "value": value, "url": self.server.url}])

    def come_in(self, user):
        """Be signed in without typing, which is faster."""
        client = Client()
        client.force_login(user, backend="portal.signin.EmailBackend")
        self.put_cookie(django_settings.SESSION_COOKIE_NAME, client.cookies[django_settings.SESSION_COOKIE_NAME].value)
        return self

    def sign_in(self, user, path="/accounts/login/"):
        """Type the e-mail and the password on the sign-in page; None: on the one that is open already."""
        if path:
            self.go(path)
        self.fill(login=user.email, password=PASSWORD)
        with self.page.expect_navigation():
            self.page.locator("main form button").first.click()
        return self

    def sign_out(self):
        self.page.locator("details.account > summary").click()
        with self.page.expect_navigation():
            self.page.locator("details.account form[action='/accounts/logout/'] button").click()

    def go(self, path):
        return self.page.goto(self.server.url + path)

    def fill(self, **values):
        """Type into fields by their names."""
        for name, value in values.items():
            self.page.locator(f"main [name={name}]").fill(value)

    def click(self, selector):
        """Press what stands on the page, by CSS, and return the answer."""
        with self.page.expect_navigation() as answer:
            self.page.locator(f"main {selector}").first.click()
        return answer.value

    def value(self, name) -> str:
        return self.page.locator(f"main [name={name}]").input_value()

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    @property
    def text(self) -> str:
        return self.page.locator("main").inner_text()


@pytest.fixture
def visit(chromium, live_server, _static_files):
    """Open a browser window: ``visit(user)`` is signed in already, ``visit()`` is not."""
    visitors = []

    def open_window(user=None, **options):
        visitor = Visitor(chromium, live_server, **options)
        visitors.append(visitor)
        return visitor.come_in(user) if user else visitor

    yield open_window
    errors = [error for visitor in visitors for error in visitor.errors]
    for visitor in visitors:
        visitor.context.close()
    assert errors == []
