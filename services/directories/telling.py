"""What a load tells people: every line in English and in Vietnamese."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from services.directories.loading import ENDINGS_SHARE, Directory, Loaded, Wishes
from services.directories.publishing import Published
from services.vietnam.registers.cells import BadCell

SHOWN = 20
"""So many keys of each kind are shown in a dry run."""

MARKS = {"new": "+", "changed": "~", "ended": "-"}


def told(
    name: str, directory: Directory[Any], loaded: Loaded[Any], wishes: Wishes
) -> Iterator[str]:
    """The lines about a load, in order."""
    reading, register = loaded.reading, directory.register
    yield from (line for bad in reading.bad for line in bad_cell(bad))
    if reading.bad:
        rows = len({bad.row for bad in reading.bad})
        yield f"{name}: {rows} bad rows. / {rows} dòng sai."
    if loaded.refused == "bad-rows":
        yield (
            "Nothing was loaded: correct the rows and load the file again, or load the others "
            "with --skip-bad."
        )
        yield (
            "Chưa nạp gì: hãy sửa các dòng trên rồi nạp lại, hoặc nạp các dòng khác bằng "
            "--skip-bad."
        )
        return
    yield (
        f"{name}: {reading.rows} rows, {len(reading.entries)} {register.name}. / "
        f"{reading.rows} dòng, {len(reading.entries)} mục."
    )
    yield from _changes(loaded, wishes)
    if loaded.refused == "too-many-endings":
        yield from _too_many_endings(loaded)
        return
    topic, count = directory.topic.name, len(loaded.comparison.changes)
    if wishes.dry_run:
        yield f"Nothing was appended: this was a dry run. / Chạy thử, chưa ghi gì vào {topic}."
    else:
        yield f"{topic}: {count} records appended. / Đã ghi {count} bản ghi."


def bad_cell(bad: BadCell) -> Iterator[str]:
    """One thing wrong: where, what is there, and what to write."""
    place = f"row {bad.row} / dòng {bad.row}" if bad.row else "file / tệp"
    column = f", {bad.column}" if bad.column else ""
    value = f" = {bad.value!r}" if bad.value else ""
    yield f"{place}{column}{value}"
    yield f"    {bad.reason.en}"
    yield f"    {bad.reason.vi}"


def _changes(loaded: Loaded[Any], wishes: Wishes) -> Iterator[str]:
    found = loaded.comparison
    if wishes.dry_run:
        for kind, mark in MARKS.items():
            keys = [change.key for change in found.changes if change.kind == kind]
            yield from (f"  {mark} {key}" for key in keys[:SHOWN])
            if len(keys) > SHOWN:
                yield f"  {mark} … {len(keys) - SHOWN} more / nữa"
    new, changed, ended = (found.count("new"), found.count("changed"), found.count("ended"))
    yield (
        f"{new} new, {changed} changed, {ended} ended, {found.unchanged} unchanged. / "
        f"{new} mới, {changed} thay đổi, {ended} kết thúc, {found.unchanged} giữ nguyên."
    )
    if found.left_alone:
        yield (
            f"{found.left_alone} entries of bad rows stay as they were. / "
            f"{found.left_alone} mục có dòng sai được giữ nguyên."
        )
    if "" in loaded.reading.bad_keys:
        yield (
            "Some bad rows do not say what they are about, so nothing was ended. / "
            "Có dòng sai không rõ thuộc mục nào nên không kết thúc mục nào."
        )


def _too_many_endings(loaded: Loaded[Any]) -> Iterator[str]:
    ended = loaded.comparison.count("ended")
    yield (
        f"Nothing was loaded: the file would end {ended} of {loaded.held} entries, more than "
        f"{ENDINGS_SHARE:.0%}. Is it whole? If these have really ended, add --many-endings; if "
        "the file is only a part of the register, add --partial."
    )
    yield (
        f"Chưa nạp gì: tệp sẽ kết thúc {ended} trong {loaded.held} mục, quá {ENDINGS_SHARE:.0%}. "
        "Tệp có đầy đủ không? Nếu các mục đó đã thật sự kết thúc, hãy thêm --many-endings; nếu "
        "tệp chỉ là một phần danh mục, hãy thêm --partial."
    )


def told_law(name: str, published: Published) -> Iterator[str]:
    """The lines about a law, in order."""
    newest = published.versions[-1] if published.versions else ""
    match published.result:
        case "published":
            yield f"{name} is published, up to version {newest}."
            yield f"Đã công bố {name}, phiên bản mới nhất {newest}."
        case "would-publish":
            yield f"{name} can be published, up to version {newest}. This was a dry run."
            yield f"Có thể công bố {name}, phiên bản mới nhất {newest}. Đây là chạy thử."
        case "unchanged":
            yield f"{name} is the law published last: nothing to do."
            yield f"{name} chính là bản đã công bố: không cần làm gì."
        case "no-law":
            yield f"Nothing was published: {published.problem}"
            yield f"Chưa công bố gì, hãy sửa tệp {name} theo thông báo trên."
        case "past-changed":
            for old, new in published.changed:
                yield f"  {old or '(none / không có)'} -> {new or '(none / không có)'}"
            yield (
                "Nothing was published: a version that was in force never changes. Put the old "
                "entries back and write the change as new entries that begin on a later day."
            )
            yield (
                "Chưa công bố gì: phiên bản đã có hiệu lực không được thay đổi. Hãy trả lại các "
                "mục cũ và ghi thay đổi thành mục mới có hiệu lực từ ngày sau."
            )
