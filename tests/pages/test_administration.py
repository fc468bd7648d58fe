"""The administration: people and places through the actions, everything else read-only."""

import pytest
from django.contrib import admin
from django.urls import reverse

from campaigns.models import SchoolCampaign
from portal.models import History, Membership, Partner, School, User
from tests.factories import RegionFactory, SchoolReportFactory


@pytest.fixture
def staff(people, client_of):
    return client_of(people["technical staff"])


def test_a_person_is_added_without_a_password_and_history_knows(staff):
    values = {"email": "New@School.Example", "name": "Новая", "phone": "", "is_active": "on"}
    assert staff.post("/admin/portal/user/add/", values).status_code == 302
    user = User.objects.get(email="new@school.example")
    entry = History.objects.get(object_id=user.pk, content_type__model="user")
    assert (user.has_usable_password(), entry.verb) == (False, "create")


def test_a_membership_whose_role_and_place_do_not_fit_is_refused(staff, coordinator, region):
    values = {"user": coordinator.pk, "role": "school", "region": region.pk, "started_at_0": "2019-09-01"}
    response = staff.post("/admin/portal/membership/add/", values | {"started_at_1": "00:00:00"})
    assert response.status_code == 200
    assert response.context["adminform"].form.non_field_errors() == ["The role and the place do not fit each other."]
    assert Membership.objects.filter(user=coordinator).count() == 1


def test_a_membership_is_ended_and_history_says_from_what_to_what(staff, coordinator):
    row = Membership.objects.get(user=coordinator)
    values = {
        "user": coordinator.pk,
        "role": "school",
        "school": row.school_id,
        "started_at_0": "2019-01-09",
        "started_at_1": "09:00:00",
        "ended_at_0": "2019-09-24",
        "ended_at_1": "12:00:00",
    }
    assert staff.post(f"/admin/portal/membership/{row.pk}/change/", values).status_code == 302
    entry = History.objects.get(object_id=row.pk, content_type__model="membership")
    assert entry.changes == {"ended_at": [None, "2019-09-24T05:00:00Z"]}


def test_chosen_memberships_are_ended_at_once(staff, coordinator):
    row = Membership.objects.get(user=coordinator)
    staff.post("/admin/portal/membership/", {"action": "end_now", "_selected_action": [row.pk]})
    entry = History.objects.get(object_id=row.pk, content_type__model="membership")
    assert (Membership.objects.active().filter(pk=row.pk).exists(), entry.verb) == (False, "end")


@pytest.mark.parametrize(
    "path", ["events/event", "campaigns/campaign", "campaigns/format", "reports/summary", "portal/history"]
)
def test_what_the_portals_pages_change_is_only_read_here(staff, path):
    assert (staff.get(f"/admin/{path}/").status_code, staff.get(f"/admin/{path}/add/").status_code) == (200, 403)


def school_form(school, **changes) -> dict:
    values = {"municipality": school.municipality_id, "code": school.code, "name": school.name, "setting": "urban"}
    return values | {"official_name": school.official_name, "director": "", "opened_on": "", "closed_on": ""} | changes


def test_a_school_moved_here_takes_its_folder_along(staff, school, kolpashevo, campaign):
    page = f"/admin/portal/school/{school.pk}/change/"
    assert staff.post(page, school_form(school, municipality=kolpashevo.pk)).status_code == 302
    folder = SchoolCampaign.objects.get(school=school, campaign=campaign)
    assert (folder.municipality, School.objects.get(pk=school.pk).version) == (kolpashevo, 2)
    assert staff.post("/admin/portal/school/add/", school_form(school, code="new", name="Новая")).status_code == 302
    assert SchoolCampaign.objects.get(school__code="new", campaign=campaign).is_expected is True


def test_a_school_whose_report_is_sent_is_not_moved_here_either(staff, school, kolpashevo, campaign):
    SchoolReportFactory(school=school, campaign=campaign)
    page = f"/admin/portal/school/{school.pk}/change/"
    response = staff.post(page, school_form(school, municipality=kolpashevo.pk))
    message = f"The school's report “{campaign}” is under review: return it first, then the school can move."
    assert response.context["adminform"].form.errors == {"municipality": [message]}
    assert School.objects.get(pk=school.pk).municipality_id == school.municipality_id


def test_nothing_is_deleted_here(staff, school, coordinator):
    assert staff.get(f"/admin/portal/school/{school.pk}/delete/").status_code == 403
    assert staff.get(f"/admin/portal/user/{coordinator.pk}/delete/").status_code == 403


