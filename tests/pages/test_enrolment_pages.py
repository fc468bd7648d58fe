"""Pages of enrolment: a form for one school, a workbook for many; every refusal stands beside what was typed."""

import io
from urllib.parse import unquote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook

from portal.grades import GRADE_FIELDS
from portal.models import Enrolment, EnrolmentUpload, School
from portal.workbooks import enrolment
from portal.workbooks.enrolment import HEAD_ROW
from tests.client import errors, lost_descriptions
from tests.factories import EnrolmentFactory, SchoolFactory
from tests.portal.test_enrolment_bad_files import DAMAGED, SHEET, with_part

YEAR = "2019/2020"
NUMBERS = [30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20]
HEAD = ["Code", "Municipality", "School", *(f"grade {grade}" for grade in range(1, 12))]


def address(school, year="2019-2020"):
    return f"/schools/{school.pk}/enrolment/{year}/"


def workbook(rows, name="Контингент.xlsx"):
    book = Workbook()
    book.active.append(HEAD)
    for code, counts in rows:
        book.active.append([code, None, None, *counts])
    content = io.BytesIO()
    book.save(content)
    return SimpleUploadedFile(name, content.getvalue())


def upload(client, sent, **changes):
    values = {"year": YEAR, "as_of": "2019-09-20", "source": "Реестр", "file": sent}
    return client.post("/enrolment/", values | changes)


def typed(version="0", **changes):
    values = {name: str(number) for name, number in zip(GRADE_FIELDS, NUMBERS, strict=True)}
    return values | {"version": version, "as_of": "2019-09-20", "source": "ОО-1"} | changes


def text_of(response):
    return " ".join(response.content.decode().split())


# --- The school's page -----------------------------------------------------------------------


def test_the_school_page_says_what_is_known_and_where_to_write_it(client_of, coordinator, municipal, school):
    page = text_of(client_of(coordinator).get(f"/schools/{school.pk}/"))
    assert "275 pupils" in page
    assert "as of 01.09.2019, ОО-1" in page
    assert f'href="{address(school)}"' in page
    assert 'href="/enrolment/"' not in page
    assert 'href="/enrolment/"' in text_of(client_of(municipal).get(f"/schools/{school.pk}/"))


def test_the_school_page_says_that_this_years_enrolment_is_missing(client_of, second_coordinator, second_school):
    EnrolmentFactory(school=second_school, academic_year="2018/2019")
    page = text_of(client_of(second_coordinator).get(f"/schools/{second_school.pk}/"))
    assert "For 2019/2020 it is not known: shares are not shown, and nothing is blocked." in page
    assert "Write enrolment for 2019/2020" in page


def test_who_may_only_read_sees_no_way_to_write(client_of, department, second_school):
    page = text_of(client_of(department).get(f"/schools/{second_school.pk}/"))
    assert "For 2019/2020 it is not known" in page
    assert address(second_school) not in page


# --- One school ------------------------------------------------------------------------------


def test_a_coordinator_writes_eleven_numbers(client_of, second_coordinator, second_school):
    client = client_of(second_coordinator)
    response = client.post(address(second_school), typed(grade_1="1\u00a0030", grade_11=""))
    row = Enrolment.objects.get(school=second_school)
    assert (response.status_code, response.url) == (302, f"/schools/{second_school.pk}/")
    assert list(row.by_grade.values()) == [1030, *NUMBERS[1:10], 0]
    assert (row.academic_year, f"{row.as_of:%d.%m.%Y}", row.source, row.version) == (YEAR, "20.09.2019", "ОО-1", 1)


