"""Every address as every role, on objects of its own scope and of another.

A new address fails here until it is in the table. ``{}`` marks its object. A row says what each role is
answered; a POST is sent empty, so what is allowed answers 302 or 400 and never 403 or 404.
"""

from datetime import date

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, get_resolver

from portal.actions import store_enrolment_upload
from reports import actions as report_actions
from reports.summaries.building import build
from tests.factories import (
    CampaignFactory,
    EventFactory,
    ExtensionFactory,
    JointEventFactory,
    MunicipalReportFactory,
    QuestionFactory,
    SchoolReportFactory,
)
from tests.world import SPRING_2019

VISITOR, SCHOOL, MUNICIPAL, OPERATOR, DEPARTMENT = "visitor", "school", "municipal", "operator", "department"
ROLES = (VISITOR, SCHOOL, MUNICIPAL, OPERATOR, DEPARTMENT)

OPEN = dict.fromkeys(ROLES, 200)
LOGIN = 302


def signed_in(school, municipal, operator, department):
    return {VISITOR: LOGIN, SCHOOL: school, MUNICIPAL: municipal, OPERATOR: operator, DEPARTMENT: department}


READ = signed_in(200, 200, 200, 200)
HIDDEN = signed_in(404, 404, 404, 404)

# name: (method, own path, statuses, foreign path or None, its statuses). The keys in braces are in ``places``.
TABLE = {
    "home": ("get", "/", OPEN, None, None),
    "display": ("get", "/display/", OPEN, None, None),
    "set_language": ("post", "/language/setlang/", dict.fromkeys(ROLES, 302), None, None),
    "choose_membership": ("post", "/membership/", signed_in(302, 302, 302, 302), None, None),
    "healthz": ("get", "/healthz", OPEN, None, None),
    "readyz": ("get", "/readyz", OPEN, None, None),
    "school": ("get", "/schools/{school}/", READ, "/schools/{foreign_school}/", HIDDEN),
    "municipality": ("get", "/municipalities/tomsk/", READ, "/municipalities/barnaul/", HIDDEN),
    "enrolment": ("get", "/enrolment/", signed_in(403, 200, 200, 403), None, None),
    "enrolment_template": (
        "get",
        "/enrolment/template.xlsx?year=2019-2020",
        signed_in(403, 200, 200, 403),
        None,
        None,
    ),
    "enrolment_upload": (
        "get",
        "/enrolment/uploads/{upload}/",
        signed_in(404, 200, 404, 404),
        "/enrolment/uploads/{foreign_upload}/",
        HIDDEN,
    ),
    "school_enrolment": (
        "get",
        "/schools/{school}/enrolment/2019-2020/",
        signed_in(200, 200, 200, 403),
        "/schools/{foreign_school}/enrolment/2019-2020/",
        HIDDEN,
    ),
    "history": (
        "get",
        "/history/",
        signed_in(403, 403, 200, 403),
        "/history/?school={foreign_school}",
        signed_in(403, 403, 400, 403),
    ),
    "history_workbook": (
        "get",
        "/history/history.xlsx",
        signed_in(403, 403, 200, 403),
        "/history/history.xlsx?school={foreign_school}",
        signed_in(403, 403, 400, 403),
    ),
    "campaigns": ("get", "/campaigns/", OPEN, None, None),
    "extensions": ("get", "/campaigns/autumn-2019/extensions/", READ, "/campaigns/altai-2019/extensions/", HIDDEN),
    "extension_new": (
        "get",
        "/campaigns/autumn-2019/extensions/new/",
        signed_in(403, 200, 200, 403),
        "/campaigns/altai-2019/extensions/new/",
        HIDDEN,
    ),
    "extension_decide": (
        "post",
        "/campaigns/autumn-2019/extensions/{extension}/decide/",
        signed_in(403, 403, 400, 403),
        "/campaigns/altai-2019/extensions/{foreign_extension}/decide/",
        HIDDEN,
    ),
    "extension_withdraw": (
        "post",
        "/campaigns/autumn-2019/extensions/{extension}/withdraw/",
        signed_in(403, 409, 403, 403),
        "/campaigns/altai-2019/extensions/{foreign_extension}/withdraw/",
        HIDDEN,
    ),
    "campaign": ("get", "/campaigns/autumn-2019/", OPEN, "/campaigns/altai-2019/", HIDDEN | {VISITOR: 200}),
    "campaign_new": ("get", "/campaigns/new/", signed_in(403, 403, 200, 403), None, None),
    "campaign_edit": (
        "get",
        "/campaigns/autumn-2019/edit/",
        signed_in(403, 403, 200, 403),
        "/campaigns/altai-2019/edit/",
        HIDDEN,
    ),
    "campaign_publish": (
        "post",
        "/campaigns/autumn-2019/publish/",
        signed_in(403, 403, 302, 403),
        "/campaigns/altai-2019/publish/",
        HIDDEN,
    ),
    "formats": ("get", "/formats/", OPEN, None, None),
    "format": ("get", "/formats/lesson/", OPEN, "/formats/altai-lesson/", HIDDEN | {VISITOR: 200}),
    "format_new": ("get", "/formats/new/", signed_in(403, 403, 200, 403), None, None),
    "format_edit": (
        "get",
        "/formats/lesson/edit/",
        signed_in(403, 403, 200, 403),
        "/formats/altai-lesson/edit/",
        HIDDEN,
    ),
    "events": ("get", "/events/", READ, None, None),
    "event_new": (
        "get",
        "/events/new/?school={school}",
        signed_in(200, 200, 403, 403),
        "/events/new/?school={foreign_school}",
        signed_in(404, 404, 403, 403),
    ),
    "event": ("get", "/events/{submitted}/", READ, "/events/{foreign_event}/", HIDDEN),
    "event_edit": (
        "get",
        "/events/{submitted}/edit/",
        signed_in(200, 200, 403, 403),
        "/events/{foreign_event}/edit/",
        HIDDEN,
    ),
    "event_submit": (
        "post",
        "/events/{draft}/submit/",
        signed_in(409, 409, 403, 404),
        "/events/{foreign_event}/submit/",
        HIDDEN,
    ),
    "event_cancel": (
        "post",
        "/events/{planned}/cancel/",
        signed_in(409, 409, 403, 404),
        "/events/{foreign_event}/cancel/",
        HIDDEN,
    ),
    "event_delete": (
        "post",
        "/events/{draft}/delete/",
        signed_in(409, 403, 403, 404),
        "/events/{foreign_event}/delete/",
        HIDDEN,
    ),
    "event_accept": (
        "post",
        "/events/{submitted}/accept/",
        signed_in(403, 409, 409, 403),
        "/events/{foreign_event}/accept/",
        HIDDEN,
    ),
    "event_return": (
        "post",
        "/events/{accepted}/return/",
        signed_in(403, 403, 409, 403),
        "/events/{foreign_event}/return/",
        HIDDEN,
    ),
    "joint_events": ("get", "/events/joint/", READ, None, None),
    "joint_event_new": ("get", "/events/joint/new/", signed_in(403, 200, 200, 403), None, None),
    "joint_event": ("get", "/events/joint/{joint}/", READ, "/events/joint/{foreign_joint}/", HIDDEN),
    "joint_event_edit": (
        "get",
        "/events/joint/{joint}/edit/",
        signed_in(403, 403, 200, 403),
        "/events/joint/{foreign_joint}/edit/",
        HIDDEN,
    ),
    "joint_event_cancel": (
        "post",
        "/events/joint/{joint}/cancel/",
        signed_in(403, 403, 409, 403),
        "/events/joint/{foreign_joint}/cancel/",
        HIDDEN,
    ),
    "joint_attend": (
        "post",
        "/events/joint/{joint}/attend/",
        signed_in(400, 400, 403, 403),
        "/events/joint/{foreign_joint}/attend/",
        HIDDEN,
    ),
    "review": (
        "get",
        "/review/",
        signed_in(403, 200, 200, 403),
        "/review/?municipality=barnaul",
        signed_in(403, 404, 404, 403),
    ),
    "review_accept": ("post", "/review/accept/", signed_in(403, 302, 302, 403), None, None),
    "figures": ("get", "/figures/", OPEN, None, None),
    "dashboards": ("get", "/dashboards/", signed_in(302, 302, 302, 302), None, None),
    "dashboard": (
        "get",
        "/dashboards/autumn-2019/",
        signed_in(403, 403, 200, 200),
        "/dashboards/altai-2019/",
        HIDDEN,
    ),
    "dashboard_rows": (
        "get",
        "/dashboards/autumn-2019/rows/schools/?school={school}",
        READ,
        "/dashboards/autumn-2019/rows/schools/?school={foreign_school}",
        HIDDEN,
    ),
    "dashboard_municipality": (
        "get",
        "/dashboards/autumn-2019/municipalities/tomsk/",
        signed_in(403, 200, 200, 200),
        "/dashboards/autumn-2019/municipalities/barnaul/",
        HIDDEN,
    ),
    "dashboard_school": (
        "get",
        "/dashboards/autumn-2019/schools/{school}/",
        READ,
        "/dashboards/autumn-2019/schools/{foreign_school}/",
        HIDDEN,
    ),
    "reports": ("get", "/reports/", signed_in(302, 302, 302, 302), None, None),
    "campaign_reports": (
        "get",
        "/reports/autumn-2019/",
        signed_in(302, 302, 302, 302),
        "/reports/altai-2019/",
        HIDDEN,
    ),
    "school_report": (
        "get",
        "/reports/autumn-2019/schools/{school}/",
        READ,
        "/reports/autumn-2019/schools/{foreign_school}/",
        HIDDEN,
    ),
    "school_report_edit": (
        "get",
        "/reports/autumn-2019/schools/{school}/edit/",
        signed_in(302, 302, 403, 403),
        "/reports/autumn-2019/schools/{foreign_school}/edit/",
        HIDDEN,
    ),
    "school_report_accept": (
        "post",
        "/reports/spring-2019/schools/{school}/accept/",
        signed_in(403, 409, 409, 403),
        "/reports/altai-2019/schools/{foreign_school}/accept/",
        HIDDEN,
    ),
    "school_report_return": (
        "post",
        "/reports/spring-2019/schools/{school}/return/",
        signed_in(403, 409, 409, 403),
        "/reports/altai-2019/schools/{foreign_school}/return/",
        HIDDEN,
    ),
    "school_report_close": (
        "post",
        "/reports/autumn-2019/schools/{school}/close/",
        signed_in(403, 403, 400, 403),
        "/reports/altai-2019/schools/{foreign_school}/close/",
        HIDDEN,
    ),
    "school_report_expect": (
        "post",
        "/reports/autumn-2019/schools/{school}/expect/",
        signed_in(403, 403, 302, 403),
        "/reports/altai-2019/schools/{foreign_school}/expect/",
        HIDDEN,
    ),
    "school_report_pdf": (
        "get",
        "/reports/spring-2019/schools/{school}/report.pdf",
        READ,
        "/reports/altai-2019/schools/{foreign_school}/report.pdf",
        HIDDEN,
    ),
    "municipal_report": (
        "get",
        "/reports/autumn-2019/municipalities/tomsk/",
        signed_in(403, 200, 200, 200),
        "/reports/autumn-2019/municipalities/barnaul/",
        HIDDEN,
    ),
    "municipal_report_edit": (
        "get",
        "/reports/autumn-2019/municipalities/tomsk/edit/",
        signed_in(403, 302, 302, 403),
        "/reports/autumn-2019/municipalities/barnaul/edit/",
        HIDDEN,
    ),
    "municipal_report_accept": (
        "post",
        "/reports/spring-2019/municipalities/tomsk/accept/",
        signed_in(403, 403, 409, 403),
        "/reports/altai-2019/municipalities/barnaul/accept/",
        HIDDEN,
    ),
    "municipal_report_return": (
        "post",
        "/reports/spring-2019/municipalities/tomsk/return/",
        signed_in(403, 403, 409, 403),
        "/reports/altai-2019/municipalities/barnaul/return/",
        HIDDEN,
    ),
    "municipal_report_pdf": (
        "get",
        "/reports/spring-2019/municipalities/tomsk/report.pdf",
        signed_in(403, 200, 200, 200),
        "/reports/altai-2019/municipalities/barnaul/report.pdf",
        HIDDEN,
    ),
    "completeness": (
        "get",
        "/reports/autumn-2019/completeness/?municipality=tomsk",
        signed_in(403, 200, 200, 200),
        "/reports/autumn-2019/completeness/?municipality=barnaul",
        HIDDEN,
    ),
    "completeness_workbook": (
        "get",
        "/reports/autumn-2019/completeness.xlsx?municipality=tomsk",
        signed_in(403, 200, 200, 200),
        "/reports/autumn-2019/completeness.xlsx?municipality=barnaul",
        HIDDEN,
    ),
    "remind": (
        "get",
        "/reports/autumn-2019/remind/?municipality=tomsk&stage=school_report",
        signed_in(403, 200, 200, 403),
        "/reports/autumn-2019/remind/?municipality=barnaul",
        HIDDEN,
    ),
    "questions": ("get", "/reports/autumn-2019/questions/", READ, "/reports/altai-2019/questions/", HIDDEN),
    "question_new": (
        "get",
        "/reports/autumn-2019/questions/new/",
        signed_in(403, 403, 200, 403),
        "/reports/altai-2019/questions/new/",
        HIDDEN,
    ),
    "question_edit": (
        "get",
        "/reports/autumn-2019/questions/{question}/",
        signed_in(403, 403, 200, 403),
        "/reports/altai-2019/questions/{foreign_question}/",
        HIDDEN,
    ),
    "question_retire": (
        "post",
        "/reports/autumn-2019/questions/{question}/retire/",
        signed_in(403, 403, 409, 403),
        "/reports/altai-2019/questions/{foreign_question}/retire/",
        HIDDEN,
    ),
    "question_answers": (
        "get",
        "/reports/autumn-2019/questions/{question}/answers/",
        signed_in(403, 200, 200, 200),
        "/reports/altai-2019/questions/{foreign_question}/answers/",
        HIDDEN,
    ),
    "summaries": ("get", "/summaries/", READ, None, None),
    "build_summary": (
        "post",
        "/summaries/build/?campaign=autumn-2019",
        signed_in(403, 403, 302, 403),
        "/summaries/build/?campaign=altai-2019",
        HIDDEN,
    ),
    "summary": ("get", "/summaries/{summary}/", READ, "/summaries/{foreign_summary}/", HIDDEN),
    "summary_workbook": (
        "get",
        "/summaries/{summary}/summary.xlsx",
        READ,
        "/summaries/{foreign_summary}/summary.xlsx",
        HIDDEN,
    ),
}

