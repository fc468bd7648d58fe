"""A due date moves over nothing that was sent: what was in time stays so, and what was late."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from campaigns.actions import edit_campaign
from reports.actions import retire_question
from reports.documents.school_report import school_form
from tests.campaigns.test_campaign_actions import as_read
from tests.factories import (
    EventFactory,
    MunicipalReportFactory,
    QuestionFactory,
    SchoolReportFactory,
)
from tests.reporting import row_again


@pytest.fixture
def sent(campaign, school, tomsk, clock):
    """An event was sent on 19 October, late; the reports on the 18th, in time."""
    EventFactory(school=school, campaign=campaign, submitted_on=date(2019, 10, 19))
    SchoolReportFactory(school=school, campaign=campaign)
    MunicipalReportFactory(municipality=tomsk, campaign=campaign)
    clock("2019-10-19 12:00")


@pytest.mark.parametrize(
    ("name", "day", "refused"),
    [
        ("events_due", date(2019, 10, 18), False),
        ("events_due", date(2019, 10, 19), True),
        ("school_reports_due", date(2019, 10, 18), False),
        ("school_reports_due", date(2019, 10, 17), True),
        ("school_reports_due", date(2019, 10, 28), False),
        ("municipal_reports_due", date(2019, 10, 21), False),
    ],
)
def test_a_due_date_stays_on_its_side_of_what_was_sent(sent, operator, campaign, name, day, refused):
    if not refused:
        assert getattr(edit_campaign(operator, campaign, 1, **as_read(campaign, **{name: day})), name) == day
        return
    with pytest.raises(ValidationError) as error:
        edit_campaign(operator, campaign, 1, **as_read(campaign, **{name: day}))
    assert list(error.value.message_dict) == [name]


def test_a_question_retired_since_stays_on_the_form_of_a_report_that_left_it_open(campaign, school, operator, clock):
    question = QuestionFactory(campaign=campaign)
    report = SchoolReportFactory(school=school, campaign=campaign, status="accepted")
    late = QuestionFactory(campaign=campaign)
    clock("2019-10-19 12:00")
    retire_question(operator, late, 1)
    before = school_form(row_again(report))
    retire_question(operator, question, 1)
    assert school_form(row_again(report)) == before
