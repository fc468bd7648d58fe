"""The role chosen on screen. It sets home and navigation alone; what one may do is the union of all."""

from portal.access import Scope

SESSION_KEY = "membership"


def current_membership(request):
    """Return the membership chosen on screen, the first one by default, or None without any."""
    memberships = Scope.of(request.user).memberships
    chosen = request.session.get(SESSION_KEY)
    return next((m for m in memberships if m.pk == chosen), memberships[0] if memberships else None)


def choose(request, membership_id: str) -> bool:
    """Remember the membership with this id, if it is one of the person's own and active."""
    for membership in Scope.of(request.user).memberships:
        if str(membership.pk) == membership_id:
            request.session[SESSION_KEY] = membership.pk
            return True
    return False
