"""All addresses of the portal. They stand in e-mails and bookmarks, so they do not change."""

from allauth.account import views as account
from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from portal.views import enrolment, history, home

admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)
# One page changes a password, behind the rate limits and with history.
admin.site.password_change = admin.site.password_change_done = RedirectView.as_view(
    pattern_name="account_change_password"
)

# Of allauth's pages those that a person without self-made accounts needs; signing up answers that it is closed.
sign_in = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("signup/", account.signup, name="account_signup"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/set/", account.password_set, name="account_set_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("accounts/", include(sign_in)),
    path("membership/", home.choose_membership, name="choose_membership"),
    path("display/", home.display, name="display"),
    path("language/setlang/", home.set_language, name="set_language"),
    path("schools/<int:school_id>/", home.school, name="school"),
    path("municipalities/<slug:slug>/", home.municipality, name="municipality"),
    path("enrolment/", enrolment.enrolment, name="enrolment"),
    path("enrolment/template.xlsx", enrolment.enrolment_template, name="enrolment_template"),
    path("enrolment/uploads/<int:upload_id>/", enrolment.enrolment_upload, name="enrolment_upload"),
    path("schools/<int:school_id>/enrolment/<slug:year>/", enrolment.school_enrolment, name="school_enrolment"),
    path("history/", history.history, name="history"),
    path("history/history.xlsx", history.history_workbook, name="history_workbook"),
    path("", include("campaigns.urls")),
    path("", include("events.urls")),
    path("", include("reports.urls")),
    path("admin/", admin.site.urls),
    path("healthz", home.healthz, name="healthz"),
    path("readyz", home.readyz, name="readyz"),
]