def test_the_form_starts_with_what_is_known(client_of, coordinator, school):
    form = client_of(coordinator).get(address(school)).context["form"]
    assert [form[name].value() for name in ("grade_1", "grade_11", "source", "version")] == [25, 25, "ОО-1", 1]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"grade_5": "много"}, "grade_5"),
        ({"grade_5": "-1"}, "grade_5"),
        ({"grade_5": "9" * 40}, "grade_5"),
        ({"grade_5": "10000"}, "grade_5"),
        ({"as_of": ""}, "as_of"),
        ({"as_of": "2019-09-25"}, "as_of"),
        ({"as_of": "0019-09-20"}, "as_of"),
        ({"source": "   "}, "source"),
        ({"source": "\x00"}, "source"),
        ({"source": "х" * 201}, "source"),
        ({"version": "9" * 40}, "version"),
        (dict.fromkeys(GRADE_FIELDS, ""), "grade_1"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(
    changes, field, client_of, second_coordinator, second_school
):
    response = client_of(second_coordinator).post(address(second_school), typed(**changes))
    assert (response.status_code, list(errors(response))) == (400, [field])
    assert lost_descriptions(response) == []
    assert response.context["form"]["grade_9"].value() == typed(**changes)["grade_9"]
    assert Enrolment.objects.count() == 0


def test_the_second_editor_sees_what_the_first_changed_and_saves_knowingly(client_of, coordinator, colleague, school):
    client_of(colleague).post(address(school), typed(version="1", grade_9="17"))
    client = client_of(coordinator)
    response = client.post(address(school), typed(version="1", grade_9="18"))
    assert response.status_code == 409
    assert [entry.who for entry in response.context["changes"]] == ["Павел Школьный"]
    form = response.context["form"]
    assert (form["grade_9"].value(), form["version"].value()) == ("18", "2")
    assert client.post(address(school), typed(version="2", grade_9="18")).status_code == 302
    assert Enrolment.objects.get(school=school).grade_9 == 18


def test_each_role_is_answered_by_its_rights(client_of, people, school):
    found = {who: client_of(user).get(address(school)).status_code for who, user in people.items()}
    assert found == {
        "operator": 200,
        "department": 403,
        "municipal": 200,
        "another municipal": 404,
        "coordinator": 200,
        "another coordinator": 404,
        "technical staff": 404,
        "without membership": 404,
        "foreign operator": 404,
        "foreign department": 404,
        "foreign municipal": 404,
        "foreign coordinator": 404,
    }


@pytest.mark.parametrize("year", ["2019-2021", "2019-2019", "1999-2000", "2029-2030", "9" * 40, "2019", "-1", "x"])
def test_a_year_that_nobody_writes_for_does_not_exist(year, client_of, coordinator, school):
    assert client_of(coordinator).get(address(school, year)).status_code == 404


def test_the_years_are_those_known_the_current_and_the_next(client_of, coordinator, school, clock):
    EnrolmentFactory(school=school, academic_year="2016/2017")

    def years():
        return [year for year, _slug in client_of(coordinator).get(address(school)).context["years"]]

    assert years() == ["2020/2021", "2019/2020", "2016/2017"]
    clock("2020-06-30 23:30")
    assert years() == ["2020/2021", "2019/2020", "2016/2017"]
    clock("2020-07-01 01:30")
    assert years() == ["2021/2022", "2020/2021", "2019/2020", "2016/2017"]


def test_a_school_closed_before_the_year_answers_why_not(client_of, municipal, tomsk):
    closed = SchoolFactory(municipality=tomsk, closed_on="2019-08-31")
    assert client_of(municipal).get(address(closed)).status_code == 409


# --- Many schools ----------------------------------------------------------------------------


def test_a_file_is_looked_over_and_then_applied(client_of, municipal, school, second_school):
    client = client_of(municipal)
    response = upload(client, workbook([("perspektiva", [*[25] * 10, 50]), ("tomsk-2", NUMBERS)]))
    row = EnrolmentUpload.objects.get()
    assert (response.status_code, response.url) == (302, f"/enrolment/uploads/{row.pk}/")
    page = client.get(response.url)
    changes = page.context["page"].object_list
    assert [(c.school.code, c.is_big, c.is_new, c.total.before, c.total.after) for c in changes] == [
        ("perspektiva", True, False, 275, 300),
        ("tomsk-2", False, True, None, 275),
    ]
    assert '<del>25</del> → <ins class="trouble">50</ins>' in text_of(page)
    assert Enrolment.objects.count() == 1
    applied = client.post(response.url, follow=True)
    assert [str(message) for message in applied.context["messages"]] == ["The enrolment of 2 schools is stored."]
    assert Enrolment.objects.get(school=school).grade_11 == 50
    assert list(Enrolment.objects.get(school=second_school).by_grade.values()) == NUMBERS
    again = client.post(response.url, follow=True)
    assert [str(message) for message in again.context["messages"]] == [
        "Nothing was changed: all of it is stored already."
    ]
    assert "Applied on 24.09.2019 14:20." in text_of(again)


@pytest.mark.parametrize(
    ("before", "after", "is_big"),
    [(100, 131, True), (100, 130, False), (100, 69, True), (20, 30, False), (20, 31, True)],
)
def test_a_big_change_is_more_than_30_percent_and_10_pupils(before, after, is_big, client_of, municipal, second_school):
    EnrolmentFactory(school=second_school, grade_5=before)
    client = client_of(municipal)
    response = upload(client, workbook([("tomsk-2", [*[25] * 4, after, *[25] * 6])]))
    [change] = client.get(response.url).context["page"].object_list
    assert change.is_big is is_big


def test_a_file_with_bad_rows_is_not_stored_and_each_is_named(client_of, municipal, school, second_school):
    rows = [("perspektiva", ["много", *[25] * 10]), ("nowhere", [25] * 11), ("tomsk-2", [25] * 11)]
    response = upload(client_of(municipal), workbook(rows))
    assert response.status_code == 400
    assert errors(response) == {"file": ["2 things in the table need correcting, so nothing was stored."]}
    assert [str(problem) for problem in response.context["problems"]] == [
        "row 2, grade 1: “много” is not a whole number in digits.",
        "row 3, Code: there is no school with the code “nowhere” that you may write for in this year.",
    ]
    assert "grade 1 (D2)" in text_of(response)
    assert [response.context["form"][name].value() for name in ("year", "as_of", "source")] == [
        YEAR,
        "2019-09-20",
        "Реестр",
    ]
    assert (EnrolmentUpload.objects.count(), Enrolment.objects.count()) == (0, 1)


def test_of_very_many_bad_rows_the_first_hundred_are_named(client_of, municipal, school):
    response = upload(client_of(municipal), workbook([(f"x{n}", [25] * 11) for n in range(130)]))
    assert (response.status_code, len(response.context["problems"])) == (400, 100)
    assert "and 30 more" in text_of(response)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"file": SimpleUploadedFile("a.xlsx", b"hello")}, "file"),
        ({"file": SimpleUploadedFile("a.xls", bytes.fromhex("d0cf11e0a1b11ae1") + b"\x00" * 99)}, "file"),
        ({"file": SimpleUploadedFile("a.xlsx", b"")}, "file"),
        ({"file": "text"}, "file"),
        ({"year": "2029/2030"}, "year"),
        ({"year": "\x00"}, "year"),
        ({"year": ["2019/2020", "9" * 40]}, "year"),
        ({"as_of": "2019-09-25"}, "as_of"),
        ({"as_of": "-1"}, "as_of"),
        ({"source": ""}, "source"),
        ({"source": "х" * 201}, "source"),
    ],
)
def test_a_wrong_answer_is_said_at_its_field(changes, field, client_of, municipal, school):
    response = upload(client_of(municipal), workbook([("perspektiva", NUMBERS)]), **changes)
    assert (response.status_code, list(errors(response))) == (400, [field])
    assert EnrolmentUpload.objects.count() == 0


