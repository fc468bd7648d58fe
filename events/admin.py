from django.contrib import admin

from events.models import Event
from portal.admin import ReadOnlyAdmin


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ["title", "school", "campaign", "format", "starts_on", "participants", "status"]
    list_select_related = ["school", "campaign", "format"]
    list_filter = ["campaign", "status", "format"]
    list_per_page = 25
    search_fields = ["search"]
    show_full_result_count = False
