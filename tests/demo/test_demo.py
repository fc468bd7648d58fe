"""The demo loader: invented data that the portal's own rules would have let in, the same for the same seed."""

from datetime import UTC, datetime
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count, F, Q

from campaigns.models import Campaign, Extension, SchoolCampaign
from campaigns.phases import Phase
from events.actions import JOINT_FIELDS, joint_partners
from events.checks import check_event
from events.models import Event, JointEvent
from portal import clock
from portal.models import Enrolment, History, Membership, Partner, Region, School, User
from reports.actions import sweep
from reports.checks import problems_of
from reports.models import KindAnswer, MunicipalReport, QuestionAnswer, ReportQuestion, SchoolReport, Summary
from reports.queries.completeness import completeness_of, municipal_lines, school_lines
from reports.queries.coverage import coverage_of
from reports.queries.coverage import schools as covered_schools
from reports.queries.levels import Level
from reports.queries.municipality import merged
from reports.queries.school import known_of
from reports.summaries import building

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
def loaded_at_noon():
    with time_machine.travel(NOON, tick=False):
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
    told = ["event", "jointevent", "extension", "schoolreport", "municipalreport", "schoolcampaign", "reportquestion"]
    history = History.objects.filter(content_type__model__in=told).order_by("moment", "pk")
    return [
        *events,
        *JointEvent.objects.order_by("created_at", "token").values_list(
            "municipality__slug", "title", "starts_on", "place", "host__name", "token", "author__email", "created_at",
        ),
        *JointEvent.objects.order_by("token", "partners__name").values_list("token", "partners__name"),
        *Event.objects.exclude(joint=None).order_by("token").values_list("token", "joint__token"),
        *Extension.objects.order_by("asked_at").values_list(
            "stage", "school__code", "municipality__slug", "until", "reason", "status", "answer", "asked_at",
        ),
        *SchoolReport.objects.order_by("campaign__slug", "school__code").values_list(
            "school__code", "status", "version", "pupils", "enrolled", "grade_9", "answered_by", "basis", "conclusions",
            "submitted_on", "submitted_at", "submitted_by__email", "reviewed_at", "reviewed_by__email", "comment",
        ),
        *KindAnswer.objects.order_by("report__campaign__slug", "report__school__code", "kind").values_list(
            "report__school__code", "kind", "pupils",
        ),
        *QuestionAnswer.objects.order_by(
            "report__campaign__slug", "report__school__code", "question__position",
        ).values_list("report__school__code", "number", "whole", "yes", "text"),
        *MunicipalReport.objects.order_by("campaign__slug", "municipality__slug").values_list(
            "municipality__slug", "status", "version", "conclusions", "submitted_on", "reviewed_at", "signed_name",
        ),
        *SchoolCampaign.objects.order_by("campaign__slug", "school__code").values_list("school__code", "frozen_at"),
        *School.objects.order_by("code").values_list("code", "name", "director"),
        *Enrolment.objects.order_by("school__code", "academic_year").values_list("school__code", "grade_5", "grade_11"),
        *User.objects.order_by("email").values_list("email", "name"),
        *history.values_list("moment", "object_repr", "actor__email", "comment"),
    ]  # fmt: skip


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
    assert not History.objects.filter(moment__gt=now).exists()
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
def test_every_event_has_a_folder_and_a_history_that_ends_in_it_as_it_is():
    folders = {*SchoolCampaign.objects.values_list("school_id", "campaign_id")}
    # Publishing wrote one for every school, whatever it held.
    campaigns = Campaign.objects.values_list("pk", flat=True)
    assert folders == {
        (school, campaign) for school in School.objects.values_list("pk", flat=True) for campaign in campaigns
    }
    assert {row.folder_id for row in Event.objects.all()} <= {*SchoolCampaign.objects.values_list("pk", flat=True)}
    entries = told_of("event")
    last = {"draft": "draft", "planned": "plan", "submitted": "submit", "returned": "return", "accepted": "accept"}
    for event in Event.objects.all():
        told = entries[event.pk]
        state = played(told)
        assert {state[f"grade_{grade}"] for grade in (9, 10)} == {event.grade_9, event.grade_10}
        assert (state["title"], state["status"]) == (event.title, event.status)
        assert (event.comment != "") == (event.status == "returned")
        if is_loaded(told, event):
            continue
        assert [entry.version for entry in told] == list(range(1, event.version + 1))
        assert told[-1].verb == last.get(event.status, "cancel")
        if event.status == "returned":
            assert event.comment == told[-1].comment


