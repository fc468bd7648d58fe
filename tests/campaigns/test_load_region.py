"""A region pack is loaded whole or not at all; again, and nothing doubles; each bad row is named."""

import io
import shutil
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from campaigns.actions import edit_campaign, edit_format, load_pack, publish_campaign
from campaigns.models import Campaign, CampaignFormat, Format, FormatIndicator, Goal
from campaigns.packs import PackError, read_pack
from events.models import IndicatorValue
from portal.models import Enrolment, History, Membership, Municipality, Region, School
from tests.campaigns.test_campaign_actions import as_read
from tests.campaigns.test_format_actions import as_read as format_as_read
from tests.factories import (
    CampaignFactory,
    EventFactory,
    FormatFactory,
    MunicipalityFactory,
    RegionFactory,
    SchoolFactory,
    UserFactory,
)

TOMSK = Path(__file__).resolve().parents[2] / "regions" / "tomsk"
TABLES = (Region, Municipality, School, Enrolment, Format, FormatIndicator, Campaign, CampaignFormat, Goal)

SMALL = {
    "region.csv": (
        "slug,name,department_name,operator_name,time_zone\nomsk-region,Омская область,Министерство,Центр,Asia/Omsk\n"
    ),
    "municipalities.csv": (
        "slug,name,kind,authority,grid_row,grid_col\n"
        "omsk,город Омск,urban,Департамент,1,2\n"
        "tara,Тарский район,district,Комитет,0,1\n"
    ),
    "formats.csv": (
        "slug,name,level,kind,organiser,grade_from,grade_to,delivery,indicators,offered_in\n"
        "omsk-lesson,Открытый урок,federal,open_lesson,Министерство,5,11,online,,omsk-2019\n"
        "omsk-contest,Конкурс,regional,contest,Центр,8,11,mixed,works:Работ;winners:Победителей,omsk-2019;running\n"
    ),
    "campaigns.csv": (
        "slug,name,season,starts_on,ends_on,events_due,school_reports_due,municipal_reports_due,closes_on,grade_from,"
        "grade_to,coverage_goal_percent,source\n"
        "omsk-2019,Осень 2019,autumn,2019-09-13,2019-10-14,2019-10-17,2019-10-21,2019-10-28,2019-11-05,5,11,90,Приказ\n"
    ),
    "schools.csv": (
        "code,municipality,name,official_name,director,setting,opened_on,closed_on\n"
        "omsk-1,omsk,Школа № 1,МБОУ СОШ № 1,,urban,,\n"
        "tara-2,tara,Школа № 2,МБОУ СОШ № 2,И. И. Иванов,rural,2001-09-01,\n"
    ),
    "enrolment.csv": (
        "school,academic_year,as_of,source,grade_1,grade_2,grade_3,grade_4,grade_5,grade_6,grade_7,grade_8,grade_9,"
        "grade_10,grade_11\n"
        "omsk-1,2019/2020,2019-09-01,ОО-1,25,26,27,28,29,30,31,32,33,0,\n"
    ),
}


def counts() -> list[int]:
    return [table.objects.count() for table in TABLES]


@pytest.fixture
def pack(tmp_path, db):
    """A small good pack; ``pack("schools.csv", "old", "new")`` changes a text in one of its files."""
    for name, text in SMALL.items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    def change(name=None, old="", new=""):
        if name:
            text = (tmp_path / name).read_text(encoding="utf-8")
            assert old in text
            (tmp_path / name).write_text(text.replace(old, new, 1), encoding="utf-8")
        return tmp_path

    return change


def load(folder) -> str:
    out = io.StringIO()
    call_command("load_region", str(folder), stdout=out)
    return out.getvalue()


