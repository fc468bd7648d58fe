"""What the portal counts in the chain, counted once more: plain Python over the rows, without its queries.

``Counted`` holds the portal's figures, coverage, merged reports, completeness and late marks against that.
"""

from collections import Counter
from datetime import date, timedelta

from campaigns.models import Extension, Format, SchoolCampaign
from events.models import Event
from portal import clock
from reports.models import MunicipalReport, SchoolReport
from reports.queries import dashboard
from reports.queries.answers import answers
from reports.queries.completeness import Completeness, completeness_of, municipal_lines, school_lines
from reports.queries.coverage import Coverage
from reports.queries.held import Counts, GradeCount, Totals
from reports.queries.levels import Level
from reports.queries.municipality import GradeSum, KindSum, Merged, merged


def counts_of(rows) -> Counts:
    """Count held events, the attendances of one joint event as one."""
    accepted = [row for row in rows if row["status"] == "accepted"]
    submitted = [row for row in rows if row["status"] == "submitted"]

    def number(some):
        return len({("joint", row["joint_id"]) if row["joint_id"] else row["id"] for row in some})

    held = number(accepted + submitted)
    return Counts(
        number(accepted),
        held - number(accepted),
        sum(row["participants"] for row in accepted),
        sum(row["participants"] for row in submitted),
    )


def _shown(line) -> tuple:
    return line.status, line.submitted_on, line.due, line.until, line.lateness, line.correct_by