# allauth's own pages: what a visitor and a signed-in person without a password are answered.
SIGN_IN = {
    "account_login": ("/accounts/login/", 200, 302),
    "account_logout": ("/accounts/logout/", 302, 200),
    "account_signup": ("/accounts/signup/", 200, 302),
    "account_inactive": ("/accounts/inactive/", 200, 200),
    "account_reauthenticate": ("/accounts/reauthenticate/", 302, 403),
    "account_change_password": ("/accounts/password/change/", 302, 302),
    "account_set_password": ("/accounts/password/set/", 302, 200),
    "account_reset_password": ("/accounts/password/reset/", 200, 200),
    "account_reset_password_done": ("/accounts/password/reset/done/", 200, 200),
    "account_reset_password_from_key": ("/accounts/password/reset/key/1-x/", 200, 200),
    "account_reset_password_from_key_done": ("/accounts/password/reset/key/done/", 200, 200),
}

NEAR = [
    "/events/{near_event}/",
    "/events/{near_event}/edit/",
    "/events/new/?school={near_school}",
    "/events/joint/{near_joint}/",
    "/events/joint/{near_joint}/edit/",
    "/reports/autumn-2019/schools/{near_school}/",
    "/reports/autumn-2019/schools/{near_school}/edit/",
    "/reports/autumn-2019/schools/{near_school}/report.pdf",
    "/schools/{near_school}/",
    "/schools/{near_school}/enrolment/2019-2020/",
    "/dashboards/autumn-2019/schools/{near_school}/",
    "/dashboards/autumn-2019/rows/schools/?school={near_school}",
]
NEAR_POSTS = [
    *(f"/events/{{near_event}}/{verb}/" for verb in ("submit", "cancel", "delete", "accept", "return")),
    *(f"/reports/autumn-2019/schools/{{near_school}}/{verb}/" for verb in ("edit", "accept", "return")),
    *(f"/events/joint/{{near_joint}}/{verb}/" for verb in ("attend", "cancel")),
]


