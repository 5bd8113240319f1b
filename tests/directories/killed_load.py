"""A load of practitioners that is killed in its middle: `python -m tests.directories.killed_load`
and a file; the log is that of RXLOG_KAFKA_BOOTSTRAP."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from services.directories import appending, loading
from services.directories.comparing import Rules
from services.directories.loading import DIRECTORIES, Wishes
from services.directories.settings import settings_for
from tests.directories.steps import TODAY

AT_ONCE = 100


def killed(step: loading.Step, _count: int) -> None:
    """The first entries are acknowledged, the others are not appended yet."""
    if step == "entries appended":
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    appending.APPENDED_AT_ONCE = AT_ONCE
    settings = settings_for(os.environ["RXLOG_KAFKA_BOOTSTRAP"])
    content = Path(sys.argv[1]).read_bytes()
    wishes = Wishes(Rules(TODAY, partial=True))
    asyncio.run(
        loading.load(DIRECTORIES["practitioners"], content, lambda: settings, wishes, killed)
    )
