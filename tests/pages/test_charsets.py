"""A request is in UTF-8; any other charset is refused before Django decodes anything by it."""

import io

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory

from portal.charsets import noting_odd_ones


@pytest.fixture
def answer(db):
    """Ask the application as gunicorn does; return the status and the text."""
    application = noting_odd_ones(WSGIHandler())

    def ask(method, path, content_type, body=b"login=x&password=y"):
        path, _mark, query = path.partition("?")
        environ = RequestFactory()._base_environ(
            REQUEST_METHOD=method,
            PATH_INFO=path,
            QUERY_STRING=query,
            CONTENT_TYPE=content_type,
            CONTENT_LENGTH=str(len(body)),
        )
        environ["wsgi.input"] = io.BytesIO(body)
        found = []
        response = application(environ, lambda status, headers, error=None: found.append(status))
        text = b"".join(response).decode()
        response.close()
        return int(found[0][:3]), text

    return ask


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
@pytest.mark.parametrize(
    "charset",
    [
        *("hex", "rot13", "idna", "zlib", "undefined", "utf-7", "raw-unicode-escape", "base64", "punycode", "mbcs"),
        *("utf-16", "utf-8-sig", "cp1251", "latin-1", "nothing", "", "é", "x\x00y", '"hex"', "9" * 9_999),
    ],
)
def test_any_other_charset_is_refused_with_a_page(charset, method, answer):
    status, text = answer(method, "/accounts/login/?q=%ED%A0%80", f"text/plain; charset={charset}")
    assert status == 400
    assert method == "HEAD" or "<h1>" in text


@pytest.mark.parametrize("parameter", ["charset*=utf-8''hex", "a*=nonsense''%41", "charset*=hex''utf-8"])
def test_a_parameter_that_names_a_charset_of_its_own_breaks_nothing(parameter, answer):
    assert answer("GET", "/accounts/login/", f"text/plain; {parameter}")[0] in (200, 400)


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"', "utf8"])
def test_utf_8_is_taken_however_it_is_written(charset, answer):
    assert answer("GET", "/accounts/login/?q=%D1%8F", f"{FORM}; charset={charset}")[0] == 200


@pytest.mark.parametrize("query", ["q=%ED%A0%80", "q=%FF", "q=\xed\xa0\x80"])
def test_half_a_pair_in_an_address_is_no_accident(query, answer):
    assert answer("GET", f"/accounts/login/?{query}", FORM)[0] == 200
