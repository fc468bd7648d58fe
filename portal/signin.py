"""Sign-in: allauth by e-mail and password, for those who were invited; nobody signs themselves up.

A person has one address, ``User.email``. allauth's table of addresses stays empty, and is asked for nothing.
"""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.core import context
from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ImproperlyConfigured

from portal import actions
from portal.addresses import is_own_address
from portal.models import User


def may_sign_in(user) -> bool:
    """Whether an account is in use: active, and not of the demo unless the portal runs as one."""
    return user.is_active and (settings.DEMO or not user.is_demo)


def person_at(email: str) -> User | None:
    """Return the person whose address this is, typed in any case."""
    return User.objects.filter(email=email.strip().lower()).first()


class EmailBackend(AuthenticationBackend):
    """allauth's backend by ``User.email`` alone, which also refuses demo accounts outside demo mode, new and open
    sessions alike."""

    def _authenticate_by_email(self, email, password):
        return self._check_password(person_at(email), password)

    def user_can_authenticate(self, user):
        return may_sign_in(user) and super().user_can_authenticate(user)

    def get_user(self, user_id):
        user = super().get_user(user_id)
        return user if user is not None and may_sign_in(user) else None


class ResetTokens(PasswordResetTokenGenerator):
    """Tokens of password links. Django's end with the address, the password and the next sign-in; these end with
    ``User.access_version`` too."""

    def _make_hash_value(self, user, timestamp):
        return f"{super()._make_hash_value(user, timestamp)}{user.access_version}"


class AccountAdapter(DefaultAccountAdapter):
    """allauth with closed doors: accounts are made by the operator's staff, not by visitors."""

    def is_open_for_signup(self, request):
        return False

    def is_safe_url(self, url):
        return is_own_address(url)

    def set_password(self, user, password):
        actions.set_password(user, password)
        # Whoever tried too often before the link came may sign in with what they chose.
        self._delete_login_attempts_cached_email(context.request, email=user.email)

    def reauthenticate(self, user, password):
        found = self.authenticate(context.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def send_mail(self, template_prefix, email, context):
        raise ImproperlyConfigured(f"{template_prefix}: no letter leaves within a request, see portal/letters.py.")
