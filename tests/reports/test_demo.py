"""The demo loader: invented data that the portal's own rules would have let in, the same for the same seed."""

from datetime import UTC, datetime
from io import StringIO

import pytest
import time_machine
from auditlog.models import LogEntry
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count, F, Q

from campaigns.models import Campaign
from campaigns.phases import Phase
from events.checks import check_event
from events.models import Event, SchoolCampaign
from portal import clock
from portal.models import Enrolment, Membership, Partner, Region, School, User

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 10, 14, 5, tzinfo=UTC)
NIGHT = datetime(2026, 10, 14, 18, 30, tzinfo=UTC)  # 01:30 on the 15th in Tomsk


@pytest.fixture(autouse=True)
def demo_mode(settings):
    settings.DEMO = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return settings


def seed(schools=21, events=300, **options) -> str:
    out = StringIO()
    call_command("seed_demo", schools=schools, events=events, stdout=out, **options)
    return out.getvalue()


@pytest.fixture(params=[NOON, NIGHT], ids=["noon", "night"])
def loaded(request):
    with time_machine.travel(request.param, tick=False):
        seed(schools=42, events=500)
        yield


@pytest.fixture
def at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


def everything() -> list:
    """What a seed decides, by natural keys: ids and the salts of passwords are not part of it."""
    events = Event.objects.order_by("created_at", "token").values_list(
        "school__code", "campaign__slug", "format__slug", "title", "starts_on", "ends_on", "place", "status",
        "participants", "version", "token", "author__email", "reviewed_by__email", "reviewed_at", "submitted_at",
        "comment", "note",
    )  # fmt: skip
    history = LogEntry.objects.filter(content_type__model="event").order_by("timestamp", "pk")
    return [
        *events,
        *School.objects.order_by("code").values_list("code", "name", "director"),
        *Enrolment.objects.order_by("school__code", "academic_year").values_list("school__code", "grade_5", "grade_11"),
        *User.objects.order_by("email").values_list("email", "name"),
        *history.values_list("timestamp", "object_repr", "actor_email", "additional_data__comment"),
    ]


def seeded_and_undone(**options) -> list:
    with transaction.atomic():
        seed(**options)
        found = everything()
        transaction.set_rollback(True)
    return found


# --- When it refuses -------------------------------------------------------------------------


