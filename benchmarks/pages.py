"""The main pages as each role: server time and queries beside their floors, and what a first sight weighs."""

import gzip
import re
from dataclasses import dataclass
from functools import partial
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.cache import cache
from django.urls import reverse
from django.utils.http import urlencode

from benchmarks.stage import Stage
from benchmarks.timing import Sample, in_turns, queries_recorded, run_bare, timed
from events.models import Event

MOST_MILLISECONDS, MOST_QUERIES, MOST_BYTES = 50, 15, 150_000
"""What a page must reach; beside them a list or form takes no longer than the admin's."""


@dataclass(frozen=True)
class Page:
    """A page to open as ``role``; ``admin`` is the address of the admin's own page that it is compared with.

    ``after_a_change`` opens it with nothing cached, as the first sight after an event changed.
    """

    name: str
    role: str
    url: str
    admin: str = ""
    after_a_change: bool = False


@dataclass(frozen=True)
class PageFigures:
    """What was measured of a page. ``weight`` is the page compressed, ``first_sight`` with all that it links."""

    page: Page
    portal: Sample
    empty: Sample
    sql: Sample
    admin: Sample | None
    queries: int
    admin_queries: int | None
    weight: int
    first_sight: int

    @property
    def missed(self) -> list[str]:
        """The targets that the page misses, in words."""
        missed = []
        took = f"{self.portal.median:.0f} ms ({self.portal.fastest:.0f} in its fastest turn)"
        of_it = f"{self.sql.median:.0f} ms"
        if self.portal.median > MOST_MILLISECONDS:
            missed.append(f"takes {took}, not {MOST_MILLISECONDS}; its SQL alone {of_it}")
        if self.queries > MOST_QUERIES:
            missed.append(f"asks {self.queries} queries, not {MOST_QUERIES}")
        if self.admin and self.portal.median > self.admin.median:
            ratio = self.portal.median / self.admin.median
            missed.append(f"takes {took}, {ratio:.2f} times the admin's; its SQL alone {of_it}")
        if self.first_sight > MOST_BYTES:
            missed.append(f"weighs {self.first_sight / 1000:.0f} KB at first sight, not {MOST_BYTES // 1000}")
        return missed


def pages(stage: Stage) -> list[Page]:
    """Return the pages in the order in which a person meets them."""
    found: list[Page] = []

    def add(name, roles, url, admin="", after_a_change=False):
        found.extend(Page(name, role, url, admin, after_a_change) for role in roles.split())

    everyone, region = "school municipality operator department", "operator department"
    add("home", f"visitor {everyone}", reverse("home"))
    for name, roles, ours, theirs in _lists(stage):
        add(name, roles, f"{reverse('events')}{ours}", f"{reverse('plain_admin:events_event_changelist')}{theirs}")
    add_form, school = reverse("plain_admin:events_event_add"), f"{reverse('event_new')}?school="
    add("event form, new", "school", reverse("event_new"), add_form)
    add("event form, new", "municipality", f"{school}{stage.neighbour.pk}", add_form)
    change_form = reverse("plain_admin:events_event_change", args=[stage.editable.pk])
    add("event form, edit", "school", reverse("event_edit", args=[stage.editable.pk]), change_form)
    add("event", "school", reverse("event", args=[stage.editable.pk]))
    add("event", f"municipality {region}", reverse("event", args=[stage.event.pk]))
    add("review", "municipality operator", reverse("review"))
    add("review, standing in", "operator", f"{reverse('review')}?municipality={stage.municipality.slug}")
    add("campaign", f"visitor {everyone}", reverse("campaign", args=[stage.campaign.slug]))
    add("format", f"visitor {everyone}", reverse("format", args=[stage.format.slug]))
    campaign = stage.campaign.slug
    add("dashboard, region", region, reverse("dashboard", args=[campaign]))
    municipality = reverse("dashboard_municipality", args=[campaign, stage.municipality.slug])
    add("dashboard, municipality", f"municipality {region}", municipality)
    add("dashboard, school", everyone, reverse("dashboard_school", args=[campaign, stage.school.pk]))
    add("dashboard, region, after a change", "operator", reverse("dashboard", args=[campaign]), after_a_change=True)
    add("dashboard, municipality, after a change", "municipality", municipality, after_a_change=True)
    school_page = reverse("dashboard_school", args=[campaign, stage.school.pk])
    add("dashboard, school, after a change", "school", school_page, after_a_change=True)
    add("home, after a change", everyone, reverse("home"), after_a_change=True)
    _add_chain(add, stage)
    add("summaries", everyone, reverse("summaries"))
    add("summary", everyone, reverse("summary", args=[stage.summary.pk]))
    return found