def problems_of(folder) -> list[tuple[str, int]]:
    """Load a bad pack: the places of its bad rows; nothing of it stands in the database."""
    before = [*counts(), History.objects.count()]
    with pytest.raises(CommandError) as refused:
        load(folder)
    assert [*counts(), History.objects.count()] == before
    with pytest.raises(PackError) as error:
        read_pack(folder)
    lines = [f"{name}:{line}: {reason}" for name, line, reason in error.value.problems]
    assert str(refused.value) == "Nothing was loaded.\n" + "\n".join(lines)
    return [(name, line) for name, line, reason in error.value.problems]


def loaded_or_named(folder, place) -> str:
    """Load a pack; say «loaded», or «named» where the load was refused and ``place`` named."""
    try:
        load(folder)
    except CommandError as refused:
        return "named" if place in str(refused) else str(refused)
    return "loaded"


# --- A good pack -----------------------------------------------------------------------------


def test_a_pack_is_loaded_whole(pack, english):
    assert load(pack()).splitlines() == [
        "region: 1 new, 0 changed, 0 as they were",
        "municipalities: 2 new, 0 changed, 0 as they were",
        "formats: 2 new, 0 changed, 0 as they were",
        "indicators: 2 new, 0 changed, 0 as they were",
        "campaigns: 1 new, 0 changed, 0 as they were",
        "schools: 2 new, 0 changed, 0 as they were",
        "enrolment: 1 new, 0 changed, 0 as they were",
        "offers: 2 new, 0 changed, 0 as they were",
        "goals: 1 new, 0 changed, 0 as they were",
    ]
    assert counts() == [1, 2, 2, 1, 2, 2, 1, 2, 1]
    school = School.objects.get(code="tara-2")
    assert (school.municipality.slug, school.setting, school.opened_on) == ("tara", "rural", date(2001, 9, 1))
    assert School.objects.get(search__contains="мбоу сош 1").code == "omsk-1"
    enrolment = Enrolment.objects.get()
    assert (enrolment.school.code, enrolment.as_of, enrolment.grades_total) == ("omsk-1", date(2019, 9, 1), 261)
    campaign = Campaign.objects.get()
    assert (campaign.academic_year, campaign.published_at, campaign.phase) == ("2019/2020", None, "draft")
    assert list(campaign.goals.values_list("measure", "target", "ground")) == [("coverage", 90, "Приказ")]
    assert list(Format.objects.get(slug="omsk-contest").indicators.values_list("code", "name")) == [
        ("works", "Работ"),
        ("winners", "Победителей"),
    ]
    assert History.objects.count() == sum(counts())


def test_a_pack_loaded_twice_doubles_nothing_and_leaves_no_history(pack, english):
    load(pack())
    entries = History.objects.count()
    assert {line.partition(": ")[2].partition(", 0 changed")[0] for line in load(pack()).splitlines()} == {"0 new"}
    assert counts() == [1, 2, 2, 1, 2, 2, 1, 2, 1]
    assert History.objects.count() == entries


def test_what_differs_is_updated_and_stands_in_history(pack):
    load(pack())
    entries = History.objects.count()
    load(pack("schools.csv", "И. И. Иванов", "П. П. Петров"))
    assert School.objects.get(code="tara-2").director == "П. П. Петров"
    assert counts() == [1, 2, 2, 1, 2, 2, 1, 2, 1]
    assert History.objects.count() == entries + 1


def test_what_people_wrote_in_the_portal_stays(pack, clock):
    load(pack())
    operator = UserFactory(operator_of=Region.objects.get())
    campaign, contest = Campaign.objects.get(), Format.objects.get(slug="omsk-contest")
    edit_campaign(operator, campaign, 1, **as_read(campaign, description="О кампании"))
    publish_campaign(operator, campaign)
    edit_format(operator, contest, 1, **format_as_read(contest, description="О конкурсе", link="https://a.example/"))
    load(pack())
    campaign.refresh_from_db()
    contest.refresh_from_db()
    assert (campaign.description, campaign.phase, campaign.version) == ("О кампании", "running", 3)
    assert (contest.description, contest.link, contest.version) == ("О конкурсе", "https://a.example/", 2)