def test_technical_staff_get_no_say_in_a_schools_events(staff, school, campaign):
    assert staff.get("/events/").context["page"].paginator.count == 0
    assert staff.get("/events/new/").status_code == 403


def test_the_administration_signs_in_by_the_portals_own_page(client_of):
    response = client_of().get("/admin/login/")
    assert (response.status_code, response.url) == (302, "/accounts/login/?next=%2Fadmin%2Flogin%2F")


REGISTERED = [
    "campaigns.Campaign",
    "campaigns.Format",
    "events.Event",
    "portal.Enrolment",
    "portal.History",
    "portal.Membership",
    "portal.Municipality",
    "portal.Partner",
    "portal.Region",
    "portal.School",
    "portal.User",
    "reports.Summary",
]
"""All that the administration shows: what is not meant to be there is not there."""


def test_the_administration_holds_what_is_written_here_and_nothing_else(staff):
    assert sorted(model._meta.label for model in admin.site._registry) == REGISTERED
    assert staff.get("/admin/account/emailaddress/add/").status_code == 404


def test_passwords_are_changed_on_the_portals_own_page_alone(staff, people, coordinator):
    values = {"password1": "новый длинный пароль", "password2": "новый длинный пароль"}
    values |= {"old_password": "x", "new_password1": values["password1"], "new_password2": values["password1"]}
    for name in ("admin:password_change", "admin:password_change_done"):
        for answer in (staff.get(reverse(name)), staff.post(reverse(name), values)):
            assert (answer.status_code, answer.url) == (302, "/accounts/password/change/")
    before = User.objects.get(pk=coordinator.pk).password
    page = f"/admin/portal/user/{coordinator.pk}/password/"
    assert "/password/" not in staff.get(f"/admin/portal/user/{coordinator.pk}/change/").content.decode().replace(
        "/admin/password_change/", ""
    )
    assert staff.post(page, values, follow=True).redirect_chain[-1][0] != page
    assert User.objects.get(pk=coordinator.pk).password == before


# --- What is typed wrong, or by a stranger ---------------------------------------------------


def said(response) -> dict:
    assert response.status_code == 200
    return {name: list(messages) for name, messages in response.context["adminform"].form.errors.items()}


@pytest.mark.parametrize("name", ["Сибур", "СИБУР", " сибур ", "Сибур\u00a0"])
def test_a_partner_in_another_spelling_is_the_same_partner(name, staff, region):
    row = Partner(region=region, name="Сибур", kind="enterprise")
    row.fill_derived()
    row.save()
    values = {"region": region.pk, "name": name, "kind": "college"}
    assert said(staff.post("/admin/portal/partner/add/", values)) == {"name": ["The region has this partner already."]}
    assert staff.post(f"/admin/portal/partner/{row.pk}/change/", values).status_code == 302
    other = RegionFactory()
    assert staff.post("/admin/portal/partner/add/", values | {"region": other.pk}).status_code == 302


@pytest.fixture
def role_of(coordinator, school):
    """What the form of a membership sends."""
    values = {"user": coordinator.pk, "role": "school", "school": school.pk, "region": "", "municipality": ""}
    return values | {"started_at_0": "2019-09-01", "started_at_1": "00:00:00", "ended_at_0": "", "ended_at_1": ""}


@pytest.mark.parametrize("year", ["0001", "1999", "2101", "9999"])
@pytest.mark.parametrize("name", ["started_at", "ended_at"])
def test_a_moment_is_of_a_year_that_can_be_right(name, year, staff, role_of):
    values = role_of | {f"{name}_0": f"{year}-01-01", f"{name}_1": "00:00:00"}
    message = f"The year {year} cannot be right: use a year from 2000 to 2100."
    assert said(staff.post("/admin/portal/membership/add/", values))[name] == [message]


@pytest.mark.parametrize("year", ["0001", "2101", "9999"])
def test_a_day_is_of_a_year_that_can_be_right(year, staff, school):
    values = {"municipality": school.municipality_id, "code": school.code, "name": school.name, "setting": "urban"}
    values |= {"official_name": school.official_name, "opened_on": f"{year}-12-31"}
    response = staff.post(f"/admin/portal/school/{school.pk}/change/", values)
    assert said(response) == {"opened_on": [f"The year {year} cannot be right: use a year from 2000 to 2100."]}


NO_KEYS = ["NaN", "²", "x" * 9_999, "9" * 30, "9" * 9_999, "-1", "1.5", " ", "1 OR 1=1"]


