"""The source itself: where writes stand, what locks let in, who may name whom, templates, the time, skipped tests."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest
from django.apps import apps as django_apps

ROOT = Path(__file__).resolve().parents[2]
APPS = ("portal", "campaigns", "events", "reports", "demo")
"""From the lowest to the highest: each may name those before it, none after."""
COMPOSERS = {"portal/urls.py", "portal/settings.py", "portal/celery.py"}
"""The files that compose all apps."""
SOURCES = [
    path
    for app in APPS
    for path in sorted((ROOT / app).rglob("*.py"))
    if "migrations" not in path.parts and "__pycache__" not in path.parts
]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def relative(path) -> str:
    return path.relative_to(ROOT).as_posix()


# --- Writes ----------------------------------------------------------------------------------

ALWAYS_WRITES = {
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
    "create_user",
    "create_superuser",
    "save_base",
    "raw_delete",
    "_raw_delete",
}
"""Names that nothing but a model, a manager or a queryset has."""
WRITES_ON_ROWS = {"create", "delete", "update", "set", "add", "remove", "clear", "save"}
"""Names that other things have as well: the receiver decides."""
ROWS = {
    "objects",
    "_default_manager",
    "_base_manager",
    "all",
    "filter",
    "exclude",
    "order_by",
    "select_for_update",
    "select_related",
    "get_queryset",
    "visible_to",
    "in_bulk",
    "using",
    "annotate",
    "distinct",
}
"""What makes an expression one of rows: a manager, or a queryset's method."""
NOT_ROWS = {
    "cache",
    "session",
    "Workbook",
    "Document",
    "Image",
    "BytesIO",
    "set",
    "dict",
    "defaultdict",
    "Counter",
    "reader",
}
"""What makes an expression no one of rows: caches, sessions, workbooks, pictures and sets have such methods too;
the reader of a region pack keeps sets of what it has seen."""
ALLOWED_WRITES = {
    # A user manager is Django's own place for this; the actions and createsuperuser call it.
    ("portal/models/people.py", "create_user", "save"),
    ("portal/models/people.py", "create_superuser", "create_user"),
    # History is written by record(), which the actions call.
    ("portal/history.py", "record_many", "bulk_create"),
}


def _relations() -> set[str]:
    """The names of managers that stand on rows: reverse relations and many-to-many fields of our models."""
    names = set()
    for app in APPS:
        for model in django_apps.get_app_config(app).get_models():
            names |= {field.name for field in model._meta.many_to_many}
            names |= {relation.get_accessor_name() for relation in model._meta.related_objects} - {None}
    return {name for name in names if not name.endswith("+")}


def _names(expression) -> set[str]:
    """The names that an expression is built from: attributes, variables and what is called."""
    names = set()
    for node in ast.walk(expression):
        if isinstance(node, ast.Attribute):
            names.add(node.attr)
        elif isinstance(node, ast.Name):
            names.add(node.id)
    return names


def _chain(expression) -> set[str]:
    """The names along the dots of an expression, the arguments of its calls left out."""
    names = set()
    while True:
        if isinstance(expression, ast.Call):
            expression = expression.func
        elif isinstance(expression, ast.Attribute):
            names.add(expression.attr)
            expression = expression.value
        elif isinstance(expression, ast.Subscript):
            expression = expression.value
        else:
            return names | ({expression.id} if isinstance(expression, ast.Name) else set())


class _Writes(ast.NodeVisitor):
    """Collects ``(function, method, line)`` of the calls that write rows."""

    def __init__(self, relations):
        self.relations = relations
        self.found = []
        self.functions = ["<module>"]
        self.assigned = [defaultdict(set)]

    def visit_FunctionDef(self, node):
        self.functions.append(node.name)
        self.assigned.append(defaultdict(set))
        for part in ast.walk(node):
            if isinstance(part, ast.Assign):
                for target in part.targets:
                    if isinstance(target, ast.Name):
                        self.assigned[-1][target.id] |= _chain(part.value)
            elif isinstance(part, ast.withitem) and isinstance(part.optional_vars, ast.Name):
                self.assigned[-1][part.optional_vars.id] |= _chain(part.context_expr)
        self.generic_visit(node)
        self.functions.pop()
        self.assigned.pop()

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Call(self, node):
        if isinstance(node.func, ast.Attribute):
            method = node.func.attr.removeprefix("a") if node.func.attr[1:] in WRITES_ON_ROWS else node.func.attr
            if method in ALWAYS_WRITES or (method in WRITES_ON_ROWS and self._on_rows(node.func.value, method)):
                self.found.append((self.functions[-1], method, node.lineno))
            if method in ("execute", "executemany") and self._writes_in_sql(node):
                self.found.append((self.functions[-1], method, node.lineno))
        self.generic_visit(node)

    def _on_rows(self, receiver, method) -> bool:
        names = _chain(receiver)
        for name in list(names):
            for assigned in self.assigned:
                names |= assigned.get(name, set())
        if names & NOT_ROWS:
            return False
        if method in ("save", "delete"):
            # Rows have these themselves, so anything that is not known to be something else is a row.
            return True
        return bool(names & (ROWS | self.relations))

    @staticmethod
    def _writes_in_sql(node) -> bool:
        text = " ".join(
            part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)
        )
        return bool(
            re.search(r"\b(INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|TRUNCATE|ALTER\s+TABLE)\b", text, re.I)
        )


