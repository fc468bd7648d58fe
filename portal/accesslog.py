"""The access log: sign-ins, refusals and downloads, one line each, to the logger ``portal.access``.

A line holds what happened, who, from where and the path; never a password and never a query string.
"""

import logging

from allauth.account.adapter import get_adapter
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.core.exceptions import PermissionDenied
from django.dispatch import receiver

logger = logging.getLogger("portal.access")


def note(what: str, request, who=None) -> None:
    """Write one line: ``what`` happened (``sign-in``, ``refused``, ``download``) on this request."""
    who = who or getattr(getattr(request, "user", None), "email", "") or "-"
    logger.info("%s who=%s from=%s path=%s", what, _one_line(who), _address(request), _one_line(request.path))


def _address(request) -> str:
    try:
        return get_adapter(request).get_client_ip(request)
    except PermissionDenied:
        return "-"


def _one_line(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in str(text))[:300]


@receiver(user_logged_in)
def _signed_in(sender, request, user, **kwargs):
    if request is not None:
        note("sign-in", request, user.email)


@receiver(user_logged_out)
def _signed_out(sender, request, user, **kwargs):
    if request is not None:
        note("sign-out", request, getattr(user, "email", ""))


@receiver(user_login_failed)
def _sign_in_failed(sender, credentials, request=None, **kwargs):
    if request is not None:
        note("sign-in-failed", request, credentials.get("email") or credentials.get("username") or "-")
