from django.urls import path

from campaigns import views

urlpatterns = [
    path("campaigns/", views.campaigns, name="campaigns"),
    path("campaigns/new/", views.campaign_new, name="campaign_new"),
    path("campaigns/<slug:slug>/", views.campaign, name="campaign"),
    path("campaigns/<slug:slug>/edit/", views.campaign_edit, name="campaign_edit"),
    path("campaigns/<slug:slug>/publish/", views.campaign_publish, name="campaign_publish"),
    path("formats/", views.formats, name="formats"),
    path("formats/new/", views.format_new, name="format_new"),
    path("formats/<slug:slug>/", views.format_, name="format"),
    path("formats/<slug:slug>/edit/", views.format_edit, name="format_edit"),
]