def all_addresses(resolver=None):
    """The names of all addresses but the administration's, which has a test of its own."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern):
            yield pattern.name
        elif pattern.namespace != "admin":
            yield from all_addresses(pattern)


@pytest.fixture
def client_of_role(people, clock):
    users = {
        SCHOOL: people["coordinator"],
        MUNICIPAL: people["municipal"],
        OPERATOR: people["operator"],
        DEPARTMENT: people["department"],
    }

    def client(role):
        found = Client()
        found.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        if role in users:
            found.force_login(users[role], backend="portal.signin.EmailBackend")
        return found

    return client


@pytest.fixture
def places(school, village_school, campaign, foreign, coordinator, municipal, operator, clock):
    """The ids that stand in the table's addresses. A closed campaign has reports, whose states refuse the verbs."""
    closed = CampaignFactory(region=campaign.region, **SPRING_2019)
    for of, in_school in ((closed, school), (foreign.campaign, foreign.school)):
        SchoolReportFactory(campaign=of, school=in_school, status="submitted")
        MunicipalReportFactory(campaign=of, municipality=in_school.municipality, status="submitted")
    own = {
        status: EventFactory(school=school, campaign=campaign, author=coordinator, status=status).pk
        for status in ("draft", "planned", "submitted", "accepted")
    }
    summary = report_actions.request_summary(operator, campaign)
    build(summary.pk)
    foreign_summary = report_actions.request_summary(foreign.operator, foreign.campaign)
    build(foreign_summary.pk)
    return own | {
        "school": school.pk,
        "near_school": village_school.pk,
        "near_event": EventFactory(school=village_school, campaign=campaign).pk,
        "foreign_school": foreign.school.pk,
        "foreign_event": EventFactory(school=foreign.school, campaign=foreign.campaign).pk,
        "summary": summary.pk,
        "foreign_summary": foreign_summary.pk,
        "extension": ExtensionFactory(campaign=campaign, school=school, status="asked").pk,
        "foreign_extension": ExtensionFactory(campaign=foreign.campaign, school=foreign.school, status="asked").pk,
        "question": QuestionFactory(campaign=campaign).pk,
        "foreign_question": QuestionFactory(campaign=foreign.campaign).pk,
        "joint": JointEventFactory(campaign=campaign).pk,
        "foreign_joint": JointEventFactory(campaign=foreign.campaign).pk,
        "near_joint": JointEventFactory(campaign=campaign, municipality=village_school.municipality).pk,
        "upload": upload_of(municipal, campaign.region, school),
        "foreign_upload": upload_of(foreign.municipal, foreign.region, foreign.school),
    }


