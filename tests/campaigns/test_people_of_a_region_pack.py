"""``people.csv`` of a region pack: accounts and roles, added once, with nobody's password."""

import shutil

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from portal.models import Membership, Municipality, User
from tests.factories import UserFactory
from tests.settings import ROOT

HEADING = "email,name,phone,role,place\n"
ANNA = "anna@tomsk.example,Анна,,operator,tomsk-region"
BORIS = "boris@tomsk.example,Борис,,municipal,tomsk"


@pytest.fixture
def load(tmp_path, db, clock):
    """Load Tomsk's pack with these lines in its ``people.csv``."""
    folder = tmp_path / "pack"
    shutil.copytree(ROOT / "regions" / "tomsk", folder)

    def run(*lines):
        (folder / "people.csv").write_text(HEADING + "\n".join(lines) + "\n", encoding="utf-8")
        call_command("load_region", folder, verbosity=0)

    return run


def roles():
    rows = Membership.objects.select_related("user", "region", "municipality", "school").order_by("pk")
    return [(row.user.email, row.role, str(row.place), row.user.has_usable_password()) for row in rows]


def test_people_come_with_their_roles_and_without_a_password(load):
    load(
        "Anna@tomsk.example,Анна,,operator,tomsk-region",
        "boris@tomsk.example,Борис,+7 999,municipal,tomsk",
        "boris@tomsk.example,Борис,+7 999,school,perspektiva",
    )
    assert roles() == [
        ("anna@tomsk.example", "operator", "Томская область", False),
        ("boris@tomsk.example", "municipal", "город Томск", False),
        ("boris@tomsk.example", "school", "Школа «Перспектива»", False),
    ]


def test_loading_again_doubles_nobody_and_revives_no_ended_role(load):
    load(ANNA)
    Membership.objects.update(ended_at="2019-09-25T00:00:00Z")
    load(ANNA, "anna@tomsk.example,Анна,,department,tomsk-region")
    assert (User.objects.get().name, Membership.objects.count()) == ("Анна", 1)


# --- Loaded again after the administration changed something ---------------------------------


@pytest.fixture
def staff(client_of, load):
    load(ANNA, BORIS)
    return client_of(UserFactory(is_staff=True, is_superuser=True))


def change_person(staff, address, **changes):
    user = User.objects.get(email=address)
    values = {"email": user.email, "name": user.name, "phone": "", "is_active": "on"} | changes
    assert staff.post(f"/admin/portal/user/{user.pk}/change/", values).status_code == 302


def change_role(staff, row, **changes):
    values = {"user": row.user_id, "role": row.role, "region": row.region_id or "", "school": row.school_id or ""}
    values |= {"municipality": row.municipality_id or "", "started_at_0": "2019-09-01", "started_at_1": "00:00:00"}
    assert staff.post(f"/admin/portal/membership/{row.pk}/change/", values | changes).status_code == 302


def held():
    """Who holds what where, technical staff aside."""
    return [(email, role, place) for email, role, place, _password in roles()]


def not_loaded(load, *lines) -> list[str]:
    before = (roles(), User.objects.count())
    with pytest.raises(CommandError) as refused:
        load(*lines)
    assert (roles(), User.objects.count()) == before
    return str(refused.value).splitlines()[1:]


ANNA_ELSEWHERE = (
    "people.csv:2: somebody signed in by anna@tomsk.example until it was changed: write their address of today, or no "
    "line."
)


def test_an_address_that_was_changed_gets_no_account_again(staff, load, english):
    change_person(staff, "anna@tomsk.example", email="new@tomsk.example")
    assert not_loaded(load, ANNA, BORIS) == [ANNA_ELSEWHERE]
    load(ANNA.replace("anna@", "new@"), BORIS)
    assert held() == [
        ("new@tomsk.example", "operator", "Томская область"),
        ("boris@tomsk.example", "municipal", "город Томск"),
    ]