@pytest.mark.parametrize("text", NO_KEYS)
@pytest.mark.parametrize("name", ["user", "region", "municipality", "school"])
def test_what_is_no_row_is_refused_at_its_field(name, text, staff, role_of):
    assert name in said(staff.post("/admin/portal/membership/add/", role_of | {name: text}))


@pytest.mark.parametrize("text", [*NO_KEYS, "2019-09-01", "0001-01-01"])
@pytest.mark.parametrize("path", ["membership", "school", "user", "partner", "enrolment", "municipality", "region"])
def test_an_address_fills_in_nothing(path, text, staff):
    names = ("user", "school", "municipality", "region", "started_at", "ended_at", "opened_on", "as_of", "name", "x")
    response = staff.get(f"/admin/portal/{path}/add/", dict.fromkeys(names, text))
    assert (response.status_code, response.context["adminform"].form.initial) == (200, {})


@pytest.mark.parametrize("text", [text for text in NO_KEYS if text not in ("9" * 30, "-1", " ")])
def test_what_is_no_row_is_not_chosen_either(text, staff):
    answer = staff.post("/admin/portal/membership/", {"action": "end_now", "_selected_action": [text]})
    assert answer.status_code == 400


def test_a_role_that_ends_later_is_still_held(staff, role_of, coordinator):
    row = Membership.objects.get(user=coordinator)
    later = {"ended_at_0": "2019-12-31", "ended_at_1": "00:00:00"}
    assert staff.post(f"/admin/portal/membership/{row.pk}/change/", role_of | later).status_code == 302
    already = {"__all__": ["The person holds this role here already."]}
    assert said(staff.post("/admin/portal/membership/add/", role_of)) == already
    assert said(staff.post("/admin/portal/membership/add/", role_of | later)) == already
    assert staff.post(f"/admin/portal/membership/{row.pk}/change/", role_of | later).status_code == 302
    after = {"started_at_0": "2019-12-31", "started_at_1": "00:00:00"}
    assert staff.post("/admin/portal/membership/add/", role_of | after).status_code == 302
    assert Membership.objects.filter(user=coordinator).count() == 2


@pytest.mark.parametrize(
    "zone", ["Factory", "localtime", "Etc/GMT-7", "UTC", "EST", "Asia/Nowhere", "/", "Asia/", "../x"]
)
def test_a_region_lives_in_the_time_of_a_place(zone, staff, region):
    values = {"slug": region.slug, "name": region.name, "department_name": "Д", "operator_name": "О"}
    page = f"/admin/portal/region/{region.pk}/change/"
    assert said(staff.post(page, values | {"time_zone": zone})) == {"time_zone": [f"{zone} is not a known time zone."]}
    assert staff.post(page, values | {"time_zone": "Asia/Novosibirsk"}).status_code == 302


def errors_of(response) -> list[str]:
    return list(response.context["adminform"].form.errors)


def test_what_campaigns_rest_on_stands_here_too(staff, region, tomsk, school, campaign):
    place = {
        "region": region.pk,
        "slug": "tomsk",
        "name": "Томск",
        "authority": "Управление",
        "grid_row": 1,
        "grid_col": 1,
    }
    page = f"/admin/portal/municipality/{tomsk.pk}/change/"
    assert errors_of(staff.post(page, place | {"kind": "regional"})) == ["kind"]
    assert staff.post(page, place | {"kind": "urban"}).status_code == 302
    values = {name: getattr(region, name) for name in ("slug", "name", "department_name", "operator_name")}
    answer = staff.post(f"/admin/portal/region/{region.pk}/change/", values | {"time_zone": "Europe/Moscow"})
    assert errors_of(answer) == ["time_zone"]
    tomsk.refresh_from_db()
    region.refresh_from_db()
    assert (tomsk.kind, tomsk.name, region.time_zone) == ("urban", "Томск", "Asia/Tomsk")


def test_an_enrolment_stays_its_schools(staff, school, second_school):
    row = school.enrolments.get()
    typed = {"school": second_school.pk, "academic_year": "2018/2019", "as_of": "2019-09-20", "source": "Приказ"}
    typed |= {f"grade_{grade}": 30 for grade in range(1, 12)}
    assert staff.post(f"/admin/portal/enrolment/{row.pk}/change/", typed).status_code == 302
    row.refresh_from_db()
    assert (row.school, row.academic_year, row.grade_1) == (school, "2019/2020", 30)
