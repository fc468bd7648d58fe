"""The portal's addresses, and beside them the floors: an empty page, and the Django admin as it comes."""

from django.contrib import admin
from django.http import HttpResponse
from django.urls import path

from events.models import Event
from portal.urls import urlpatterns as portal_urls


def empty(request):
    """Answer nothing: what is left is Django, the middleware and who is signed in."""
    return HttpResponse("")


class PlainEventAdmin(admin.ModelAdmin):
    """Events in Django's own admin: the columns, page size, filters and search of the portal's list.

    It reads what its columns name along with the rows and does not count the unfiltered rows beside the
    found ones: the admin at its fastest. The form is the default one, with default widgets.
    """

    list_display = ["starts_on", "title", "format", "school", "participants", "status"]
    list_select_related = ["format", "school"]
    list_filter = ["campaign", "status", "format"]
    list_per_page = 25
    search_fields = ["search"]
    show_full_result_count = False


plain_admin = admin.AdminSite(name="plain_admin")
plain_admin.register(Event, PlainEventAdmin)

urlpatterns = [
    *portal_urls,
    path("benchmarks/empty/", empty, name="benchmarks_empty"),
    path("benchmarks/admin/", plain_admin.urls),
]
