"""The operator's log: who changed what in the region, filtered by the address, on a page and as a workbook."""

from datetime import datetime
from io import BytesIO

import pytest
from openpyxl import load_workbook

from campaigns.actions import edit_campaign, publish_campaign
from campaigns.models import Campaign
from events.actions import Intent, accept_event, delete_draft, edit_event, return_event
from portal.actions import end_membership, save_by_staff, set_password
from portal.history import record, record_many, state_of
from portal.models import History, Membership
from portal.views import history as page
from portal.workbooks import history as workbook
from portal.workbooks.writing import XLSX
from tests.client import lost_descriptions
from tests.factories import CampaignFactory, EventFactory, UserFactory, event_fields


@pytest.fixture
def log(client_of, operator):
    """Read the log as the operator: ``log("?verb=accept")`` returns the lines of the page."""

    def read(query=""):
        response = client_of(operator).get(f"/history/{query}")
        assert response.status_code == 200
        return response.context["lines"]

    return read


@pytest.fixture
def event_in(school, campaign, lesson, coordinator):
    def make(status, **fields):
        fields = {"school": school, "campaign": campaign, "format": lesson, "author": coordinator} | fields
        return EventFactory(status=status, **fields)

    return make


# --- Who sees it -----------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/history/", "/history/history.xlsx"])
@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("operator", 200),
        ("foreign operator", 200),
        ("department", 403),
        ("municipal", 403),
        ("coordinator", 403),
        ("technical staff", 403),
        ("without membership", 403),
    ],
)
def test_the_operator_alone_sees_it(address, who, status, people, client_of):
    assert client_of(people[who]).get(address).status_code == status


@pytest.mark.parametrize("address", ["/history/", "/history/history.xlsx"])
def test_a_visitor_signs_in_first(address, client_of, db):
    response = client_of().get(address)
    assert (response.status_code, response.url) == (302, f"/accounts/login/?next={address}")


def test_a_region_sees_nothing_of_another(event_in, municipal, operator, foreign, client_of):
    abroad = EventFactory(school=foreign.school, campaign=foreign.campaign, author=foreign.coordinator)
    accept_event(foreign.municipal, abroad, 1)
    mine = event_in("submitted")
    accept_event(municipal, mine, 1)
    for person, about in ((operator, mine), (foreign.operator, abroad)):
        client = client_of(person)
        assert [line.about for line in client.get("/history/").context["lines"]] == [about.title]
        assert [row[5] for row in workbook_of(client.get("/history/history.xlsx"))[3:]] == [about.title]
    foreign_school = client_of(operator).get(f"/history/?school={foreign.school.pk}")
    assert (foreign_school.status_code, foreign_school.context["lines"]) == (400, [])


def test_an_operator_of_two_regions_sees_that_of_the_chosen_role(event_in, municipal, operator, foreign, client_of):
    second = Membership.objects.create(user=operator, role="operator", region=foreign.region)
    accept_event(municipal, event_in("submitted"), 1)
    client = client_of(operator)
    assert len(client.get("/history/").context["lines"]) == 1
    client.post("/membership/", {"membership": second.pk})
    assert client.get("/history/").context["lines"] == []


def test_what_has_no_place_is_told_to_nobody(operator, log):
    set_password(operator, "длинный новый пароль")
    assert (History.objects.count(), log()) == (1, [])


# --- What a line says ------------------------------------------------------------------------


def test_a_line_says_who_did_what_when_for_whom_to_what_and_why(event_in, operator, log, clock):
    event = event_in("submitted", title="Урок мужества")
    moment = clock("2019-09-25 10:00")
    return_event(operator, event, 1, "Уточните число.")
    [line] = log()
    entry = line.entry
    assert (entry.when, entry.who, entry.verb_label, entry.for_whom, entry.comment) == (
        moment,
        "Ольга Оператор",
        "returned",
        "город Томск",
        "Уточните число.",
    )
    assert (line.kind, line.about, line.url, line.is_gone) == ("Event", "Урок мужества", f"/events/{event.pk}/", False)
    assert (line.school, line.municipality) == ("Школа «Перспектива»", "город Томск")
    assert entry.changes == (("status", "under review", "returned"),)


