"""What the frame of every page needs: navigation, who is signed in and as what, display settings."""

from django.conf import settings
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from portal import registry
from portal.access import Scope, region_of
from portal.display import Display
from portal.membership import current_membership

BRAND = "PROFориентация"


class Frame:
    """The frame of one request; reads no table beyond the memberships already loaded."""

    brand = BRAND

    def __init__(self, request):
        user = getattr(request, "user", None)
        self.display = Display.of(request)
        self.demo = settings.DEMO
        self.places = Scope.of(user).memberships if user is not None else ()
        membership = current_membership(request) if self.places else None
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


def frame(request):
    """Put ``frame`` into the context, worked out only where a template asks for it."""
    return {"frame": SimpleLazyObject(lambda: Frame(request))}