def is_loaded(entries, row) -> bool:
    """Whether all that history tells of a row is that it was loaded as it is, by nobody."""
    if "load" not in {entry.verb for entry in entries}:
        return False
    (entry,) = entries
    assert (entry.actor, entry.version) == (None, row.version)
    return True


def test_what_a_visitor_looks_at_first_is_told_step_by_step(at_noon):
    seed(schools=None, events=4_000)
    running, told = campaigns()[-1], told_of("event")
    seen = Event.objects.filter(campaign=running)
    own, capital = seen.filter(school__code="perspektiva"), seen.filter(school__municipality__slug="tomsk")
    for event in [*own, *capital.filter(status__in=["draft", "submitted", "returned"]), *seen.exclude(joint=None)]:
        assert not is_loaded(told[event.pk], event)
    reports, told = SchoolReport.objects.all(), told_of("schoolreport")
    stories = [told[report.pk] for report in reports if not is_loaded(told[report.pk], report)]
    assert 20 <= len(stories) <= 100
    verbs = {entry.verb for entries in stories for entry in entries}
    assert verbs == {"write", "submit", "return", "accept"}
    assert not [report for report in reports.filter(school__code="perspektiva") if is_loaded(told[report.pk], report)]


@pytest.mark.django_db(transaction=True)
def test_no_letters_leave_for_the_demos_people(at_noon, monkeypatch):
    letters = []
    monkeypatch.setattr("portal.celery.app.send_task", lambda name, args, **options: letters.append((name, args)))
    seed()
    assert SchoolReport.objects.exclude(comment="").exists()
    assert letters == []


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


# --- The chain of the campaigns that are over --------------------------------------------------


def campaigns() -> tuple[Campaign, Campaign, Campaign]:
    spring, autumn, running = Campaign.objects.select_related("region", "previous").order_by("starts_on")
    return spring, autumn, running


def told_of(model: str) -> dict[int, list]:
    """The entries of history of each row of ``model``, oldest first."""
    found = {}
    for entry in History.objects.filter(content_type__model=model).order_by("moment", "pk"):
        found.setdefault(entry.object_id, []).append(entry)
    return found


def played(entries) -> dict:
    """The state in which the entries leave their row."""
    state = {}
    for entry in entries:
        state |= {name: pair[1] for name, pair in entry.changes.items()}
    return state


@pytest.mark.usefixtures("loaded_at_noon")
def test_autumn_is_complete_every_expected_school_and_municipality_accepted():
    _spring, autumn, _running = campaigns()
    lines = school_lines(Level(autumn))
    whole = completeness_of(lines)
    expected = School.objects.open_on(autumn.ends_on).count()
    assert (whole.expected, whole.received, whole.accepted, whole.missing) == (expected, expected, expected, 0)
    assert (whole.under_review, whole.returned) == (0, 0)
    assert 1 <= whole.late <= 8
    assert whole.extended == 1
    above = completeness_of(municipal_lines(Level(autumn)))
    assert (above.expected, above.accepted, above.late, above.extended) == (20, 20, 2, 1)
    frozen = SchoolCampaign.objects.filter(campaign=autumn).exclude(frozen_at=None)
    assert {*frozen.values_list("school_id", flat=True)} == {line.pk for line in lines}
    assert coverage_of(covered_schools(Level(autumn))).is_exact


