"""The grammar of the source: where a module may stand and what it may be called.

A module is ``<app>/<room>.py``, ``<app>/<room>/<noun>.py``, or a leaf of its app: a module of one idea. A new noun or
leaf is a decision: it is written down here.
"""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

ROOMS = {
    "models",
    "actions",
    "queries",
    "rules",
    "forms",
    "views",
    "panels",
    "tables",
    "documents",
    "workbooks",
    "writers",
    "dashboards",
    "summaries",
}

NOUNS = {
    "portal": {"archive", "enrolment", "fields", "history", "home", "people", "places", "reading", "signin", "writing"},
    "campaigns": {"campaigns", "extensions", "folders", "formats", "packs", "region"},
    "events": {"events", "folders", "form", "freeze", "joint", "log", "review"},
    "reports": {
        "addresses",
        "answers",
        "attention",
        "building",
        "cache",
        "cards",
        "chain",
        "charts",
        "completeness",
        "coverage",
        "dashboard",
        "dashboards",
        "downloads",
        "excel",
        "figures",
        "form",
        "held",
        "levels",
        "municipal_report",
        "municipal_reports",
        "municipality",
        "overdue",
        "page",
        "pdf",
        "questions",
        "reports",
        "school",
        "school_report",
        "school_reports",
        "snapshot",
        "summaries",
        "summary",
        "table",
    },
}
"""What the modules inside the rooms of an app are about."""

DJANGO = {"__init__", "admin", "apps", "tasks", "urls"}
"""Modules that Django and Celery find by their names, in every app."""

LEAVES = {
    "portal": {
        "academic_years",
        "access",
        "accesslog",
        "addresses",
        "celery",
        "charsets",
        "clock",
        "context_processors",
        "display",
        "errors",
        "files",
        "grades",
        "history",
        "letters",
        "logs",
        "lookups",
        "membership",
        "middleware",
        "numbers",
        "pages",
        "registry",
        "settings",
        "signin",
        "staticfiles",
        "text",
        "wsgi",
    },
    "campaigns": {"due_dates", "guards", "packs", "phases"},
    "events": {"checks", "figures", "filters", "guards"},
    "reports": {"burden", "checks", "emails", "figures", "guards"},
}
"""Modules of one idea, beside the rooms."""

EMPTY = {"queries", "forms", "views", "panels", "tables", "documents"}
"""Rooms whose package holds nothing itself: a name is imported from the module where it stands."""

SAID_NOTHING = {"utils", "helpers", "misc", "common"}

SAME_NAMES = {
    # A task and a page are named by the verb that both ask for; messages in the queue and addresses hold the names.
    ("reports", "build_summary"),
}
"""Public names that two modules of an app define, with the reason."""


def modules_of(app) -> list[Path]:
    """The modules of an app, as paths inside it: ``views/events.py``. Migrations, commands and tags are Django's."""
    found = (path.relative_to(ROOT / app) for path in sorted((ROOT / app).rglob("*.py")))
    return [path for path in found if path.parts[0] not in ("migrations", "management", "templatetags")]


def is_placed(app, path) -> bool:
    """Whether a module stands where the grammar has a place for it."""
    match path.with_suffix("").parts:
        case (name,):
            return name in ROOMS | DJANGO | LEAVES[app]
        case (room, noun):
            return room in ROOMS and noun in NOUNS[app] | {"__init__"}
    return False


def is_well_named(path) -> bool:
    """Whether a module says what it is about, and not which room it belongs to: ``history_views`` says it twice."""
    words = path.stem.split("_")
    return words[0] not in SAID_NOTHING and words[-1] not in ROOMS | SAID_NOTHING or path.stem in ROOMS


def parsed(app, path) -> ast.Module:
    return ast.parse((ROOT / app / path).read_text(encoding="utf-8"))


@pytest.mark.parametrize("app", LEAVES)
def test_every_module_has_its_place(app):
    assert [str(path) for path in modules_of(app) if not is_placed(app, path)] == []


@pytest.mark.parametrize("app", LEAVES)
def test_every_noun_and_leaf_that_is_written_down_is_there(app):
    modules = [path.with_suffix("").parts for path in modules_of(app)]
    assert {parts[-1] for parts in modules if len(parts) == 2} - {"__init__"} == NOUNS[app]
    assert {parts[0] for parts in modules if len(parts) == 1} - ROOMS - DJANGO == LEAVES[app]


def drawn_files(app) -> set[str]:
    """The modules that the map of docs/architecture.md draws in an app, as ``views/events``."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawn = page.partition("## The files")[2].split("```")[1].partition(f"\n{app}/\n")[2]
    found, room = set(), ""
    for line in drawn.splitlines():
        if not line.startswith("    "):
            break
        if not line.startswith("        "):
            before, slash, _after = line.strip().partition("/ ")
            room = f"{before}/" if slash else ""
        names = line.strip().removeprefix(f"{room} ").removesuffix(",")
        found |= {room + name for name in names.split(", ")}
    return found


@pytest.mark.parametrize("app", LEAVES)
def test_the_map_of_the_architecture_draws_every_module(app):
    modules = {path.with_suffix("").as_posix() for path in modules_of(app) if path.stem != "__init__"}
    assert drawn_files(app) == {
        name for name in modules if name not in DJANGO | {"celery", "settings", "wsgi", "staticfiles"}
    }


@pytest.mark.parametrize("app", LEAVES)
def test_no_module_is_named_by_nothing_or_by_its_room(app):
    assert [str(path) for path in modules_of(app) if not is_well_named(path)] == []


@pytest.mark.parametrize("app", LEAVES)
def test_a_room_that_only_gathers_modules_holds_nothing_itself(app):
    rooms = [path for path in modules_of(app) if path.stem == "__init__" and path.parts[0] in EMPTY]
    full = []
    for path in rooms:
        source = parsed(app, path)
        if len(source.body) > (ast.get_docstring(source) is not None):
            full.append(str(path))
    assert full == []


@pytest.mark.parametrize("app", LEAVES)
def test_a_public_name_is_defined_once_in_an_app(app):
    places = defaultdict(list)
    for path in modules_of(app):
        for node in parsed(app, path).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(str(path))
    twice = {name: found for name, found in places.items() if len(set(found)) > 1}
    assert {name: found for name, found in twice.items() if (app, name) not in SAME_NAMES} == {}
    assert {name for of, name in SAME_NAMES if of == app} <= twice.keys()


@pytest.mark.parametrize(
    ("path", "placed", "named"),
    [
        ("views/events.py", True, True),
        ("rules.py", True, True),
        ("checks.py", True, True),
        ("checks/events.py", False, True),
        ("views/events/list.py", False, True),
        ("views/plans.py", False, True),
        ("event_views.py", False, False),
        ("views/joint_forms.py", False, False),
        ("utils.py", False, False),
        ("views/common_parts.py", False, False),
    ],
)
def test_the_grammar_tells_good_places_from_bad(path, placed, named):
    assert (is_placed("events", Path(path)), is_well_named(Path(path))) == (placed, named)
