"""What each role downloads: the whole file, their own part, or nothing. Judged at each download."""

import hashlib
import logging
from io import BytesIO
from urllib.parse import unquote

import openpyxl
import pytest
from django.urls import reverse

from portal import clock as portal_clock
from portal.models import Membership
from reports import actions
from reports.models import Summary
from reports.summaries.building import build


@pytest.fixture
def summary(log, campaign, operator, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    row = actions.request_summary(operator, campaign, send=False)
    build(row.pk)
    row.refresh_from_db()
    return row


@pytest.fixture
def download(client_of, summary):
    def get(user):
        return client_of(user).get(reverse("summary_workbook", args=[summary.pk]))

    return get


def content(response) -> bytes:
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def texts(response) -> set[str]:
    book = openpyxl.load_workbook(BytesIO(content(response)), data_only=True)
    return {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None}


@pytest.mark.parametrize("who", ["operator", "department"])
def test_those_who_work_for_the_region_get_the_stored_file(who, people, download, summary):
    response = download(people[who])
    assert hashlib.sha256(content(response)).hexdigest() == summary.file_sha256
    assert response["Content-Type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def test_the_file_has_a_russian_name_that_windows_takes(download, operator):
    response = download(operator)
    content(response)
    disposition = response["Content-Disposition"]
    kind, _, name = disposition.partition("; filename*=utf-8''")
    assert kind == "attachment"
    assert "Осенняя профориентационная кампания 2019 года" in unquote(name)
    assert unquote(name).endswith(".xlsx")
    assert not set(unquote(name)) & set('<>:"/\\|?*')


def test_a_municipal_coordinator_gets_the_rows_of_their_schools_and_no_others(municipal, download):
    found = texts(download(municipal))
    assert {"город Томск", "Школа «Перспектива»", "Школа № 2"} <= found
    assert not {"Колпашевский район", "Школа № 3", "Школа № 5", "Школа-интернат", "Областные школы"} & found
    assert "89" not in found  # participations of the region


def test_a_school_coordinator_gets_their_schools_row_alone(coordinator, download):
    found = texts(download(coordinator))
    assert "Школа «Перспектива»" in found
    assert not {"Школа № 2", "Школа № 3", "Школа-интернат", "Колпашевский район"} & found


def test_a_part_is_of_what_was_stored_and_not_of_today(municipal, download, log, school):
    before = texts(download(municipal))
    for event in log.events:
        if event.school_id == school.pk:
            event.delete()
    assert texts(download(municipal)) == before


def test_a_part_carries_the_version_and_the_definitions(municipal, download):
    found = texts(download(municipal))
    assert any("1" in text and "город Томск" in text and "Осенняя" in text for text in found)


def test_someone_with_two_roles_gets_both_parts(municipal, download, village_school, fresh):
    Membership.objects.create(user=municipal, role="school", school=village_school)
    found = texts(download(fresh(municipal)))
    assert {"Школа «Перспектива»", "Школа № 3"} <= found
    assert not {"Школа № 5", "Школа-интернат"} & found


def test_a_membership_that_ended_binds_at_once(municipal, download, fresh):
    content(download(municipal))
    Membership.objects.filter(user=municipal).update(ended_at=portal_clock.now())
    assert download(fresh(municipal)).status_code == 404


@pytest.mark.parametrize(
    "who",
    [
        "technical staff",
        "without membership",
        "foreign operator",
        "foreign department",
        "foreign municipal",
        "foreign coordinator",
    ],
)
def test_others_do_not_find_it(who, people, download):
    assert download(people[who]).status_code == 404


def test_a_visitor_signs_in_first(download):
    assert download(None).status_code == 302


def test_a_part_is_not_to_be_had_before_the_summary_is_ready(client_of, operator, municipal, campaign):
    row = actions.request_summary(operator, campaign, send=False)
    address = reverse("summary_workbook", args=[row.pk])
    assert [client_of(who).get(address).status_code for who in (operator, municipal)] == [409, 404]


def test_what_turned_out_the_same_gives_the_file_of_that_version(summary, operator, campaign, client_of):
    again = actions.request_summary(operator, campaign, send=False)
    build(again.pk)
    response = client_of(operator).get(reverse("summary_workbook", args=[again.pk]))
    assert hashlib.sha256(content(response)).hexdigest() == summary.file_sha256


def test_downloads_are_private_and_stand_in_the_log(download, municipal, caplog, summary):
    logger = logging.getLogger("portal.access")
    logger.addHandler(caplog.handler)
    try:
        response = download(municipal)
    finally:
        logger.removeHandler(caplog.handler)
    content(response)
    assert "private" in response["Cache-Control"]
    assert "no-store" in response["Cache-Control"]
    lines = [record.getMessage() for record in caplog.records]
    assert f"download who=municipal@tomsk.example from=127.0.0.1 path=/summaries/{summary.pk}/summary.xlsx" in lines


def test_a_file_that_is_missing_is_said(summary, download, operator):
    summary.file.storage.delete(summary.file.name)
    assert download(operator).status_code == 409


def test_downloading_changes_nothing(summary, download, municipal, operator):
    before = Summary.objects.values().get()
    content(download(operator))
    content(download(municipal))
    assert Summary.objects.values().get() == before
