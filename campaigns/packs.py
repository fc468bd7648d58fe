"""Reads a region pack: a folder of CSV files with a region's municipalities, formats and campaigns.

``region.csv``, ``municipalities.csv``, ``formats.csv`` and ``campaigns.csv`` are required;
``schools.csv``, ``enrolment.csv`` and ``people.csv`` may come with them. Columns that the portal does not use (notes,
sources, numbers for the demo) are passed over. ``docs/region-pack.md`` names every column.
"""

import csv
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from campaigns.models import Campaign, Format, FormatIndicator, Goal
from portal.forms.fields import year_validator
from portal.grades import GRADE_FIELDS
from portal.models import Enrolment, Membership, Municipality, Region, School, User
from portal.text import without_controls

RUNNING = "running"
"""In ``offered_in``: the demo's campaign around today, which is no row of ``campaigns.csv``."""


class PackError(Exception):
    """The pack has bad rows; ``problems`` are ``(file, line, reason)``, in order."""

    def __init__(self, problems):
        super().__init__("\n".join(f"{name}:{line}: {reason}" for name, line, reason in problems))
        self.problems = problems


@dataclass
class Pack:
    """What a folder holds, as unsaved rows. Pairs name by slug or code the row that they belong to."""

    region: Region = None
    municipalities: list = field(default_factory=list)
    formats: list = field(default_factory=list)
    indicators: list = field(default_factory=list)
    campaigns: list = field(default_factory=list)
    lines: dict = field(default_factory=dict)
    """The line of each row, by file and key."""
    offers: list = field(default_factory=list)
    goals: list = field(default_factory=list)
    schools: list = field(default_factory=list)
    enrolments: list = field(default_factory=list)
    people: list = field(default_factory=list)
    demo_schools: dict = field(default_factory=dict)
    running_formats: list = field(default_factory=list)