def writes_in(source: str, relations=frozenset()) -> list[tuple[str, str, int]]:
    visitor = _Writes(relations)
    visitor.visit(ast.parse(source))
    return visitor.found


def _is_actions(path) -> bool:
    """An ``actions.py``, or a module of a package ``actions/``."""
    return path.name == "actions.py" or path.parent.name == "actions"


def test_writes_stand_only_in_actions():
    relations = _relations()
    assert {"events", "offers", "goals", "partners", "indicator_values", "memberships"} <= relations
    found = [
        f"{relative(path)}:{line}: .{method}() in {function}"
        for path in SOURCES
        if not _is_actions(path)
        for function, method, line in writes_in(path.read_text(encoding="utf-8"), relations)
        if (relative(path), function, method) not in ALLOWED_WRITES
    ]
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        "event.save()",
        "await event.asave()",
        "event.delete()",
        "Event.objects.create(title='x')",
        "Event.objects.filter(pk=1).update(title='x')",
        "Event.objects.bulk_create(rows)",
        "rows = Event.objects.filter(pk=1)\n    rows.update(title='x')",
        "event.partners.set([])",
        "event.partners.add(1)",
        "campaign.offers.all().delete()",
        "campaign.offers.create()",
        "User.objects.create_user('a')",
        "Event.objects.update_or_create(pk=1)",
        "cursor.execute('UPDATE events_event SET title = 1')",
        "cursor.execute(f'DELETE FROM {table}')",
        "form.save()",
    ],
)
def test_a_write_is_seen(code):
    assert len(writes_in(f"async def page(request):\n    {code}", {"partners", "offers"})) == 1


@pytest.mark.parametrize(
    "code",
    [
        "values.update(title='x')",
        "seen = set()\n    seen.add(1)",
        "context = {}\n    context.update(a=1)",
        "cache.delete('key')",
        "cache.set('key', 1)",
        "request.session.delete('key')",
        "book = Workbook()\n    book.save(path)",
        "errors.clear()",
        "cursor.execute('SELECT 1')",
        "digest.update(text)",
        "messages.add('x')",
        "Event.objects.filter(pk=1)",
    ],
)
def test_what_is_no_write_is_left_alone(code):
    assert writes_in(f"def page(request):\n    {code}", {"partners", "offers"}) == []


# --- Locks -----------------------------------------------------------------------------------

KEEPS_CHILDREN_OUT: dict[tuple[str, str], str] = {}
"""``(file, function)`` of locks without ``no_key=True``, each with its reason: while one is held, no row that refers to
the locked one is written, history's neither."""


def locks_in(source: str) -> list[tuple[str, int, bool]]:
    """Function, line and whether it lets children in, of each lock of a file."""
    found = []

    def visit(node, function):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            function = node.name
        if isinstance(node, ast.Attribute) and node.attr == "select_for_update":
            found.append([function, node.lineno, False])
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "select_for_update":
            lets_in = any(
                word.arg == "no_key" and isinstance(word.value, ast.Constant) and word.value.value is True
                for word in node.keywords
            )
            found.append([function, node.lineno, lets_in])
            children = [node.func.value, *node.args, *node.keywords]
        else:
            children = ast.iter_child_nodes(node)
        for child in children:
            visit(child, function)

    visit(ast.parse(source), "")
    return [tuple(lock) for lock in found]


def test_no_lock_keeps_children_out():
    locks = [(relative(path), *lock) for path in SOURCES for lock in locks_in(path.read_text(encoding="utf-8"))]
    keeping = {(path, function) for path, function, _line, lets_in in locks if not lets_in}
    assert len(locks) > 25
    assert keeping == KEEPS_CHILDREN_OUT.keys()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("School.objects.select_for_update(no_key=True).get(pk=1)", [True]),
        ("School.objects.select_for_update(of=('self',), no_key=True)", [True]),
        ("School.objects.select_for_update().get(pk=1)", [False]),
        ("School.objects.select_for_update(of=('self',)).get(pk=1)", [False]),
        ("School.objects.select_for_update(no_key=False)", [False]),
        ("School.objects.select_for_update(no_key=plain)", [False]),
        ("lock = School.objects.select_for_update", [False]),
        ("School.objects.filter(pk=1)", []),
    ],
)
def test_a_lock_that_keeps_children_out_is_seen(code, expected):
    assert [lets_in for _function, _line, lets_in in locks_in(code)] == expected


