"""The style sheet: every class that it names stands on some page."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
APPS = ("portal", "campaigns", "events", "reports", "demo")
OF_LIBRARIES = {
    # Pages of allauth and forms laid out by crispy name these.
    "alert",
    "alert-danger",
    "asteriskField",
    "form-check",
    "form-check-input",
    "form-check-label",
    "form-label",
    "is-invalid",
}
"""Classes that the templates of others write."""

TAG = r"\{[%{].*?[%}]\}"
WORD = r"[A-Za-z][\w-]*"


def words(text) -> set[str]:
    """Return the words of a text; of one that a tag completes, as ``tag-{{ kind }}``, the beginning with a star."""
    return set(re.findall(WORD, text)) | {f"{start}*" for start in re.findall(rf"({WORD})\{{[{{%]", text)}


def classes_in_template(text) -> set[str]:
    """Return the words of class attributes, and those in quotes within tags: a tag or an include may write them."""
    attributes = re.findall(rf'class="((?:{TAG}|[^"{{])*)"', text)
    in_tags = [part for tag in re.findall(TAG, text) for part in re.findall(r"\"[^\"]*\"|'[^']*'", tag)]
    return {word for part in [*attributes, *in_tags] for word in words(part)}


def classes_in_module(text) -> set[str]:
    """Return the words of the texts that stand in the code; docstrings among them do no harm."""
    return {
        word
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for word in words(node.value)
    }


def classes_in_script(text) -> set[str]:
    return {word for part in re.findall(r"\"[^\"\n]*\"|'[^'\n]*'|`[^`]*`", text) for word in words(part)}


def used_classes() -> set[str]:
    modules = [path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]
    return set().union(
        *(classes_in_template(path.read_text(encoding="utf-8")) for path in (ROOT / "templates").rglob("*.html")),
        *(classes_in_module(path.read_text(encoding="utf-8")) for path in modules),
        *(classes_in_script(path.read_text(encoding="utf-8")) for path in (ROOT / "static").glob("*.js")),
    )


def styled_classes(text) -> set[str]:
    text = re.sub(r"/\*.*?\*/|url\([^)]*\)|\"[^\"]*\"", "", text, flags=re.DOTALL)
    selectors = re.findall(r"([^{};]+)\{", text)
    return {name for selector in selectors for name in re.findall(rf"\.({WORD})", selector)}


def is_used(name, used) -> bool:
    """Tell whether a page writes the class, whole or in two parts: ``tag-{{ kind }}`` is a beginning and a word."""
    starts = [start.removesuffix("*") for start in used if start.endswith(("-", "*")) and name.startswith(start[:-1])]
    ends = [name.removeprefix(start) for start in starts]
    return name in used or any(end in used or end.isdigit() for end in ends)


def test_every_styled_class_is_used():
    used = used_classes() | OF_LIBRARIES
    styled = styled_classes((ROOT / "static" / "portal.css").read_text(encoding="utf-8"))
    assert {name for name in styled if not is_used(name, used)} == set()


def test_a_class_is_found_where_it_is_written():
    written = classes_in_template('<b class="tag tag-{{ kind }}{% if a == "b" %} far{% endif %}" id="x">y</b>')
    assert {"tag", "tag-*", "far"} <= written
    assert {"x", "y"} & written == set()
    assert classes_in_template('{% table "cards" wrap="tall mb-4" %}') == {"cards", "tall", "mb-4"}


def test_a_styled_class_is_found_where_it_is_named():
    sheet = '.a > .b-c:is(.d) { color: red; } /* .e { } */ @media print { .f::after { content: ".g"; } }'
    assert styled_classes(sheet) == {"a", "b-c", "d", "f"}


def test_a_class_may_be_written_in_two_parts():
    assert is_used("tag-ok", {"tag-*", "ok"})
    assert is_used("r3", {"r*"})
    assert not is_used("tag-gone", {"tag-*", "ok"})
    assert not is_used("h3", {"h"})
