"""Who may do which verb with which report: each role, and people of other places and regions."""

import pytest
from django.core.exceptions import PermissionDenied

from portal.models import User
from reports.actions import (
    accept_municipal_report,
    accept_school_report,
    return_municipal_report,
    return_school_report,
)
from reports.models import MunicipalReport, SchoolReport
from tests.factories import MunicipalReportFactory, SchoolReportFactory
from tests.reporting import CORRECT_BY, REPORTING, write_municipality, write_school

pytestmark = pytest.mark.usefixtures("reporting_day", "english")

EVERYONE = (
    "operator",
    "department",
    "municipal",
    "another municipal",
    "coordinator",
    "another coordinator",
    "technical staff",
    "without membership",
    "foreign operator",
    "foreign department",
    "foreign municipal",
    "foreign coordinator",
)


@pytest.fixture
def verbs(campaign, school, unrun_school, tomsk, operator):
    """Each verb with a report that it fits."""

    def of_school(status, of=school, **fields):
        SchoolReport.objects.filter(school=of).delete()
        row = SchoolReportFactory(school=of, campaign=campaign, status=status, **fields)
        return SchoolReport.objects.with_places().get(pk=row.pk)

    def of_municipality(status):
        MunicipalReport.objects.all().delete()
        row = MunicipalReportFactory(municipality=tomsk, campaign=campaign, status=status)
        return MunicipalReport.objects.with_places().get(pk=row.pk)

    def zeros(status, of=school):
        return of_school(status, of, **{f"grade_{grade}": 0 for grade in range(5, 12)})

    empty = {"grades": dict.fromkeys(range(5, 12), 0), "kinds": {}}
    return {
        "save": lambda actor: write_school(actor, school, campaign, send=False, **empty),
        "send": lambda actor: write_school(actor, school, campaign, **empty),
        "send of a regional school": lambda actor: write_school(actor, unrun_school, campaign, **empty),
        "accept": lambda actor: accept_school_report(actor, zeros("submitted"), 1),
        "accept of a regional school": lambda actor: accept_school_report(actor, zeros("submitted", unrun_school), 1),
        "return": lambda actor: return_school_report(actor, of_school("submitted"), 1, "Уточните.", CORRECT_BY),
        "reopen": lambda actor: return_school_report(
            actor, of_school("accepted", reviewed_by=operator), 1, "Уточните.", CORRECT_BY
        ),
        "municipal save": lambda actor: write_municipality(actor, tomsk, campaign, send=False),
        "municipal send": lambda actor: write_municipality(actor, tomsk, campaign),
        "municipal accept": lambda actor: accept_municipal_report(actor, of_municipality("submitted"), 1),
        "municipal return": lambda actor: return_municipal_report(
            actor, of_municipality("submitted"), 1, "Уточните.", CORRECT_BY
        ),
        "municipal reopen": lambda actor: return_municipal_report(
            actor, of_municipality("accepted"), 1, "Уточните.", CORRECT_BY
        ),
    }


ALLOWED = {
    "save": {"coordinator", "municipal"},
    "send": {"coordinator", "municipal"},
    "send of a regional school": {"operator"},
    "accept": {"municipal", "operator"},
    "accept of a regional school": {"operator"},
    "return": {"municipal", "operator"},
    "reopen": {"operator"},
    "municipal save": {"municipal", "operator"},
    "municipal send": {"municipal", "operator"},
    "municipal accept": {"operator"},
    "municipal return": {"operator"},
    "municipal reopen": {"operator"},
}


@pytest.mark.parametrize("who", EVERYONE)
@pytest.mark.parametrize("verb", ALLOWED)
def test_who_may_do_what(verb, who, verbs, people):
    assert set(people) == set(EVERYONE)
    actor = User.objects.get(pk=people[who].pk)
    try:
        verbs[verb](actor)
    except PermissionDenied:
        allowed = False
    else:
        allowed = True
    assert allowed == (who in ALLOWED[verb])


@pytest.mark.parametrize("who", EVERYONE)
def test_who_sees_which_reports(who, people, campaign, school, second_school, village_school, unrun_school, foreign):
    schools = {
        SchoolReportFactory(school=of, campaign=campaign).pk: name
        for of, name in (
            (school, "own"),
            (second_school, "second"),
            (village_school, "village"),
            (unrun_school, "regional"),
        )
    }
    schools[SchoolReportFactory(school=foreign.school, campaign=foreign.campaign).pk] = "foreign"
    tomsk = MunicipalReportFactory(municipality=school.municipality, campaign=campaign)
    village = MunicipalReportFactory(municipality=village_school.municipality, campaign=campaign)
    other = MunicipalReportFactory(municipality=foreign.municipality, campaign=foreign.campaign)
    places = {tomsk.pk: "town", village.pk: "village", other.pk: "foreign"}
    actor = User.objects.get(pk=people[who].pk)
    seen = (
        {schools[pk] for pk in SchoolReport.objects.visible_to(actor).values_list("pk", flat=True)},
        {places[pk] for pk in MunicipalReport.objects.visible_to(actor).values_list("pk", flat=True)},
    )
    region = {"own", "second", "village", "regional"}
    assert seen == {
        "operator": (region, {"town", "village"}),
        "department": (region, {"town", "village"}),
        "municipal": ({"own", "second"}, {"town"}),
        "another municipal": ({"village"}, {"village"}),
        "coordinator": ({"own"}, set()),
        "another coordinator": ({"second"}, set()),
        "foreign operator": ({"foreign"}, {"foreign"}),
        "foreign department": ({"foreign"}, {"foreign"}),
        "foreign municipal": ({"foreign"}, {"foreign"}),
        "foreign coordinator": ({"foreign"}, set()),
    }.get(who, (set(), set()))


def test_an_ended_membership_binds_at_once(coordinator, school, campaign, clock):
    coordinator.memberships.update(ended_at=clock(REPORTING))
    with pytest.raises(PermissionDenied):
        write_school(coordinator, school, campaign, grades=dict.fromkeys(range(5, 12), 0), kinds={})
