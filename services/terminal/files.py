"""Files of the national API's prescriptions (QĐ 808): found, opened, taken apart one by one.

A bad file is told and skipped; of a list, each prescription stands for itself.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from services.vietnam.decision_808 import Problem, UnreadableFileError, read

FILE_BYTES_MAX = 16 * 1024 * 1024
ITEMS_MAX = 10_000


@dataclass(frozen=True)
class Found:
    """A file to read; `name` is how it is called in the report, `size` its bytes."""

    path: Path
    name: str
    size: int


@dataclass(frozen=True)
class Item:
    """One prescription of a file. `place` is its number in the list, from 1; 0 when alone.

    `share` is its part of all the bytes, so that progress can be told.
    """

    file: str
    place: int
    document: object
    share: float


@dataclass(frozen=True)
class BadFile:
    """A file of which nothing was taken, and why."""

    file: str
    problem: Problem
    share: float = 0.0


def find(paths: Iterable[Path]) -> tuple[list[Found], list[BadFile]]:
    """The files named and every `*.json` below the folders named, in order, each once."""
    found: dict[Path, Found] = {}
    bad: list[BadFile] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(
                Path(folder) / name
                for folder, _, names in os.walk(path)
                for name in names
                if name.lower().endswith(".json")
            )
            if not inside:
                bad.append(BadFile(str(path), _NOTHING_INSIDE))
        else:
            inside = [path]
        for file in inside:
            try:
                status = file.stat()
            except OSError as error:
                is_missing = isinstance(error, FileNotFoundError | NotADirectoryError)
                bad.append(BadFile(str(file), _NO_FILE if is_missing else _NOT_OPENED))
                continue
            if stat.S_ISREG(status.st_mode):
                found.setdefault(file.resolve(), Found(file, str(file), status.st_size))
            else:
                bad.append(BadFile(str(file), _NO_FILE))
    return list(found.values()), bad


def open_file(file: Found) -> Iterator[Item | BadFile]:
    """The prescriptions of a file, or the one reason why none of it was taken."""
    try:
        documents = read(_text(file))
    except UnreadableFileError as error:
        yield BadFile(file.name, error.problem, file.size)
        return
    if not documents:
        yield BadFile(file.name, _EMPTY_LIST, file.size)
    elif len(documents) > ITEMS_MAX:
        yield BadFile(file.name, _TOO_MANY, file.size)
    elif len(documents) == 1:
        yield Item(file.name, 0, documents[0], file.size)
    else:
        share = file.size / len(documents)
        for place, document in enumerate(documents, start=1):
            yield Item(file.name, place, document, share)


def _text(file: Found) -> str:
    try:
        with file.path.open("rb") as opened:
            content = opened.read(FILE_BYTES_MAX + 1)
    except OSError:
        raise UnreadableFileError(_NOT_OPENED) from None
    if len(content) > FILE_BYTES_MAX:
        raise UnreadableFileError(_TOO_LARGE)
    if not content.strip():
        raise UnreadableFileError(_EMPTY)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFileError(
            Problem(
                f"byte {error.start + 1}",
                "Tệp không phải UTF-8; hãy lưu lại dạng UTF-8.",
                "The file is not UTF-8; save it as UTF-8.",
            )
        ) from None


def code_of(document: object) -> str:
    """The code a document names, as it is written there; empty when it names none."""
    code = document.get("ma_don_thuoc") if isinstance(document, dict) else None
    return code.strip()[:40] if isinstance(code, str) else ""


def canonical(content: object) -> bytes:
    """The same bytes for the same content, whatever the order of its fields."""
    text = json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return text.encode()


_NOTHING_INSIDE = Problem(
    "", "Thư mục không có tệp .json nào.", "The folder has no .json file in it."
)
_NO_FILE = Problem(
    "", "Không có tệp này; hãy kiểm tra đường dẫn.", "There is no such file; check the path."
)
_NOT_OPENED = Problem(
    "", "Không mở được tệp; hãy kiểm tra quyền đọc.", "The file cannot be opened; check its rights."
)
_EMPTY = Problem("", "Tệp rỗng; hãy xuất lại tệp.", "The file is empty; export it again.")
_EMPTY_LIST = Problem(
    "", "Danh sách không có đơn nào; hãy xuất lại tệp.", "The list is empty; export it again."
)
_TOO_LARGE = Problem(
    "",
    f"Tệp lớn hơn {FILE_BYTES_MAX // 2**20} MiB; hãy chia nhỏ.",
    f"The file is larger than {FILE_BYTES_MAX // 2**20} MiB; split it.",
)
_TOO_MANY = Problem(
    "",
    f"Tệp có hơn {ITEMS_MAX} đơn; hãy chia nhỏ.",
    f"The file has more than {ITEMS_MAX} prescriptions; split it.",
)
