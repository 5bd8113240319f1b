"""The terminal's commands, told where the network of this home is."""

from __future__ import annotations

from infra.rebuild import running_network
from services.terminal.case_commands import app
from services.terminal.commands import wiring

__all__ = ["app"]

wiring.resolve = lambda: running_network().env("oversight-api")
