"""What the frame of every page needs: navigation, who is signed in and as what, display settings."""

from django.conf import settings
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from portal import registry
from portal.access import Scope, region_of
from portal.display import Display
from portal.membership import current_membership

BRAND = "PROFориентация"
MOST_IN_A_ROW = 7
"""How many lines of the navigation stand beside each other; with more, the last ones fold into a menu."""


class Frame:
    """The frame of one request; reads no table beyond the memberships already loaded."""

    brand = BRAND

    def __init__(self, request):
        user = getattr(request, "user", None)
        self.display = Display.of(request)
        self.demo = settings.DEMO
        self.places = Scope.of(user).memberships if user is not None else ()
        self.membership = membership = current_membership(request) if self.places else None
        self.place = membership.place if membership else None
        self.role = membership.get_role_display() if membership else ""
        self.role_code = membership.role if membership else ""
        self.region = region_of(membership) if membership else None
        self.navigation = [
            {
                "label": item.label,
                "url": reverse(item.url_name),
                "icon": item.icon,
                "active": request.path == "/" if item.prefix == "/" else request.path.startswith(item.prefix),
            }
            for item in registry.navigation
            if self.role_code in item.roles
        ]
        shown = len(self.navigation) if len(self.navigation) <= MOST_IN_A_ROW else MOST_IN_A_ROW - 1
        self.navigation_row, self.navigation_more = self.navigation[:shown], self.navigation[shown:]
        self.more_is_active = any(item["active"] for item in self.navigation_more)


def frame(request):
    """Put ``frame`` into the context, worked out only where a template asks for it."""
    return {"frame": SimpleLazyObject(lambda: Frame(request))}
