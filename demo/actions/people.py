"""Schools, people, partners and enrolment of the demo."""

from datetime import UTC, date, datetime

from demo.stories import events, schools
from demo.words import events as texts
from demo.words import names
from portal import clock
from portal.actions import upsert_many
from portal.history import record_many, state_of
from portal.models import Enrolment, Membership, Partner, School, User

PASSWORD = "demo"  # noqa: S105 - shown on the sign-in page; such accounts sign in only in demo mode
SINCE = datetime(2019, 2, 1, 3, tzinfo=UTC)
"""Since when the demo's people hold their roles."""


def write_schools(rng, municipalities, numbers) -> list[School]:
    real = {}
    for school in School.objects.filter(municipality__in=municipalities).order_by("pk"):
        real.setdefault(school.municipality_id, []).append(school)
    found, new = [], []
    for municipality in municipalities:
        known = real.get(municipality.pk, [])
        invented = schools.invent_schools(rng, municipality, numbers[municipality.slug], len(known))
        for school in known:
            school.municipality = municipality
        found += [*known, *invented]
        new += invented
    upsert_many(None, School, ["region", "code"], new)
    return found


def _new_user(email: str, name: str, password: str | None = None) -> User:
    user = User(email=email, name=name, is_demo=True, date_joined=SINCE)
    if password:
        user.set_password(password)
    else:
        user.set_unusable_password()
    return user


def _write_people(pairs) -> None:
    """Write pairs of a user and a membership, both with their history."""
    User.objects.bulk_create([user for user, _membership in pairs], batch_size=500)
    for user, membership in pairs:
        membership.user = user
    memberships = [membership for _user, membership in pairs]
    Membership.objects.bulk_create(memberships, batch_size=500)
    record_many(None, "create", [(user, None, state_of(user)) for user, _membership in pairs])
    record_many(None, "create", [(row, None, state_of(row)) for row in memberships])


def write_staff(rng, region, municipalities):
    """Write the operator, the department and the municipal coordinators; return the operator and who reviews where."""
    role = Membership.Role
    operator = _new_user("operator@demo.example", "Лебедева Анна Сергеевна", PASSWORD)
    ministry = _new_user("ministry@demo.example", "Гаврилов Пётр Андреевич", PASSWORD)
    pairs = [
        (operator, Membership(role=role.OPERATOR, region=region, started_at=SINCE)),
        (ministry, Membership(role=role.DEPARTMENT, region=region, started_at=SINCE)),
    ]
    reviewers = {}
    for municipality in municipalities:
        if municipality.is_run_by_operator:
            reviewers[municipality.pk] = [operator]
            continue
        people = [_new_user(f"municipal.{municipality.slug}@demo.example", names.person(rng))]
        if municipality.slug == schools.CAPITAL:
            mine = _new_user("municipal@demo.example", "Соловьёва Ольга Викторовна", PASSWORD)
            people = [mine, *people]
        reviewers[municipality.pk] = people
        pairs += [
            (user, Membership(role=role.MUNICIPAL, municipality=municipality, started_at=SINCE)) for user in people
        ]
    _write_people(pairs)
    return operator, reviewers


def write_coordinators(rng, places) -> None:
    pairs = []
    for place in places:
        school = place.school
        if school.code == schools.RICH_SCHOOL:
            people = [_new_user("school@demo.example", "Климова Марина Юрьевна", PASSWORD)]
        else:
            people = [_new_user(f"school.{school.code}@demo.example", names.person(rng))]
            if rng.random() < 0.16:
                people.append(_new_user(f"school.{school.code}.b@demo.example", names.person(rng)))
        place.coordinators = people
        started = noon(school.opened_on) if school.opened_on and school.opened_on > SINCE.date() else SINCE
        ended = noon(school.closed_on) if school.closed_on else None
        pairs += [
            (
                user,
                Membership(role=Membership.Role.SCHOOL, school=school, started_at=started, ended_at=ended),
            )
            for user in people
        ]
    _write_people(pairs)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 5, tzinfo=UTC)


def write_partners(region, municipalities, capital) -> events.Directory:
    near = {}
    rows = []
    for name, kind, municipality in names.partners(municipalities, capital):
        partner = Partner(region=region, name=name, kind=kind)
        partner.fill_derived()
        rows.append(partner)
        near.setdefault(municipality.pk, []).append(partner)
    Partner.objects.bulk_create(rows)
    record_many(None, "create", [(row, None, state_of(row)) for row in rows])
    return events.Directory(near=near, capital=near[capital.pk])


def write_enrolment(places, campaigns) -> None:
    for campaign in campaigns:
        year, as_of, rows = campaign.academic_year, schools.counted_on(campaign), []
        for place in places:
            if year in place.without_enrolment or not place.is_open(campaign):
                continue
            row = Enrolment(school=place.school, academic_year=year, as_of=as_of, source=texts.ENROLMENT_SOURCE)
            for grade, pupils in place.rolls[year].items():
                setattr(row, f"grade_{grade}", pupils)
            rows.append(row)
        with clock.set_to(noon(as_of)):
            upsert_many(None, Enrolment, ["school", "academic_year"], rows)
