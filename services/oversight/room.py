"""What the room's routes share: its parts, who may ask, and what they must say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated

import asyncpg
from fastapi import Depends

from services.kernel.http.peers import Peer
from services.kernel.http.problems import Problem, invalid_input
from services.kernel.http.tokens import Caller, require
from services.oversight.announcements import Announcements
from services.oversight.casebook.deciding import Deciding
from services.oversight.casebook.watching import Watching
from services.oversight.cases.budget import NEW_CASES_A_DAY
from services.oversight.views import Places

Regulator = Annotated[Caller, Depends(require("regulator"))]
Watcher = Annotated[Caller, Depends(require("regulator", "service"))]


@dataclass
class Oversight:
    """What the routes need, put together once; `pool` is set when the room opens."""

    registry: Peer
    places: Places
    announcements: Announcements
    deciding: Deciding
    watching: Watching = field(default_factory=Watching)
    new_cases_a_day: int = NEW_CASES_A_DAY
    pool: asyncpg.Pool = field(init=False)


def purpose_needed() -> Problem:
    """422: a person is not looked up without saying why."""
    return invalid_input(
        [
            {
                "field": "purpose",
                "location": "query",
                "reason": "say why you look at this person's alerts, such as a case number",
                "reason_vi": "hãy nêu lý do xem cảnh báo của người này, ví dụ số hồ sơ",
            }
        ]
    )


def reason_needed(codes: Iterable[str]) -> Problem:
    """422: the reason is none of those there are."""
    known = ", ".join(codes)
    return invalid_input(
        [
            {
                "field": "reason",
                "location": "body",
                "reason": f"give one of {known}",
                "reason_vi": f"hãy chọn một trong {known}",
            }
        ]
    )