def test_changes_name_what_they_point_to(event_in, contest, coordinator, campaign, operator, region, lesson, log):
    event = event_in("planned", grade_8=18)
    edit_event(coordinator, event, 1, intent=Intent.PLAN, **event_fields(contest, title=event.title))
    [line] = log()
    assert line.entry.changes[0] == ("format", "Открытый урок", "Большие вызовы")
    earlier = CampaignFactory(region=region, name="Весна 2019", season="spring", formats=[lesson])
    fields = {name: getattr(campaign, name) for name in ("name", "season", *Campaign.DATE_FIELDS)}
    edit_campaign(
        operator, campaign, 1, formats=list(campaign.formats.all()), goals=[], **(fields | {"previous": earlier})
    )
    assert log()[0].entry.changes == (("compared with", "–", "Весна 2019"),)


def test_a_membership_stands_in_the_log_of_its_region(coordinator, operator, log):
    membership = end_membership(operator, coordinator.memberships.get())
    [line] = log("?verb=end")
    assert (line.kind, line.about, line.school) == ("Membership", str(membership), "Школа «Перспектива»")


def test_a_yes_and_a_no_are_words(school, operator, log):
    record(operator, "edit", school, before={"is_open": False}, after={"is_open": True})
    assert log()[0].entry.changes == (("is_open", "no", "yes"),)


def test_what_was_deleted_is_named_without_a_link(event_in, coordinator, client_of, operator):
    event = event_in("draft", title="Черновик")
    edit_event(coordinator, event, 1, intent=Intent.DRAFT, title="Черновик урока")
    delete_draft(coordinator, event, 2)
    response = client_of(operator).get("/history/")
    assert [(line.about, line.url, line.is_gone) for line in response.context["lines"]] == [
        ("Черновик урока", "", True)
    ] * 2
    assert response.content.decode().count("no longer exists") == 2


def test_the_portal_itself_is_named_where_nobody_acted(school, log):
    record(None, "load", school)
    assert [line.entry.who for line in log()] == ["the portal itself"]


def test_markup_in_what_people_wrote_stays_text(event_in, operator, client_of):
    event = event_in("submitted", title="<script>alert(1)</script>")
    return_event(operator, event, 1, "<img src=x onerror=alert(1)>")
    page = client_of(operator).get("/history/").content.decode()
    assert ("<script>alert(1)" in page, "<img src=x" in page, "&lt;img src=x" in page) == (False, False, True)


def test_what_is_personal_is_shown_as_changed(school, operator, client_of):
    record(operator, "edit", school, before={"director": "Старый"}, after={"director": "Новый"})
    client = client_of(operator)
    shown = " ".join(client.get("/history/").content.decode().split())
    assert "director: <ins>changed</ins>" in shown
    assert workbook_of(client.get("/history/history.xlsx"))[3][8] == "director: changed"


# --- The filter ------------------------------------------------------------------------------


@pytest.fixture
def five_deeds(event_in, municipal, village_school, campaign, operator, school, clock):
    """One a day from the 24th: an acceptance, a return, one in the village, a campaign, a school."""
    accept_event(municipal, event_in("submitted", title="Первое"), 1)
    clock("2019-09-25 10:00")
    return_event(municipal, event_in("submitted", title="Второе"), 1, "Уточните.")
    clock("2019-09-26 10:00")
    author = UserFactory(name="Пётр Ёлкин", email="elkin@kolpashevo.example", coordinator_of=village_school)
    village = EventFactory(school=village_school, campaign=campaign, author=author, status="draft", title="Третье")
    edit_event(author, village, 1, intent=Intent.DRAFT, title="Третье, правленое")
    clock("2019-09-27 10:00")
    draft = CampaignFactory(
        region=campaign.region, name="Весна", season="spring", formats=campaign.formats.all(), published_at=None
    )
    publish_campaign(operator, draft)
    clock("2019-09-28 00:00:00")
    school.name = "Пятая"
    save_by_staff(operator, school, school.save)


