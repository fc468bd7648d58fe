"""A real Chromium against a live server, in Russian, with the portal's clock under the test's hand."""

import os
import shutil
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import sync_playwright

# Playwright's synchronous interface runs an event loop in this thread; Django would refuse the database in it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
TOMSK = ZoneInfo("Asia/Tomsk")
PASSWORD = "a long password of a test"


@pytest.fixture(scope="session")
def chromium():
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        yield browser
        browser.close()


@pytest.fixture
def portal_time(settings):
    """Set the portal's clock: ``portal_time("2019-09-24 14:20")``, local time of the region."""

    def move(text: str) -> timedelta:
        moment = datetime.fromisoformat(text).replace(tzinfo=TOMSK)
        settings.CLOCK_OFFSET = moment - timezone.now()
        return settings.CLOCK_OFFSET

    return move


class Visitor:
    """One person at one browser. What the page logs as an error is kept, and fails the test at the end."""

    def __init__(self, browser, server, width=1180, display="", locale="ru-RU", **options):
        self.context = browser.new_context(viewport={"width": width, "height": 800}, locale=locale, **options)
        self.server = server
        if display:
            self.context.add_cookies([{"name": "display", "value": display, "url": server.url}])
        self.page = self.context.new_page()
        self.errors = []
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _note(self, message):
        # A 4xx answer is part of some stories; everything else in the console is a fault.
        if message.type == "error" and "status of 4" not in message.text:
            self.errors.append(message.text)

    def go(self, path):
        return self.page.goto(self.server.url + path)

    def sign_in(self, user):
        self.go("/accounts/login/")
        self.page.fill("[name=login]", user.email)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("main form button")
        self.page.wait_for_url(self.server.url + "/")
        return self

    def press(self, name):
        self.page.get_by_role("button", name=name).first.click()
        self.page.wait_for_load_state()


@pytest.fixture
def visit(chromium, live_server):
    """Open a browser window: ``visit(user)`` signed in, ``visit()`` not."""
    visitors = []

    def open_window(user=None, **options):
        visitor = Visitor(chromium, live_server, **options)
        visitors.append(visitor)
        return visitor.sign_in(user) if user else visitor

    yield open_window
    errors = [error for visitor in visitors for error in visitor.errors]
    for visitor in visitors:
        visitor.context.close()
    assert errors == []
