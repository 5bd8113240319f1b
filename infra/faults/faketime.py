"""The broker's clock, through libfaketime where it is installed.

Append times are the only time that verdicts know, and the broker is no Python process of ours.
libfaketime (GPL-2.0, a package of most systems) is preloaded by the campaign's broker alone and
reads how far off it is from a file. Clocks that measure stay right. A build of it that also takes
the place of `pthread_cond_timedwait` (FAKE_PTHREAD) can hang a JVM: name one without, see VARIABLE.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

BROKER_CLOCK = "broker-clock"
"""Name of the file, in the folder of clocks."""

VARIABLE = "RXLOG_LIBFAKETIME"
PLACES = ("lib/*/faketime", "lib/faketime", "local/lib/faketime", "lib64/faketime")
"""Where packages put it, below `/usr`."""

LIBRARY = "libfaketimeMT.so.1"


def library(environment: Mapping[str, str], usr: Path = Path("/usr")) -> Path | None:
    """Where libfaketime is: the variable says so, or one of the usual places has it."""
    named = environment.get(VARIABLE)
    if named:
        return Path(named) if Path(named).is_file() else None
    for place in PLACES:
        for folder in sorted(usr.glob(place)):
            if (folder / LIBRARY).is_file():
                return folder / LIBRARY
    return None


def for_broker(clocks: Path) -> dict[str, str]:
    """The variables of a broker whose clock follows the file; none without the library."""
    found = library(os.environ)
    if found is None:
        return {}
    file = clocks / BROKER_CLOCK
    file.write_text("+0\n")
    return {
        "LD_PRELOAD": str(found),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DISABLE_SHM": "1",
    }
