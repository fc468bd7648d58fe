"""Pages of enrolment: the upload, its preview, the template, one school's form."""

from io import BytesIO

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from portal import actions, clock
from portal.academic_years import current_year, slug_of, year_in
from portal.access import region_of
from portal.errors import Changed, StateForbids
from portal.forms.enrolment import SchoolEnrolmentForm, UploadForm
from portal.forms.fields import put_errors, renew_version
from portal.grades import GRADE_FIELDS, GRADES
from portal.membership import current_membership
from portal.models import Enrolment, EnrolmentUpload, School
from portal.queries.enrolment import kept_in, known_enrolment, preview_of, schools_to_write_for, works_in, years_of
from portal.queries.history import history_of
from portal.workbooks import WorkbookError
from portal.workbooks.enrolment import read, template_file_name, template_for
from portal.workbooks.writing import XLSX

PAGE_SIZE = 100
MOST_PROBLEMS = 100
MOST_UPLOADS = 20


# --- The upload ------------------------------------------------------------------------------


def _region_to_upload_for(request):
    """Return the region of the role chosen on screen, else of the first role, that one may upload for."""
    chosen = current_membership(request)
    memberships = [chosen, *request.user.scope.memberships] if chosen else []
    for membership in memberships:
        region = region_of(membership)
        if request.user.has_perm("portal.upload_enrolment", region):
            return region
    raise PermissionDenied


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def enrolment(request):
    """Upload a workbook with the enrolment of many schools; a bad row is named, and nothing is stored then."""
    region = _region_to_upload_for(request)
    years = years_of(region)
    reading, status = None, 200
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES, years=years)
        if form.is_valid():
            try:
                reading = _read(request, region, form)
                if not reading.problems:
                    return redirect("enrolment_upload", _store(request, region, form, reading).pk)
            except WorkbookError as error:
                form.add_error("file", str(error))
            except ValidationError as error:
                put_errors(form, error)
            else:
                form.add_error("file", _problems_said(reading.problems))
        form.mark_errors()
        status = 400
    else:
        form = UploadForm(years=years, initial={"year": current_year(region), "as_of": clock.local_today(region)})
    chosen = form["year"].value()
    context = {
        "form": form,
        "region": region,
        "problems": reading.problems[:MOST_PROBLEMS] if reading else [],
        "more_problems": max(len(reading.problems) - MOST_PROBLEMS, 0) if reading else 0,
        "templates": [(year, slug_of(year)) for year in years],
        "chosen": chosen if chosen in years else current_year(region),
        "uploads": EnrolmentUpload.objects.visible_to(request.user).filter(region=region).defer("rows")[:MOST_UPLOADS],
    }
    return render(request, "portal/enrolment.html", context, status=status)


def _read(request, region, form):
    year = form.cleaned_data["year"]
    schools = schools_to_write_for(request.user, region, year)
    return read(form.cleaned_data["file"], schools, year)


def _store(request, region, form, reading):
    values = form.cleaned_data
    upload = actions.store_enrolment_upload(
        request.user,
        region,
        academic_year=values["year"],
        as_of=values["as_of"],
        source=values["source"],
        file_name=values["file"].name,
        numbers=reading.numbers,
    )
    if count := reading.left_out:
        message = ngettext(
            "%(n)d row without any number is left out: its school keeps what is known.",
            "%(n)d rows without any number are left out: their schools keep what is known.",
            count,
        )
        messages.info(request, message % {"n": count})
    return upload


def _problems_said(problems) -> str:
    message = ngettext(
        "%(n)d thing in the table needs correcting, so nothing was stored.",
        "%(n)d things in the table need correcting, so nothing was stored.",
        len(problems),
    )
    return message % {"n": len(problems)}


