"""Keys and sealing: what was sealed opens again in its place, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.identifiers import Identifier, canonical
from services.identity.sealing import (
    Keyring,
    NotAuthenticError,
    Place,
    WrappedKey,
    joined,
    key_name,
    key_number,
    padded,
    parse_masters,
    seal_fields,
    unpadded,
    unseal_fields,
)
from services.vietnam.identifiers import MalformedIdentifierError

KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))
PLACE = Place("0" * 32, 1, "event-0001")
NONCE = bytes(12)

texts = st.dictionaries(
    st.from_regex(r"[a-z][a-z_.]{0,10}", fullmatch=True), st.text(max_size=300), max_size=5
)


@given(texts)
def test_what_was_sealed_opens_again(fields: dict[str, str]) -> None:
    assert fields == unseal_fields(KEY, PLACE, seal_fields(KEY, PLACE, fields))


@given(texts)
def test_sealing_again_gives_the_same_bytes(fields: dict[str, str]) -> None:
    assert seal_fields(KEY, PLACE, fields) == seal_fields(KEY, PLACE, fields)


def test_the_bytes_never_change() -> None:
    """A retry after an upgrade must be recognised as the same submission."""
    sealed = seal_fields(KEY, PLACE, {"patient.full_name": "BỆNH NHÂN MẪU 0042"})
    assert sealed["patient.full_name"].hex() == (
        "d4677986997abe795724409ce04d8f41f525c7be838bd84afc686febc768b0b11e2b99da99f54422a20129016b8adc4d"
    )


@given(st.text(max_size=40), st.data())
def test_one_flipped_bit_is_enough(text: str, data: st.DataObject) -> None:
    sealed = bytearray(seal_fields(KEY, PLACE, {"name": text})["name"])
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(NotAuthenticError):
        unseal_fields(KEY, PLACE, {"name": bytes(sealed)})


@pytest.mark.parametrize("cut", [0, 1, 15, 16, 47])
def test_a_shortened_ciphertext_does_not_open(cut: int) -> None:
    sealed = seal_fields(KEY, PLACE, {"name": "x"})["name"]
    with pytest.raises(NotAuthenticError):
        unseal_fields(KEY, PLACE, {"name": sealed[:cut]})


@pytest.mark.parametrize(
    ("key", "place", "name"),
    [
        (OTHER_KEY, PLACE, "name"),
        (KEY, Place("1" * 32, 1, "event-0001"), "name"),
        (KEY, Place("0" * 32, 2, "event-0001"), "name"),
        (KEY, Place("0" * 32, 1, "event-0002"), "name"),
        (KEY, PLACE, "nickname"),
    ],
)
def test_a_moved_ciphertext_does_not_open(key: bytes, place: Place, name: str) -> None:
    sealed = seal_fields(KEY, PLACE, {"name": "BỆNH NHÂN MẪU 0042"})["name"]
    with pytest.raises(NotAuthenticError):
        unseal_fields(key, place, {name: sealed})


def test_equal_texts_look_different_in_different_fields() -> None:
    sealed = seal_fields(KEY, PLACE, {"a": "same", "b": "same"})
    assert sealed["a"] != sealed["b"]


@given(st.binary(max_size=2000))
def test_padding_comes_off_again(data: bytes) -> None:
    assert data == unpadded(padded(data))


def test_short_texts_all_look_equally_long() -> None:
    assert {len(padded(b"x" * n)) for n in range(32)} == {32}
    assert [len(padded(b"x" * n)) for n in (32, 63, 64, 127, 255, 256, 511)] == [
        64,
        64,
        128,
        128,
        256,
        512,
        512,
    ]


@pytest.mark.parametrize("data", [b"", bytes(32), b"x" * 32])
def test_what_was_not_padded_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not padded"):
        unpadded(data)


@given(st.lists(st.text("ab\0", max_size=3), max_size=3), st.lists(st.text("ab\0", max_size=3)))
def test_joined_parts_are_never_mistaken(one: list[str], other: list[str]) -> None:
    assert (joined(*one) == joined(*other)) == (one == other)


def test_wrapped_keys_open_only_in_their_place() -> None:
    keyring = Keyring({1: KEY})
    key = keyring.wrap(OTHER_KEY, "a" * 32, 1, NONCE)
    assert keyring.unwrap(key) == OTHER_KEY
    for wrong in (
        WrappedKey("b" * 32, 1, 1, key.wrapped),
        WrappedKey("a" * 32, 2, 1, key.wrapped),
        WrappedKey("a" * 32, 1, 1, key.wrapped[:-1] + b"\0"),
        WrappedKey("a" * 32, 1, 1, b""),
    ):
        with pytest.raises(NotAuthenticError):
            keyring.unwrap(wrong)
    with pytest.raises(NotAuthenticError):
        Keyring({1: OTHER_KEY}).unwrap(key)


def test_the_newest_master_wraps_and_the_older_still_opens() -> None:
    old, both = Keyring({1: KEY}), Keyring({1: KEY, 2: OTHER_KEY})
    key = old.wrap(OTHER_KEY, "a" * 32, 1, NONCE)
    assert both.unwrap(key) == OTHER_KEY
    assert both.wrap(KEY, "a" * 32, 1, NONCE).master_version == 2
    number = Identifier("citizen", "001085000042")
    assert both.number_hmacs(number)[1] == old.number_hmacs(number)[1]
    assert len(set(both.number_hmacs(number).values())) == 2
    with pytest.raises(KeyError):
        old.unwrap(both.wrap(KEY, "a" * 32, 1, NONCE))


def test_the_derived_keys_have_nothing_in_common() -> None:
    one, two = Keyring({1: KEY}), Keyring({1: OTHER_KEY})
    number = Identifier("citizen", "001085000042")
    values = [one.fingerprints[1], two.fingerprints[1]]
    values += [one.number_hmacs(number)[1], two.number_hmacs(number)[1]]
    assert len(set(values)) == 4
    assert one.number_hmacs(Identifier("passport", "001085000042")) != one.number_hmacs(number)


@pytest.mark.parametrize("masters", [{}, {1: b"short"}])
def test_a_keyring_needs_proper_masters(masters: dict[int, bytes]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Keyring(masters)


def test_master_lines_are_read() -> None:
    assert parse_masters(f"1:{KEY.hex()}\n2:{OTHER_KEY.hex()}") == {1: KEY, 2: OTHER_KEY}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        KEY.hex(),
        f"x:{KEY.hex()}",
        "1:zz",
        f"1:{KEY.hex()}00",
        f"1:{KEY.hex()}\n1:{KEY.hex()}",
    ],
)
def test_other_lines_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_masters(text)


def test_key_names_say_scheme_and_number() -> None:
    assert key_name(3) == "a1.3"
    assert key_number("a1.3") == 3
    for name in ("", "a1", "a2.1", "a1.", "a1.x", "a1.-1", "a1.²", "a1.9999999999"):
        with pytest.raises(ValueError):
            key_number(name)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("citizen", "001085000042", "citizen 001085000042"),
        ("citizen", " 001.085-000 042 ", "citizen 001085000042"),
        ("citizen", "００１０８５００００４２", "citizen 001085000042"),
        ("insurance", "001085000042", "citizen 001085000042"),
        ("health", "001085000042", "citizen 001085000042"),
        ("insurance", "dn4010123456789", "insurance DN4010123456789"),
        ("insurance", "0123456789", "insurance 0123456789"),
        ("former-id", "123456789", "former-id 123456789"),
        ("passport", "n 1234567", "passport N1234567"),
        ("passport", "001085000042", "passport 001085000042"),
        ("unidentified", "17690287-60d6-8b30-965d-a15d6fe2b41e", None),
    ],
)
def test_spellings_of_a_number_are_one(kind: str, text: str, expected: str | None) -> None:
    found = canonical(kind, text)  # type: ignore[arg-type]
    assert expected in (None, f"{found.kind} {found.number}")
    assert found.number not in repr(found)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("citizen", "00108500004"),
        ("citizen", "0010850000421"),
        ("citizen", "00108500004x"),
        ("citizen", "٠٠١٠٨٥٠٠٠٠٤٢"),
        ("former-id", "12345678"),
        ("passport", "N123"),
        ("passport", "NĐ123456"),
        ("insurance", "DN40101234567"),
        ("health", ""),
        ("unidentified", "x"),
    ],
)
def test_other_texts_are_refused_in_both_languages(kind: str, text: str) -> None:
    with pytest.raises(MalformedIdentifierError) as refused:
        canonical(kind, text)  # type: ignore[arg-type]
    assert refused.value.message_vi
    assert refused.value.message_en
    assert not text or text not in str(refused.value)