def _add_chain(add, stage) -> None:
    """The pages of reports, of the closed campaign that has them all, and what stands beside them."""
    everyone, region, closed = "school municipality operator department", "operator department", stage.closed.slug
    add("school report", everyone, reverse("school_report", args=[closed, stage.school.pk]))
    municipal = reverse("municipal_report", args=[closed, stage.municipality.slug])
    add("municipal report", f"municipality {region}", municipal)
    completeness = reverse("completeness", args=[closed])
    add("completeness, region", region, completeness)
    add(
        "completeness, municipality", f"municipality {region}", f"{completeness}?municipality={stage.municipality.slug}"
    )
    remind = f"{reverse('remind', args=[closed])}?stage=school_report&municipality={stage.municipality.slug}"
    add("whom to remind", "municipality operator", remind)
    add("questions", everyone, reverse("questions", args=[closed]))
    add("joint events", everyone, reverse("joint_events"))
    add("joint event", everyone, reverse("joint_event", args=[stage.joint.pk]))
    add("extensions", everyone, reverse("extensions", args=[closed]))
    add("enrolment", "municipality operator", reverse("enrolment"))
    year = stage.closed.academic_year.replace("/", "-")
    add("enrolment of a school", "school municipality", reverse("school_enrolment", args=[stage.school.pk, year]))
    add("history", "operator", reverse("history"))
    add("history, one school", "operator", f"{reverse('history')}?school={stage.school.pk}")


def _lists(stage):
    """The event list as ``(name, roles, the portal's query, the admin's)``, each pair asking for the same rows."""
    far = min(300, -(-Event.objects.count() // 25))
    filtered = {"campaign": stage.campaign.slug, "status": "accepted", "format": stage.format.slug}
    filtered_there = {
        "campaign__id__exact": stage.campaign.pk,
        "status__exact": "accepted",
        "format__id__exact": stage.format.pk,
    }
    word = urlencode({"q": stage.word})
    everyone = "school municipality operator department"
    return [
        ("event list", everyone, "", ""),
        ("event list, filtered", everyone, f"?{urlencode(filtered)}", f"?{urlencode(filtered_there)}"),
        ("event list, searched", everyone, f"?{word}", f"?{word}"),
        (f"event list, page {far}", "operator department", f"?page={far}", f"?p={far}"),
    ]


def _open(client, url):
    response = client.get(url)
    if response.status_code != 200:
        raise SystemExit(f"{url} answered {response.status_code}: nothing to measure.")
    return response


_LINKED = re.compile(r"""<(?:link|script|img|image|use)\b[^>]*?\b(?:href|src)=["']([^"'#]+)""")


def _linked_bytes(html: str) -> int:
    """Return what the styles, scripts and pictures that a page links weigh, compressed as they are sent."""
    paths = {urlsplit(url).path for url in _LINKED.findall(html)}
    total = 0
    for path in paths:
        if path.startswith(settings.STATIC_URL):
            file = staticfiles_storage.path(unquote(path.removeprefix(settings.STATIC_URL)))
            with open(file, "rb") as content:
                total += len(gzip.compress(content.read(), 9))
    return total


def measure(stage: Stage, page: Page, repetitions: int) -> PageFigures:
    """Measure one page, turn by turn with its floors."""
    client = stage.clients[page.role]
    _open(client, page.url)

    def portal() -> float:
        if page.after_a_change:
            cache.clear()
        return timed(partial(_open, client, page.url))

    if page.after_a_change:
        cache.clear()
    with queries_recorded() as queries:
        html = _open(client, page.url).content
    targets = {
        "portal": portal,
        "empty": partial(timed, partial(_open, client, reverse("benchmarks_empty"))),
        "sql": partial(timed, partial(run_bare, queries)),
    }
    admin_queries = None
    if page.admin:
        with queries_recorded() as asked:
            _open(stage.staff, page.admin)
        admin_queries = len(asked)
        targets["admin"] = partial(timed, partial(_open, stage.staff, page.admin))
    samples = in_turns(targets, repetitions)
    weight = len(gzip.compress(html, 6))
    return PageFigures(
        page=page,
        portal=samples["portal"],
        empty=samples["empty"],
        sql=samples["sql"],
        admin=samples.get("admin"),
        queries=len(queries),
        admin_queries=admin_queries,
        weight=weight,
        first_sight=weight + _linked_bytes(html.decode()),
    )