def test_a_form_opened_before_a_pack_changed_the_campaign_is_told_so(pack, clock):
    from portal.errors import Changed

    load(pack())
    operator = UserFactory(operator_of=Region.objects.get())
    opened = Campaign.objects.get()
    load(pack("campaigns.csv", "2019-11-05", "2019-11-12"))
    with pytest.raises(Changed):
        edit_campaign(operator, opened, opened.version, **as_read(opened, description="О кампании"))
    assert Campaign.objects.get().closes_on == date(2019, 11, 12)


def test_a_pack_does_not_narrow_what_is_published(pack, clock):
    load(pack())
    publish_campaign(UserFactory(operator_of=Region.objects.get()), Campaign.objects.get())
    pack("campaigns.csv", "2019-09-13", "2019-09-20")
    with pytest.raises(CommandError):
        load(pack())
    assert Campaign.objects.get().starts_on == date(2019, 9, 13)


# --- What a pack may not change, and what it says that it changed ----------------------------


@pytest.fixture
def used(pack, clock):
    """The pack's campaign is published, and an event has a format of it and holds one of its numbers."""
    load(pack())
    region, campaign = Region.objects.get(), Campaign.objects.get()
    publish_campaign(UserFactory(operator_of=region), campaign)
    contest = Format.objects.get(slug="omsk-contest")
    event = EventFactory(school=School.objects.get(code="omsk-1"), campaign=campaign, format=contest, status="accepted")
    IndicatorValue.objects.create(event=event, indicator=contest.indicators.get(code="works"), value=3)
    return pack


def refused_lines(folder) -> list[str]:
    """Load a pack that may not be loaded: where it is refused; nothing of it stands in the database."""
    before = [*counts(), History.objects.count()]
    with pytest.raises(CommandError) as refused:
        load(folder)
    assert [*counts(), History.objects.count()] == before
    first, *lines = str(refused.value).splitlines()
    assert first == "Nothing was loaded."
    return [": ".join(line.split(": ")[:2]) for line in lines]


@pytest.mark.parametrize(
    ("name", "old", "new", "where"),
    [
        ("region.csv", "Asia/Omsk", "Asia/Tomsk", "region.csv:2: time_zone"),
        ("municipalities.csv", "district", "regional", "municipalities.csv:3: kind"),
        ("formats.csv", "regional,contest", "regional,fair", "formats.csv:3: kind"),
        ("formats.csv", "regional,contest", "federal,contest", "formats.csv:3: level"),
        ("formats.csv", "8,11,mixed", "9,11,mixed", "formats.csv:3: grade_from"),
        ("formats.csv", "works:Работ", "works:Участников", "formats.csv:3: indicators"),
        ("campaigns.csv", "2019-10-17", "2019-09-20", "campaigns.csv:2: ends_on"),
    ],
)
def test_a_pack_says_what_it_will_not_change(used, name, old, new, where):
    if name == "campaigns.csv":
        used(name, "2019-10-14", "2019-09-20")
    assert refused_lines(used(name, old, new)) == [where]


def test_a_pack_changes_no_goal_and_no_offer_of_a_closed_campaign(used, clock):
    clock("2019-11-10 10:00")
    load(used())
    used("campaigns.csv", ",90,Приказ", ",50,Приказ")
    used("formats.csv", "online,,omsk-2019", "online,,")
    assert refused_lines(used()) == ["campaigns.csv:2: coverage_goal_percent"]
    used("campaigns.csv", ",50,Приказ", ",90,Приказ")
    used("formats.csv", "mixed,works", "mixed,new:Новых;works")
    new = "omsk-new,Новый,federal,fair,Министерство,5,11,online,,omsk-2019\n"
    path = used() / "formats.csv"
    path.write_text(path.read_text(encoding="utf-8") + new, encoding="utf-8")
    assert refused_lines(used()) == ["formats.csv:4: offered_in"]


