"""Where a form leads after it is sent."""

from django.http import HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

MOST_LETTERS = 2_000
"""The longest way back that is taken. The portal's own are far shorter; a server may refuse a longer header."""


def is_own_address(text: str) -> bool:
    """Whether ``text`` is an address of this portal, written from its root: ``/events/?page=2``.

    It is never the name of a view, nor an address of another host, however that is spelled.
    """
    return (
        text.startswith("/")
        and len(text) <= MOST_LETTERS
        and text.isprintable()
        and url_has_allowed_host_and_scheme(text, allowed_hosts=None)
    )


def way_back(request, default: str) -> HttpResponseRedirect:
    """Lead to the address in the form's ``next``, if it is one of this portal's own, else to ``default``."""
    target = request.POST.get("next", "")
    return HttpResponseRedirect(target if is_own_address(target) else default)
