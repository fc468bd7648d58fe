"""A visitor of all pages who reads forms as a browser does."""

import os
from collections import deque
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

from django.urls import Resolver404, resolve

ALL = bool(os.environ.get("WALKS"))
"""Whether the walks go everywhere (``make walks``); ``make test`` goes over a slice of each."""


def slice_of(cases, every: int = 7) -> list:
    """Return every seventh of ``cases``, always the same ones, or all of them where all is walked."""
    return list(cases) if ALL else list(cases)[::every]


TYPED = {"text", "search", "url", "tel", "email", "password", "number", "date", "time", "checkbox", "radio", "file"}
"""The types of fields in which Enter sends the form. A list (select) sends it too in some browsers."""


@dataclass
class Control:
    """A field or a button of a form."""

    tag: str
    attrs: dict
    value: str = ""
    options: list = field(default_factory=list)

    @property
    def type(self) -> str:
        return self.attrs.get("type", {"button": "submit", "input": "text"}.get(self.tag, self.tag)).lower()

    @property
    def name(self) -> str:
        return self.attrs.get("name", "")

    @property
    def is_disabled(self) -> bool:
        return "disabled" in self.attrs

    @property
    def submits(self) -> bool:
        return self.tag in ("button", "input") and self.type in ("submit", "image")

    @property
    def is_idle(self) -> bool:
        """Whether pressing it sends nothing: it closes the dialog around its form, and there is none."""
        return self.attrs.get("formmethod") == "dialog"

    @property
    def takes_enter(self) -> bool:
        return not self.is_disabled and (self.tag == "select" or (self.tag == "input" and self.type in TYPED))

    @property
    def is_sent(self) -> bool:
        """Whether the browser sends its value, with no button pressed."""
        if not self.name or self.is_disabled or self.type in ("submit", "image", "button", "reset", "file"):
            return False
        return self.type not in ("checkbox", "radio") or "checked" in self.attrs


@dataclass
class Form:
    """A form of a page with its controls in the order of the source, those of ``form=`` too."""

    page: str
    attrs: dict
    controls: list = field(default_factory=list)

    @property
    def method(self) -> str:
        return self.attrs.get("method", "get").lower()

    def action(self, button=None) -> str:
        """The path that the form is sent to, by ``button`` if it has a say in it."""
        own = self.attrs.get("action") or self.page
        return urljoin(self.page, (button.attrs.get("formaction") if button else None) or own)

    @property
    def buttons(self) -> list:
        return [control for control in self.controls if control.submits]

    @property
    def default(self):
        """The button that Enter presses: the first of the source, though it be hidden.

        A disabled one does not stand for nothing: from a tick or a day Chrome presses the next."""
        return next((button for button in self.buttons if not button.is_disabled), None)

    @property
    def values(self) -> dict:
        """What is sent when nothing is changed, as ``{name: [value, …]}``."""
        values = {}
        for control in self.controls:
            if control.is_sent:
                values.setdefault(control.name, []).append(control.value)
        return values

    @property
    def names(self) -> set:
        """The names of all that it may send, but for the token of the session."""
        return {control.name for control in self.controls if control.name} - {"csrfmiddlewaretoken"}


class _Reader(HTMLParser):
    """Collects the forms and the links of a page; with ``scripting``, what stands for browsers without is not there."""

    def __init__(self, page, scripting):
        super().__init__()
        self.page, self.scripting = page, scripting
        self.forms, self.by_id, self.controls, self.links = [], {}, [], []
        self.open_form, self.open_control, self.skips = None, None, False

    def handle_starttag(self, tag, attrs):
        attrs = {name: value or "" for name, value in attrs}
        if tag == "noscript":
            self.skips = self.scripting
        if self.skips:
            return
        if tag == "a" and "href" in attrs:
            self.links.append(attrs["href"])
        elif tag == "form":
            self.open_form = Form(self.page, attrs)
            self.forms.append(self.open_form)
            if "id" in attrs:
                self.by_id[attrs["id"]] = self.open_form
        elif tag in ("input", "button", "select", "textarea"):
            control = Control(tag, attrs, attrs.get("value", "on" if attrs.get("type") == "checkbox" else ""))
            self.controls.append((control, self.open_form))
            self.open_control = control if tag in ("select", "textarea") else None
        elif tag == "option" and self.open_control is not None:
            value = attrs.get("value", "")
            if "selected" in attrs or not self.open_control.options:
                self.open_control.value = value
            self.open_control.options.append(value)

    def handle_endtag(self, tag):
        if tag == "noscript":
            self.skips = False
        elif tag == "form" and not self.skips:
            self.open_form = None
        elif tag in ("select", "textarea"):
            self.open_control = None

    def handle_data(self, data):
        if self.open_control is not None and self.open_control.tag == "textarea":
            self.open_control.value += data

    def read(self, text):
        self.feed(text)
        for control, around in self.controls:
            owner = self.by_id.get(control.attrs["form"]) if "form" in control.attrs else around
            if owner is not None:
                owner.controls.append(control)
        return self


@dataclass
class Page:
    """A page that was answered 200."""

    address: str
    name: str
    text: str

    def forms(self, scripting=True) -> list[Form]:
        return _Reader(self.address, scripting).read(self.text).forms

    @property
    def links(self) -> list[str]:
        return [urljoin(self.address, link) for link in _Reader(self.address, False).read(self.text).links]


def name_of(address: str) -> str:
    """The name of the view that answers at ``address``; nothing where none does."""
    try:
        return resolve(urlsplit(address).path).url_name or ""
    except Resolver404:
        return ""


def walk(client, *, start=("/", "/display/", "/accounts/login/", "/accounts/password/reset/")) -> list[Page]:
    """Return the pages that links lead to from ``start``, one for each path and set of parameters.

    No link may break the portal; one that is refused leads no further.
    """
    pages, known, waiting = [], set(), deque(start)
    while waiting:
        address = waiting.popleft()
        parts = urlsplit(address)
        key = (parts.path, tuple(sorted(name for name, _value in parse_qsl(parts.query))))
        if parts.netloc or parts.scheme or key in known or parts.path.startswith(("/admin/", "/static/")):
            continue
        known.add(key)
        response = client.get(f"{parts.path}?{parts.query}" if parts.query else parts.path)
        if response.status_code in (301, 302):
            waiting.append(response["Location"])
            continue
        assert response.status_code < 500, address
        if response.status_code != 200 or response.streaming or not response["Content-Type"].startswith("text/html"):
            if response.streaming:
                b"".join(response)
            continue
        page = Page(address, name_of(address), response.content.decode())
        pages.append(page)
        waiting.extend(page.links)
    return pages
