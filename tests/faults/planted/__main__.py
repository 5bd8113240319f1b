"""Runs a room with a planted bug: `python -m tests.faults.planted <bug> <module> [arguments]`.

`none` is no bug. RXLOG_PLANTED_PLACE and RXLOG_PLANTED_GROUP set the place and the group.
"""

from __future__ import annotations

import os
import sys

from tests.faults.planted.launching import run

if __name__ == "__main__":
    bug, module, *arguments = sys.argv[1:]
    run(
        "" if bug == "none" else bug,
        module,
        arguments,
        place=os.environ.get("RXLOG_PLANTED_PLACE", ""),
        group=os.environ.get("RXLOG_PLANTED_GROUP", ""),
    )
