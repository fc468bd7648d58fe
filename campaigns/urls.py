from django.urls import path

from campaigns import extension_views, views

urlpatterns = [
    path("campaigns/", views.campaigns, name="campaigns"),
    path("campaigns/new/", views.campaign_new, name="campaign_new"),
    path("campaigns/<slug:slug>/", views.campaign, name="campaign"),
    path("campaigns/<slug:slug>/edit/", views.campaign_edit, name="campaign_edit"),
    path("campaigns/<slug:slug>/publish/", views.campaign_publish, name="campaign_publish"),
    path("campaigns/<slug:slug>/extensions/", extension_views.extensions, name="extensions"),
    path("campaigns/<slug:slug>/extensions/new/", extension_views.extension_new, name="extension_new"),
    path(
        "campaigns/<slug:slug>/extensions/<int:extension_id>/decide/",
        extension_views.extension_decide,
        name="extension_decide",
    ),
    path(
        "campaigns/<slug:slug>/extensions/<int:extension_id>/withdraw/",
        extension_views.extension_withdraw,
        name="extension_withdraw",
    ),
    path("formats/", views.formats, name="formats"),
    path("formats/new/", views.format_new, name="format_new"),
    path("formats/<slug:slug>/", views.format_, name="format"),
    path("formats/<slug:slug>/edit/", views.format_edit, name="format_edit"),
]