@require_safe
@login_required
def enrolment_template(request):
    """The workbook to fill in: one's schools with what is known of them."""
    region = _region_to_upload_for(request)
    wanted = request.GET.get("year")
    year = year_in(wanted) if wanted else current_year(region)
    if year not in years_of(region):
        raise Http404
    schools = list(schools_to_write_for(request.user, region, year))
    known = known_enrolment([school.pk for school in schools], year)
    municipalities = {school.municipality for school in schools}
    place = municipalities.pop() if len(municipalities) == 1 else region
    return FileResponse(
        BytesIO(template_for(schools, known, year)),
        as_attachment=True,
        filename=template_file_name(year, place.name),
        content_type=XLSX,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def enrolment_upload(request, upload_id):
    """What an upload would change, from what to what; sending the page applies it, whole or not at all."""
    visible = EnrolmentUpload.objects.visible_to(request.user).select_related("region")
    upload = get_object_or_404(visible, pk=upload_id)
    refusal = ""
    if request.method == "POST":
        try:
            count = actions.apply_enrolment_upload(request.user, upload)
        except StateForbids as error:
            refusal = str(error)
        else:
            messages.success(request, _applied_said(count))
            if kept := kept_in(upload):
                messages.warning(request, _kept_said(kept))
            return redirect("enrolment_upload", upload.pk)
    context = {"upload": upload, "refusal": refusal, "schools": len(upload.rows)}
    if not upload.applied_at:
        preview = preview_of(upload)
        page = Paginator(preview.changed, PAGE_SIZE).get_page(request.GET.get("page"))
        context |= {"preview": preview, "page": page, "grades": GRADES}
    return render(request, "portal/enrolment_upload.html", context, status=409 if refusal else 200)


def _kept_said(kept) -> str:
    names = "; ".join(f"{school.name} ({held_to})" for school, held_to in kept[:20])
    message = _("No pupils in the campaign's grades any more, but the report is sent, so it stays expected: %(names)s.")
    return message % {"names": names}


def _applied_said(count: int) -> str:
    if count == 0:
        return _("Nothing was changed: all of it is stored already.")
    message = ngettext("The enrolment of %(n)d school is stored.", "The enrolment of %(n)d schools is stored.", count)
    return message % {"n": count}


# --- One school ------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def school_enrolment(request, school_id, year):
    """The form of one school's enrolment; what someone else changed meanwhile is shown beside what was typed."""
    schools = School.objects.visible_to(request.user).select_related("municipality__region")
    school = get_object_or_404(schools, pk=school_id)
    if not request.user.has_perm("portal.write_enrolment", school):
        raise PermissionDenied
    academic_year = year_in(year)
    years = years_of(school.municipality.region)
    if academic_year not in years:
        raise Http404
    if not works_in(school, academic_year):
        raise StateForbids(_("The school does not work in the academic year %(year)s.") % {"year": academic_year})
    row = Enrolment.objects.filter(school=school, academic_year=academic_year).first()
    status, changes = 200, []
    if request.method == "POST":
        form = SchoolEnrolmentForm(request.POST)
        if form.is_valid():
            try:
                _write(request, school, academic_year, form)
            except ValidationError as error:
                put_errors(form, error)
            except Changed as changed:
                status, changes, row = 409, changed.changes, changed.current
                renew_version(form, row)
            else:
                messages.success(request, _("Saved."))
                return redirect("school", school.pk)
        if form.errors:
            status = 400
        form.mark_errors()
    else:
        form = SchoolEnrolmentForm(initial=_initial_of(row, school))
    context = {
        "form": form,
        "school": school,
        "year": academic_year,
        "years": [(other, slug_of(other)) for other in years if works_in(school, other)],
        "row": row,
        "changes": changes,
        "conflict": status == 409,
        "history": history_of(row) if row and row.pk else [],
    }
    return render(request, "portal/school_enrolment.html", context, status=status)


def _initial_of(row, school) -> dict:
    if row is None:
        return {"version": 0, "as_of": clock.local_today(school.municipality.region)}
    return {name: getattr(row, name) for name in (*GRADE_FIELDS, "version", "as_of", "source")}


def _write(request, school, academic_year, form):
    values = form.cleaned_data
    return actions.write_enrolment(
        request.user,
        school,
        academic_year,
        values["version"] or 0,
        as_of=values["as_of"],
        source=values["source"],
        **form.grades,
    )