def test_a_pack_says_what_it_changed_of_a_published_campaign(used, english):
    used("campaigns.csv", "2019-11-05", "2019-11-12")
    used("campaigns.csv", ",90,Приказ", ",80,Приказ")
    used("formats.csv", "Конкурс", "Конкурс работ")
    assert load(used()).splitlines()[:3] == [
        "changed: omsk-contest: name Конкурс -> Конкурс работ",
        "changed: omsk-2019: closes_on 2019-11-05 -> 2019-11-12",
        "changed: omsk-2019: coverage, %: 80",
    ]
    assert load(used()).startswith("region: 0 new")


def test_a_number_that_is_no_longer_asked_for_stays_retired(used):
    contest = Format.objects.get(slug="omsk-contest")
    edit_format(UserFactory(operator_of=Region.objects.get()), contest, 1, **format_as_read(contest, ["Работ"]))
    load(used())
    asked = FormatIndicator.objects.filter(retired_at=None)
    assert list(asked.values_list("code", flat=True)) == ["works"]


@pytest.mark.parametrize("name", ["schools.csv", "enrolment.csv"])
def test_schools_and_enrolment_may_be_absent(pack, name):
    (pack() / "enrolment.csv").unlink()
    (pack() / name).unlink(missing_ok=True)
    load(pack())
    assert counts()[2:4] == [2 if name == "enrolment.csv" else 0, 0]


def test_a_byte_order_mark_and_windows_line_ends_are_taken(pack):
    for name in SMALL:
        path = pack() / name
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    load(pack())
    assert counts() == [1, 2, 2, 1, 2, 2, 1, 2, 1]


def test_other_columns_are_passed_over(pack):
    pack("municipalities.csv", "grid_row,grid_col", "grid_row,grid_col,demo_schools,remark")
    pack("municipalities.csv", "Департамент,1,2", "Департамент,1,2,много,что угодно")
    pack("municipalities.csv", "Комитет,0,1", "Комитет,0,1,,")
    load(pack())
    assert Municipality.objects.count() == 2


@pytest.mark.django_db
def test_the_tomsk_pack_of_the_project_loads_twice_alike():
    load(TOMSK)
    assert counts()[:3] == [1, 21, 1]
    assert list(Campaign.objects.order_by("starts_on").values_list("slug", flat=True)) == ["spring-2019", "autumn-2019"]
    campaign = Campaign.objects.get(slug="autumn-2019")
    assert (campaign.starts_on, campaign.ends_on) == (date(2019, 9, 13), date(2019, 10, 14))
    assert School.objects.get().official_name == "МАОУ Школа «Перспектива» г. Томска"
    before, entries = counts(), History.objects.count()
    load(TOMSK)
    assert (counts(), History.objects.count()) == (before, entries)


def test_two_regions_stand_side_by_side(pack):
    load(TOMSK)
    load(pack())
    assert Region.objects.count() == 2
    assert Municipality.objects.filter(region__slug="tomsk-region").count() == 21


def test_a_slug_that_another_region_uses_takes_the_regions_before_it(pack):
    region = RegionFactory(slug="altai")
    MunicipalityFactory(region=region, slug="omsk")
    FormatFactory(region=region, slug="omsk-lesson", name="Чужой урок")
    folder = pack("formats.csv", "online,,", "online,pupils:Школьников,")
    (folder / "people.csv").write_text(
        "email,name,phone,role,place\nm@omsk.example,Мария,,municipal,omsk\n", encoding="utf-8"
    )
    load(folder)
    own = Municipality.objects.filter(region__slug="omsk-region").order_by("slug")
    assert list(own.values_list("slug", flat=True)) == ["omsk-region-omsk", "tara"]
    assert School.objects.get(code="omsk-1").municipality.slug == "omsk-region-omsk"
    assert Membership.objects.get().municipality.slug == "omsk-region-omsk"
    lesson = Format.objects.get(slug="omsk-region-omsk-lesson")
    assert list(lesson.indicators.values_list("name", flat=True)) == ["Школьников"]
    assert list(lesson.offers.values_list("campaign__slug", flat=True)) == ["omsk-2019"]
    before, entries = counts(), History.objects.count()
    load(folder)
    assert (counts(), History.objects.count()) == (before, entries)


