"""Where a level's dashboard and the lists behind its figures stand."""

from django.urls import reverse

from reports.queries.levels import Level


def dashboard_url(level: Level) -> str:
    """Return the address of a level's dashboard."""
    slug = level.campaign.slug
    if level.school:
        return reverse("dashboard_school", args=[slug, level.school.pk])
    if level.municipality:
        return reverse("dashboard_municipality", args=[slug, level.municipality.slug])
    return reverse("dashboard", args=[slug])


def rows_page(level: Level, code: str) -> str:
    """Return the address of a list behind a figure that is no list of events: ``schools`` or ``partners``."""
    own = level.params
    del own["campaign"]
    query = "".join(f"?{name}={value}" for name, value in own.items())
    return reverse("dashboard_rows", args=[level.campaign.slug, code]) + query
