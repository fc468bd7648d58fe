"""The grades of a campaign stand once a school has sent its report; a sent report is read by its own grades."""

import csv
import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from campaigns.models import Campaign
from reports.dashboards.addresses import dashboard_url, rows_page
from reports.documents.school_report import school_form
from reports.queries.coverage import coverage_of, schools
from reports.queries.levels import Level
from reports.queries.municipality import merged
from tests.factories import EventFactory, SchoolReportFactory
from tests.reporting import accept_school, return_school, row_again, write_school

pytestmark = pytest.mark.usefixtures("reporting_day", "english")

MESSAGE = "Schools have sent their reports for grades 5–11, so the grades stand."
PACK = Path(__file__).resolve().parents[2] / "regions" / "tomsk"


@pytest.fixture
def report(school, campaign, coordinator):
    EventFactory(school=school, campaign=campaign)
    return write_school(coordinator, school, campaign)


def form_of(campaign, **changes) -> dict:
    data = {name: getattr(campaign, name) for name in ("name", "season", "grade_from", "grade_to", "description")}
    data |= {name: getattr(campaign, name).isoformat() for name in Campaign.DATE_FIELDS}
    data |= {"formats": list(campaign.formats.values_list("pk", flat=True)), "version": campaign.version}
    return data | changes


def edit(client_of, operator, campaign, **changes) -> tuple:
    response = client_of(operator).post(f"/campaigns/{campaign.slug}/edit/", form_of(campaign, **changes))
    form = response.context["form"] if response.context else None
    return response.status_code, dict(form.errors) if form else {}


def grades(campaign) -> str:
    return Campaign.objects.get(pk=campaign.pk).grades_label


# --- In the portal ---------------------------------------------------------------------------


@pytest.mark.parametrize("was", ["sent", "accepted", "returned"])
def test_they_are_not_widened_once_a_report_was_ever_sent(was, client_of, operator, municipal, campaign, report):
    if was != "sent":
        {"accepted": accept_school, "returned": return_school}[was](municipal, report)
    assert edit(client_of, operator, campaign, grade_from=4) == (400, {"grade_from": [MESSAGE]})
    assert grades(campaign) == "5–11"


def test_they_are_widened_while_reports_are_drafts(client_of, operator, campaign, school, coordinator):
    write_school(coordinator, school, campaign, send=False)
    assert edit(client_of, operator, campaign, grade_from=4) == (302, {})
    assert grades(campaign) == "4–11"


def test_the_reports_of_another_campaign_do_not_count(client_of, operator, campaign, region):
    SchoolReportFactory(status="accepted")
    assert edit(client_of, operator, campaign, grade_from=4) == (302, {})


def test_the_windows_last_day_stands_too_so_that_reports_never_go_back_before_their_time(
    client_of, operator, campaign, report
):
    later = {"ends_on": "2019-12-01", "events_due": "2019-12-01", "school_reports_due": "2019-12-02"}
    later |= {"municipal_reports_due": "2019-12-03", "closes_on": "2019-12-20"}
    message = "Schools have sent their reports, so the last day of the window stands: 14.10.2019."
    assert edit(client_of, operator, campaign, **later) == (400, {"ends_on": [message]})


def test_what_else_may_change_still_changes(client_of, operator, campaign, report):
    assert edit(client_of, operator, campaign, name="Осень") == (302, {})
    assert Campaign.objects.get(pk=campaign.pk).name == "Осень"


# --- By a region pack ------------------------------------------------------------------------

IN_TIME = "2019-05-20 10:00"
"""When the schools of the pack's first campaign report."""


@pytest.fixture
def loaded(db, tmp_path, clock):
    """The region's own pack, loaded; and a report of its first campaign, sent."""
    folder = tmp_path / "pack"
    shutil.copytree(PACK, folder)
    call_command("load_region", str(folder), verbosity=0)
    row = Campaign.objects.get(slug=(folder / "campaigns.csv").read_text("utf-8-sig").splitlines()[1].split(",")[0])
    Campaign.objects.filter(pk=row.pk).update(published_at=clock(IN_TIME))
    return folder, Campaign.objects.get(pk=row.pk)