def upload_of(author, region, school) -> int:
    """The id of an enrolment workbook that ``author`` looks over."""
    upload = store_enrolment_upload(
        author,
        region,
        academic_year="2019/2020",
        as_of=date(2019, 9, 20),
        source="ОО-1",
        file_name="контингент.xlsx",
        numbers={school.pk: [25] * 11},
    )
    return upload.pk


def answer(client, method, address):
    path, _question, query = address.partition("?")
    values = dict(pair.split("=") for pair in query.split("&") if pair)
    response = client.get(path, values) if method == "get" else client.post(path, values)
    if response.streaming:
        b"".join(response)
    return response.status_code


def test_every_address_stands_in_the_table():
    assert sorted({*all_addresses()}) == sorted({*TABLE, *SIGN_IN})


@pytest.mark.parametrize("role", ROLES)
def test_each_role_is_answered_as_the_table_says(role, client_of_role, places):
    client = client_of_role(role)
    found = {
        name: answer(client, method, path.format(**places))
        for name, (method, path, _own, _foreign_path, _foreign) in TABLE.items()
    }
    assert found == {name: row[2][role] for name, row in TABLE.items()}


@pytest.mark.parametrize("role", ROLES)
def test_what_belongs_to_another_region_does_not_exist(role, client_of_role, places):
    client = client_of_role(role)
    rows = {name: row for name, row in TABLE.items() if row[3]}
    found = {name: answer(client, row[0], row[3].format(**places)) for name, row in rows.items()}
    assert found == {name: row[4][role] for name, row in rows.items()}


