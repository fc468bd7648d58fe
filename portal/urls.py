"""All addresses of the portal. They stand in e-mails and bookmarks, so they do not change."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from portal import views

admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)

urlpatterns = [
    path("", views.home, name="home"),
    path("accounts/", include("allauth.account.urls")),
    path("membership/", views.choose_membership, name="choose_membership"),
    path("display/", views.display, name="display"),
    path("language/", include("django.conf.urls.i18n")),
    path("schools/<int:school_id>/", views.school, name="school"),
    path("municipalities/<slug:slug>/", views.municipality, name="municipality"),
    path("", include("campaigns.urls")),
    path("", include("events.urls")),
    path("", include("reports.urls")),
    path("admin/", admin.site.urls),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]
