"""Sign-in: allauth by e-mail and password, for those who were invited; nobody signs themselves up."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings

from portal import actions
from portal.addresses import is_own_address


def may_sign_in(user) -> bool:
    """Whether an account is in use: active, and not of the demo unless the portal runs as one."""
    return user.is_active and (settings.DEMO or not user.is_demo)


class EmailBackend(AuthenticationBackend):
    """allauth's backend, which also refuses demo accounts outside demo mode, new and open sessions alike."""

    def user_can_authenticate(self, user):
        return may_sign_in(user) and super().user_can_authenticate(user)

    def get_user(self, user_id):
        user = super().get_user(user_id)
        return user if user is not None and may_sign_in(user) else None


class AccountAdapter(DefaultAccountAdapter):
    """allauth with closed doors: accounts are made by the operator's staff, not by visitors."""

    def is_open_for_signup(self, request):
        return False

    def is_safe_url(self, url):
        return is_own_address(url)

    def set_password(self, user, password):
        actions.set_password(user, password)
