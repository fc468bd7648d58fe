"""Search that knows Cyrillic, and text cleaned of what carries nothing."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.models import Event
from portal.models import School
from portal.text import searchable, without_controls
from tests.factories import EventFactory, SchoolFactory


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Ёлка", "елка"),
        ("ЁЛКА", "елка"),
        ("е\u0308лка", "елка"),
        ("  Школа   «Перспектива»\n", "школа «перспектива»"),
        ("ГОРОД\u00a0ТОМСК", "город томск"),
        ("Straße", "strasse"),
    ],
)
def test_case_yo_and_spaces_do_not_matter(text, form):
    assert searchable(text) == form


def test_parts_are_joined_and_empty_ones_left_out():
    assert searchable("Школа", "", "Томск") == "школа томск"


@given(st.text())
def test_the_search_form_of_a_search_form_is_itself(text):
    assert searchable(searchable(text)) == searchable(text)


@given(st.text(alphabet="абвеёжзЁЕЖ №2 "))
def test_a_text_is_found_by_itself_in_any_case(text):
    assert searchable(text.upper()) == searchable(text.lower()) == searchable(text)


@given(st.text())
def test_cleaned_text_has_no_control_characters(text):
    cleaned = without_controls(text)
    assert [char for char in cleaned if unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t"] == []
    assert without_controls(cleaned) == cleaned


def test_line_feeds_and_tabs_stay():
    assert without_controls("a\x00b\x07\tc\nd\ud800\x9f") == "ab\tc\nd"


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["ёлочные игрушки", "ЕЛОЧНЫЕ", "Ёлочные"])
def test_an_event_is_found_in_any_case_with_e_for_yo(typed):
    event = EventFactory(title="Мастерская: Ёлочные игрушки")
    EventFactory(title="Мастерская: гончарный круг")
    assert list(Event.objects.filter(search__contains=searchable(typed))) == [event]


@pytest.mark.django_db
def test_a_school_is_found_by_its_official_name():
    school = SchoolFactory(name="Школа № 7", official_name="МБОУ «Берёзовская СОШ»")
    SchoolFactory(name="Школа № 8", official_name="МБОУ «Сосновская СОШ»")
    assert list(School.objects.filter(search__contains=searchable("БЕРЕЗОВСКАЯ"))) == [school]
