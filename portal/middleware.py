"""What happens around every page: ends of sessions, the region's time, private answers, refusals."""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control, patch_vary_headers

from portal import accesslog
from portal.access import Scope
from portal.charsets import IN_ODD_CHARSET
from portal.errors import StateForbids

SEEN_EVERY = 300
"""Seconds between two notes of a session's last use: a page costs no write."""


class SessionEnd:
    """Ends a session after ``SESSION_IDLE_END`` without a page and ``SESSION_ABSOLUTE_END`` in any case."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated:
            self._keep_or_end(request)
        return self.get_response(request)

    def _keep_or_end(self, request):
        now = timezone.now().timestamp()
        started = request.session.setdefault("started_at", now)
        seen = request.session.get("seen_at", now)
        idle, absolute = settings.SESSION_IDLE_END.total_seconds(), settings.SESSION_ABSOLUTE_END.total_seconds()
        if now - seen > idle or now - started > absolute:
            logout(request)
        elif now - seen > SEEN_EVERY or "seen_at" not in request.session:
            request.session["seen_at"] = now


class RegionTime:
    """Shows times as they are in the region of the person who looks."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        regions = Scope.of(request.user).regions
        if not regions:
            return self.get_response(request)
        with timezone.override(ZoneInfo(regions[0].time_zone)):
            return self.get_response(request)


class ChosenLanguage:
    """Speaks Russian unless another language was chosen; the browser's own wish does not count.

    Teachers' browsers are set to all kinds of languages; the portal's is Russian.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        patch_vary_headers(response, ["Cookie"])
        response.headers.setdefault("Content-Language", language)
        return response


class PlainAddresses:
    """Answers 400 to an address with a NUL in it: no page has a use for one, and PostgreSQL takes none.

    And to a request in another charset than UTF-8, as :mod:`portal.charsets` found it.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        has_nul = "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", "")
        if has_nul or IN_ODD_CHARSET in request.META:
            return render(request, "400.html", status=400)
        return self.get_response(request)


class PrivateAnswers:
    """Marks what a signed-in person gets as private and not to be stored: the next may sit at the same computer."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.user.is_authenticated or request.path.startswith("/accounts/"):
            patch_cache_control(response, private=True, no_store=True)
        return response


class RefusalPages:
    """Answers 409 with the reason where a state forbids a verb, and notes every refusal."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if isinstance(exception, StateForbids):
            return render(request, "409.html", {"reason": str(exception)}, status=409)
        if isinstance(exception, PermissionDenied):
            accesslog.note("refused", request)
        return None