# --- Layers ----------------------------------------------------------------------------------


def _higher(app) -> tuple[str, ...]:
    return APPS[APPS.index(app) + 1 :]


def _url_names() -> dict[str, str]:
    """The app of each name of an address, by the ``urls.py`` in which it stands."""
    names = {}
    for path in ROOT.glob("*/urls.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "name" and isinstance(node.value, ast.Constant):
                names[node.value.value] = path.parent.name
    return names


def _imports(tree):
    """The modules that a file imports, those within functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", node.lineno


def _strings(tree):
    """The texts of a file that are no docstrings."""
    docstrings = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value, node.lineno


REVERSERS = {"reverse", "reverse_lazy", "redirect", "resolve_url"}
APP_FINDERS = {"get_model", "get_app_config", "is_installed", "import_module", "import_string"}


def _first_texts(tree, functions):
    """The first arguments, as texts, of the calls of ``functions``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in functions:
                yield node.args[0].value, node.lineno


def names_of_higher_apps(app: str, source: str, urls: dict[str, str]) -> list[tuple[int, str]]:
    """What a Python file of ``app`` names of the apps above it: modules, models, verbs, templates, addresses."""
    higher, tree, found = _higher(app), ast.parse(source), []
    if not higher:
        return []
    # "events.Event", "events.write_event", "events/_row.html", "events:list", "/events/"
    text_of_app = re.compile(rf"^/?({'|'.join(higher)})[./:]\S*$")
    found += [(line, module) for module, line in _imports(tree) if module.split(".")[0] in higher]
    found += [(line, text) for text, line in _strings(tree) if text_of_app.match(text)]
    found += [(line, name) for name, line in _first_texts(tree, REVERSERS) if urls.get(name) in higher]
    found += [(line, name) for name, line in _first_texts(tree, APP_FINDERS) if name in higher]
    return sorted(set(found))


def names_in_template(app: str, source: str, urls: dict[str, str]) -> list[tuple[int, str]]:
    """What a template of ``app`` names of the apps above it: addresses, templates, tag libraries, verbs."""
    higher, found = _higher(app), []
    for number, line in enumerate(source.splitlines(), start=1):
        for tag, name in re.findall(r"{%-?\s*(url|include|extends|load)\s+['\"]?([\w./:-]+)", line):
            owner = urls.get(name) if tag == "url" else re.split(r"[/._:]", name)[0]
            if owner in higher:
                found.append((number, f"{tag} {name}"))
        found += [
            (number, text)
            for app_name, text in re.findall(r"['\"](/?(?:(\w+))/[\w/.-]*)['\"]", line)
            if app_name in higher
        ]
    return found


NAVIGATION = {("templates/base.html", "url figures")}
"""The frame of every page leads to what the figures mean."""


def _app_of_template(path) -> str:
    """The app of a template's folder; the frame and the pages of errors and sign-in are portal's."""
    folder = path.relative_to(ROOT / "templates").parts[0]
    return folder if folder in APPS else "portal"


def test_no_lower_app_names_a_higher_one():
    urls = _url_names()
    assert (urls["home"], urls["campaign"], urls["event"]) == ("portal", "campaigns", "events")
    found = [
        f"{relative(path)}:{line}: {name}"
        for path in SOURCES
        if relative(path) not in COMPOSERS
        for line, name in names_of_higher_apps(path.relative_to(ROOT).parts[0], path.read_text(encoding="utf-8"), urls)
    ]
    assert found == []


def test_no_template_of_a_lower_app_names_a_higher_one():
    urls = _url_names()
    found = [
        f"{relative(path)}:{line}: {name}"
        for path in TEMPLATES
        for line, name in names_in_template(_app_of_template(path), path.read_text(encoding="utf-8"), urls)
        if (relative(path), name) not in NAVIGATION
    ]
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        "import events.models",
        "from reports import tables",
        "def later():\n    from events.models import Event",
        "apps.get_model('events', 'Event')",
        "apps.get_model('events.Event')",
        "models.ForeignKey('events.Event', on_delete=models.CASCADE)",
        "user.has_perm('events.write_event', row)",
        "render(request, 'events/event.html')",
        "reverse('event_new')",
        "redirect('event', 1)",
        "link = '/events/'",
    ],
)
def test_a_higher_apps_name_is_seen(code):
    found = names_of_higher_apps("campaigns", code, {"event": "events", "event_new": "events"})
    assert [line for line, _name in found] in ([1], [2])
    assert names_of_higher_apps("reports", code, {"event": "events", "event_new": "events"}) == []


