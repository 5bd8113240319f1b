"""Which prescriptions are in the files, and what is said about files that are bad."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.terminal.files import FILE_BYTES_MAX, BadFile, Item, canonical, find, open_file
from tests.terminal.artificial import document, written


def opened(path: Path) -> list[Item | BadFile]:
    files, bad = find([path])
    return [*bad, *(item for file in files for item in open_file(file))]


def test_a_folder_gives_its_json_files_in_order_and_each_once(tmp_path: Path) -> None:
    for name in ("b.json", "a.JSON", "sub/c.json", "notes.txt"):
        written(tmp_path, name, document())
    files, bad = find([tmp_path, tmp_path / "b.json"])
    assert [file.path.name for file in files] == ["a.JSON", "b.json", "c.json"]
    assert bad == []


def test_a_list_is_taken_apart_and_a_single_one_has_no_number(tmp_path: Path) -> None:
    path = written(tmp_path, "list.json", [document(1), document(2), 5])
    places = [(item.place, item.document) for item in opened(path) if isinstance(item, Item)]
    assert [place for place, _ in places] == [1, 2, 3]
    (alone,) = opened(written(tmp_path, "one.json", document()))
    assert isinstance(alone, Item)
    assert alone.place == 0


def test_the_shares_of_a_file_are_its_size(tmp_path: Path) -> None:
    path = written(tmp_path, "list.json", [document(n) for n in range(3)])
    assert sum(item.share for item in opened(path)) == pytest.approx(path.stat().st_size)


@pytest.mark.parametrize(
    ("content", "place", "reason"),
    [
        (b'{"a": 1', "line 1, column 8", "not valid JSON"),
        (b"", "", "The file is empty"),
        (b" \n", "", "The file is empty"),
        (b"[]", "", "The list is empty"),
        ("Nguyễn".encode("utf-16"), "byte 1", "not UTF-8"),
        (b'{"a": 1, "a": 2}', "a", "twice"),
        (b"[" * 100_000, "", "nested too deeply"),
        (b'{"a": NaN}', "", "not a number"),
        (json.dumps([{}] * 10_001).encode(), "", "more than 10000"),
        (b" " * FILE_BYTES_MAX + b"{}", "", "larger than 16 MiB"),
    ],
    ids=["json", "empty", "blank", "list", "utf-16", "twice", "deep", "nan", "many", "large"],
)
def test_of_a_bad_file_nothing_is_taken(
    tmp_path: Path, content: bytes, place: str, reason: str
) -> None:
    (bad,) = opened(written(tmp_path, "bad.json", content))
    assert isinstance(bad, BadFile)
    assert bad.problem.path == place
    assert reason in bad.problem.message_en
    assert bad.problem.message_vi


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (missing,) = opened(tmp_path / "none.json")
    (nothing,) = opened(tmp_path / "empty")
    (device,) = opened(Path("/dev/null"))
    for bad in (missing, nothing, device):
        assert isinstance(bad, BadFile)
    assert "no such file" in missing.problem.message_en  # type: ignore[union-attr]
    assert "no .json file" in nothing.problem.message_en  # type: ignore[union-attr]


def test_a_byte_order_mark_is_no_matter(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + json.dumps(document()).encode()
    (item,) = opened(written(tmp_path, "bom.json", content))
    assert isinstance(item, Item)


def test_canonical_bytes_do_not_depend_on_the_order() -> None:
    assert canonical({"b": [1, 2], "a": "ễ"}) == canonical({"a": "ễ", "b": [1, 2]})
    assert canonical([1, 2]) != canonical([2, 1])