@pytest.mark.usefixtures("loaded_at_noon")
def test_spring_has_gaps_so_its_coverage_is_bounds():
    spring, _autumn, _running = campaigns()
    whole = completeness_of(school_lines(Level(spring)))
    assert (whole.expected, whole.missing, whole.returned, whole.under_review) == (41, 1, 1, 0)
    assert whole.accepted == 39
    assert whole.late >= 1
    above = completeness_of(municipal_lines(Level(spring)))
    assert (above.expected, above.accepted, above.late) == (20, 20, 1)
    assert spring.folders.filter(frozen_at=None, is_expected=True).count() <= 2
    coverage = coverage_of(covered_schools(Level(spring)))
    assert not coverage.is_exact
    assert coverage.low < coverage.high
    reached = merged(Level(spring))
    assert reached.reports == 39


@pytest.mark.usefixtures("loaded_at_noon")
def test_every_report_that_was_sent_passes_the_portals_own_checks():
    reports = list(SchoolReport.objects.with_places().prefetch_related("kinds", "answers"))
    assert len(reports) > 80
    questions = {campaign.pk: list(campaign.questions.all()) for campaign in campaigns()}
    names = ("number", "whole", "yes", "text")
    for report in reports:
        known = known_of(report.school, report.campaign)
        assert report.roll == (known.enrolment.by_grade if known.enrolment else None)
        pupils, enrolled = report.pupils, report.enrolled
        report.fill_derived()
        assert (report.pupils, report.enrolled) == (pupils, enrolled)
        kinds = {row.kind: row.pupils for row in report.kinds.all()}
        answers = {row.question_id: {name: getattr(row, name) for name in names} for row in report.answers.all()}
        assert problems_of(report, known, kinds, questions[report.campaign_id], answers) == {}
        assert {*kinds} == {row.kind for row in known.kinds}
        assert report.submitted_by_id != report.reviewed_by_id or report.on_behalf
        report.clean_fields()


@pytest.mark.usefixtures("loaded_at_noon")
def test_the_answers_show_what_schools_give_and_what_they_leave_out():
    reports = SchoolReport.objects.filter(campaign__slug="autumn-2019")
    assert {*reports.values_list("basis", flat=True)} == {"lists", "estimate"}
    assert {*reports.values_list("answered_by", flat=True)} == {"took_part", "never"}
    assert reports.exclude(conclusions="").exists()
    assert reports.filter(conclusions="").exists()
    assert KindAnswer.objects.filter(report__in=reports, pupils=None).exists()
    assert KindAnswer.objects.filter(report__in=reports, pupils__gt=0).exists()
    asked = ReportQuestion.objects.filter(campaign__slug="autumn-2019")
    assert [*asked.values_list("kind", "position")] == [("part", 1), ("number", 2), ("yes_no", 3), ("text", 4)]
    for question in asked:
        assert question.answers.exists()
        question.full_clean()
    assert asked.get(kind="number").hides_small


@pytest.mark.usefixtures("loaded_at_noon")
def test_nothing_is_under_review_or_changes_where_the_folder_is_frozen():
    frozen = SchoolCampaign.objects.exclude(frozen_at=None)
    reports = SchoolReport.objects.filter(status="accepted")
    pairs = {*reports.values_list("school_id", "campaign_id", "reviewed_at")}
    assert {*frozen.values_list("school_id", "campaign_id", "frozen_at")} == pairs
    since = {(school, campaign): moment for school, campaign, moment in pairs}
    places = {pk: place for pk, *place in Event.objects.values_list("pk", "school_id", "campaign_id", "status")}
    assert not [place for place in places.values() if place[2] == "submitted" and (place[0], place[1]) in since]
    for entry in History.objects.filter(content_type__model="event").exclude(verb="load"):
        school, campaign, _status = places[entry.object_id]
        moment = since.get((school, campaign))
        assert moment is None or entry.moment <= moment
    for school, campaign, reviewed_at in Event.objects.values_list("school_id", "campaign_id", "reviewed_at"):
        moment = since.get((school, campaign))
        assert moment is None or reviewed_at is None or reviewed_at <= moment
    told, verbs = told_of("schoolcampaign"), set()
    for folder in frozen:
        # Beside that it was stamped by what it follows.
        (entry,) = [entry for entry in told.pop(folder.pk) if entry.verb != "edit"]
        verb = entry.verb
        verbs.add(verb)
        assert verb == "load" or entry.moment == folder.frozen_at
        assert entry.school_id == folder.school_id
    assert verbs == {"freeze", "load"}
    assert {entry.verb for entries in told.values() for entry in entries} <= {"edit"}


