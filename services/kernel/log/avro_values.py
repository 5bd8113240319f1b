"""Single values of Avro on the wire, both ways: what the generated code calls.

Reading takes the record `b` and a place `p` in it, and gives the value and the place behind it.
A place behind the end needs no check of its own: the next `b[p]` raises IndexError, and the last
place must be the end of the record. A number has one spelling, the shortest.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal
from struct import Struct
from typing import Any, TypeVar

K = TypeVar("K")
V = TypeVar("V")

KEPT_MAX = 4096

EPOCH, _MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
_EPOCH_ORDINAL = EPOCH.toordinal()

double_bytes = Struct("<d").pack
double_at = Struct("<d").unpack_from
_three_pairs = Struct("<HHH").unpack_from

# Fourteen bits of a number: as its last bytes (one or two), and as two bytes with more to come.
_LAST = [bytes((n,)) if n < 128 else bytes((n & 127 | 128, n >> 7)) for n in range(1 << 14)]
_MORE = [bytes((low, high)) for high in range(128, 256) for low in range(128, 256)]
COUNTS = _LAST[::2]
"""What a number from 0 to 8191 looks like: lengths, counts, small ints."""

SMALL = tuple(n >> 1 ^ -(n & 1) for n in range(128))
"""Numbers of one byte by that byte."""

# By the first byte of a length: how far it and what it measures reach. 0: it is not such a length.
SHORT = tuple(0 if n & 129 else 1 + n // 2 for n in range(256))
MIDDLE = tuple(2 + (n - 128) // 2 if n & 129 == 128 else 0 for n in range(256))


class DamagedError(ValueError):
    """The bytes are not what the schema says."""


class Kept(dict[K, V]):
    """A table of values met before; it is emptied when it is full."""

    def keep(self, key: K, value: V) -> V:
        if len(self) >= KEPT_MAX:
            self.clear()
        self[key] = value
        return value


# Numbers


def _varint_at(b: bytes, p: int) -> tuple[int, int]:
    """A number whose zigzag is not undone."""
    n = shift = 0
    while (byte := b[p]) > 127:
        n |= (byte & 127) << shift
        shift += 7
        p += 1
        if shift > 63:
            raise DamagedError("a number has more than 64 bits")
    n |= byte << shift
    if (byte == 0 and shift) or n >> 64:
        raise DamagedError("a number is not written as numbers are")
    return n, p + 1


def long_at(b: bytes, p: int) -> tuple[int, int]:
    n, p = _varint_at(b, p)
    return n >> 1 ^ -(n & 1), p


def int_at(b: bytes, p: int) -> tuple[int, int]:
    n, p = _varint_at(b, p)
    if n >> 32:
        raise DamagedError("an int has more than 32 bits")
    return n >> 1 ^ -(n & 1), p


def block_at(b: bytes, p: int) -> tuple[int, int, int]:
    """The number of items of a block, the place of the first, and where it must end.

    The end is 0 for a block that does not tell its size.
    """
    n, p = long_at(b, p)
    if n >= 0:
        return n, p, 0
    size, p = long_at(b, p)
    if size < 0:
        raise DamagedError("a length is negative")
    return -n, p, p + size


def long_bytes(n: int) -> bytes:
    """A number; more than 64 bits raise ValueError."""
    if n >> 63 not in (0, -1):
        raise ValueError(f"{n} has more than 64 bits")
    rest = n << 1 ^ n >> 63
    pieces = []
    while rest >> 14:
        pieces.append(_MORE[rest & 0x3FFF])
        rest >>= 14
    return b"".join((*pieces, _LAST[rest]))


def int_bytes(n: int) -> bytes:
    if n >> 31 not in (0, -1):
        raise ValueError(f"{n} has more than 32 bits")
    return long_bytes(n)


# Bytes and text


def bytes_at(b: bytes, p: int) -> tuple[bytes, int]:
    """Bytes of any length."""
    n, p = long_at(b, p)
    if n < 0:
        raise DamagedError("a length is negative")
    return b[p : p + n], p + n


def text_at(b: bytes, p: int) -> tuple[str, int]:
    """Text of any length, without the character U+0000, which Postgres cannot keep."""
    raw, p = bytes_at(b, p)
    text = raw.decode()
    if "\0" in text:
        raise DamagedError("a text holds the character U+0000")
    return text, p


def key_reader() -> tuple[Kept[bytes, str], Callable[[bytes, int], tuple[str, int]]]:
    """A table of a map's keys by their bytes, length included, and what reads the others."""
    kept = Kept[bytes, str]()

    def key_at(b: bytes, p: int) -> tuple[str, int]:
        key, end = text_at(b, p)
        if SHORT[b[p]] and end <= len(b):
            kept.keep(b[p:end], key)
        return key, end

    return kept, key_at


