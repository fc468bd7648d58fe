"""What is measured on: the demo's data, its people, and the rows whose pages are opened."""

from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.db import connection
from django.db.models import Count
from django.test import Client

from campaigns.models import Campaign, Format
from campaigns.phases import LOGGING_PHASES
from campaigns.queries import campaigns_for
from events.models import Event, JointEvent
from events.queries.events import waiting_for_review
from portal import clock
from portal.models import Municipality, School, User
from reports.actions import request_summary
from reports.models import Summary
from reports.summaries.building import build

ROLES = {
    "visitor": "",
    "school": "school@demo.example",
    "municipality": "municipal@demo.example",
    "operator": "operator@demo.example",
    "department": "ministry@demo.example",
}
"""Who looks, with the demo account that stands for them."""


def prepare() -> None:
    """Bring the database up to date, load the demo if no event is there, and let PostgreSQL look at its tables."""
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    if not Event.objects.exists():
        print("Loading the demo.", flush=True)
        call_command("seed_demo")
    campaign = _largest_campaign()
    if not campaign.summaries.filter(status=Summary.Status.READY).exists():
        # What the scheduler asks for and a worker does once a campaign has closed.
        build(request_summary(None, campaign, send=False).pk)
    with connection.cursor() as cursor:
        # What autovacuum has done on a server long before anybody looks.
        cursor.execute("VACUUM ANALYZE")


def _largest_campaign() -> Campaign:
    """Return the campaign with most events: its pages are the heaviest."""
    campaigns = Campaign.objects.select_related("region", "previous").annotate(n=Count("events"))
    return campaigns.order_by("-n", "pk").first()


@dataclass(frozen=True)
class Stage:
    """The people and rows of one run. ``campaign`` holds most events, ``running`` takes new ones, ``closed`` has the
    reports of all its schools; ``joint`` is the joint event that most schools attend."""

    users: dict[str, User]
    clients: dict[str, Client]
    campaign: Campaign
    running: Campaign
    closed: Campaign
    joint: JointEvent
    municipality: Municipality
    school: School
    neighbour: School
    event: Event
    editable: Event
    format: Format
    summary: Summary
    word: str

    @property
    def staff(self) -> Client:
        """The client of a superuser, who alone gets into the admin."""
        return self.clients["staff"]


def _signed_in(user) -> Client:
    client = Client(SERVER_NAME="127.0.0.1", headers={"accept-language": "ru"})
    if user.is_authenticated:
        client.force_login(user, backend="portal.signin.EmailBackend")
    return client


def _find(users, staff) -> Stage:
    operator, own = users["operator"], users["school"].scope.memberships[0].school
    municipality = users["municipality"].scope.memberships[0].municipality
    running = next(row for row in campaigns_for(operator) if row.phase in LOGGING_PHASES)
    waiting = waiting_for_review(users["municipality"]).filter(campaign=running)
    event = waiting.filter(flagged=False).first()
    campaign = _largest_campaign()
    ready = campaign.summaries.filter(status=Summary.Status.READY)
    used = Format.objects.filter(events__campaign=campaign).annotate(n=Count("events"))
    # Held on a day that has come and without a flag, so that its form can be sent as it is.
    held = Event.objects.filter(
        school=own,
        campaign=running,
        status__in=["submitted", "returned", "planned"],
        participants__gt=0,
        ends_on__lte=clock.local_today(running.region),
        flagged=False,
    )
    editable = held.order_by("-participants", "pk").first()
    if event is None or editable is None:
        raise SystemExit("No event waits for review or can be edited: use a database with a fresh demo.")
    return Stage(
        users=users,
        clients={name: _signed_in(user) for name, user in {**users, "staff": staff}.items()},
        campaign=campaign,
        running=running,
        closed=Campaign.objects.select_related("region").annotate(n=Count("school_reports")).latest("n"),
        joint=JointEvent.objects.annotate(n=Count("attendances")).latest("n"),
        municipality=municipality,
        school=own,
        neighbour=municipality.schools.exclude(pk=own.pk).first() or own,
        event=event,
        editable=editable,
        format=used.order_by("-n", "pk").first(),
        summary=ready.select_related("campaign__region", "campaign__previous").order_by("-version").first(),
        word=max(event.search.split(), key=len),
    )


@contextmanager
def stage():
    """Give the :class:`Stage`; the superuser made for the admin's pages and all sessions go with it."""
    found = {user.email: user for user in User.objects.filter(email__in=ROLES.values())}
    missing = [email for email in ROLES.values() if email and email not in found]
    if missing:
        raise SystemExit(f"The database is not empty and has no demo account {', '.join(missing)}: use another one.")
    users = {role: found[email] if email else AnonymousUser() for role, email in ROLES.items()}
    staff = User.objects.create_superuser(f"benchmark-{uuid4().hex}@demo.example", name="benchmark")
    clients = []
    try:
        set_up = _find(users, staff)
        clients = list(set_up.clients.values())
        yield set_up
    finally:
        for client in clients:
            if settings.SESSION_COOKIE_NAME in client.cookies:
                client.session.flush()
        staff.delete()
