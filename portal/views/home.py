"""Home, places, display settings and the probes of the machinery."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from portal import membership, registry
from portal.academic_years import current_year, slug_of
from portal.addresses import way_back
from portal.display import COOKIE, Display
from portal.models import Municipality, School
from portal.queries.enrolment import works_in


@require_safe
def home(request):
    """What do I need to do now? For a signed-out visitor: what is going on in the region."""
    if not request.user.is_authenticated:
        main, side = registry.panels_in_order(registry.home_panels.collect(request.user, None))
        return render(request, "portal/public_home.html", {"main": main, "side": side})
    current = membership.current_membership(request)
    if current is None:
        return render(request, "portal/no_membership.html")
    tasks = sorted(
        registry.home_tasks.collect(request.user, current),
        key=lambda task: (task.urgency, task.due is None, str(task.due), task.title),
    )
    main, side = registry.panels_in_order(registry.home_panels.collect(request.user, current))
    context = {"tasks": tasks, "main": main, "side": side, "membership": current}
    return render(request, "portal/home.html", context)


@require_POST
@login_required
def choose_membership(request):
    """Show home and navigation as another of one's own roles."""
    membership.choose(request, request.POST.get("membership", ""))
    return redirect("home")


def display(request):
    """Choose theme, contrast, size and spacing; kept in a cookie for a year."""
    if request.method != "POST":
        return render(request, "portal/display.html", {"next": request.GET.get("next", "")})
    response = way_back(request, reverse("home"))
    chosen = Display.from_values(request.POST)
    response.set_cookie(
        COOKIE, chosen.cookie(), max_age=31_536_000, samesite="Lax", secure=request.is_secure(), httponly=True
    )
    return response


@require_POST
def set_language(request):
    """Speak another language, and lead back as any form does: Django's own view follows addresses by a wider rule."""
    response = way_back(request, reverse("home"))
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            path=settings.LANGUAGE_COOKIE_PATH,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            samesite=settings.LANGUAGE_COOKIE_SAMESITE,
        )
    return response


@require_safe
@login_required
def school(request, school_id):
    """A school: its facts and what other apps show about it."""
    row = get_object_or_404(
        School.objects.visible_to(request.user).select_related("municipality__region"), pk=school_id
    )
    main, side = registry.panels_in_order(registry.school_panels.collect(request.user, row))
    enrolments = list(row.enrolments.all()[:3])
    year = current_year(row.municipality.region)
    context = {
        "school": row,
        "enrolments": [(enrolment, slug_of(enrolment.academic_year)) for enrolment in enrolments],
        "year": year,
        "year_slug": slug_of(year),
        "lacks_year": works_in(row, year) and year not in {enrolment.academic_year for enrolment in enrolments},
        "may_write_enrolment": request.user.has_perm("portal.write_enrolment", row),
        "may_upload_enrolment": request.user.has_perm("portal.upload_enrolment", row.municipality.region),
        "main": main,
        "side": side,
    }
    return render(request, "portal/school.html", context)


@require_safe
@login_required
def municipality(request, slug):
    """A municipality: its schools and what other apps show about it."""
    row = get_object_or_404(Municipality.objects.visible_to(request.user).select_related("region"), slug=slug)
    main, side = registry.panels_in_order(registry.municipality_panels.collect(request.user, row))
    schools = School.objects.visible_to(request.user).filter(municipality=row)
    return render(
        request, "portal/municipality.html", {"municipality": row, "schools": schools, "main": main, "side": side}
    )


@require_safe
def healthz(request):
    """The process answers."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def readyz(request):
    """The process and its database answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"database": "ok"})
