"""Quantities in Vietnamese words."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vietnam_drafts import QUICK

from services.vietnam.number_words import in_words, says

quantities = st.decimals(
    min_value=0, max_value=999_999_999, places=3, allow_nan=False, allow_infinity=False
)


@pytest.mark.parametrize(
    ("quantity", "words"),
    [
        ("0", "không"),
        ("5", "năm"),
        ("10", "mười"),
        ("15", "mười lăm"),
        ("21", "hai mươi mốt"),
        ("25", "hai mươi lăm"),
        ("105", "một trăm linh năm"),
        ("111", "một trăm mười một"),
        ("1005", "một nghìn không trăm linh năm"),
        ("20000", "hai mươi nghìn"),
        ("1000001", "một triệu không trăm linh một"),
        ("2.500", "hai phẩy năm"),
        ("0.05", "không phẩy không năm"),
    ],
)
def test_words_of_a_quantity(quantity: str, words: str) -> None:
    assert in_words(Decimal(quantity)) == words


@QUICK
@given(quantities)
def test_words_say_their_quantity(quantity: Decimal) -> None:
    assert says(in_words(quantity).upper() + " Viên", quantity, "viên")


@QUICK
@given(quantities, quantities)
def test_words_do_not_say_another_quantity(one: Decimal, other: Decimal) -> None:
    assert says(in_words(one), other) is (one == other)


@pytest.mark.parametrize(
    ("words", "quantity"),
    [
        ("Hai mươi nhăm viên", "25"),
        ("hai mươi tư", "24"),
        ("một trăm lẻ bẩy", "107"),
        ("một ngàn linh năm", "1005"),
    ],
)
def test_regional_spellings_say_the_same(words: str, quantity: str) -> None:
    assert says(words, Decimal(quantity), "viên")


@pytest.mark.parametrize("quantity", ["-1", "1000000000", "NaN"])
def test_what_has_no_words_is_refused(quantity: str) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        in_words(Decimal(quantity))