def test_neither_after_the_name_or_the_role_changed_too(staff, load, english):
    change_person(staff, "anna@tomsk.example", email="new@tomsk.example", name="Анна Замужняя")
    assert not_loaded(load, ANNA) == [ANNA_ELSEWHERE]
    change_role(staff, Membership.objects.get(role="operator"), role="department")
    assert not_loaded(load, ANNA) == [ANNA_ELSEWHERE]
    Membership.objects.update(ended_at="2019-09-25T00:00:00Z")
    assert not_loaded(load, ANNA) == [ANNA_ELSEWHERE]


def test_two_who_swapped_addresses_do_not_get_each_others_roles(staff, load, english):
    change_person(staff, "anna@tomsk.example", email="meanwhile@tomsk.example")
    change_person(staff, "boris@tomsk.example", email="anna@tomsk.example")
    change_person(staff, "meanwhile@tomsk.example", email="boris@tomsk.example")
    before = held()
    load(ANNA, BORIS)
    assert held() == before


def test_a_role_or_a_place_that_was_corrected_does_not_come_back(staff, load):
    change_role(staff, Membership.objects.get(role="operator"), role="department")
    other = Municipality.objects.get(slug="kolpashevskiy")
    change_role(staff, Membership.objects.get(role="municipal"), municipality=other.pk)
    load(ANNA, BORIS)
    assert held() == [
        ("anna@tomsk.example", "department", "Томская область"),
        ("boris@tomsk.example", "municipal", "Колпашевский район"),
    ]


def test_a_name_that_was_corrected_stays_and_the_line_is_known(staff, load):
    change_person(staff, "anna@tomsk.example", name="Анна Ивановна")
    load(ANNA, BORIS)
    assert User.objects.get(email="anna@tomsk.example").name == "Анна Ивановна"
    assert len(held()) == 2


def test_a_known_person_gets_no_further_role_and_a_new_one_theirs(staff, load):
    load("boris@tomsk.example,борис,,school,perspektiva", "vera@tomsk.example,Вера,,school,perspektiva")
    assert held()[2:] == [("vera@tomsk.example", "school", "Школа «Перспектива»")]


def test_who_is_known_by_another_address_gets_no_second_account(load, english):
    load(ANNA)
    assert not_loaded(load, ANNA.replace("anna@", "other@")) == [
        "people.csv:2: Анна holds or held this role here under the address anna@tomsk.example: write that address "
        "here, or give the role in the administration."
    ]


def test_of_an_address_before_nothing_but_a_digest_is_kept(staff):
    change_person(staff, "anna@tomsk.example", email="new@tomsk.example")
    assert User.objects.get(email="new@tomsk.example").former_addresses == [User.digest_of("ANNA@tomsk.example ")]


def test_an_address_has_one_name_in_a_pack(load, english):
    said = "the address anna@tomsk.example belongs to Анна: correct the name here, or write the person's own address."
    assert not_loaded(load, ANNA, "anna@tomsk.example,Вера,,school,perspektiva") == [f"people.csv:3: {said}"]


def test_two_of_one_name_in_one_pack_are_two_people_and_stay_two(load):
    lines = (ANNA, ANNA.replace("anna@", "other@"))
    load(*lines)
    load(*lines)
    assert held() == [
        ("anna@tomsk.example", "operator", "Томская область"),
        ("other@tomsk.example", "operator", "Томская область"),
    ]


def test_bad_rows_are_named_and_nobody_is_added(load, english):
    with pytest.raises(CommandError) as refused:
        load("no-address,Анна,,operator,tomsk-region", "a@b.example,Б,,king,tomsk", "c@d.example,В,,school,none")
    assert [line.partition(": ")[0] for line in str(refused.value).splitlines()[1:]] == [
        "people.csv:2",
        "people.csv:3",
        "people.csv:4",
    ]
    assert User.objects.count() == 0