def test_and_keeps_it_when_the_plain_one_comes_free(pack):
    taken = MunicipalityFactory(region=RegionFactory(slug="altai"), slug="omsk")
    load(pack())
    taken.delete()
    before = counts()
    load(pack())
    assert counts() == before
    assert not Municipality.objects.filter(slug="omsk").exists()


def test_the_demo_finds_its_formats_and_sizes_by_the_new_slugs(pack):
    region = RegionFactory(slug="altai")
    MunicipalityFactory(region=region, slug="omsk")
    FormatFactory(region=region, slug="omsk-contest", name="Чужой конкурс")
    pack("municipalities.csv", "grid_row,grid_col", "grid_row,grid_col,demo_schools")
    pack("municipalities.csv", "Департамент,1,2", "Департамент,1,2,7")
    ready = read_pack(pack("municipalities.csv", "Комитет,0,1", "Комитет,0,1,3"))
    load_pack(None, ready)
    assert ready.demo_schools == {"omsk-region-omsk": 7, "tara": 3}
    assert ready.running_formats == ["omsk-region-omsk-contest"]


def test_a_campaigns_slug_of_another_region_is_refused(pack, english):
    CampaignFactory(region=RegionFactory(slug="altai"), slug="omsk-2019")
    with pytest.raises(CommandError, match="omsk-2019"):
        load(pack())
    assert School.objects.count() == 0


def test_a_code_is_a_schools_own_within_its_region(pack):
    other = SchoolFactory(municipality=MunicipalityFactory(slug="barnaul"), code="omsk-1", name="Чужая школа")
    load(pack())
    assert School.objects.filter(code="omsk-1").count() == 2
    other.refresh_from_db()
    assert (other.name, other.municipality.slug) == ("Чужая школа", "barnaul")


# --- A bad pack ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "old", "new", "line"),
    [
        ("region.csv", "Asia/Omsk", "Asia/Atlantis", 2),
        ("region.csv", "omsk-region", "омск область", 2),
        ("municipalities.csv", "urban", "kingdom", 2),
        ("municipalities.csv", "Комитет,0,1", "Комитет,ноль,1", 3),
        ("municipalities.csv", "Комитет,0,1", "Комитет,-1,1", 3),
        ("municipalities.csv", "tara,", "omsk,", 3),
        ("municipalities.csv", "Тарский район", "", 3),
        ("municipalities.csv", "Тарский район", "Т" * 301, 3),
        ("formats.csv", "5,11,online", "0,11,online", 2),
        ("formats.csv", "8,11,mixed", "11,8,mixed", 3),
        ("formats.csv", "8,11,mixed", "8,12,mixed", 3),
        ("formats.csv", "8,11,mixed", "8,,mixed", 3),
        ("formats.csv", "contest,Центр", "dance,Центр", 3),
        ("formats.csv", "works:Работ", "works", 3),
        ("formats.csv", "omsk-2019;running", "omsk-2020;running", 3),
        ("campaigns.csv", "2019-11-05", "05.11.2019", 2),
        ("campaigns.csv", "2019-11-05", "2019-02-30", 2),
        ("campaigns.csv", "2019-11-05", "", 2),
        ("campaigns.csv", "2019-10-28", "2019-10-20", 2),
        ("campaigns.csv", "autumn", "winter", 2),
        ("campaigns.csv", ",90,", ",девяносто,", 2),
        ("campaigns.csv", ",90,", ",101,", 2),
        ("campaigns.csv", ",90,Приказ", ",90,", 2),
        ("schools.csv", "tara-2,tara", "tara-2,tobolsk", 3),
        ("schools.csv", "tara-2,", "omsk-1,", 3),
        ("schools.csv", "rural", "seaside", 3),
        ("schools.csv", "2001-09-01,", "2001-09-01,2001-08-31", 3),
        ("enrolment.csv", "omsk-1,", "omsk-9,", 2),
        ("enrolment.csv", "2019/2020", "2019-2020", 2),
        ("enrolment.csv", ",25,26", ",-25,26", 2),
        ("enrolment.csv", ",25,26", ",99999,26", 2),
        ("enrolment.csv", ",25,26", ",25 учеников,26", 2),
    ],
)
def test_a_bad_row_is_named_by_file_and_line_and_nothing_is_loaded(pack, name, old, new, line):
    found = problems_of(pack(name, old, new))
    assert found[0] == (name, line)
    # A row that hangs on the bad one may be named too.
    assert {place[0] for place in found} <= {name, "formats.csv", "schools.csv", "enrolment.csv"}


