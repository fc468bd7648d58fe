"""``people.csv`` of a region pack: accounts and roles, added once, with nobody's password."""

import shutil

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from portal.models import Membership, User
from tests.settings import ROOT

HEADING = "email,name,phone,role,place\n"


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
    load("anna@tomsk.example,Анна,,operator,tomsk-region")
    Membership.objects.update(ended_at="2019-09-25T00:00:00Z")
    load("anna@tomsk.example,Анна Другая,,operator,tomsk-region")
    assert (User.objects.get().name, Membership.objects.count()) == ("Анна", 1)


def test_bad_rows_are_named_and_nobody_is_added(load, english):
    with pytest.raises(CommandError) as refused:
        load("no-address,Анна,,operator,tomsk-region", "a@b.example,Б,,king,tomsk", "c@d.example,В,,school,none")
    assert [line.partition(": ")[0] for line in str(refused.value).splitlines()[1:]] == [
        "people.csv:2",
        "people.csv:3",
        "people.csv:4",
    ]
    assert User.objects.count() == 0