class _Reader:
    """Collects rows and problems, so that all bad rows are named at once."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.problems = []
        self.municipalities = set()
        """Slugs of all rows, the bad ones too: what hangs on a bad row need not be named again."""

    def rows(self, name, columns, required=True):
        path = self.folder / name
        if not path.is_file():
            if required:
                self.problems.append((name, 0, _("the file is missing")))
            return
        line = 0
        try:
            with path.open(encoding="utf-8-sig", newline="") as handle:
                reader = csv.DictReader(handle, strict=True)
                line = 1
                missing = [column for column in columns if column not in (reader.fieldnames or [])]
                if missing:
                    reason = _("columns are missing: %(names)s") % {"names": ", ".join(missing)}
                    self.problems.append((name, 1, reason))
                    return
                for row in reader:
                    line = reader.line_num
                    if None in row or None in row.values():
                        self.problems.append((name, line, _("the number of columns differs from the heading")))
                        continue
                    yield line, {key: without_controls(value).strip() for key, value in row.items()}
        except UnicodeDecodeError:
            self.problems.append((name, 0, _("the file is not in UTF-8")))
        except csv.Error as error:
            self.problems.append((name, line + 1, _("this is not a CSV file: %(error)s") % {"error": error}))

    def check(self, name, line, instance, exclude) -> bool:
        """Validate an unsaved row without asking the database about unique keys."""
        try:
            instance.clean_fields(exclude=exclude)
            instance.clean()
            instance.validate_constraints(exclude=[*exclude, *UNIQUE_FIELDS])
        except ValidationError as error:
            messages = getattr(error, "message_dict", {"": error.messages})
            for column, reasons in messages.items():
                where = "" if column in ("", "__all__") else f"{column}: "
                self.problems.append((name, line, where + " ".join(str(reason) for reason in reasons)))
            return False
        return True

    def once(self, name, line, seen, key) -> bool:
        if key in seen:
            reason = _("“%(key)s” stands here twice") % {"key": key if isinstance(key, str) else ", ".join(key)}
            self.problems.append((name, line, reason))
            return False
        seen.add(key)
        return True

    def whole(self, name, line, row, column) -> int:
        try:
            return int(row[column] or 0)
        except ValueError:
            reason = _("%(column)s: “%(value)s” is not a whole number") % {"column": column, "value": row[column]}
            self.problems.append((name, line, reason))
            return 0

    def day(self, name, line, row, column) -> date | None:
        if not row[column]:
            return None
        try:
            day = date.fromisoformat(row[column])
            year_validator(day)
            return day
        except ValueError:
            reason = _("%(column)s: “%(value)s” is not a date such as 2019-09-13") % {
                "column": column,
                "value": row[column],
            }
        except ValidationError as error:
            reason = f"{column}: {error.messages[0]}"
        self.problems.append((name, line, reason))
        return None

    def known(self, name, line, column, value, known) -> bool:
        if value not in known:
            reason = _("%(column)s: “%(value)s” is not known") % {"column": column, "value": value}
            self.problems.append((name, line, reason))
            return False
        return True


UNIQUE_FIELDS = ("slug", "code", "name", "email")


def read_pack(folder) -> Pack:
    """Read and check a whole pack; raise :class:`PackError` naming every bad row."""
    reader = _Reader(folder)
    if not reader.folder.is_dir():
        raise PackError([(str(folder), 0, _("there is no such folder"))])
    pack = Pack()
    _read_region(reader, pack)
    _read_municipalities(reader, pack)
    campaigns = _read_campaigns(reader, pack)
    _read_formats(reader, pack, campaigns)
    _read_schools(reader, pack)
    _read_people(reader, pack)
    if reader.problems:
        raise PackError(reader.problems)
    return pack


def _read_region(reader, pack):
    name = "region.csv"
    columns = ("slug", "name", "department_name", "operator_name", "time_zone")
    for line, row in reader.rows(name, columns):
        region = Region(**{column: row[column] for column in columns})
        if pack.region is not None:
            reader.problems.append((name, line, _("a pack holds one region")))
        elif reader.check(name, line, region, []):
            pack.region = region
            pack.lines[name, region.slug] = line
    if pack.region is None and not any(problem[0] == name for problem in reader.problems):
        reader.problems.append((name, 1, _("a pack holds one region")))


def _read_municipalities(reader, pack):
    name, seen, names = "municipalities.csv", set(), set()
    columns = ("slug", "name", "kind", "authority", "grid_row", "grid_col")
    for line, row in reader.rows(name, columns):
        reader.municipalities.add(row["slug"])
        municipality = Municipality(
            **{column: row[column] for column in ("slug", "name", "kind", "authority")},
            grid_row=reader.whole(name, line, row, "grid_row"),
            grid_col=reader.whole(name, line, row, "grid_col"),
        )
        once = reader.once(name, line, seen, row["slug"]) and reader.once(name, line, names, row["name"])
        if once and reader.check(name, line, municipality, ["region"]):
            pack.municipalities.append(municipality)
            pack.lines[name, municipality.slug] = line
            demo_schools = row.get("demo_schools", "")
            pack.demo_schools[row["slug"]] = int(demo_schools) if demo_schools.isdecimal() else 0
    if not pack.municipalities and not reader.problems:
        reader.problems.append((name, 1, _("the file holds no row")))


def _read_campaigns(reader, pack) -> set:
    name, seen, names = "campaigns.csv", set(), set()
    columns = ("slug", "name", "season", *Campaign.DATE_FIELDS, "grade_from", "grade_to")
    for line, row in reader.rows(name, columns):
        before = len(reader.problems)
        campaign = Campaign(
            slug=row["slug"],
            name=row["name"],
            season=row["season"],
            **{column: reader.day(name, line, row, column) for column in Campaign.DATE_FIELDS},
            grade_from=reader.whole(name, line, row, "grade_from"),
            grade_to=reader.whole(name, line, row, "grade_to"),
        )
        if len(reader.problems) > before or not reader.once(name, line, seen, row["slug"]):
            continue
        if not reader.once(name, line, names, row["name"]):
            continue
        if reader.check(name, line, campaign, ["region", "previous", "academic_year"]):
            if any(campaign.overlaps(other) for other in pack.campaigns):
                reader.problems.append((name, line, _("the window overlaps that of a campaign of the same season")))
                continue
            pack.campaigns.append(campaign)
            pack.lines[name, campaign.slug] = line
            if row.get("coverage_goal_percent"):
                target = reader.whole(name, line, row, "coverage_goal_percent")
                goal = {"measure": Goal.Measure.COVERAGE, "target": target, "ground": row.get("source", "")[:300]}
                if reader.check(name, line, Goal(**goal), ["campaign"]):
                    pack.goals.append((row["slug"], goal))
    return {campaign.slug for campaign in pack.campaigns}


def _read_formats(reader, pack, campaigns):
    name, seen, names = "formats.csv", set(), set()
    texts = ("slug", "name", "level", "kind", "organiser", "delivery")
    for line, row in reader.rows(name, (*texts, "grade_from", "grade_to", "indicators", "offered_in")):
        format_ = Format(
            **{column: row[column] for column in texts},
            grade_from=reader.whole(name, line, row, "grade_from"),
            grade_to=reader.whole(name, line, row, "grade_to"),
        )
        if not reader.once(name, line, seen, row["slug"]) or not reader.once(name, line, names, row["name"]):
            continue
        if not reader.check(name, line, format_, ["region"]):
            continue
        pack.formats.append(format_)
        pack.lines[name, format_.slug] = line
        codes = set()
        for part in filter(None, row["indicators"].split(";")):
            code, colon, label = part.partition(":")
            indicator = FormatIndicator(code=code.strip(), name=label.strip())
            if not colon:
                reader.problems.append((name, line, _("indicators: write them as code:name;code:name")))
            elif reader.once(name, line, codes, indicator.code) and reader.check(name, line, indicator, ["format"]):
                pack.indicators.append((indicator, row["slug"]))
        for slug in dict.fromkeys(filter(None, row["offered_in"].split(";"))):
            if slug == RUNNING:
                pack.running_formats.append(row["slug"])
            elif reader.known(name, line, "offered_in", slug, campaigns):
                pack.offers.append((slug, row["slug"]))


def _read_schools(reader, pack):
    name, seen = "schools.csv", set()
    texts = ("code", "name", "official_name", "director", "setting")
    for line, row in reader.rows(name, (*texts, "municipality", "opened_on", "closed_on"), required=False):
        school = School(
            **{column: row[column] for column in texts},
            opened_on=reader.day(name, line, row, "opened_on"),
            closed_on=reader.day(name, line, row, "closed_on"),
        )
        if not reader.once(name, line, seen, row["code"]):
            continue
        if not reader.once(name, line, seen, (row["municipality"], row["name"])):
            continue
        known = reader.known(name, line, "municipality", row["municipality"], reader.municipalities)
        if known and reader.check(name, line, school, ["municipality"]):
            pack.schools.append((school, row["municipality"]))
            pack.lines[name, school.code] = line
    codes, seen, name = {school.code for school, _slug in pack.schools}, set(), "enrolment.csv"
    for line, row in reader.rows(name, ("school", "academic_year", "as_of", "source", *GRADE_FIELDS), required=False):
        enrolment = Enrolment(
            academic_year=row["academic_year"],
            as_of=reader.day(name, line, row, "as_of"),
            source=row["source"],
            **{column: reader.whole(name, line, row, column) for column in GRADE_FIELDS},
        )
        if not reader.once(name, line, seen, (row["school"], row["academic_year"])):
            continue
        if reader.known(name, line, "school", row["school"], codes) and reader.check(name, line, enrolment, ["school"]):
            pack.enrolments.append((enrolment, row["school"]))


def _read_people(reader, pack):
    """Read ``(line, user, role, place's slug or code)``; one person may stand in several rows."""
    name, seen = "people.csv", set()
    places = {
        Membership.Role.DEPARTMENT: {pack.region.slug} if pack.region else set(),
        Membership.Role.OPERATOR: {pack.region.slug} if pack.region else set(),
        Membership.Role.MUNICIPAL: reader.municipalities,
        Membership.Role.SCHOOL: {school.code for school, _slug in pack.schools},
    }
    for line, row in reader.rows(name, ("email", "name", "phone", "role", "place"), required=False):
        user = User(email=row["email"].lower(), name=row["name"], phone=row["phone"])
        if not reader.once(name, line, seen, (user.email, row["role"], row["place"])):
            continue
        if not reader.known(name, line, "role", row["role"], places):
            continue
        known = reader.known(name, line, "place", row["place"], places[row["role"]])
        if known and reader.check(name, line, user, ["password"]):
            pack.people.append((line, user, row["role"], row["place"]))