@pytest.mark.usefixtures("loaded_at_noon")
def test_history_tells_each_report_from_its_beginning_to_its_end():
    verbs = set()
    for model, rows in (
        ("schoolreport", SchoolReport.objects.with_places()),
        ("municipalreport", MunicipalReport.objects.with_places()),
    ):
        told = told_of(model)
        assert {*told} == {row.pk for row in rows}
        for row in rows:
            entries = told[row.pk]
            state = played(entries)
            assert state["status"] == row.status
            assert (state["signed_name"], row.signed_name != "") == ("*", True)
            assert state["conclusions"] == row.conclusions
            assert state.get("correct_by") == (row.correct_by.isoformat() if row.correct_by else None)
            if model == "schoolreport":
                assert [state[f"grade_{n}"] for n in (5, 9, 11)] == [row.grade_5, row.grade_9, row.grade_11]
            assert (row.comment != "") == (row.status == "returned")
            if is_loaded(entries, row):
                continue
            assert [entry.version for entry in entries] == list(range(1, row.version + 1))
            verbs |= {entry.verb for entry in entries}
            days = [clock.local_date(entry.moment, "Asia/Tomsk") for entry in entries]
            assert days[0] > row.campaign.ends_on
            assert days[-1] <= row.campaign.closes_on
            assert [entry.moment for entry in entries] == sorted({entry.moment for entry in entries})
            sent = [day for day, entry in zip(days, entries, strict=True) if entry.verb == "submit"]
            assert sent[0] == row.submitted_on
            if model == "schoolreport":
                behalf = row.school.name if row.on_behalf else ""
                assert {str(e.for_whom or "") for e in entries if e.actor_id == row.submitted_by_id} >= {behalf}
            if row.status == "returned":
                assert row.comment == entries[-1].comment
    assert verbs - {"reopen"} == {"write", "submit", "return", "accept"}


@pytest.mark.usefixtures("loaded_at_noon")
def test_a_municipal_report_is_accepted_after_the_last_of_its_schools():
    for report in MunicipalReport.objects.all():
        below = SchoolReport.objects.filter(
            campaign=report.campaign_id, school__municipality=report.municipality_id, status="accepted"
        )
        assert all(moment < report.submitted_at for moment in below.values_list("reviewed_at", flat=True))
        assert report.submitted_at < report.reviewed_at
        assert report.reviewed_by.email == "operator@demo.example"
    assert not MunicipalReport.objects.filter(municipality__kind="regional").exists()


@pytest.mark.usefixtures("loaded")
def test_extensions_are_asked_for_granted_declined_and_waiting():
    _spring, autumn, running = campaigns()
    told = told_of("extension")
    for extension in Extension.objects.all():
        extension.full_clean()
        verbs = [entry.verb for entry in told[extension.pk]]
        assert verbs == ["ask", {"granted": "grant", "declined": "decline"}.get(extension.status)][: extension.version]
        assert told[extension.pk][-1].version == extension.version
        assert played(told[extension.pk])["status"] == extension.status
    numbers = dict(Extension.objects.filter(campaign=autumn).order_by().values_list("status").annotate(Count("pk")))
    assert numbers == {"granted": 2, "declined": 1}
    numbers = dict(Extension.objects.filter(campaign=running).order_by().values_list("status").annotate(Count("pk")))
    assert numbers == {"granted": 1, "asked": 2}
    assert running.extensions.get(municipality__slug="tomsk").status == "asked"


