"""Pages of summaries: progress while at work, then files, what changed, and versions."""

import pytest
from django.urls import reverse

from reports import actions
from reports.summaries.building import build
from tests.factories import EventFactory

pytestmark = pytest.mark.usefixtures("own_files")


@pytest.fixture
def ask(operator, campaign):
    return lambda: actions.request_summary(operator, campaign, send=False)


@pytest.fixture
def built(ask):
    def run():
        row = ask()
        build(row.pk)
        row.refresh_from_db()
        return row

    return run


def page(client, row):
    return client.get(reverse("summary", args=[row.pk]))


def test_while_at_work_the_page_shows_how_far_it_is_and_loads_itself_again(client_of, operator, ask):
    row = ask()
    actions.heartbeat(row.pk, actions.claim(row.pk), 40)
    response = page(client_of(operator), row)
    assert response.status_code == 200
    assert response["Refresh"] == "3"
    assert 'value="40"' in response.content.decode()
    assert reverse("summary_workbook", args=[row.pk]) not in response.content.decode()


def test_once_ready_it_stands_still_and_offers_the_file(client_of, operator, log, built):
    row = built()
    response = page(client_of(operator), row)
    assert "Refresh" not in response
    assert reverse("summary_workbook", args=[row.pk]) in response.content.decode()
    assert row.file_sha256 in response.content.decode()


def test_a_second_version_says_what_changed_since_the_first(client_of, operator, log, built, campaign, school):
    built()
    EventFactory(school=school, campaign=campaign, status="accepted", grade_8=10)
    changes = {change.figure.code: change for change in page(client_of(operator), built()).context["changes"]}
    events = changes["events_accepted"]
    assert (events.before, events.now, events.difference) == ("5", "6", "+1")
    assert (changes["partners"].difference, changes["participations"].difference) == ("0", "+10")
    assert (changes["schools"].before, changes["schools"].now) == ("4 of 5", "4 of 5")


def test_and_which_schools_changed(client_of, operator, log, built, campaign, school):
    built()
    EventFactory(school=school, campaign=campaign, status="accepted", grade_5=10, grade_8=0)
    [change] = page(client_of(operator), built()).context["changed_schools"]
    assert (change.school, change.municipality) == ("Школа «Перспектива»", "город Томск")
    assert change.figures == (
        ("Принятые мероприятия", "3", "4"),
        ("Участия в принятых мероприятиях", "71", "81"),
        ("Охвачено не менее, обучающихся", "64", "74"),
        ("Охвачено не более, обучающихся", "75", "85"),
    )


def test_a_build_that_found_nothing_new_leads_to_the_version_it_equals(client_of, operator, log, built):
    first, second = built(), built()
    response = page(client_of(operator), second)
    assert (response.status_code, response["Location"]) == (302, f"/summaries/{first.pk}/")


def test_a_coordinator_sees_versions_and_their_part_but_no_figures_of_the_region(client_of, municipal, log, built):
    response = page(client_of(municipal), built())
    assert response.context["changes"] == []
    assert "your part" in response.content.decode()
    assert "Ольга Оператор" not in response.content.decode()


def test_what_is_at_work_is_no_coordinators_business(client_of, municipal, ask):
    assert page(client_of(municipal), ask()).status_code == 404


def test_a_failed_build_says_so_and_offers_another(client_of, operator, ask):
    row = ask()
    type(row).objects.filter(pk=row.pk).update(status="failed", error="DiskFull")
    body = page(client_of(operator), row).content.decode()
    assert "could not be built" in body
    assert "DiskFull" in body
    assert reverse("build_summary") in body


@pytest.mark.parametrize(("who", "may"), [("operator", True), ("department", False), ("municipal", False)])
def test_the_list_shows_versions_by_campaign_and_the_button_to_the_operator(who, may, people, client_of, log, built):
    row = built()
    response = client_of(people[who]).get(reverse("summaries"))
    part = next(part for part in response.context["shown"] if part["campaign"] == row.campaign)
    assert part["ready"] == [row]
    assert (reverse("build_summary") in response.content.decode()) is may


def test_the_list_tells_what_is_at_work(client_of, operator, ask):
    row = ask()
    assert client_of(operator).get(reverse("summaries")).context["shown"][0]["at_work"] == row


def test_only_campaigns_that_began_are_listed(client_of, operator, campaign, clock):
    clock("2019-09-12 12:00")
    assert client_of(operator).get(reverse("summaries")).context["shown"] == []


def test_another_regions_summaries_are_not_found(client_of, foreign, log, built):
    row = built()
    assert page(client_of(foreign.operator), row).status_code == 404
    assert client_of(foreign.operator).get(reverse("summaries")).context["shown"][0]["campaign"] == foreign.campaign


def test_a_visitor_reads_the_results_of_a_closed_campaign(client_of, log, built, clock):
    clock("2019-11-06 10:00")
    built()
    body = client_of().get("/").content.decode()
    assert "Results" in body
    assert "100 of 700" in body


def test_a_visitor_reads_no_results_of_a_campaign_that_runs(client_of, log, built):
    built()
    assert "Results" not in client_of().get("/").content.decode()


def test_home_tells_operator_and_department_that_the_full_summary_is_ready(
    client_of, operator, department, log, built, clock
):
    clock("2019-11-06 10:00")
    row = built()
    for who in (operator, department):
        tasks = client_of(who).get("/").context["tasks"]
        assert row.get_absolute_url() in [task.url for task in tasks]
    clock("2019-11-21 10:00")
    assert row.get_absolute_url() not in [task.url for task in client_of(operator).get("/").context["tasks"]]


def test_home_tells_a_municipal_coordinator_which_schools_logged_nothing(client_of, people, log):
    tasks = client_of(people["another municipal"]).get("/").context["tasks"]
    assert [task.title for task in tasks if "without events" in task.title] == ["1 school without events"]
