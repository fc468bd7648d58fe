"""What a person gets of a ready summary: the stored file, or their own part of the stored tables."""

from dataclasses import dataclass
from io import BytesIO

from django.utils.translation import gettext as _

from portal.access import Scope, region_of
from portal.errors import StateForbids
from portal.numbers import spaced
from reports.figures import FIGURES, Figure
from reports.models import Summary
from reports.summaries import building
from reports.tables.summary import part_of, read


def workbook_for(user, summary: Summary):
    """Return ``(open file, file name)`` of what ``user`` may have of a ready summary."""
    if user.has_perm("reports.read_whole_summary", summary.campaign):
        try:
            return summary.file.open("rb"), building.summary_file_name(summary)
        except FileNotFoundError:
            raise StateForbids(_("The stored file is missing. Tell the portal's technical staff.")) from None
    own = [
        membership
        for membership in Scope.of(user).memberships
        if membership.role in (membership.Role.MUNICIPAL, membership.Role.SCHOOL)
        and region_of(membership).pk == summary.campaign.region_id
    ]
    municipalities = {m.municipality.slug for m in own if m.municipality_id}
    schools = {m.school_id for m in own if m.school_id}
    part = part_of(read(summary.tables), municipalities, schools)
    places = ", ".join(m.place.name for m in own)
    content = BytesIO()
    building.write_workbook(summary, part, summary.version, content, part_of=places)
    content.seek(0)
    return content, building.summary_file_name(summary, part_of=places)


@dataclass(frozen=True)
class Change:
    """A key figure in two versions."""

    figure: Figure
    before: str
    now: str
    difference: str


def changes(summary: Summary, previous: Summary | None) -> list[Change]:
    """Return the key figures of a version beside those of the one before, if there is one."""
    before = previous.figures if previous else {}
    found = []
    for code, figure in FIGURES.items():
        pair, past = summary.figures.get(code), before.get(code)
        if pair is None:
            continue
        difference = ""
        if past and None not in (past["value"], pair["value"]):
            change = pair["value"] - past["value"]
            difference = f"+{spaced(change)}" if change > 0 else spaced(change) if change else "0"
        found.append(Change(figure, stored_figure(past), stored_figure(pair), difference))
    return found


@dataclass(frozen=True)
class SchoolChange:
    """A school whose figures differ between two versions, with what stood and stands in them."""

    school: str
    municipality: str
    figures: tuple[tuple[str, str, str], ...]
    """``(what, before, now)``."""


def changed_schools(summary: Summary, previous: Summary | None) -> list[SchoolChange]:
    """Return the schools whose rows differ from those of the version before, in the order of the table.

    What a version did not hold yet is not compared.
    """
    if previous is None:
        return []
    wanted = (summary.pk, previous.pk)
    stored = dict(Summary.objects.filter(pk__in=wanted).values_list("pk", "tables__tables"))
    titles, now = _rows_of_schools(stored[summary.pk])
    _titles, before = _rows_of_schools(stored[previous.pk])
    found = []
    for pk, row in now.items():
        past = before.get(pk, {})
        figures = tuple(
            (titles[key], spaced(past.get(key)), spaced(value))
            for key, value in row.items()
            if isinstance(value, int | None) and past.get(key, value) != value
        )
        if figures:
            found.append(SchoolChange(row["school"], row["municipality"], figures))
    return found


def _rows_of_schools(stored) -> tuple[dict, dict]:
    """Return the titles of a stored table of schools by column, and its rows ``{school id: {column: cell}}``."""
    table = next(table for table in stored if table["code"] == "schools")
    keys = [column["key"] for column in table["columns"]]
    titles = {column["key"]: column["title"] for column in table["columns"]}
    rows = {row["params"]["school"]: dict(zip(keys, row["cells"], strict=True)) for row in table["rows"]}
    return titles, rows


def stored_figure(pair) -> str:
    """Write a stored key figure, ``{"value": …, "of": …}``, with what it is a share of."""
    if not pair or pair["value"] is None:
        return "–"
    if pair["of"]:
        return _("%(n)s of %(of)s") % {"n": spaced(pair["value"]), "of": spaced(pair["of"])}
    return spaced(pair["value"])
