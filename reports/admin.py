from django.contrib import admin

from portal.admin import ReadOnlyAdmin
from reports.models import Summary


@admin.register(Summary)
class SummaryAdmin(ReadOnlyAdmin):
    list_display = [
        "campaign",
        "version",
        "status",
        "is_full",
        "requested_by",
        "requested_at",
        "attempt",
        "file_sha256",
    ]
    list_select_related = ["campaign", "requested_by"]
    list_filter = ["status", "campaign"]
    exclude = ["tables"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("tables")
