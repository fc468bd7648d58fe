from django.urls import path

from reports.views import completeness, dashboards, municipal_reports, questions, school_reports, summaries

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
    path("reports/", school_reports.reports, name="reports"),
    path("reports/<slug:campaign>/", school_reports.campaign_reports, name="campaign_reports"),
    path("reports/<slug:campaign>/schools/<int:school>/", school_reports.school_report, name="school_report"),
    path(
        "reports/<slug:campaign>/schools/<int:school>/edit/",
        school_reports.school_report_edit,
        name="school_report_edit",
    ),
    path(
        "reports/<slug:campaign>/schools/<int:school>/accept/",
        school_reports.school_report_accept,
        name="school_report_accept",
    ),
    path(
        "reports/<slug:campaign>/schools/<int:school>/return/",
        school_reports.school_report_return,
        name="school_report_return",
    ),
    path(
        "reports/<slug:campaign>/schools/<int:school>/close/",
        school_reports.school_report_close,
        name="school_report_close",
    ),
    path(
        "reports/<slug:campaign>/schools/<int:school>/expect/",
        school_reports.school_report_expect,
        name="school_report_expect",
    ),
    path(
        "reports/<slug:campaign>/schools/<int:school>/report.pdf",
        school_reports.school_report_pdf,
        name="school_report_pdf",
    ),
    path(
        "reports/<slug:campaign>/municipalities/<slug:municipality>/",
        municipal_reports.municipal_report,
        name="municipal_report",
    ),
    path(
        "reports/<slug:campaign>/municipalities/<slug:municipality>/edit/",
        municipal_reports.municipal_report_edit,
        name="municipal_report_edit",
    ),
    path(
        "reports/<slug:campaign>/municipalities/<slug:municipality>/accept/",
        municipal_reports.municipal_report_accept,
        name="municipal_report_accept",
    ),
    path(
        "reports/<slug:campaign>/municipalities/<slug:municipality>/return/",
        municipal_reports.municipal_report_return,
        name="municipal_report_return",
    ),
    path(
        "reports/<slug:campaign>/municipalities/<slug:municipality>/report.pdf",
        municipal_reports.municipal_report_pdf,
        name="municipal_report_pdf",
    ),
    path("summaries/", summaries.summaries, name="summaries"),
    path("summaries/build/", summaries.build_summary, name="build_summary"),
    path("summaries/<int:summary_id>/", summaries.summary, name="summary"),
    path("summaries/<int:summary_id>/summary.xlsx", summaries.summary_workbook, name="summary_workbook"),
    path("reports/<slug:campaign>/questions/", questions.questions, name="questions"),
    path("reports/<slug:campaign>/questions/new/", questions.question_new, name="question_new"),
    path("reports/<slug:campaign>/questions/<int:question_id>/", questions.question_edit, name="question_edit"),
    path(
        "reports/<slug:campaign>/questions/<int:question_id>/retire/", questions.question_retire, name="question_retire"
    ),
    path(
        "reports/<slug:campaign>/questions/<int:question_id>/answers/",
        questions.question_answers,
        name="question_answers",
    ),
    path("reports/<slug:campaign>/completeness/", completeness.completeness_page, name="completeness"),
    path("reports/<slug:campaign>/completeness.xlsx", completeness.completeness_workbook, name="completeness_workbook"),
    path("reports/<slug:campaign>/remind/", completeness.remind, name="remind"),
]
