"""Numbers as people type them and as pages show them."""

import unicodedata

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from portal.forms.fields import CountField
from portal.numbers import decimal, percent, spaced, unspaced

SPACES = [char for char in map(chr, range(0x110000)) if unicodedata.category(char) == "Zs"]


def test_there_are_many_kinds_of_space():
    assert {" ", "\u00a0", "\u2007", "\u2009", "\u202f", "\u3000"} <= set(SPACES)


@pytest.mark.parametrize("space", SPACES)
def test_a_thousand_is_taken_with_any_kind_of_space(space):
    assert unspaced(f"1{space}234") == "1234"
    assert unspaced(f"{space}12{space}345{space}678{space}") == "12345678"
    assert CountField().clean(f"1{space}234") == 1234


@given(st.integers(0, 10**12), st.sampled_from(SPACES))
def test_what_is_shown_can_be_typed_back(number, space):
    assert int(unspaced(spaced(number))) == number
    assert int(unspaced(f"{number:,}".replace(",", space))) == number


@given(st.integers(0, 9_999), st.sampled_from(SPACES))
def test_a_count_field_takes_every_number_it_allows(number, space):
    assert CountField().clean(f"{number:,}".replace(",", space)) == number


@given(st.text(max_size=30))
def test_a_count_field_answers_any_text_with_a_number_or_a_message(text):
    try:
        value = CountField().clean(text)
    except ValidationError:
        return
    assert value is None or 0 <= value <= 9_999


@pytest.mark.parametrize("text", ["1 23", "12 3456", "1  234", "1,234", "12.5", "−5", "пять", "1e3", "9" * 400])
def test_what_is_no_whole_number_is_refused(text):
    with pytest.raises(ValidationError) as refused:
        CountField().clean(text)
    assert [error.code for error in refused.value.error_list] == ["invalid"]


@pytest.mark.parametrize(("text", "code"), [("-1", "min_value"), ("10000", "max_value"), ("999999999", "max_value")])
def test_a_number_out_of_bounds_is_refused_with_the_bound(text, code):
    with pytest.raises(ValidationError) as refused:
        CountField().clean(text)
    assert [error.code for error in refused.value.error_list] == [code]


@pytest.mark.parametrize("text", ["", " ", "\u00a0", None])
def test_nothing_typed_is_no_number(text):
    assert CountField().clean(text) is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        ("", "–"),
        (0, "0"),
        (999, "999"),
        (12345, "12\u00a0345"),
        (1234567, "1\u00a0234\u00a0567"),
        (-5, "−5"),
    ],
)
def test_thousands_are_set_apart(value, shown):
    assert spaced(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "–"), (0, "0\u00a0%"), (0.639, "63\u00a0%"), (0.999, "99\u00a0%"), (1, "100\u00a0%")]
)
def test_a_share_never_claims_more_than_it_is(value, shown):
    assert percent(value) == shown


def test_the_decimal_sign_is_a_comma():
    assert decimal(4) == "4,0"
    assert decimal(1234.56, 2) == "1\u00a0234,56"