@pytest.mark.parametrize("role", [SCHOOL, MUNICIPAL])
def test_what_belongs_to_a_neighbour_does_not_exist(role, client_of_role, places):
    client = client_of_role(role)
    addresses = [("get", path) for path in NEAR] + [("post", path) for path in NEAR_POSTS]
    found = {path: answer(client, method, path.format(**places)) for method, path in addresses}
    assert found == {path: 404 for _method, path in addresses}


def test_sign_in_pages_answer_visitors_and_people(client_of_role, places):
    found = {
        name: (path, client_of_role(VISITOR).get(path).status_code, client_of_role(SCHOOL).get(path).status_code)
        for name, (path, _visitor, _person) in SIGN_IN.items()
    }
    assert found == SIGN_IN


@pytest.mark.parametrize("role", ROLES)
def test_the_administration_is_closed_to_all_but_technical_staff(role, client_of_role, places):
    client = client_of_role(role)
    addresses = ("/admin/", "/admin/events/event/", "/admin/portal/user/add/", "/admin/portal/membership/")
    # A visitor is led to the portal's own sign-in, the others are refused.
    expected = {VISITOR: 200}.get(role, 403)
    found = {path: client.get(path, follow=True).status_code for path in addresses}
    assert found == dict.fromkeys(addresses, expected)


