"""`python -m services.directories facilities|practitioners|medicines|law FILE`: `rxlog load`."""

from __future__ import annotations

from services.directories.commands import app
from services.directories.settings import ROOM
from services.kernel import telemetry

if __name__ == "__main__":
    telemetry.configure(ROOM, "warning")
    app()
