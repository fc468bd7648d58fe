from django.urls import path

from campaigns.views import campaigns, extensions, formats

urlpatterns = [
    path("campaigns/", campaigns.campaigns, name="campaigns"),
    path("campaigns/new/", campaigns.campaign_new, name="campaign_new"),
    path("campaigns/<slug:slug>/", campaigns.campaign, name="campaign"),
    path("campaigns/<slug:slug>/edit/", campaigns.campaign_edit, name="campaign_edit"),
    path("campaigns/<slug:slug>/publish/", campaigns.campaign_publish, name="campaign_publish"),
    path("campaigns/<slug:slug>/extensions/", extensions.extensions, name="extensions"),
    path("campaigns/<slug:slug>/extensions/new/", extensions.extension_new, name="extension_new"),
    path(
        "campaigns/<slug:slug>/extensions/<int:extension_id>/decide/",
        extensions.extension_decide,
        name="extension_decide",
    ),
    path(
        "campaigns/<slug:slug>/extensions/<int:extension_id>/withdraw/",
        extensions.extension_withdraw,
        name="extension_withdraw",
    ),
    path("formats/", formats.formats, name="formats"),
    path("formats/new/", formats.format_new, name="format_new"),
    path("formats/<slug:slug>/", formats.format_, name="format"),
    path("formats/<slug:slug>/edit/", formats.format_edit, name="format_edit"),
]
