"""Letters of the chain: who wrote a report is told that it came back, once what the letter says is true."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from portal.celery import app
from reports import emails
from reports.actions import (
    accept_municipal_report,
    accept_school_report,
    return_municipal_report,
    return_school_report,
    write_municipal_report,
    write_school_report,
)
from tests.clock import wait_until
from tests.factories import UserFactory

DAY = date(2019, 10, 25)


@pytest.fixture
def letters(monkeypatch):
    """What is queued: ``(addresses, subject, body)``, in the order of sending."""
    queued = []

    def send_task(name, args, **options):
        assert name == emails.SEND_TASK
        queued.append(tuple(args))

    monkeypatch.setattr(app, "send_task", send_task)
    return queued


@pytest.fixture
def sent(campaign, school, coordinator, reporting_day):
    """The report of a school that held nothing."""
    return write_school_report(
        coordinator,
        school,
        campaign,
        0,
        send=True,
        grades=dict.fromkeys(campaign.grades, 0),
        kinds={},
        answers={},
        basis="lists",
        signed_name="Иванова А. П.",
    )


def test_a_returned_report_is_told_to_all_coordinators_of_the_school_today(
    sent, municipal, coordinator, colleague, school, letters, django_capture_on_commit_callbacks
):
    UserFactory(email="gone@school.example", coordinator_of=school, is_active=False)
    UserFactory(email="school@demo.example", coordinator_of=school, is_demo=True)
    with django_capture_on_commit_callbacks(execute=True):
        return_school_report(municipal, sent, sent.version, "Уточните 8 класс.", DAY)
    [(addresses, subject, body)] = letters
    assert addresses == ["colleague@school.example", "coordinator@school.example"]
    assert subject == "Отчёт вернулся на доработку: Школа «Перспектива»"
    assert body.splitlines()[::2] == [
        "Осенняя профориентационная кампания 2019 года, Школа «Перспектива».",
        "Уточните 8 класс.",
        "Исправить до 25.10.2019.",
        f"http://127.0.0.1:8000/reports/autumn-2019/schools/{school.pk}/",
        "То же написано на главной странице портала. Отвечать на это письмо не нужно.",
    ]


def test_nothing_is_told_of_what_did_not_happen(
    sent, municipal, coordinator, letters, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ValidationError):
        return_school_report(municipal, sent, sent.version, "", DAY)
    assert letters == []


def test_a_reopened_report_is_told_to_the_school_the_municipality_and_the_operator(
    sent, municipal, coordinator, operator, campaign, tomsk, letters, django_capture_on_commit_callbacks
):
    report = accept_school_report(municipal, sent, sent.version)
    texts = {"conclusions": "Все отчитались.", "signed_name": "Петров П. П.", "signed_post": "начальник"}
    above = write_municipal_report(municipal, tomsk, campaign, 0, send=True, **texts)
    accept_municipal_report(operator, above, above.version)
    with django_capture_on_commit_callbacks(execute=True):
        return_school_report(operator, report, report.version, "Уточните 8 класс.", DAY)
    assert [addresses for addresses, _subject, _body in letters] == [
        ["coordinator@school.example"],
        ["municipal@tomsk.example"],
        ["operator@region.example"],
    ]


def test_a_municipal_report_that_is_returned_is_told_to_its_coordinators(
    campaign, tomsk, municipal, operator, reporting_day, letters, django_capture_on_commit_callbacks
):
    texts = {"conclusions": "Все отчитались.", "signed_name": "Петров П. П."}
    report = write_municipal_report(municipal, tomsk, campaign, 0, send=True, **texts)
    with django_capture_on_commit_callbacks(execute=True):
        return_municipal_report(operator, report, report.version, "Добавьте выводы.", DAY)
    assert [addresses for addresses, _subject, _body in letters] == [["municipal@tomsk.example"]]


def test_a_worker_sends_each_person_a_letter_of_their_own(
    transactional_db, sent, municipal, coordinator, colleague, worker
):
    worker.start()
    return_school_report(municipal, sent, sent.version, "Уточните 8 класс.", DAY)
    read = wait_until(lambda: len(worker.letters) == 2 and worker.letters)
    assert sorted(letter["To"] for letter in read) == ["colleague@school.example", "coordinator@school.example"]
    assert {letter["Subject"].strip() for letter in read} == {"Отчёт вернулся на доработку: Школа «Перспектива»"}
