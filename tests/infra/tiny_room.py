"""A room for the tests of the runner: it becomes ready and does nothing else."""

from __future__ import annotations

import os
import signal
from pathlib import Path

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    Path(os.environ["RXLOG_READY_FILE"]).touch()
    signal.pause()
