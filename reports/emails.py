"""Letters of the chain: who wrote a report is told that it came back, and why.

Home says the same, so a letter that is lost loses nothing. Each person gets one of their own: nobody sees who else did.
Letters speak the portal's own language.
"""

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils import translation
from django.utils.translation import gettext as _

from portal.celery import send_on_commit
from portal.models import Membership

SEND_TASK = "reports.tasks.send_letters"


def _addresses(**places) -> list[str]:
    """Return the addresses of those who hold a role today in the places given, each once; the demo's people have none
    that anybody reads."""
    roles = Membership.objects.active().filter(user__is_active=True, user__is_demo=False, **places)
    return sorted(set(roles.order_by().values_list("user__email", flat=True)))


def _send_on_commit(addresses: list[str], subject: str, body: str) -> None:
    """Queue the letters once what they tell is true."""
    if addresses:
        send_on_commit(SEND_TASK, addresses, subject, body)


def tell_school(report) -> None:
    """Tell the school's coordinators that their report came back."""
    addresses = _addresses(role=Membership.Role.SCHOOL, school=report.school_id)
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("The report came back for correction: %(place)s") % {"place": report.school}
        _send_on_commit(addresses, subject, _body(report, report.school))


def tell_municipality(report) -> None:
    """Tell the municipality's coordinators that their report came back or was reopened from below."""
    addresses = _addresses(role=Membership.Role.MUNICIPAL, municipality=report.municipality_id)
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("The report came back for correction: %(place)s") % {"place": report.municipality}
        _send_on_commit(addresses, subject, _body(report, report.municipality))


def tell_operator(report) -> None:
    """Tell the operator that a municipal report they have accepted was reopened from below."""
    addresses = _addresses(role=Membership.Role.OPERATOR, region=report.municipality.region_id)
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("An accepted report was reopened: %(place)s") % {"place": report.municipality}
        _send_on_commit(addresses, subject, _body(report, report.municipality))


def _body(report, place) -> str:
    lines = [
        f"{report.campaign.name}, {place}.",
        report.comment,
        _("Correct by %(day)s.") % {"day": f"{report.correct_by:%d.%m.%Y}"} if report.correct_by else "",
        f"{settings.PORTAL_URL}{report.get_absolute_url()}",
        _("The same stands on the portal's first page. This letter needs no answer."),
    ]
    return "\n\n".join(line for line in lines if line) + "\n"


def send(addresses: list[str], subject: str, body: str) -> int:
    """Send a letter to each address by itself; return how many the mail server took."""
    letters = [EmailMessage(" ".join(subject.split()), body, to=[address]) for address in addresses]
    return get_connection().send_messages(letters)