def test_all_bad_rows_are_named_at_once(pack):
    pack("municipalities.csv", "urban", "kingdom")
    pack("formats.csv", "8,11,mixed", "8,12,mixed")
    pack("campaigns.csv", "2019-10-28", "2019-10-20")
    pack("enrolment.csv", "2019/2020", "2019-2020")
    found = problems_of(pack())
    assert {("municipalities.csv", 2), ("formats.csv", 3), ("campaigns.csv", 2), ("enrolment.csv", 2)} <= set(found)


def test_the_reason_names_the_column_and_the_value(pack, english):
    with pytest.raises(PackError) as refused:
        read_pack(pack("campaigns.csv", "2019-11-05", "05.11.2019"))
    assert ("campaigns.csv", 2, "closes_on: “05.11.2019” is not a date such as 2019-09-13") in refused.value.problems


@pytest.mark.parametrize("name", ["region.csv", "municipalities.csv", "formats.csv", "campaigns.csv"])
def test_a_missing_file_is_named(pack, name):
    (pack() / name).unlink()
    assert (name, 0) in problems_of(pack())


def test_a_missing_folder_is_named(pack, tmp_path):
    assert problems_of(tmp_path / "nowhere") == [(str(tmp_path / "nowhere"), 0)]


@pytest.mark.parametrize("name", SMALL)
def test_a_missing_column_is_named_in_the_heading(pack, name):
    heading = SMALL[name].splitlines()[0].split(",")
    assert (name, 1) in problems_of(pack(name, heading[1], "something"))


@pytest.mark.parametrize("name", ["region.csv", "municipalities.csv", "formats.csv", "campaigns.csv"])
def test_an_empty_file_is_named(pack, name):
    (pack() / name).write_text("")
    assert (name, 1) in problems_of(pack())


def test_a_row_with_too_many_or_too_few_cells_is_named(pack):
    assert problems_of(pack("schools.csv", "rural,2001-09-01,", "rural,2001-09-01,,лишнее")) == [("schools.csv", 3)]
    assert problems_of(pack("schools.csv", "rural,2001-09-01,,лишнее", "rural")) == [("schools.csv", 3)]


def test_broken_quotes_are_named_with_their_line(pack):
    assert problems_of(pack("schools.csv", "Школа № 2", '"Школа" № 2')) == [("schools.csv", 3)]


def test_a_file_of_another_encoding_is_named(pack):
    path = pack() / "schools.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("cp1251"))
    assert ("schools.csv", 0) in problems_of(pack())


def test_a_spreadsheet_named_csv_is_named(pack):
    (pack() / "schools.csv").write_bytes(b"PK\x03\x04" + bytes(range(256)) * 20)
    assert "schools.csv" in {name for name, line in problems_of(pack())}


