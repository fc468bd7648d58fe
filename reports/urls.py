from django.urls import path

from reports import views

urlpatterns = [
    path("figures/", views.figures, name="figures"),
    path("dashboards/", views.dashboards, name="dashboards"),
    path("dashboards/<slug:campaign>/", views.dashboard, name="dashboard"),
    path("dashboards/<slug:campaign>/rows/<slug:code>/", views.dashboard_rows, name="dashboard_rows"),
    path(
        "dashboards/<slug:campaign>/municipalities/<slug:municipality>/",
        views.dashboard_municipality,
        name="dashboard_municipality",
    ),
    path("dashboards/<slug:campaign>/schools/<int:school>/", views.dashboard_school, name="dashboard_school"),
    path("summaries/", views.summaries, name="summaries"),
    path("summaries/build/", views.build_summary, name="build_summary"),
    path("summaries/<int:summary_id>/", views.summary, name="summary"),
    path("summaries/<int:summary_id>/summary.xlsx", views.summary_workbook, name="summary_workbook"),
]