def test_it_refuses_outside_demo_mode_and_says_why(settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=1"):
        seed()
    assert not Region.objects.exists()
    assert not User.objects.exists()


def test_if_empty_does_nothing_quietly_outside_demo_mode(settings):
    settings.DEMO = False
    assert seed(if_empty=True) == ""
    assert not Region.objects.exists()


def test_if_empty_does_nothing_quietly_where_a_region_exists():
    Region.objects.create(slug="other", name="Другая область", department_name="Д", operator_name="О")
    assert seed(if_empty=True) == ""
    assert Region.objects.get().slug == "other"


def test_it_refuses_a_database_that_holds_events_and_leaves_it_as_it_was(at_noon):
    seed()
    before = Event.objects.count()
    with pytest.raises(CommandError, match="already"):
        seed()
    assert Event.objects.count() == before


def test_it_wants_a_school_for_each_municipality():
    with pytest.raises(CommandError, match="at least 21"):
        seed(schools=20)
    assert not Region.objects.exists()


# --- What it makes ---------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_data_and_another_one_other_data(at_noon):
    first = seeded_and_undone(seed=7)
    assert seeded_and_undone(seed=7) == first
    assert seeded_and_undone(seed=8) != first


def test_schools_follow_the_packs_numbers_when_none_is_asked_for(at_noon):
    seed(schools=None, events=300)
    numbers = dict(School.objects.order_by().values_list("municipality__slug").annotate(Count("pk")))
    assert sum(numbers.values()) == 312
    assert numbers["tomsk"] == 63
    assert numbers["regional"] == 4
    assert School.objects.get(code="perspektiva").official_name == "МАОУ Школа «Перспектива» г. Томска"
    rows = Enrolment.objects.filter(academic_year="2026/2027")
    enrolled = sum(row.by_grade[grade] for row in rows for grade in range(5, 12))
    assert 44_000 < enrolled < 60_000
    assert 0 < 312 - rows.count() < 10


@pytest.mark.usefixtures("loaded")
def test_held_events_pass_the_portals_own_checks():
    held = list(Event.objects.held().with_places())
    assert len(held) > 400
    for event in held:
        flagged = event.flagged
        check_event(event, held=True)
        assert event.flagged == flagged
        assert not flagged or event.note


@pytest.mark.usefixtures("loaded")
def test_planned_events_drafts_and_the_rest_pass_them_too():
    rest = Event.objects.exclude(status__in=["submitted", "accepted"]).with_places()
    assert {event.status for event in rest} == {"draft", "planned", "returned", "cancelled"}
    for event in rest:
        check_event(event, held=False)


@pytest.mark.usefixtures("loaded")
def test_nothing_happens_in_the_future_or_before_its_cause():
    now = clock.now()
    assert not Event.objects.filter(Q(created_at__gt=now) | Q(submitted_at__gt=now) | Q(reviewed_at__gt=now)).exists()
    assert not LogEntry.objects.filter(timestamp__gt=now).exists()
    assert not Event.objects.filter(status="accepted", reviewed_at__lte=F("submitted_at")).exists()
    assert not Event.objects.filter(submitted_at__lt=F("created_at")).exists()
    short = Event.objects.exclude(format__kind__in=["course", "club"])
    assert not short.filter(submitted_on__lt=F("ends_on")).exists()


@pytest.mark.usefixtures("loaded")
def test_two_campaigns_are_over_and_one_runs_each_compared_with_the_one_before():
    spring, autumn, running = Campaign.objects.order_by("starts_on")
    assert [spring.slug, autumn.slug] == ["spring-2019", "autumn-2019"]
    assert (spring.phase, autumn.phase, running.phase) == (Phase.CLOSED, Phase.CLOSED, Phase.RUNNING)
    assert (autumn.previous, running.previous) == (spring, autumn)
    assert running.name == "Осенняя профориентационная кампания 2026 года"
    assert running.formats.filter(slug="rossiya-moi-gorizonty").exists()
    assert not running.formats.filter(slug="proektoria").exists()
    closed = Event.objects.filter(campaign__in=[spring, autumn])
    assert {*closed.values_list("status", flat=True)} <= {"accepted", "returned", "cancelled"}
    assert closed.filter(status="accepted").count() > 0.93 * closed.count()
    assert {*Event.objects.filter(campaign=running).values_list("status", flat=True)} == {*Event.Status.values}


@pytest.mark.usefixtures("loaded")
def test_every_event_has_a_folder_and_one_entry_of_history_a_version():
    folders = {*SchoolCampaign.objects.values_list("school_id", "campaign_id")}
    assert {*Event.objects.values_list("school_id", "campaign_id")} == folders
    entries = {}
    for entry in LogEntry.objects.filter(content_type__model="event").order_by("timestamp", "pk"):
        entries.setdefault(entry.object_id, []).append(entry)
    last = {"draft": "draft", "planned": "plan", "submitted": "submit", "returned": "return", "accepted": "accept"}
    for event in Event.objects.all():
        told = entries[event.pk]
        assert [entry.additional_data["version"] for entry in told] == list(range(1, event.version + 1))
        assert told[-1].additional_data["verb"] == last.get(event.status, "cancel")
        assert told[-1].changes["status"][1] == event.status
        # Played from the start, history ends in the event as it is.
        state = {}
        for entry in told:
            state |= {name: pair[1] for name, pair in entry.changes.items()}
        assert {state[f"grade_{grade}"] for grade in (9, 10)} == {event.grade_9, event.grade_10}
        assert state["title"] == event.title
        if event.status == "returned":
            assert event.comment == told[-1].additional_data["comment"] != ""


@pytest.mark.usefixtures("loaded")
def test_entries_on_a_schools_behalf_say_so():
    for event in Event.objects.select_related("author"):
        roles = {*event.author.memberships.values_list("role", flat=True)}
        assert roles == ({"municipal"} if event.on_behalf else {"school"})
        assert event.on_behalf or event.author.memberships.filter(school=event.school_id).exists()


@pytest.mark.usefixtures("loaded")
def test_demo_people_hold_their_roles_and_the_invented_ones_cannot_sign_in():
    assert not User.objects.filter(is_demo=False).exists()
    known = {
        "operator@demo.example": "operator",
        "ministry@demo.example": "department",
        "municipal@demo.example": "municipal",
        "school@demo.example": "school",
    }
    for user in User.objects.prefetch_related("memberships"):
        assert user.email.endswith("@demo.example")
        assert user.check_password("demo") == (user.email in known)
        assert user.email not in known or user.memberships.get().role == known[user.email]
    assert Membership.objects.get(user__email="municipal@demo.example").municipality.slug == "tomsk"
    assert Membership.objects.get(user__email="school@demo.example").school.code == "perspektiva"
    assert 50 <= Partner.objects.count() <= 75


@pytest.mark.usefixtures("loaded")
def test_the_demo_school_has_something_of_everything_in_the_running_campaign():
    today = clock.local_today(Region.objects.get())
    events = Event.objects.filter(school__code="perspektiva", campaign__closes_on__gte=today)
    numbers = dict(events.order_by().values_list("status").annotate(Count("pk")))
    assert events.count() >= 14
    assert numbers["returned"] == numbers["draft"] == 1
    assert numbers["accepted"] >= 5
    assert numbers["submitted"] >= 2
    assert events.get(status="returned").comment.startswith("Укажите предприятие")
    assert events.filter(status="planned", ends_on__lt=today).count() == 1
    assert events.filter(status="planned", starts_on__gt=today).exists()


def test_the_demo_municipality_has_a_screenful_to_review(at_noon):
    seed(schools=None, events=6_000)
    waiting = Event.objects.filter(school__municipality__slug="tomsk", status="submitted")
    assert 15 <= waiting.count() <= 25
    assert waiting.filter(flagged=True).count() == 2
    assert (clock.now() - waiting.earliest("submitted_at").submitted_at).days <= 6
