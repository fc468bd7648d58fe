"""Forms of sign-in that differ from allauth's (``ACCOUNT_FORMS``); allauth's own import :mod:`portal.signin`."""

from allauth.account import forms

from portal import letters, signin


class ResetPasswordForm(forms.ResetPasswordForm):
    """Asks for a password link. A known and an unknown address cost the same: one look and one message."""

    def clean_email(self):
        return self.cleaned_data["email"].lower()

    def save(self, request, **kwargs):
        email = self.cleaned_data["email"]
        letters.ask("password_reset", signin.person_at(email))
        return email


class UserTokenForm(forms.UserTokenForm):
    """Reads a password link; one of an account that is out of use opens nothing."""

    def _get_user(self, uidb36):
        user = super()._get_user(uidb36)
        return user if user is not None and signin.may_sign_in(user) else None