@pytest.mark.parametrize(
    "code",
    [
        "from portal.models import School",
        "reverse('campaign', args=['x'])",
        "words = _('events held')",
        "'''events.models is above'''",
        "row.events.all()",
    ],
)
def test_a_lower_apps_name_and_a_plain_word_are_left_alone(code):
    assert names_of_higher_apps("campaigns", code, {"campaign": "campaigns"}) == []


@pytest.mark.parametrize(
    "text",
    [
        "{% url 'event_new' %}",
        '{% include "events/_row.html" %}',
        "{% extends 'reports/base.html' %}",
        "{% load events_tags %}",
    ],
)
def test_a_higher_apps_name_in_a_template_is_seen(text):
    assert len(names_in_template("portal", text, {"event_new": "events"})) >= 1
    assert names_in_template("reports", text, {"event_new": "events"}) == []


# --- Templates -------------------------------------------------------------------------------


def test_no_line_of_a_template_is_too_wide():
    found = [
        f"{relative(path)}:{number}"
        for path in TEMPLATES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if len(line) > 120
    ]
    assert found == []


# --- Time ------------------------------------------------------------------------------------

ASKS_THE_TIME = {"now", "today", "localdate", "localtime", "utcnow", "fromtimestamp"}
MAY_ASK = {
    "portal/clock.py",  # the one place that asks
    "portal/middleware.py",  # the age of a session is no date of a region
}


def test_only_the_clock_asks_what_time_it_is():
    found = []
    for path in SOURCES:
        if relative(path) in MAY_ASK:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in ASKS_THE_TIME:
                owner = node.value.id if isinstance(node.value, ast.Name) else getattr(node.value, "attr", "")
                if owner in ("timezone", "datetime", "date", "dt"):
                    found.append(f"{relative(path)}:{node.lineno}: {owner}.{node.attr}")
            elif isinstance(node, ast.Attribute) and ast.unparse(node) in ("time.time", "time.time_ns"):
                found.append(f"{relative(path)}:{node.lineno}: {ast.unparse(node)}")
    assert found == []


def test_only_the_clocks_moment_is_made_a_date():
    found = [
        f"{relative(path)}:{number}"
        for path in SOURCES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(r"now\(\)\s*\.date\(\)", line) and relative(path) not in MAY_ASK
    ]
    assert found == []


# --- Tests -----------------------------------------------------------------------------------

SKIPS = {"skip", "skipif", "skipUnless", "skipIf", "skipTest", "xfail", "importorskip", "exit"}


def test_no_test_is_skipped():
    found = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Attribute)
                and node.attr in SKIPS
                and _names(node) & {"pytest", "mark", "unittest", "self"}
            ):
                found.append(f"{relative(path)}:{node.lineno}: {node.attr}")
    assert found == []


def test_no_mock_stands_in_for_the_real_thing():
    found = [
        relative(path)
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for module, _line in _imports(ast.parse(path.read_text(encoding="utf-8")))
        if module in ("unittest.mock", "mock", "pytest_mock")
    ]
    assert found == []


# --- Facts of a campaign come from the folder --------------------------------------------------

TODAYS_PLACES = ("school__municipality", "school.municipality", "open_on(")
"""What says where a school is today and whether it works: nothing of it tells of a campaign."""
READS_TODAY = {
    "events/actions/folders.py": "a school without a folder: who writes for it today is told why it takes no part",
    "events/queries/events.py": "which campaigns a school writes in: those of its region, which never changes",
    "reports/guards.py": "a change of today's place is what it guards",
    "reports/panels/figures.py": "the campaign that matters most to a school: one of its region, which never changes",
}
"""Modules that may ask, each with its reason."""


def test_campaigns_are_read_by_folders_and_not_by_todays_places():
    found = {}
    for path in SOURCES:
        words = [word for word in TODAYS_PLACES if word in path.read_text()]
        if path.relative_to(ROOT).parts[0] in ("events", "reports") and words:
            found[relative(path)] = words
    assert found.keys() == READS_TODAY.keys(), found


@pytest.mark.parametrize("word", TODAYS_PLACES[:2])
def test_no_page_of_a_campaign_names_where_a_school_is_today(word):
    pages = [path for path in TEMPLATES if path.parent.name in ("events", "reports", "campaigns")]
    assert [relative(path) for path in pages if word in path.read_text()] == []
