"""Requests are in UTF-8. What names another charset is found before Django makes a request of it.

Django decodes the address by whatever codec of Python a visitor names, while it makes the request: what fails there no
middleware sees.
"""

import codecs

from django.utils.http import parse_header_parameters

IN_ODD_CHARSET = "portal.in_odd_charset"
"""Stands in the environment of a request that named a charset other than UTF-8; no header can put it there."""


def noting_odd_ones(application):
    """Return the WSGI ``application`` that gets a request in another charset without it, noted to be refused."""

    def noting(environ, start_response):
        if not _is_in_utf_8(environ.get("CONTENT_TYPE", "")):
            environ = environ | {"CONTENT_TYPE": "", IN_ODD_CHARSET: True}
        return application(environ, start_response)

    return noting


def _is_in_utf_8(content_type: str) -> bool:
    try:
        _kind, parameters = parse_header_parameters(content_type)
        return codecs.lookup(parameters.get("charset", "utf-8")).name == "utf-8"
    except (LookupError, ValueError):
        return False