def by_hand(part, old, new) -> SimpleUploadedFile:
    """The workbook with something in one of its parts put in the place of something else."""
    content = with_part(
        workbook([("perspektiva", [7777, *NUMBERS[1:]])]).read(),
        part,
        lambda text: text.replace(old.encode(), new.encode(), 1),
    )
    return SimpleUploadedFile("a.xlsx", content)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("9" * 4_000, f"{'9' * 40}… is too large: at most 9\u00a0999."),
        ("-" + "9" * 4_000, f"-{'9' * 39}… is less than 0."),
        ("1e400", "inf is not a whole number."),
        ("-1e400", "-inf is not a whole number."),
        ("1e-400", None),
        ("2.5e0", "2.5 is not a whole number."),
    ],
)
def test_a_number_that_no_machine_holds_is_named_at_its_cell(value, said, client_of, municipal, school):
    response = upload(client_of(municipal), by_hand(SHEET, "<v>7777</v>", f"<v>{value}</v>"))
    if said is None:
        assert EnrolmentUpload.objects.get().rows[0]["grades"][0] == 0
    else:
        assert (response.status_code, [str(row) for row in response.context["problems"]]) == (
            400,
            [f"row 2, grade 1: {said}"],
        )


@pytest.mark.parametrize(
    ("cells", "named"), [("A:XFD", "A1:XFD1048576"), ("C:D", "C1:D1048576"), ("2:2", "A2:XFD2"), ("C2:D2", "C2:D2")]
)
def test_whole_columns_and_rows_may_be_merged_and_are_named(cells, named, client_of, municipal, school):
    merged = f'</sheetData><mergeCells><mergeCell ref="{cells}"/></mergeCells>'
    response = upload(client_of(municipal), by_hand(SHEET, "</sheetData>", merged))
    said = f"row 2: the cells {named} are merged: unmerge them and write a number into each."
    assert (response.status_code, [str(row) for row in response.context["problems"]]) == (400, [said])


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        (SHEET, "<v>7777</v>", "<v>nan</v>"),
        (SHEET, "<v>7777</v>", "<v>infinity</v>"),
        (SHEET, "<v>7777</v>", f"<v>{'9' * 5_000}</v>"),
        (SHEET, "</sheetData>", '</sheetData><mergeCell ref="nothing"/>'),
        (SHEET, "</sheetData>", "</sheetData><mergeCell/>"),
        (SHEET, "</sheetData>", '</sheetData><mergeCell ref="A1:B9999999"/>'),
        (SHEET, "</sheetData>", '</sheetData><mergeCell ref="C9:A1"/>'),
        ("xl/workbook.xml", "<sheets>", '<sheets><sheet name="x" sheetId="7" state="odd"/>'),
    ],
)
def test_whatever_makes_the_reader_stumble_is_damage_at_the_field_and_a_line_in_the_log(
    part, old, new, client_of, municipal, school, caplog
):
    response = upload(client_of(municipal), by_hand(part, old, new))
    assert (response.status_code, errors(response)) == (400, {"file": [DAMAGED]})
    assert [record.getMessage() for record in caplog.records if record.name == "portal.workbooks"] == [
        "a workbook made its reader stumble"
    ]