EVERYTHING = ["Пятая", "Весна", "Третье, правленое", "Второе", "Первое"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", EVERYTHING),
        ("?kind=&verb=&q=&since=&until=&municipality=&school=", EVERYTHING),
        ("?kind=events.event", ["Третье, правленое", "Второе", "Первое"]),
        ("?kind=campaigns.campaign", ["Весна"]),
        ("?verb=return", ["Второе"]),
        ("?verb=accept&kind=events.event", ["Первое"]),
        ("?verb=accept&kind=campaigns.campaign", []),
        ("?municipality=kolpashevskiy", ["Третье, правленое"]),
        ("?municipality=tomsk", ["Пятая", "Второе", "Первое"]),
        ("?since=2019-09-27", ["Пятая", "Весна"]),
        ("?since=28.09.2019", ["Пятая"]),  # it was midnight in Tomsk
        ("?until=2019-09-27", ["Весна", "Третье, правленое", "Второе", "Первое"]),
        ("?since=2019-09-25&until=2019-09-25", ["Второе"]),
        ("?q=мария", ["Второе", "Первое"]),
        ("?q=МУНИЦИПАЛЬНАЯ+мария", ["Второе", "Первое"]),
        ("?q=елкин", ["Третье, правленое"]),
        ("?q=Ёлкин+пётр", ["Третье, правленое"]),
        ("?q=operator@region", ["Пятая", "Весна"]),
        ("?q=municipal@tomsk.EXAMPLE", ["Второе", "Первое"]),
        ("?q=.*", []),
        ("?q=(", []),
        ("?q=***:x", []),
        ("?q=%5C", []),
        ("?q=никто", []),
    ],
)
def test_the_address_filters(five_deeds, log, query, found):
    assert [line.about for line in log(query)] == found


def test_a_school_comes_by_its_number_and_can_be_taken_off(five_deeds, village_school, client_of, operator):
    response = client_of(operator).get(f"/history/?school={village_school.pk}&verb=edit")
    assert [line.about for line in response.context["lines"]] == ["Третье, правленое"]
    assert '<a href="?verb=edit"' in response.content.decode()


def test_the_fields_offer_what_there_is(five_deeds, client_of, operator, english):
    form = client_of(operator).get("/history/").context["form"]
    assert form.fields["kind"].choices == [
        ("", "everything"),
        ("campaigns.campaign", "campaign"),
        ("events.event", "event"),
        ("portal.school", "school"),
    ]
    assert [slug for slug, _name in form.fields["municipality"].choices] == ["", "tomsk", "kolpashevskiy"]


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("since=2019-09-31", "since", "Write the day as 13.09.2019."),
        ("until=0019-01-01", "until", "The year 0019 cannot be right: use a year from 2000 to 2100."),
        ("since=2019-09-27&until=2019-09-26", "until", "26.09.2019 is before “From day” (27.09.2019)."),
        (
            "verb=burn",
            "verb",
            "Select a valid choice. burn is not one of the available choices.",
        ),
        (
            "kind=-1",
            "kind",
            "Select a valid choice. -1 is not one of the available choices.",
        ),
        (
            "municipality=barnaul",
            "municipality",
            "Select a valid choice. barnaul is not one of the available choices.",
        ),
        (
            "school=" + "9" * 49,
            "school",
            "Select a valid choice. That choice is not one of the available choices.",
        ),
        ("q=" + "х" * 201, "q", "Ensure this value has at most 200 characters (it has 201)."),
    ],
)
@pytest.mark.parametrize("address", ["/history/", "/history/history.xlsx"])
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_shown(
    address, query, field, message, five_deeds, client_of, operator
):
    response = client_of(operator).get(f"{address}?{query}")
    assert (response.status_code, response.context["form"].errors) == (400, {field: [message]})
    assert message in response.content.decode()
    assert lost_descriptions(response) == []
    assert "Третье" not in response.content.decode()