@pytest.mark.usefixtures("loaded_at_noon")
def test_summaries_of_the_closed_campaigns_build(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    sweep()
    for summary in Summary.objects.all():
        assert building.build(summary.pk)
    found = Summary.objects.order_by("campaign__starts_on").values_list("campaign__slug", "status", "is_full")
    assert [*found] == [("spring-2019", "ready", True), ("autumn-2019", "ready", True)]


# --- The running campaign ----------------------------------------------------------------------


@pytest.mark.usefixtures("loaded")
def test_attendances_are_what_their_joint_events_say():
    joint_events = list(JointEvent.objects.prefetch_related("partners", "attendances__partners"))
    assert len(joint_events) >= 6
    told = told_of("jointevent")
    for joint in joint_events:
        joint.full_clean(exclude=["author", "search"])
        entries = [(entry.verb, entry.moment) for entry in told[joint.pk]]
        assert entries == [("create", joint.created_at), ("cancel", joint.cancelled_at)][: joint.version]
        assert joint.campaign.published_at < joint.created_at
        attendances = list(joint.attendances.select_related("school"))
        partners = {partner.pk for partner in joint_partners(joint)}
        assert attendances
        assert partners
        for event in attendances:
            assert [getattr(event, name) for name in JOINT_FIELDS] == [getattr(joint, name) for name in JOINT_FIELDS]
            assert {partner.pk for partner in event.partners.all()} == partners
            assert joint.created_at < event.created_at
            assert joint.municipality_id in (None, event.school.municipality_id)
            assert (event.status == "cancelled") == bool(joint.cancelled_at)
    statuses = {*Event.objects.exclude(joint=None).values_list("status", flat=True)}
    assert statuses >= {"accepted", "submitted", "planned", "cancelled"}


def test_the_full_demo_has_fairs_that_many_schools_attend(at_noon):
    seed(schools=None, events=4_000)
    running = campaigns()[-1]
    found = JointEvent.objects.annotate(
        schools=Count("attendances"), places=Count("attendances__school__municipality", distinct=True)
    )
    assert 6 <= found.count() <= 10
    assert {*found.values_list("campaign", flat=True)} == {running.pk}
    assert min(row.schools for row in found) >= 4
    wide = found.filter(municipality=None, attendances__status="accepted").distinct()
    assert [(row.host.kind, row.places >= 4) for row in wide] == [("college", True)]
    assert Event.objects.filter(joint__isnull=False, school__code="perspektiva", status="accepted").count() == 1
    assert 3 <= running.questions.count() <= 4
    spring, autumn, _running = campaigns()
    missing = [completeness_of(school_lines(Level(campaign))).missing for campaign in (spring, autumn)]
    assert missing == [3, 0]
    # What a school sent late reopens the municipal report that was sent in time.
    reopened = History.objects.filter(content_type__model="municipalreport", verb="reopen")
    assert reopened.exists()
    for entry in reopened:
        report = MunicipalReport.objects.get(pk=entry.object_id)
        assert SchoolReport.objects.filter(
            campaign=report.campaign_id, school__municipality=report.municipality_id, reviewed_at=entry.moment
        ).exists()
        assert (report.status, entry.version < report.version - 1) == ("accepted", True)
    own = SchoolReport.objects.filter(school__code="perspektiva", status="accepted")
    assert [*own.values_list("submitted_by__email", "reviewed_by__email")] == [
        ("school@demo.example", "municipal@demo.example")
    ] * 2
    assert not own.filter(conclusions="").exists()
