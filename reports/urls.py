from django.urls import path

from reports.views import dashboards, summaries

urlpatterns = [
    path("figures/", dashboards.figures, name="figures"),
    path("dashboards/", dashboards.dashboards, name="dashboards"),
    path("dashboards/<slug:campaign>/", dashboards.dashboard, name="dashboard"),
    path("dashboards/<slug:campaign>/rows/<slug:code>/", dashboards.dashboard_rows, name="dashboard_rows"),
    path(
        "dashboards/<slug:campaign>/municipalities/<slug:municipality>/",
        dashboards.dashboard_municipality,
        name="dashboard_municipality",
    ),
    path("dashboards/<slug:campaign>/schools/<int:school>/", dashboards.dashboard_school, name="dashboard_school"),
    path("summaries/", summaries.summaries, name="summaries"),
    path("summaries/build/", summaries.build_summary, name="build_summary"),
    path("summaries/<int:summary_id>/", summaries.summary, name="summary"),
    path("summaries/<int:summary_id>/summary.xlsx", summaries.summary_workbook, name="summary_workbook"),
]
