"""The 14-character code: every spelling in, one form out, and middles without a bias."""

from __future__ import annotations

import hashlib
import re
from collections import Counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from vietnam_drafts import QUICK

from services.vietnam.prescription_code import MIDDLES, MalformedCodeError, mint, parse

ALNUM = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
facilities = st.text(ALNUM, min_size=5, max_size=5)
middles = st.text(ALNUM, min_size=7, max_size=7)
types = st.sampled_from("cnhytCNHYT")


@QUICK
@given(facilities, middles, types)
def test_any_spelling_reads_as_its_canonical_form_and_keeps_the_original(
    facility: str, middle: str, kind: str
) -> None:
    text = f"{facility}{middle}-{kind}"
    code = parse(f"  {text}\n")
    assert str(code) == text.lower()
    assert code.original == f"  {text}\n"
    assert code == parse(text.upper()) == parse(str(code))
    assert code.belongs_to(facility.upper())
    assert code.belongs_to(facility.lower())


@QUICK
@given(st.text(max_size=20))
def test_whatever_is_not_a_code_is_refused_with_a_reason_in_both_languages(text: str) -> None:
    assume(re.fullmatch(r"[0-9A-Za-z]{12}-[cnhytCNHYT]", text.strip()) is None)
    with pytest.raises(MalformedCodeError) as malformed:
        parse(text)
    assert malformed.value.message_vi
    assert malformed.value.message_en


@pytest.mark.parametrize(
    "text",
    [
        "",
        "01901abcdefg-c-",
        "01901abcdef-cc",
        "01901abcdefgc-",
        "01901abcdefg–c",  # an en dash
        "0190١abcdefg-c",  # an Arabic digit
        "01901abcdef\u212a-c",  # the Kelvin sign, whose lower case is k
        "01901abcdefg-\u0441",  # a Cyrillic es
        "01901abc\u0000efg-c",
    ],
)
def test_look_alikes_are_not_codes(text: str) -> None:
    with pytest.raises(MalformedCodeError):
        parse(text)


@QUICK
@given(facilities, types, st.binary(min_size=16, max_size=64))
def test_a_minted_code_is_canonical_and_of_its_facility_and_type(
    facility: str, kind: str, digest: bytes
) -> None:
    text = mint(facility, kind, digest)
    code = parse(text)
    assert text == str(code)
    assert code.belongs_to(facility)
    assert code.type == kind.lower()
    assert mint(facility, kind, digest) == text


def test_the_ends_of_the_range_are_reached() -> None:
    def middle_of(number: int) -> str:
        return parse(mint("01901", "c", number.to_bytes(16, "big"))).middle

    assert middle_of(0) == "0000000"
    assert middle_of(MIDDLES - 1) == "zzzzzzz"
    assert middle_of(MIDDLES) == "0000000"


def test_every_character_comes_up_equally_often_in_every_place() -> None:
    """Chi-squared with 35 degrees of freedom stays below its 1-in-100,000 bound (85) each time."""
    drawn = [
        parse(mint("01901", "c", hashlib.sha256(str(i).encode()).digest())).middle
        for i in range(10_000)
    ]
    expected = len(drawn) / 36
    for place in range(7):
        counts = Counter(middle[place] for middle in drawn)
        assert len(counts) == 36
        assert sum((count - expected) ** 2 / expected for count in counts.values()) < 85


@pytest.mark.parametrize(
    ("facility", "kind", "digest"),
    [("0190", "c", bytes(16)), ("01901", "x", bytes(16)), ("01901", "c", bytes(15))],
)
def test_nothing_is_minted_from_a_bad_facility_type_or_too_few_bytes(
    facility: str, kind: str, digest: bytes
) -> None:
    with pytest.raises(ValueError):
        mint(facility, kind, digest)