# Days and moments


def day_at(b: bytes, p: int) -> tuple[date, int]:
    n, p = int_at(b, p)
    return date.fromordinal(n + _EPOCH_ORDINAL), p


def day_bytes(day: date) -> bytes:
    return int_bytes(day.toordinal() - _EPOCH_ORDINAL)


def moment_reader() -> tuple[Kept[bytes, datetime], Callable[[bytes, int], tuple[datetime, int]]]:
    """A table of moments by their six bytes (1970 to 2039), and what reads the others."""
    kept = Kept[bytes, datetime]()

    def moment_at(b: bytes, p: int) -> tuple[datetime, int]:
        if p + 6 <= len(b):
            f, g, h = _three_pairs(b, p)
            if f & g & 0x8080 == 0x8080 and h & 0x8080 == 0x80 and h > 0xFF and not f & 1:
                n = (f & 127 | f >> 1 & 0x3F80) | (g & 127 | g >> 1 & 0x3F80) << 14
                n |= (h & 127 | h >> 1 & 0x3F80) << 28
                # exact: a double holds seconds up to 2039 with a quarter of a microsecond
                moment = datetime.fromtimestamp((n >> 1) / 1000, UTC)
                return kept.keep(b[p : p + 6], moment), p + 6
        n, p = long_at(b, p)
        return EPOCH + n * _MILLISECOND, p

    return kept, moment_at


def moment_writer() -> Callable[[datetime], bytes]:
    """What writes moments; less than a millisecond is cut off.

    The last one is kept: the moments of one event are often the same.
    """
    last = EPOCH, b"\0"

    def moment_bytes(moment: datetime) -> bytes:
        nonlocal last
        before, found = last
        if moment != before:
            since = moment - EPOCH
            n = (since.days * 86400 + since.seconds) * 2000 + since.microseconds // 1000 * 2
            if 1 << 28 <= n < 1 << 42:
                found = _MORE[n & 16383] + _MORE[n >> 14 & 16383] + _LAST[n >> 28]
            else:
                found = long_bytes(n >> 1)
            last = moment, found
        return found

    return moment_bytes


# Decimals


def decimal_reader(
    precision: int, scale: int
) -> tuple[Kept[bytes, Decimal], Callable[[bytes, int], tuple[Decimal, int]]]:
    """A table of decimals by their bytes, length included, and what reads the others."""
    kept = Kept[bytes, Decimal]()
    context, limit = Context(prec=precision), 10**precision

    def decimal_at(b: bytes, p: int) -> tuple[Decimal, int]:
        raw, end = bytes_at(b, p)
        unscaled = int.from_bytes(raw, "big", signed=True)
        if abs(unscaled) >= limit:
            raise DamagedError(f"a decimal has more than {precision} digits")
        found = Decimal(unscaled).scaleb(-scale, context)
        if SHORT[b[p]] and end <= len(b):
            kept.keep(b[p:end], found)
        return found, end

    return kept, decimal_at


def decimal_writer(
    precision: int, scale: int
) -> tuple[Kept[str, bytes], Callable[[Decimal], bytes]]:
    """A table of decimals by their text, and what writes the others."""
    kept = Kept[str, bytes]()
    context = Context(prec=precision)

    def decimal_bytes(value: Decimal) -> bytes:
        exponent: Any = value.as_tuple().exponent
        if exponent < -scale:
            raise ValueError(f"{value} has more than {scale} decimal places")
        if value and value.adjusted() + scale >= precision:
            raise ValueError(f"{value} has more than {precision} digits")
        unscaled = int(value.scaleb(scale, context))
        raw = unscaled.to_bytes((abs(unscaled).bit_length() + 8) // 8, "big", signed=True)
        return kept.keep(str(value), COUNTS[len(raw)] + raw)

    return kept, decimal_bytes
