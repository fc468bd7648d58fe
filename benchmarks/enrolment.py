"""An enrolment workbook of two thousand schools: read, checked and stored for the preview, beside openpyxl alone."""

import tracemalloc
from dataclasses import dataclass
from functools import partial
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from openpyxl import load_workbook

from benchmarks.stage import Stage
from benchmarks.timing import Sample, in_turns, timed
from portal import academic_years
from portal.models import Enrolment, School
from portal.workbooks import enrolment

ROWS = 2_000
MOST_SECONDS = 2
REPETITIONS = 5


@dataclass(frozen=True)
class EnrolmentFigures:
    """What was measured: the upload with its preview, openpyxl reading the same cells, the memory of reading."""

    preview: Sample
    bare: Sample
    megabytes: float

    @property
    def missed(self) -> list[str]:
        """The target that the preview misses, in words."""
        seconds = self.preview.median / 1000
        return [f"takes {seconds:.1f} s, not {MOST_SECONDS}"] if seconds >= MOST_SECONDS else []


def _read_bare(content: bytes) -> None:
    sheet = load_workbook(BytesIO(content), read_only=True, data_only=True).active
    for row in sheet.iter_rows(values_only=True):
        len(row)


def measure(stage: Stage) -> EnrolmentFigures:
    """Measure on schools that are made for it and rolled back."""
    year = academic_years.current_year(stage.campaign.region)
    with transaction.atomic():
        schools = [
            School(municipality=stage.municipality, code=f"benchmark-{n}", name=f"Школа {n:04} для замера")
            for n in range(ROWS)
        ]
        for school in schools:
            school.official_name = school.name
            school.fill_derived()
        School.objects.bulk_create(schools, batch_size=500)
        known = {}
        for school in schools:
            row = Enrolment(school=school, academic_year=year)
            for grade in range(1, 12):
                setattr(row, f"grade_{grade}", 20 + grade)
            known[school.pk] = row
        content = enrolment.template_for(schools, known, year)
        first, _last = academic_years.days_of(year)
        fields = {"year": year, "as_of": f"{first:%Y-%m-%d}", "source": "замер"}
        client = stage.clients["municipality"]

        def preview() -> float:
            """Send the workbook and look at the preview, as a municipal coordinator does."""
            with transaction.atomic():
                upload = SimpleUploadedFile("benchmark.xlsx", content)
                elapsed = timed(partial(_send, client, fields | {"file": upload}))
                transaction.set_rollback(True)
            return elapsed

        samples = in_turns({"preview": preview, "bare": partial(timed, partial(_read_bare, content))}, REPETITIONS)
        tracemalloc.start()
        enrolment.read(BytesIO(content), schools, year)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        transaction.set_rollback(True)
    return EnrolmentFigures(samples["preview"], samples["bare"], peak / 1e6)


def _send(client, values) -> None:
    response = client.post(reverse("enrolment"), values, follow=True)
    if response.status_code != 200 or not response.redirect_chain:
        raise SystemExit(f"The enrolment workbook answered {response.status_code}: nothing to measure.")
