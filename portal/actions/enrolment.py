"""Enrolment written for one school, or uploaded as a workbook, looked over and applied whole."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal import clock, registry
from portal.actions.places import lock_region
from portal.errors import Changed, StateForbids
from portal.grades import GRADE_FIELDS, GRADES, MOST_IN_A_GRADE
from portal.history import record, record_many, state_of
from portal.models import Enrolment, EnrolmentUpload, School, User
from portal.queries.enrolment import check_day_and_source, known_enrolment, schools_to_write_for, works_in
from portal.queries.history import history_of
from portal.text import without_controls


def _lock_schools(region_id, school_ids) -> dict[int, School]:
    """Lock schools of a region, always in one order, and read them anew with their places."""
    lock_region(region_id)
    schools = School.objects.select_for_update(of=("self",), no_key=True).select_related("municipality__region")
    return {school.pk: school for school in schools.filter(pk__in=school_ids).order_by("pk")}


def _line(text: str) -> str:
    return without_controls(text).replace("\n", " ").strip()


@transaction.atomic
def write_enrolment(actor, school, academic_year, version, *, as_of, source, **grades) -> Enrolment:
    """Write the enrolment of one school in one year; ``grades`` are ``grade_1=25, …``, those left out are 0.

    ``version`` is that of the enrolment that was read, 0 where there was none. What holds already is not written
    again; what someone else wrote meanwhile is ``Changed``.
    """
    school = _lock_schools(school.municipality.region_id, [school.pk])[school.pk]
    if not actor.has_perm("portal.write_enrolment", school):
        raise PermissionDenied
    if not works_in(school, academic_year):
        raise StateForbids(_("The school does not work in the academic year %(year)s.") % {"year": academic_year})
    current = Enrolment.objects.select_for_update().filter(school=school, academic_year=academic_year).first()
    row = Enrolment(school=school, academic_year=academic_year, as_of=as_of, source=_line(source))
    for name in GRADE_FIELDS:
        setattr(row, name, grades.get(name, 0))
    row.clean_fields(exclude=["school"])
    before = state_of(current) if current else None
    if before == state_of(row):
        return current
    if (current.version if current else 0) != version:
        raise Changed(current or row, history_of(current, since_version=version) if current else [])
    check_day_and_source(school.municipality.region, academic_year, row.as_of, row.source)
    if row.grades_total == 0:
        raise ValidationError({"grade_1": [_("Write how many pupils there are, in at least one grade.")]})
    if current:
        row.pk, row.version = current.pk, current.version + 1
    row.save()
    own = school.pk in actor.scope.own_school_ids
    verb = "edit" if current else "create"
    record(actor, verb, row, before=before, after=state_of(row), for_whom=None if own else school)
    registry.enrolment_followers.collect(actor, [row])
    return row


@transaction.atomic
def store_enrolment_upload(actor, region, *, academic_year, as_of, source, file_name, numbers) -> EnrolmentUpload:
    """Keep what a workbook says, to be looked over before it is applied: nothing else changes yet.

    ``numbers`` are ``{school id: [11 numbers]}``. The same file sent twice is one upload.
    """
    if not actor.has_perm("portal.upload_enrolment", region):
        raise PermissionDenied
    # Two sendings of one form queue up here.
    User.objects.select_for_update().get(pk=actor.pk)
    if not numbers.keys() <= {school.pk for school in schools_to_write_for(actor, region, academic_year)}:
        raise PermissionDenied
    source = _line(source)
    check_day_and_source(region, academic_year, as_of, source)
    if not all(len(row) == len(GRADES) and all(0 <= n <= MOST_IN_A_GRADE for n in row) for row in numbers.values()):
        raise ValidationError({"file": [_("Numbers of pupils are from 0 to %(most)d.") % {"most": MOST_IN_A_GRADE}]})
    known = known_enrolment(numbers, academic_year)
    upload = EnrolmentUpload(
        region=region,
        author=actor,
        academic_year=academic_year,
        as_of=as_of,
        source=source,
        file_name=_line(file_name)[-200:],
        rows=[
            {"school": pk, "version": known[pk].version if pk in known else None, "grades": grades}
            for pk, grades in sorted(numbers.items())
        ],
    )
    upload.clean_fields(exclude=["region", "author", "rows"])
    last = EnrolmentUpload.objects.filter(author=actor, applied_at=None).first()
    if last is not None and _upload_state(last) == _upload_state(upload) and last.rows == upload.rows:
        return last
    upload.save()
    record(actor, "create", upload, after=_upload_state(upload))
    return upload


def _upload_state(upload) -> dict:
    """Return what history keeps of an upload: its rows stand in the history of what they changed."""
    return state_of(upload) | {"rows": len(upload.rows)}


@transaction.atomic
def apply_enrolment_upload(actor, upload) -> int:
    """Write all that an upload holds, or nothing, and return how many schools' enrolment changed.

    Refused if the enrolment of any of its schools was written after the workbook was read. A second time it
    changes nothing.
    """
    schools = _lock_schools(upload.region_id, [row["school"] for row in upload.rows])
    upload = EnrolmentUpload.objects.select_for_update().get(pk=upload.pk)
    if upload.author_id != actor.pk:
        raise PermissionDenied
    if not all(actor.has_perm("portal.write_enrolment", school) for school in schools.values()):
        raise PermissionDenied
    if upload.applied_at:
        return 0
    enrolments = Enrolment.objects.select_for_update().filter(school__in=schools, academic_year=upload.academic_year)
    known = {row.school_id: row for row in enrolments.order_by("pk")}
    _refuse_changed(upload, schools, known)
    new, changed = [], []
    for numbers in upload.rows:
        old = known.get(numbers["school"])
        row = Enrolment(
            school=schools[numbers["school"]],
            academic_year=upload.academic_year,
            as_of=upload.as_of,
            source=upload.source,
            **dict(zip(GRADE_FIELDS, numbers["grades"], strict=True)),
        )
        if old is None:
            new.append(row)
        elif (before := state_of(old)) != (after := state_of(row)):
            row.pk, row.version = old.pk, old.version + 1
            changed.append((row, before, after))
    Enrolment.objects.bulk_create(new, batch_size=500)
    fields = ["as_of", "source", "version", *GRADE_FIELDS]
    Enrolment.objects.bulk_update([row for row, _before, _after in changed], fields, batch_size=100)
    upload.applied_at = clock.now()
    upload.save(update_fields=["applied_at"])
    rows = [*((row, None, state_of(row)) for row in new), *changed]
    record_many(actor, "upload", rows, comment=upload.file_name)
    record(actor, "upload", upload, before={"applied_at": None}, after={"applied_at": upload.applied_at.isoformat()})
    registry.enrolment_followers.collect(actor, [row for row, _before, _after in rows])
    return len(rows)


def _refuse_changed(upload, schools, known) -> None:
    """Raise unless every school of the upload is as it was when the workbook was read; names those that are not."""
    versions = {pk: row.version for pk, row in known.items()}
    changed = [row["school"] for row in upload.rows if versions.get(row["school"]) != row["version"]]
    if gone := len({row["school"] for row in upload.rows} - schools.keys()):
        raise StateForbids(ngettext("%(n)d school is gone.", "%(n)d schools are gone.", gone) % {"n": gone})
    if changed:
        names = "; ".join(sorted(schools[pk].name for pk in changed)[:20])
        message = ngettext(
            "The enrolment of %(n)d school was changed after the file was read, so nothing was written: %(names)s. "
            "Upload the file anew to see the differences.",
            "The enrolment of %(n)d schools was changed after the file was read, so nothing was written: %(names)s. "
            "Upload the file anew to see the differences.",
            len(changed),
        )
        raise StateForbids(message % {"n": len(changed), "names": names})