def put(folder, column, value) -> None:
    with (folder / "campaigns.csv").open(encoding="utf-8-sig", newline="") as file:
        heads, first, *others = csv.reader(file)
    first[heads.index(column)] = value
    with (folder / "campaigns.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([heads, first, *others])


def widen(folder) -> None:
    put(folder, "grade_from", "4")


CLOSED = "The campaign is closed: its results stand, and its dates with them."


@pytest.mark.parametrize(("day", "message"), [(IN_TIME, MESSAGE), ("2020-08-01 10:00", CLOSED)])
def test_a_pack_does_not_widen_them_of_a_closed_campaign_neither_and_names_its_line(day, message, loaded, clock):
    folder, campaign = loaded
    clock(day)
    place = campaign.region.municipalities.first()
    SchoolReportFactory(campaign=campaign, school__municipality=place, status="accepted")
    widen(folder)
    with pytest.raises(CommandError) as refused:
        call_command("load_region", str(folder))
    assert str(refused.value) == f"Nothing was loaded.\ncampaigns.csv:2: grade_from: {message}"
    assert grades(campaign) == "5–11"


@pytest.mark.parametrize(("column", "value"), [("closes_on", "2020-12-31"), ("grade_from", "4"), ("name", "Осень")])
def test_a_pack_changes_nothing_of_a_closed_campaign_without_reports_too(column, value, loaded, clock):
    folder, campaign = loaded
    clock("2020-08-01 10:00")
    before = Campaign.objects.filter(pk=campaign.pk).values().get()
    put(folder, column, value)
    with pytest.raises(CommandError) as refused:
        call_command("load_region", str(folder))
    assert str(refused.value) == f"Nothing was loaded.\ncampaigns.csv:2: {column}: {CLOSED}"
    assert Campaign.objects.filter(pk=campaign.pk).values().get() == before


def test_a_pack_widens_them_before_anybody_has_sent(loaded):
    folder, campaign = loaded
    widen(folder)
    call_command("load_region", str(folder), verbosity=0)
    assert grades(campaign) == "4–11"


# --- Read by its own grades ------------------------------------------------------------------


@pytest.fixture
def widened(report, municipal, campaign):
    """An accepted report of grades 5 to 11 in a campaign that has come to be of grades 4 to 11 all the same."""
    accepted = accept_school(municipal, report)
    Campaign.objects.filter(pk=campaign.pk).update(grade_from=4)
    return accepted


def addresses(campaign, school, tomsk) -> dict[str, str]:
    own = Level(campaign, school=school)
    town, region = Level(campaign, municipality=tomsk), Level(campaign)
    return {
        "home": "/",
        "campaign": f"/campaigns/{campaign.slug}/",
        "school": f"/schools/{school.pk}/",
        "figures of the school": dashboard_url(own),
        "school report": f"/reports/{campaign.slug}/schools/{school.pk}/",
        "on paper": f"/reports/{campaign.slug}/schools/{school.pk}/report.pdf",
        "figures of the municipality": dashboard_url(town),
        "municipal report": f"/reports/{campaign.slug}/municipalities/{tomsk.slug}/",
        "completeness": f"/reports/{campaign.slug}/completeness/",
        "schools of the region": rows_page(region, "schools"),
        "figures of the region": dashboard_url(region),
    }


@pytest.mark.parametrize(("who", "seen"), [("operator", 11), ("department", 11), ("municipal", 9), ("coordinator", 6)])
def test_no_page_fails_on_a_report_of_other_grades(who, seen, widened, people, client_of, campaign, school, tomsk):
    campaign.refresh_from_db()
    client = client_of(people[who])
    asked = addresses(campaign, school, tomsk)
    answered = {name: client.get(address, follow=True).status_code for name, address in asked.items()}
    expected = dict.fromkeys(list(asked)[:seen], 200) | dict.fromkeys(list(asked)[seen:], 403)
    assert answered == expected


def test_its_own_grades_alone_bear_coverage(widened, campaign, school):
    level = Level(Campaign.objects.get(pk=campaign.pk), school=school)
    found = coverage_of(schools(level))
    assert (found.low, found.high, found.of, found.is_exact) == (24, 24, 175, True)
    sums = merged(level)
    assert (sums.pupils, sums.enrolled) == (24, 175)
    assert [row.enrolled for row in sums.grades] == [0, 25, 25, 25, 25, 25, 25, 25]


def test_its_page_and_its_paper_show_its_own_grades(widened, client_of, coordinator, campaign, school):
    response = client_of(coordinator).get(widened.get_absolute_url())
    assert [row.grade for row in response.context["report_rows"]] == list(range(5, 12))
    grid = school_form(row_again(widened)).sections[0].grid
    assert ([row[0] for row in grid.rows], grid.total[3]) == ([str(grade) for grade in range(5, 12)], "24")


def test_a_sent_report_of_other_grades_is_still_accepted(report, municipal, campaign):
    Campaign.objects.filter(pk=campaign.pk).update(grade_from=4)
    assert accept_school(municipal, report).status == "accepted"
