"""Where a reader is: in a list that is read page by page, and in what is new for a facility. Pure.

A cursor is a text that only we read: its version, what it stands for, and a checksum, so that one
that was cut short or mixed up is refused instead of leaving something out. What it points to are
places in the log and moments, never rows: it holds for years, and after a rebuild.
"""

from __future__ import annotations

import base64
import heapq
import zlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, TypeVar

import msgspec

from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import TimeTicked
from services.registry.places import InBook, OfPatient, Seen

VERSION = 1
CURSOR_CHARS_MAX = 6_000
CHECKSUM_BYTES = 4
OFFSET_MAX = 2**63 - 2

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Parts = TypeVar("Parts")


class CursorError(ValueError):
    """This text is no cursor of ours, or not one for this question."""


def of_patient(place: OfPatient) -> str:
    """The cursor of a place in a patient's prescriptions."""
    return _written("p", (_micros(place.issued_at), place.code))


def in_patient(text: str) -> OfPatient:
    """The place; raises CursorError."""
    micros, code = _read("p", text, tuple[int, str])
    return OfPatient(_moment(micros), code)


def of_book(place: InBook) -> str:
    """The cursor of a place in a day book."""
    return _written("b", (_micros(place.booked_at), *place[1:]))


def in_book(text: str) -> InBook:
    """The place; raises CursorError."""
    micros, partition, offset, code = _read("b", text, tuple[int, int, int, str])
    if not (-1 <= partition < 2**31 and -1 <= offset <= OFFSET_MAX):
        raise CursorError("no such place")
    return InBook(_moment(micros), partition, offset, code)


def of_changes(facility_id: str, seen: Mapping[int, Seen]) -> str:
    """The cursor of what a facility has seen in partitions 0, 1, 2 and so on."""
    places = [
        (seen[partition].offset, seen[partition].code) if seen[partition].code
        else seen[partition].offset
        for partition in sorted(seen)
    ]  # fmt: skip
    return _written("c", (facility_id, places))


def in_changes(text: str, facility_id: str, partitions: int) -> dict[int, Seen]:
    """What the facility has seen of each partition; an empty text stands for nothing yet.

    Raises CursorError, also for the cursor of another facility: going on from it would leave out
    what that one has seen.
    """
    seen = dict.fromkeys(range(partitions), Seen(0, ""))
    if not text:
        return seen
    whose, places = _read("c", text, tuple[str, list[int | tuple[int, str]]])
    if whose != facility_id or len(places) > partitions:
        raise CursorError("the cursor of somebody else")
    for partition, place in enumerate(places):
        seen[partition] = Seen(place, "") if isinstance(place, int) else Seen(*place)
        if not 0 <= seen[partition].offset <= OFFSET_MAX or "\0" in seen[partition].code:
            raise CursorError("no such place")
    return seen


def after(seen: Mapping[int, Seen], news: Iterable[SubmissionJudged]) -> dict[int, Seen]:
    """What is seen once these outcomes, in log order per partition, are."""
    now_seen = dict(seen)
    for outcome in news:
        # only a tick has more than one outcome at its offset
        among_others = outcome.submission == TimeTicked.__name__
        now_seen[outcome.log_partition] = (
            Seen(outcome.log_offset, outcome.prescription_code)
            if among_others
            else Seen(outcome.log_offset + 1, "")
        )
    return now_seen


def in_order(news: Iterable[SubmissionJudged]) -> list[SubmissionJudged]:
    """Outcomes of several partitions by the time of appending; within one, the log's order stands.

    `news` comes partition by partition.
    """
    by_partition = [list(of_one) for _, of_one in groupby(news, key=lambda one: one.log_partition)]
    return list(heapq.merge(*by_partition, key=lambda one: one.recorded_at))


def _written(kind: str, parts: tuple[Any, ...]) -> str:
    body = msgspec.msgpack.encode((VERSION, kind, parts))
    whole = body + zlib.crc32(body).to_bytes(CHECKSUM_BYTES, "big")
    return base64.urlsafe_b64encode(whole).rstrip(b"=").decode()


def _read(kind: str, text: str, parts: type[Parts]) -> Parts:
    try:
        whole = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        body, checksum = whole[:-CHECKSUM_BYTES], whole[-CHECKSUM_BYTES:]
        if zlib.crc32(body).to_bytes(CHECKSUM_BYTES, "big") != checksum:
            raise CursorError("damaged")
        version, its_kind, found = msgspec.msgpack.decode(body, type=tuple[int, str, msgspec.Raw])
        if (version, its_kind) != (VERSION, kind):
            raise CursorError("of another kind or version")
        return msgspec.msgpack.decode(found, type=parts)
    except CursorError:
        raise
    except (ValueError, msgspec.MsgspecError) as error:
        raise CursorError("not readable") from error


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _moment(micros: int) -> datetime:
    try:
        return _EPOCH + micros * _MICROSECOND
    except OverflowError as error:
        raise CursorError("no such moment") from error