@pytest.mark.parametrize("value", ["%00", "-1", "9" * 49, "%F0%9F", "a&{0}=b", "=1", "1e5"])
@pytest.mark.parametrize(
    "name", ["q", "kind", "verb", "municipality", "school", "since", "until", "older", "newer", "page", "x"]
)
@pytest.mark.parametrize("address", ["/history/", "/history/history.xlsx"])
def test_anything_may_stand_in_the_address(address, name, value, client_of, operator):
    response = client_of(operator).get(f"{address}?{name}={value.format(name)}")
    assert response.status_code in (200, 400, 404)


# --- Pages -----------------------------------------------------------------------------------


@pytest.fixture
def long_history(school, operator, clock):
    """A hundred and twenty entries, three a moment, the names counting up."""
    for number in range(0, 120, 3):
        clock(f"2019-09-24 15:{number // 3:02}")
        rows = []
        for part in range(3):
            school.name = f"Школа {number + part}"
            rows.append((school, None, None))
            record_many(operator, "edit", rows[-1:])
    return [f"Школа {number}" for number in range(119, -1, -1)]


def test_pages_lead_to_older_and_back_and_lose_and_repeat_nothing(long_history, client_of, operator):
    client = client_of(operator)
    pages, query = [], ""
    for _number in range(3):
        page = client.get(f"/history/{query}").context
        pages.append([line.about for line in page["lines"]])
        query = f"?older={page['page'].older}"
    assert (pages, page["page"].older) == ([long_history[:40], long_history[40:80], long_history[80:]], "")
    back = client.get(f"/history/?newer={page['page'].newer}").context
    assert [line.about for line in back["lines"]] == long_history[40:80]
    first = client.get(f"/history/?newer={back['page'].newer}").context
    assert ([line.about for line in first["lines"]], first["page"].newer) == (long_history[:40], "")


def test_what_comes_meanwhile_does_not_shift_the_pages(long_history, school, operator, client_of, clock):
    client = client_of(operator)
    older = client.get("/history/").context["page"].older
    clock("2019-09-24 15:45")
    record(operator, "edit", school)
    assert [line.about for line in client.get(f"/history/?older={older}").context["lines"]] == long_history[40:80]


@pytest.mark.parametrize("place", ["1-1", "0-0", "1-999999999999999"])
def test_the_end_of_the_log_says_that_there_is_nothing_older(place, client_of, operator):
    response = client_of(operator).get(f"/history/?older={place}")
    assert (response.status_code, response.context["lines"], response.context["page"].newer) == (200, [], "")


@pytest.mark.parametrize("place", ["x", "1", "1-", "-1", "1-1-1", "١-١", "9" * 49, "1-" + "9" * 49])
def test_a_place_in_the_log_that_is_none_is_not_found(place, client_of, operator):
    client = client_of(operator)
    for name in ("older", "newer"):
        assert client.get("/history/", {name: place}).status_code == 404


def many_deeds(number, school, campaign, lesson, operator, coordinator):
    """Entries of several kinds that point to several others."""
    event = EventFactory(school=school, campaign=campaign, format=lesson, author=coordinator)
    membership = coordinator.memberships.get()
    for row in (event, campaign, lesson, school, membership):
        record_many(operator, "edit", [(row, {}, state_of(row))] * number)


