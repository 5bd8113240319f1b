"""Opens a file of QĐ 808 documents without letting JSON's loose ends through."""

from __future__ import annotations

import json
from decimal import Decimal

from services.vietnam.decision_808_problems import Problem


class UnreadableFileError(ValueError):
    """A file that is not JSON, or whose JSON is ambiguous; `problem` says why, and where."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message_en)
        self.problem = problem


def read(text: str) -> list[object]:
    """The documents of a file: the elements of its JSON list, or its one object.

    Numbers keep their exact digits. Raises `UnreadableFileError` for text that is not JSON and for
    objects that name a field twice.
    """
    try:
        content = json.loads(
            text.removeprefix("\ufeff"),
            parse_float=Decimal,
            parse_constant=_no_constant,
            object_pairs_hook=_without_repeats,
        )
    except UnreadableFileError:
        raise
    except json.JSONDecodeError as bad:
        raise UnreadableFileError(
            Problem(
                f"line {bad.lineno}, column {bad.colno}",
                "Tệp không phải JSON hợp lệ; hãy xuất lại tệp.",
                "The file is not valid JSON; export it again.",
            )
        ) from bad
    except (RecursionError, ValueError) as bad:
        raise UnreadableFileError(
            Problem(
                "",
                "JSON lồng quá sâu hoặc chứa số quá dài; hãy xuất lại tệp.",
                "The JSON is nested too deeply or holds too long a number; export it again.",
            )
        ) from bad
    return content if isinstance(content, list) else [content]


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise UnreadableFileError(
            Problem(
                repeated,
                "Trường này xuất hiện hai lần trong một đối tượng; hãy giữ một giá trị.",
                "One object names this field twice; keep one value.",
            )
        )
    return content


def _no_constant(name: str) -> object:
    raise UnreadableFileError(
        Problem(
            "",
            f"{name} không phải là số; hãy sửa giá trị.",
            f"{name} is not a number; correct the value.",
        )
    )