@pytest.mark.parametrize(
    "value", ["", "\x00", "9" * 40, "9" * 5_000, "-1", "a[]=1", "\ud800", "' OR 1=1 --", "../../etc/passwd", "٣", "%"]
)
def test_no_value_of_any_parameter_breaks_a_page(value, client_of_role, places):
    pages = {
        "/events/": [
            "q",
            "campaign",
            "municipality",
            "school",
            "format",
            "kind",
            "status",
            "grade",
            "day",
            "page",
            "joint",
        ],
        "/events/joint/": ["campaign", "municipality", "q", "page"],
        "/events/joint/new/": ["campaign"],
        "/events/new/": ["school", "campaign", "copy", "format"],
        "/review/": ["event", "page", "municipality"],
        "/": ["next"],
        "/display/": ["next"],
        "/dashboards/autumn-2019/": ["figure", "page", "sort"],
        "/dashboards/autumn-2019/rows/schools/": ["municipality", "school", "none"],
        "/summaries/": ["campaign", "page"],
        "/enrolment/template.xlsx": ["year"],
        "/reports/autumn-2019/completeness/": ["municipality"],
        "/reports/autumn-2019/remind/": ["municipality", "stage"],
        "/history/": ["q", "kind", "verb", "municipality", "school", "since", "until", "older", "newer"],
        "/campaigns/autumn-2019/extensions/": ["school", "municipality", "stage", "status", "page"],
        "/campaigns/autumn-2019/extensions/new/": ["school", "municipality", "stage"],
        "/campaigns/": ["page"],
        "/formats/": ["page"],
    }
    text = value.encode("utf-8", "surrogatepass").decode("latin-1")
    statuses = set()
    for role in (SCHOOL, MUNICIPAL, OPERATOR):
        client = client_of_role(role)
        for path, names in pages.items():
            for name in names:
                statuses.add(client.get(path, {name: text}).status_code)
    # Without a municipality a coordinator is led to their own.
    assert statuses <= {200, 302, 400, 403, 404}