def test_what_stumbles_over_a_table_that_was_read_is_damage_too(client_of, municipal, school, monkeypatch):
    """Nothing is known to do so; that it ends as a message is what this asks."""
    monkeypatch.setattr(enrolment, "_find_columns", lambda sheet: sheet.nothing)
    response = upload(client_of(municipal), workbook([("perspektiva", NUMBERS)]))
    assert (response.status_code, errors(response)) == (400, {"file": [DAMAGED]})


def test_a_format_of_half_a_megabyte_is_refused_before_it_is_read(client_of, municipal, school):
    """It took a worker half a minute."""
    formats = f'<numFmts count="1"><numFmt numFmtId="164" formatCode="{"[Red" * 100_000}"/></numFmts>'
    response = upload(client_of(municipal), by_hand("xl/styles.xml", "<fonts", f"{formats}<fonts"))
    said = (
        "The workbook is built as no office program builds one, so it was not opened. "
        "Copy the numbers into a fresh template."
    )
    assert (response.status_code, errors(response)) == (400, {"file": [said]})


@pytest.mark.parametrize("name", ["а" * 300 + ".xlsx", "\u202eslx.exe", "../../etc/passwd", "=1+1.xlsx", "a\x00b.xlsx"])
def test_any_name_of_a_file_is_taken(name, client_of, municipal, school):
    client = client_of(municipal)
    response = upload(client, workbook([("perspektiva", NUMBERS)], name))
    assert response.status_code == 302
    assert client.get(response.url).status_code == 200


def test_a_workbook_in_which_two_sheets_are_filled_is_not_stored(client_of, municipal, school):
    book = load_workbook(workbook([("perspektiva", NUMBERS)]))
    book.active.title, book.active.sheet_state = "Исходный", "hidden"
    book.active = book.copy_worksheet(book.active)
    book.active.title, book.active.sheet_state = "Исправленный", "visible"
    content = io.BytesIO()
    book.save(content)
    response = upload(client_of(municipal), SimpleUploadedFile("a.xlsx", content.getvalue()))
    assert (response.status_code, errors(response)) == (
        400,
        {
            "file": [
                "More than one sheet is filled: “Исходный” (hidden), “Исправленный”. Which one is meant cannot be "
                "guessed: leave one sheet in the workbook, or copy the numbers into a fresh template."
            ]
        },
    )
    assert EnrolmentUpload.objects.count() == 0


def test_a_form_with_two_files_is_refused(client_of, municipal, school):
    files = [workbook([("perspektiva", NUMBERS)]) for _ in range(2)]
    assert upload(client_of(municipal), files).status_code == 400
    assert EnrolmentUpload.objects.count() == 0


def test_what_was_passed_over_is_said(client_of, municipal, school, second_school):
    client = client_of(municipal)
    response = upload(client, workbook([("perspektiva", NUMBERS), ("tomsk-2", [None] * 11)]))
    assert [str(message) for message in client.get(response.url).context["messages"]] == [
        "1 row without any number is left out: its school keeps what is known."
    ]


