"""Letters about a person's own account. They are asked for in a request and sent by the worker.

What waits in the queue names the person and the kind of letter: a link is made when its letter is sent, and is kept
nowhere. It goes to the address that the person has then.
"""

from urllib.parse import urlsplit

from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from portal import signin
from portal.celery import send_on_commit
from portal.models import User

SEND_TASK = "portal.tasks.send_letter"


def ask(kind: str, user) -> None:
    """Queue a letter of ``kind`` to ``user``, in the language of this request. For nobody the same is queued, and
    nothing is sent: how long the answer takes does not tell who is known."""
    send_on_commit(SEND_TASK, kind, user.pk if user else None, translation.get_language())


def send(kind: str, user_id: int | None, language: str) -> int:
    """Send a letter of ``kind``; return how many the mail server took: none for who cannot sign in."""
    user = User.objects.filter(pk=user_id).first()
    if user is None or not signin.may_sign_in(user):
        return 0
    with translation.override(language):
        values = KINDS[kind](user) | {"site": urlsplit(settings.PORTAL_URL).netloc}
        subject = render_to_string(f"account/email/{kind}_subject.txt", values)
        body = render_to_string(f"account/email/{kind}_message.txt", values)
    return send_mail(" ".join(subject.split()), body.strip() + "\n", None, [user.email])


def _password_reset(user) -> dict:
    key = signin.ResetTokens().make_token(user)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})
    return {"password_reset_url": f"{settings.PORTAL_URL}{path}"}


KINDS = {"password_reset": _password_reset}
"""Kinds of letters, and what the templates of each are given."""
