"""What gathers from all apps: navigation, home's tasks, panels of a campaign's, a school's and a format's page, what
forbids a change of a place, a campaign or a format, and what follows from one, what history tells of.

An app fills these in its ``AppConfig.ready``; portal shows them without knowing who did, so that
imports keep running one way.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class NavigationItem:
    """A line of the navigation: shown to ``roles`` (``""`` is a signed-out visitor), in ``order``."""

    label: str
    url_name: str
    icon: str
    order: int
    roles: frozenset[str]
    prefix: str


@dataclass(frozen=True)
class Task:
    """Something to do now: what, why, by when, and the one click that leads there."""

    title: str
    reason: str
    url: str
    button: str
    due: date | None = None
    tag: str = ""
    tag_kind: str = "quiet"
    urgency: int = 5


@dataclass(frozen=True)
class Panel:
    """A piece of a page that another app contributes: a template and its context."""

    template: str
    context: dict = field(default_factory=dict)
    order: int = 50
    side: bool = False


@dataclass
class Contributions:
    """A list of contributors, each of two arguments -> iterable, called in the order of filling."""

    contributors: list[Callable] = field(default_factory=list)

    def contribute(self, contributor: Callable) -> Callable:
        """Add a contributor (usable as a decorator); adding one twice changes nothing."""
        if contributor not in self.contributors:
            self.contributors.append(contributor)
        return contributor

    def collect(self, first, second) -> list:
        """Return what all contributors give for the two, mostly a user and a subject."""
        found: list = []
        for contributor in self.contributors:
            items: Iterable = contributor(first, second) or ()
            found.extend(items)
        return found


class Guards(Contributions):
    """Contributors that take a row as it is stored and as it would be, and give ``(field, message)`` for what must
    stay."""

    def errors(self, stored, wanted) -> dict[str, list[str]]:
        """Return what keeps ``stored`` from becoming ``wanted``, ``{field: messages}``."""
        errors: dict = {}
        for name, message in self.collect(stored, wanted):
            errors.setdefault(name, []).append(message)
        return errors


navigation: list[NavigationItem] = []
home_tasks = Contributions()
"""Contributors take ``(user, membership)`` and give :class:`Task`."""
home_panels = Contributions()
"""Contributors take ``(user, membership)`` (None when signed out) and give :class:`Panel`."""
campaign_panels = Contributions()
format_panels = Contributions()
school_panels = Contributions()
municipality_panels = Contributions()
campaign_guards = Guards()
format_guards = Guards()
indicator_guards = Guards()
region_guards = Guards()
municipality_guards = Guards()
school_guards = Guards()
partner_guards = Guards()
school_followers = Contributions()
"""Contributors take the actor and schools that were just made or changed, and write what follows from it."""
enrolment_followers = Contributions()
"""Contributors take the actor and enrolments that were just written, and write what follows from it."""
enrolment_notes = Contributions()
"""Contributors take an academic year and ``{school id: [11 numbers]}`` that may be written, and give pairs of a school
and what it is held to all the same."""
sent_reports = Contributions()
"""Contributors take ids of campaigns and of schools (None: of all), and give ``(school id, campaign id)`` of the school
reports that were sent."""

history_verbs: dict[str, str] = {}
"""What is done to rows, with the words by which history tells it."""


def register_verbs(labels: dict) -> None:
    """Add what an app does to its rows: ``{verb: label}``. A verb has one label, whoever uses it."""
    for verb, label in labels.items():
        if history_verbs.setdefault(verb, label) is not label:
            raise ValueError(f"The verb {verb!r} is registered already.")


def navigate(label, url_name, icon, order, roles, prefix) -> None:
    """Add a line to the navigation."""
    item = NavigationItem(label, url_name, icon, order, frozenset(roles), prefix)
    if item.url_name not in {known.url_name for known in navigation}:
        navigation.append(item)
        navigation.sort(key=lambda known: known.order)


def panels_in_order(panels: list[Panel]) -> tuple[list[Panel], list[Panel]]:
    """Return the panels of the main column and those of the side, each by ``order``."""
    ordered = sorted(panels, key=lambda panel: panel.order)
    return [p for p in ordered if not p.side], [p for p in ordered if p.side]
