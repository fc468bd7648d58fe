"""What each figure means is said once, and shown to everyone."""

from django.urls import reverse

from reports.figures import ALL, FIGURES


def test_every_figure_says_what_it_means_how_it_is_counted_and_where_it_comes_from(english):
    for figure in ALL:
        assert all(str(part).strip() for part in (figure.name, figure.meaning, figure.formula, figure.source)), (
            figure.code
        )


def test_codes_are_not_repeated():
    assert len(FIGURES) == len(ALL)


def test_every_share_says_what_it_is_a_share_of():
    bounds = {"coverage_low", "coverage_high"}
    shares = bounds | {"schools", "reports_accepted", "coverage", "kind_pupils", "events_per_school"}
    assert {figure.code for figure in ALL if figure.denominator} == shares


def test_a_visitor_reads_every_definition(client_of, db):
    response = client_of().get(reverse("figures"))
    assert response.status_code == 200
    for figure in ALL:
        assert f'id="{figure.code}"' in response.content.decode()
    assert response.context["figures"] == ALL