def test_a_school_changed_meanwhile_stops_the_upload_and_is_named(client_of, municipal, coordinator, school):
    client = client_of(municipal)
    response = upload(client, workbook([("perspektiva", NUMBERS)]))
    client_of(coordinator).post(address(school), typed(version="1", grade_1="31"))
    assert [change.school for change in client.get(response.url).context["preview"].conflicts] == [school]
    refused = client.post(response.url)
    assert refused.status_code == 409
    assert "Школа «Перспектива»" in refused.context["refusal"]
    assert Enrolment.objects.get(school=school).grade_1 == 31


def test_the_preview_speaks_russian(client_of, municipal, school):
    client = client_of(municipal, language="ru")
    response = upload(client, workbook([("perspektiva", NUMBERS)]))
    assert client.get(response.url).status_code == 200


def test_who_may_upload(client_of, people):
    found = {who: client_of(user).get("/enrolment/").status_code for who, user in people.items()}
    allowed = {"operator", "municipal", "another municipal", "foreign operator", "foreign municipal"}
    assert found == {who: 200 if who in allowed else 403 for who in people}


def test_an_upload_is_seen_by_its_author_alone(client_of, municipal, operator, coordinator, school):
    page = upload(client_of(municipal), workbook([("perspektiva", NUMBERS)])).url
    others = [client_of(user) for user in (operator, coordinator)]
    assert [client.get(page).status_code for client in others] == [404, 404]
    assert [client.post(page).status_code for client in others] == [404, 404]
    assert client_of(operator).get("/enrolment/").context["uploads"].count() == 0
    assert Enrolment.objects.get().grade_1 == 25


# --- The template ----------------------------------------------------------------------------


def test_the_template_of_a_municipality_holds_its_schools_and_comes_back(
    client_of, municipal, school, second_school, village_school
):
    client = client_of(municipal)
    response = client.get("/enrolment/template.xlsx", {"year": "2019-2020"})
    content = b"".join(response.streaming_content)
    sheet = load_workbook(io.BytesIO(content)).active
    assert [row[0].value for row in sheet.iter_rows(min_row=HEAD_ROW + 1)] == ["perspektiva", "tomsk-2"]
    assert unquote(response["Content-Disposition"]).endswith("2019-2020 город Томск.xlsx")
    answer = upload(client, SimpleUploadedFile("a.xlsx", content))
    assert answer.status_code == 302
    assert client.get(answer.url).context["preview"].unchanged == 1


@pytest.mark.parametrize("year", ["2029-2030", "2019/2020", "9" * 40, "-1", "x"])
def test_a_template_of_an_unknown_year_does_not_exist(year, client_of, municipal):
    assert client_of(municipal).get("/enrolment/template.xlsx", {"year": year}).status_code == 404


def test_a_school_gets_no_template(client_of, coordinator):
    assert client_of(coordinator).get("/enrolment/template.xlsx").status_code == 403


@pytest.mark.parametrize("page", ["-1", "x", "9" * 40, "0", "2"])
def test_any_page_of_a_preview_is_answered(page, client_of, municipal, school):
    client = client_of(municipal)
    response = upload(client, workbook([("perspektiva", NUMBERS)]))
    assert client.get(response.url, {"page": page}).status_code == 200


# --- Many rows -------------------------------------------------------------------------------


def schools_of(municipality, number):
    rows = [
        School(
            region=municipality.region,
            municipality=municipality,
            code=f"many-{n}",
            name=f"Лицей № {n}",
            official_name=f"Школа {n}",
        )
        for n in range(number)
    ]
    School.objects.bulk_create(rows)
    return [(row.code, NUMBERS) for row in rows]


def test_the_pages_ask_as_much_of_the_database_for_many_rows_as_for_few(
    client_of, municipal, tomsk, queries_of, school, second_school
):
    client = client_of(municipal)
    few = upload(client, workbook([("perspektiva", NUMBERS)])).url
    many = upload(client, workbook(schools_of(tomsk, 400))).url
    addresses = [few, many, "/enrolment/", address(school), "/enrolment/template.xlsx", f"/schools/{school.pk}/"]
    counts = [len(queries_of(lambda page=page: client.get(page))) for page in addresses]
    assert counts[0] == counts[1]
    assert max(counts[:5]) <= 10
    assert counts[5] <= 15


def test_a_workbook_of_2000_schools_is_looked_over_and_applied(client_of, operator, tomsk):
    client = client_of(operator)
    file = workbook(schools_of(tomsk, 2_000))
    client.get("/enrolment/")
    response = upload(client, file)
    page = client.get(response.url)
    assert page.context["preview"].new == 2_000
    assert client.post(response.url).status_code == 302
    assert Enrolment.objects.count() == 2_000
