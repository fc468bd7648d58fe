"""Before a campaign begins its dashboard says so: zeros would read like failures."""

import pytest


@pytest.mark.parametrize(("moment", "begun"), [("2019-09-12 23:59:59", False), ("2019-09-13 00:00:01", True)])
def test_figures_are_shown_from_the_first_day_on(moment, begun, campaign, school, operator, client_of, clock):
    clock(moment)
    response = client_of(operator).get("/dashboards/autumn-2019/")
    assert (response.status_code, bool(response.context["body"])) == (200, begun)
