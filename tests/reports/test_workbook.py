"""The workbook: what Excel shows is what the database says, and nothing that people typed breaks it."""

import zipfile
from datetime import UTC, date, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.workbooks.writing import cell_text
from reports.tables import summary
from reports.tables.table import Column, Row, Table, Type
from reports.writers import excel

HEAD = excel.Head("Сводный отчёт", "Осень 2019", datetime(2019, 11, 6, 3, 0, tzinfo=UTC), "версия 1", "ab" * 32)


@pytest.fixture
def written(log, campaign, tmp_path):
    path = tmp_path / "summary.xlsx"
    excel.write(summary.summary_tables(campaign), HEAD, path)
    return path


def sheet_of(path, table_code, campaign, values=True):
    place = [table.code for table in summary.summary_tables(campaign)].index(table_code)
    return openpyxl.load_workbook(path, data_only=values).worksheets[place]


def rows_below_head(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)]


def one(tmp_path, columns, rows, total=None, **more):
    path = tmp_path / "one.xlsx"
    excel.write([Table("t", "Лист", columns, rows, total, **more)], HEAD, path)
    return path


def test_totals_equal_sums_over_the_events_themselves(written, log, campaign):
    accepted = [event for event in log.events if event.status == "accepted"]
    submitted = [event for event in log.events if event.status == "submitted"]
    expected = [
        len(accepted),
        len(submitted),
        sum(event.participants for event in accepted),
        sum(event.participants for event in submitted),
    ]
    for code, first in (("municipalities", 1), ("schools", 2), ("formats", 2), ("kinds", 1), ("days", 1)):
        rows = rows_below_head(sheet_of(written, code, campaign))
        totals = [row for row in rows if row[first : first + 4] == expected]
        assert totals, code


def test_every_event_stands_in_the_rows_too(written, log, campaign):
    rows = rows_below_head(sheet_of(written, "schools", campaign))
    per_school = {row[1]: row[2:6] for row in rows if row[1]}
    for name in {event.school.name for event in log.events}:
        own = [event for event in log.events if event.school.name == name]
        assert per_school[name] == [
            sum(event.status == "accepted" for event in own),
            sum(event.status == "submitted" for event in own),
            sum(event.participants for event in own if event.status == "accepted"),
            sum(event.participants for event in own if event.status == "submitted"),
        ]


def test_totals_that_add_up_are_formulas_that_carry_their_values(written, campaign):
    formulas = sheet_of(written, "municipalities", campaign, values=False)
    values = sheet_of(written, "municipalities", campaign)
    total = next(
        row for row in formulas.iter_rows(min_row=5) if isinstance(row[3].value, str) and row[3].value[0] == "="
    )
    assert total[3].value == f"=SUM(D5:D{total[3].row - 1})"
    assert values[total[3].coordinate].value == sum(values.cell(number, 4).value for number in range(5, total[3].row))


def test_events_by_place_are_totalled_by_value_alone(written, campaign):
    sheet = sheet_of(written, "municipalities", campaign, values=False)
    total = next(row for row in sheet.iter_rows(min_row=5) if isinstance(row[3].value, str) and row[3].value[0] == "=")
    assert [total[1].value, total[2].value] == [5, 3]


def test_sheets_are_ready_to_read_and_to_print(written):
    book = openpyxl.load_workbook(written)
    for sheet in book:
        assert sheet.freeze_panes
        assert sheet.print_title_rows == "$4:$4"
        assert sheet.page_setup.orientation == "landscape"
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
        assert "&P / &N" in sheet.oddFooter.right.text
        assert "версия 1" in sheet.oddFooter.left.text
        assert len(sheet.title) <= 31
        assert all(dimension.width > 5 for dimension in sheet.column_dimensions.values())


def test_the_last_sheet_says_what_the_figures_mean_and_when_they_were_taken(written, campaign):
    text = "\n".join(str(cell.value) for row in sheet_of(written, "definitions", campaign).iter_rows() for cell in row)
    assert "06.11.2019 03:00" in text
    assert "ab" * 32 in text
    assert "Осень 2019" in text


def test_a_share_shows_what_it_is_a_share_of_and_never_claims_too_much(tmp_path):
    columns = (Column("low", "не менее", Type.SHARE), Column("high", "не более", Type.SHARE_UP))
    sheet = openpyxl.load_workbook(one(tmp_path, columns, (Row(((2, 3), (2, 3))),))).active
    assert [sheet["A5"].value, sheet["B5"].value] == [0.666, 0.667]
    assert sheet["A5"].number_format.startswith('0.0%"')
    assert sheet["A5"].number_format.endswith(' 3"')