@pytest.mark.parametrize(("address", "most"), [("/history/", 10), ("/history/history.xlsx", 7)])
def test_a_page_costs_the_same_at_any_size(
    address, most, school, campaign, lesson, operator, coordinator, client_of, queries_of, clock
):
    client = client_of(operator)
    many_deeds(2, school, campaign, lesson, operator, coordinator)
    client.get(address)
    few = len(queries_of(lambda: client.get(address)))
    clock("2019-09-24 14:21")
    # On top again, so that the page shows the same kinds.
    for number in (9, 200):
        many_deeds(number, school, campaign, lesson, operator, coordinator)
        clock("2019-09-24 14:22")
    many_deeds(2, school, campaign, lesson, operator, coordinator)
    assert (few, len(queries_of(lambda: client.get(address)))) == (most, most)


# --- The workbook ----------------------------------------------------------------------------


def workbook_of(response) -> list[tuple]:
    """The rows of a downloaded workbook."""
    assert response.status_code == 200
    assert response.headers["Content-Type"] == XLSX
    return list(load_workbook(BytesIO(b"".join(response.streaming_content))).active.iter_rows(values_only=True))


def test_the_workbook_holds_what_the_page_shows(event_in, operator, client_of, clock):
    event = event_in("submitted", title="Урок мужества")
    clock("2019-09-25 10:00")
    return_event(operator, event, 1, "Уточните число.")
    response = client_of(operator).get("/history/history.xlsx?verb=return")
    assert response.headers["Content-Disposition"] == 'attachment; filename="History 2019-09-25.xlsx"'
    rows = workbook_of(response)
    assert [rows[0][0], rows[1][0]] == ["Томская область: who changed what", "as of 25.09.2019 10:00"]
    assert rows[2:] == [
        (
            "When",
            "Who",
            "For whom",
            "Did what",
            "Changed what",
            "Name",
            "Municipality",
            "School",
            "Changes",
            "Comment",
        ),
        (
            datetime(2019, 9, 25, 10, 0),
            "Ольга Оператор",
            "город Томск",
            "returned",
            "Event",
            "Урок мужества",
            "город Томск",
            "Школа «Перспектива»",
            "status: under review → returned",
            "Уточните число.",
        ),
    ]


@pytest.mark.parametrize("text", ["=1+1", "+7 913", "-5", "@SUM(A1)", "#N/A", "=HYPERLINK(1)"])
def test_text_stays_text_in_a_cell(text, school, operator, client_of):
    record(operator, "edit", school, comment=text)
    content = b"".join(client_of(operator).get("/history/history.xlsx").streaming_content)
    cell = load_workbook(BytesIO(content)).active["J4"]
    assert (cell.value, cell.data_type) == (text, "s")


def test_control_characters_are_dropped_and_endless_text_is_cut(school, operator, client_of):
    record(operator, "edit", school, comment="а\x0bб\x1f\ufffe" + "в" * 40_000)
    [row] = workbook_of(client_of(operator).get("/history/history.xlsx"))[3:]
    assert row[9] == "аб" + "в" * 32_765


def test_the_workbook_says_when_it_is_cut(school, operator, client_of, monkeypatch):
    monkeypatch.setattr(page, "MOST_ROWS", 3)
    monkeypatch.setattr(workbook, "MOST_ROWS", 3)
    client = client_of(operator)
    for number in range(4):
        record(operator, "edit", school, comment=str(number))
        rows = workbook_of(client.get("/history/history.xlsx"))
        cut = ". Only the newest 3 entries are here; narrow the filter for older ones." if number == 3 else ""
        assert rows[1][0] == f"as of 24.09.2019 14:20{cut}"
    assert [row[9] for row in rows[3:]] == ["3", "2", "1"]


def test_entries_of_one_moment_stand_in_the_order_they_were_written(school, operator, log):
    record_many(operator, "edit", [(school, None, None)] * 2, comment="первая")
    record(operator, "edit", school, comment="вторая")
    assert [line.entry.comment for line in log()] == ["вторая", "первая", "первая"]
    assert len({line.entry.when for line in log()}) == 1