@pytest.mark.parametrize("char", ["\x00", "\x07"])
def test_a_control_character_is_named_or_dropped(pack, char):
    answer = loaded_or_named(pack("schools.csv", "Школа № 2", f"Школа{char} № 2"), "schools.csv:3:")
    names = list(School.objects.filter(code="tara-2").values_list("name", flat=True))
    assert names == (["Школа № 2"] if answer == "loaded" else [])


def test_one_name_twice_is_named(pack):
    assert problems_of(pack("municipalities.csv", "Тарский район", "город Омск")) == [("municipalities.csv", 3)]


def test_one_name_twice_in_a_municipality_is_named(pack):
    pack("schools.csv", "tara-2,tara,Школа № 2", "omsk-2,omsk,Школа № 1")
    assert problems_of(pack()) == [("schools.csv", 3)]


def test_an_indicator_twice_in_a_format_is_named(pack):
    assert problems_of(pack("formats.csv", "winners:Победителей", "works:Победителей")) == [("formats.csv", 3)]


def test_a_campaign_named_twice_in_offered_in_is_named_or_taken_once(pack):
    answer = loaded_or_named(pack("formats.csv", "omsk-2019;running", "omsk-2019;omsk-2019"), "formats.csv:3:")
    assert CampaignFormat.objects.count() == (2 if answer == "loaded" else 0)


def test_two_campaigns_of_one_season_that_overlap_are_named(pack):
    second = "omsk-second,Вторая,autumn,2019-10-01,2019-10-14,2019-10-17,2019-10-21,2019-10-28,2019-11-05,5,11,,\n"
    path = pack() / "campaigns.csv"
    path.write_text(path.read_text(encoding="utf-8") + second, encoding="utf-8")
    assert problems_of(pack()) == [("campaigns.csv", 3)]


@pytest.mark.parametrize(
    ("name", "old", "new", "table", "key"),
    [
        ("municipalities.csv", "omsk,город", "tomsk,город", Municipality, {"slug": "tomsk"}),
        ("campaigns.csv", "omsk-2019,", "autumn-2019,", Campaign, {"slug": "autumn-2019"}),
        ("formats.csv", "omsk-lesson,", "proektoria,", Format, {"slug": "proektoria"}),
        ("schools.csv", "omsk-1,", "perspektiva,", School, {"code": "perspektiva"}),
    ],
)
def test_a_pack_takes_nothing_from_another_region(pack, name, old, new, table, key):
    load(TOMSK)
    before = table.objects.filter(**key).values().get()
    for file in SMALL:
        path = pack() / file
        if file == name or (name, file) in {
            ("municipalities.csv", "schools.csv"),
            ("campaigns.csv", "formats.csv"),
            ("schools.csv", "enrolment.csv"),
        }:
            wanted, given = old.split(",")[0], new.split(",")[0]
            text = path.read_text(encoding="utf-8")
            path.write_text(
                text.replace(f"{wanted},", f"{given},").replace(f",{wanted}", f",{given}"), encoding="utf-8"
            )
    if table is Campaign:
        with pytest.raises(CommandError):
            load(pack())
    else:
        load(pack())
    place = "municipality__region" if table is School else "region"
    assert table.objects.filter(**key, **{f"{place}__slug": "tomsk-region"}).values().get() == before


def test_a_pack_that_fails_in_the_database_leaves_nothing(pack):
    ready = read_pack(pack())
    ready.offers.append(("omsk-2019", "no-such-format"))
    with pytest.raises(KeyError):
        load_pack(None, ready)
    assert counts() == [0] * len(TABLES)


def test_the_pack_may_lie_anywhere(pack, tmp_path_factory):
    folder = tmp_path_factory.mktemp("область с пробелом")
    shutil.copytree(pack(), folder / "пакет")
    load(folder / "пакет")
    assert counts() == [1, 2, 2, 1, 2, 2, 1, 2, 1]