def test_days_are_days_and_numbers_are_numbers(tmp_path):
    columns = (Column("day", "День", Type.DATE), Column("n", "Число"), Column("part", "Доля", Type.DECIMAL))
    sheet = openpyxl.load_workbook(one(tmp_path, columns, (Row((date(2019, 9, 13), -12_345, 1.5)),))).active
    assert (sheet["A5"].value, sheet["A5"].number_format) == (datetime(2019, 9, 13), "dd.mm.yyyy")
    assert (sheet["B5"].value, sheet["B5"].number_format) == (-12_345, "#,##0")
    assert sheet["C5"].value == 1.5


@pytest.mark.parametrize("text", ["=1+1", "=SUM(A1:A9)", "+7 3822", "-5", "@cmd", '=HYPERLINK("http://x")'])
def test_text_that_looks_like_a_formula_stays_text(tmp_path, text):
    cell = openpyxl.load_workbook(one(tmp_path, (Column("t", text, Type.TEXT),), (Row((text,)),))).active["A5"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)


def test_codes_keep_their_zeros(tmp_path):
    cell = openpyxl.load_workbook(one(tmp_path, (Column("t", "Код", Type.TEXT),), (Row(("00123",)),))).active["A5"]
    assert (cell.value, cell.data_type) == ("00123", "s")


def test_control_characters_and_surrogates_are_dropped_and_long_text_is_cut(tmp_path):
    columns = (Column("t", "Текст", Type.TEXT), Column("u", "Текст", Type.TEXT))
    row = Row(("a\x00b\x0bc\ud800d\uffffe", "ы" * 40_000))
    sheet = openpyxl.load_workbook(one(tmp_path, columns, (row,))).active
    assert (sheet["A5"].value, len(sheet["B5"].value)) == ("abcde", 32_767)


@given(st.text(max_size=60), st.lists(st.text(max_size=40), max_size=3))
def test_any_title_becomes_a_name_that_a_sheet_may_have(title, others):
    taken = []
    for other in [*others, title, title]:
        name = excel.sheet_name(other, taken)
        assert 0 < len(name) <= 31
        assert not set(name) & set("[]:*?/\\")
        assert name.casefold() not in {known.casefold() for known in taken}
        taken.append(name)


@given(st.text(max_size=200))
def test_any_text_is_written_and_read_back(tmp_path, text):
    sheet = openpyxl.load_workbook(one(tmp_path, (Column("t", text, Type.TEXT),), (Row((text,)),))).active
    assert (sheet["A5"].value or "") == cell_text(text).replace("\r\n", "\n").replace("\r", "\n")


def test_the_same_tables_give_the_same_bytes_whenever_they_are_written(log, campaign, tmp_path, clock):
    found = summary.summary_tables(campaign)
    for name, moment in (("a.xlsx", "2019-11-06 10:00"), ("b.xlsx", "2020-01-09 11:11")):
        clock(moment)
        excel.write(found, HEAD, tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_an_empty_campaign_gives_a_whole_workbook(campaign, tmp_path):
    path = tmp_path / "empty.xlsx"
    excel.write(summary.summary_tables(campaign), HEAD, path)
    assert len(openpyxl.load_workbook(path).sheetnames) == 10
    assert zipfile.ZipFile(path).testzip() is None


def test_a_sheet_is_told_of_as_it_is_written(log, campaign, tmp_path):
    told = []
    found = summary.summary_tables(campaign)
    excel.write(found, HEAD, tmp_path / "x.xlsx", lambda: told.append(1))
    assert len(told) == len(found) + 1


def test_both_bounds_of_coverage_are_the_same_on_every_sheet(written, campaign):
    """An "at most" is rounded up wherever it stands."""
    key = {row[0]: row for row in rows_below_head(sheet_of(written, "key_figures", campaign))}
    shares = {cell for row in key.values() for cell in row[3:5] if cell is not None}
    total = next(row for row in rows_below_head(sheet_of(written, "municipalities", campaign)) if row[1:3] == [5, 3])
    assert {total[-3], total[-2]} <= shares
    assert (total[-3], total[-2]) == (0.142, 0.159)
