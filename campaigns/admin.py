from django.contrib import admin

from campaigns.models import Campaign, Format
from portal.admin import ReadOnlyAdmin


@admin.register(Campaign)
class CampaignAdmin(ReadOnlyAdmin):
    list_display = ["name", "region", "starts_on", "ends_on", "published_at"]
    list_select_related = ["region"]


@admin.register(Format)
class FormatAdmin(ReadOnlyAdmin):
    list_display = ["name", "kind", "level", "region"]
    list_select_related = ["region"]
    list_filter = ["kind", "level"]
