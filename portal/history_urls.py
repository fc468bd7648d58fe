from django.urls import path

from portal import history_views

urlpatterns = [
    path("history/", history_views.history, name="history"),
    path("history/history.xlsx", history_views.history_workbook, name="history_workbook"),
]
