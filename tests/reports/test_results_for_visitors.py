"""Visitors see the results of a region's closed campaigns, from small columns of their own."""

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser

from reports import actions
from reports.models import Summary
from reports.panels.figures import figures_on_home
from reports.summaries.building import build

pytestmark = pytest.mark.usefixtures("own_files")


@pytest.fixture
def closed(log, campaign, clock):
    """The letter's campaign with a full summary of its four accepted lessons and more."""
    clock("2019-11-06 09:00")
    summary = actions.request_summary(None, campaign, send=False)
    build(summary.pk)
    return Summary.objects.get(pk=summary.pk)


def shown() -> list:
    panels = figures_on_home(AnonymousUser(), None)
    return [result for panel in panels for result in panel.context["results"]]


def test_a_summary_keeps_its_key_figures_beside_its_tables(closed):
    assert closed.figures == closed.tables["figures"]
    assert closed.figures["events_accepted"]["value"] > 0


def test_the_newest_full_version_is_shown(closed, campaign):
    [result] = shown()
    assert (result["campaign"], result["taken_at"]) == (campaign, closed.taken_at)
    values = {figure.code: value for figure, value in result["figures"]}
    assert values["events_accepted"] == str(closed.figures["events_accepted"]["value"])


def test_a_newer_version_takes_its_place(closed, school, campaign, clock):
    Summary.objects.create(
        campaign=campaign,
        status="ready",
        version=2,
        is_full=True,
        tables={"figures": {}, "tables": []},
        figures={"events_accepted": {"value": 77, "of": None}},
        taken_at=clock("2019-12-01 09:00"),
        file="summaries/2.xlsx",
        file_sha256="0" * 64,
    )
    [result] = shown()
    assert {figure.code: value for figure, value in result["figures"]}["events_accepted"] == "77"


def test_another_regions_results_are_not_mixed_in(closed, campaign, foreign):
    # The other region's campaign closed too, and began on the same day.
    summary = actions.request_summary(None, foreign.campaign, send=False)
    build(summary.pk)
    assert len({result["campaign"].region_id for result in shown()}) == 1


def test_it_costs_two_queries_without_a_stored_table(closed, queries_of):
    found = queries_of(shown)
    assert len(found) == 2
    assert [query for query in found if '"tables"' in str(query)] == []


def test_the_migration_fills_the_column_from_what_is_stored(closed):
    expected = closed.figures
    Summary.objects.update(figures={})
    import_module("reports.migrations.0008_fill_figures").fill(apps, None)
    assert Summary.objects.get().figures == expected
