from django.urls import path

from portal import enrolment_views as views

urlpatterns = [
    path("enrolment/", views.enrolment, name="enrolment"),
    path("enrolment/template.xlsx", views.enrolment_template, name="enrolment_template"),
    path("enrolment/uploads/<int:upload_id>/", views.enrolment_upload, name="enrolment_upload"),
    path("schools/<int:school_id>/enrolment/<slug:year>/", views.school_enrolment, name="school_enrolment"),
]
