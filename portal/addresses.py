"""Where a form leads after it is sent."""

from django.utils.http import url_has_allowed_host_and_scheme


def way_back(request, default: str) -> str:
    """Return the address in the form's ``next``, if it is one of this portal's own, else ``default``."""
    target = request.POST.get("next", "")
    allowed = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if allowed else default
