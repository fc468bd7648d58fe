"""The interface is complete in Russian: nothing untranslated, nothing guessed, and the compiled texts are the same."""

import gettext
import re

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.translation import ngettext

from portal.numbers import spaced

FOLDER = settings.LOCALE_PATHS[0] / "ru" / "LC_MESSAGES"


def entries() -> list[str]:
    blocks = (FOLDER / "django.po").read_text(encoding="utf-8").split("\n\n")[1:]
    return [block for block in blocks if "msgid" in block]


def unwrapped(block: str, name: str) -> list[str]:
    """The texts of ``name`` in a block of the catalogue, with its continued lines joined."""
    found = re.findall(rf'^{name}((?:\[\d\])? (?:".*"\n?)+)', block, re.MULTILINE)
    return ["".join(re.findall(r'"(.*)"', text)) for text in found]


def test_no_text_is_left_untranslated_or_guessed():
    left = [unwrapped(block, "msgid")[0] for block in entries() if "" in unwrapped(block, "msgstr")]
    guessed = [unwrapped(block, "msgid")[0] for block in entries() if re.search("^#,.*fuzzy", block, re.MULTILINE)]
    assert (left, guessed) == ([], [])


def test_every_text_of_the_source_stands_in_the_catalogue():
    """Looked for by their own words, so that no gettext tools are needed."""
    known = {text.replace('\\"', '"') for block in entries() for text in unwrapped(block, "msgid")}
    marked = re.compile(r"""\b(?:gettext_lazy|gettext|_)\(\s*"((?:[^"\\]|\\.)*)"\s*[,)]""")
    missing = [
        (path.name, text)
        for app in ("portal", "campaigns", "events", "reports")
        for path in sorted((settings.BASE_DIR / app).rglob("*.py"))
        for text in marked.findall(path.read_text(encoding="utf-8"))
        if text not in known
    ]
    tag = re.compile(r"""{%\s*translate\s+(?:"([^"]*)"|'([^']*)')""")
    missing += [
        (path.name, first or second)
        for path in sorted((settings.BASE_DIR / "templates").rglob("*.html"))
        for first, second in tag.findall(path.read_text(encoding="utf-8"))
        if (first or second).replace("%", "%%") not in known and (first or second) not in known
    ]
    assert missing == []


def test_the_compiled_texts_are_those_of_the_catalogue():
    with (FOLDER / "django.mo").open("rb") as handle:
        compiled = gettext.GNUTranslations(handle)
    differing = [
        unwrapped(block, "msgid")[0]
        for block in entries()
        if "msgid_plural" not in block
        and "msgctxt" not in block
        and compiled.gettext(_plain(unwrapped(block, "msgid")[0])) != _plain(unwrapped(block, "msgstr")[0])
    ]
    assert differing == []


def _plain(text: str) -> str:
    return text.replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (0, "0 мероприятий"),
        (1, "1 мероприятие"),
        (2, "2 мероприятия"),
        (5, "5 мероприятий"),
        (11, "11 мероприятий"),
        (21, "21 мероприятие"),
        (25, "25 мероприятий"),
        (111, "111 мероприятий"),
        (1001, "1\u00a0001 мероприятие"),
    ],
)
def test_plural_forms_are_right(n, words):
    with translation.override("ru"):
        text = ngettext("%(total)s event", "%(total)s events", n) % {"total": spaced(n)}
    assert text == words