class Counted:
    """The rows of one moment, as :func:`tests.reports.chain_rules.snapshot` read them."""

    def __init__(self, world, rows):
        self.world = world
        self.campaign = world.campaign
        self.rows = rows
        self.today = clock.local_today(world.campaign.region)

    def levels(self):
        """The region, its municipalities, its schools."""
        yield Level(self.campaign)
        for municipality in self.world.municipalities:
            yield Level(self.campaign, municipality=municipality)
        for school in self.world.schools:
            yield Level(self.campaign, school=school)

    def until(self, stage, school_id, municipality_id, sent_on) -> tuple[date, date]:
        """The campaign's due date of a stage, and the same with extensions: the latest wins. One that was granted after
        closing excuses nothing that was sent before."""
        due = {
            "events": self.campaign.events_due,
            "school_report": self.campaign.school_reports_due,
            "municipal_report": self.campaign.municipal_reports_due,
        }[stage]
        days = [
            row["until"]
            for row in self.rows[Extension].values()
            if row["stage"] == stage
            and row["status"] == "granted"
            and ((school_id and row["school_id"] == school_id) or row["municipality_id"] == municipality_id)
            and (not row["after_closing"] or (sent_on or date.max) > self.campaign.closes_on)
        ]
        return due, max([due, *days])

    def lateness(self, sent_on, due, until) -> str:
        if sent_on is None:
            return "awaited" if self.today <= until else "missing"
        return "on_time" if sent_on <= due else "extended" if sent_on <= until else "late"

    def check_marks(self):
        late, shown = set(), {}
        for pk, row in self.rows[Event].items():
            if row["submitted_on"]:
                place = self.world.by_pk[row["school_id"]].municipality_id
                due, until = self.until("events", row["school_id"], place, row["submitted_on"])
                lateness = self.lateness(row["submitted_on"], due, until)
                shown[pk] = None if lateness == "on_time" else lateness
                if lateness == "late":
                    late.add(pk)
        assert set(Event.objects.late().values_list("pk", flat=True)) == late
        assert {row.pk: row.lateness for row in Event.objects.exclude(submitted_on=None).with_due()} == shown

    # --- What is counted

    def check_level(self, level):
        """Count the level from the rows in plain Python, and compare it with what the portal shows."""
        schools = [
            row
            for row in self.world.schools
            if (level.school is None or row.pk == level.school.pk)
            and (level.municipality is None or row.municipality_id == level.municipality.pk)
        ]
        ids = {row.pk for row in schools}
        held = [
            row
            for row in self.rows[Event].values()
            if row["school_id"] in ids and row["status"] in ("submitted", "accepted")
        ]
        accepted = {
            row["school_id"]: row
            for row in self.rows[SchoolReport].values()
            if row["school_id"] in ids and row["status"] == "accepted"
        }
        shown = dashboard.read_dashboard(level)
        assert shown.totals == self.totals(held)
        assert {row.format.pk: row.counts for row in shown.formats} == {
            format_.pk: counts_of([row for row in held if row["format_id"] == format_.pk])
            for format_ in self.world.formats.values()
        }
        kind_of = {format_.pk: format_.kind for format_ in self.world.formats.values()}
        assert {row.kind: row.counts for row in shown.kinds} == {
            kind: counts_of([row for row in held if kind_of[row["format_id"]] == kind])
            for kind in {kind_of[row["format_id"]] for row in held}
        }
        grades = {school.pk: self.by_grade(school, held, accepted.get(school.pk)) for school in schools}
        found = {
            pk: (
                counts_of([row for row in held if row["school_id"] == pk]),
                self.coverage(grades[pk], accepted.get(pk)),
                pk in accepted,
            )
            for pk in grades
        }
        assert {row.pk: (row.counts, row.coverage, row.reported) for row in shown.schools} == found
        assert shown.coverage == sum((coverage for _counts, coverage, _told in found.values()), Coverage())
        bearing = [(rows, pk in accepted) for pk, rows in grades.items() if rows]
        told = sum(is_told for _rows, is_told in bearing)
        assert shown.coverage_by_grade == [
            (
                grade,
                Coverage(
                    *(sum(rows[at][part] for rows, _told in bearing) for part in range(3)),
                    reported=told,
                    awaited=len(bearing) - told,
                ),
            )
            for at, grade in enumerate(self.campaign.grades)
        ]
        if level.is_region:
            assert {row.pk: (row.counts, row.coverage) for row in shown.municipalities} == {
                place.pk: (
                    counts_of([row for row in held if self.world.by_pk[row["school_id"]].municipality_id == place.pk]),
                    sum((found[row.pk][1] for row in schools if row.municipality_id == place.pk), Coverage()),
                )
                for place in self.world.municipalities
            }
        whole = self.merged(list(accepted.values()))
        assert merged(level) == whole
        assert shown.reached == whole.kinds
        numbers = [answer[1] for row in accepted.values() for answer in row["answers"]]
        said = [(len(numbers), len(accepted), sum(numbers) if numbers else None)]
        assert [(row.answered, row.of, row.number) for row in answers(level)] == said
        assert [(row.answered, row.of, row.number) for row in shown.answers] == (said if accepted else [])
        self.check_completeness(level, schools, held)

    def totals(self, held) -> Totals:
        accepted = [row for row in held if row["status"] == "accepted"]
        submitted = [row for row in held if row["status"] == "submitted"]
        long_ago = clock.now() - timedelta(days=3)
        return Totals(
            counts_of(held),
            sum(row["teachers"] for row in accepted),
            sum(row["parents"] for row in accepted),
            sum(row["flagged"] for row in submitted),
            sum(row["submitted_at"] < long_ago for row in submitted),
            tuple(
                GradeCount(grade, *(sum(row[f"grade_{grade}"] for row in some) for some in (accepted, submitted)))
                for grade in range(1, 12)
            ),
        )

    def by_grade(self, school, held, report) -> list:
        """The bounds and the enrolled of each grade: an accepted report says it, otherwise the events bound it."""
        grades = self.campaign.grades
        if report is not None:
            if report["roll_5"] is None:
                return []
            return [(report[f"grade_{grade}"],) * 2 + (report[f"roll_{grade}"],) for grade in grades]
        [folder] = [row for row in self.rows[SchoolCampaign].values() if row["school_id"] == school.pk]
        if folder["roll_5"] is None:
            return []
        own, found = [row for row in held if row["school_id"] == school.pk], []
        for grade in grades:
            came, of = [row[f"grade_{grade}"] for row in own], folder[f"roll_{grade}"]
            found.append((min(max(came, default=0), of), min(sum(came), of), of))
        return found

    def coverage(self, grades, report) -> Coverage:
        if not grades:
            return Coverage(without=1)
        told = int(report is not None)
        return Coverage(*map(sum, zip(*grades, strict=True)), reported=told, awaited=1 - told)

    def merged(self, accepted) -> Merged:
        known = [row for row in accepted if row["roll_5"] is not None]
        grades = tuple(
            GradeSum(grade, *(sum(row[f"{name}_{grade}"] for row in known) for name in ("grade", "roll")))
            for grade in self.campaign.grades
        )
        enrolled, kinds = sum(row.enrolled for row in grades), []
        for kind in Format.Kind:
            # A school without known enrolment tells of its pupils only that it has no data.
            told = [(row, n) for row in accepted for name, n in row["kinds"] if name == kind]
            numbers = [n for row, n in told if n is not None and row in known]
            silent = [row["enrolled"] or 0 for row, n in told if n is None]
            if numbers or silent:
                kinds.append(
                    KindSum(kind.value, kind.label, sum(numbers), enrolled - sum(silent), len(numbers), len(silent))
                )
        return Merged(
            len(accepted),
            len(known),
            sum(row["basis"] == "lists" for row in accepted),
            sum(row["basis"] == "estimate" for row in accepted),
            sum(row.pupils for row in grades),
            enrolled,
            grades,
            tuple(kinds),
        )

    def line_of(self, stage, row, school_id, municipality_id):
        sent_on = row["submitted_on"] if row else None
        due, until = self.until(stage, school_id, municipality_id, sent_on)
        status = row["status"] if row else "open"
        return status, sent_on, due, until, self.lateness(sent_on, due, until), row["correct_by"] if row else None

    def check_completeness(self, level, schools, held):
        reported = {row["school_id"]: row for row in self.rows[SchoolReport].values()}
        lines = school_lines(level)
        expected = {
            school.pk: self.line_of("school_report", reported.get(school.pk), school.pk, school.municipality_id)
            for school in schools
        }
        assert {line.pk: _shown(line) for line in lines} == expected
        counted = {school.pk: counts_of([row for row in held if row["school_id"] == school.pk]) for school in schools}
        assert {line.pk: (line.events_accepted, line.events_submitted) for line in lines} == {
            pk: (counts.accepted, counts.submitted) for pk, counts in counted.items()
        }
        assert completeness_of(lines) == self.completeness(expected.values())
        if level.school is None:
            above = {row["municipality_id"]: row for row in self.rows[MunicipalReport].values()}
            places = {school.municipality_id for school in schools} - {self.world.unrun}
            expected = {pk: self.line_of("municipal_report", above.get(pk), None, pk) for pk in places}
            lines = municipal_lines(level)
            assert {line.pk: _shown(line) for line in lines} == expected
            assert completeness_of(lines) == self.completeness(expected.values())

    def completeness(self, lines) -> Completeness:
        lines = list(lines)
        marks = Counter(line[4] for line in lines)
        statuses = Counter(line[0] for line in lines if line[1] is not None)
        return Completeness(
            expected=len(lines),
            **{name: marks[name] for name in ("on_time", "extended", "late", "missing", "awaited")},
            returned=statuses["returned"],
            under_review=statuses["submitted"],
            accepted=statuses["accepted"],
        )
