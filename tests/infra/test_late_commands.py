"""`rxlog --help` answers at once; a command is imported when it is run."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from infra.rxlog import COMMANDS, app


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_where_the_list_says(name: str) -> None:
    result = CliRunner().invoke(app, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert f" {name} " in result.output


def test_help_lists_them_without_importing_them() -> None:
    program = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from infra.rxlog import COMMANDS, app\n"
        "shown = CliRunner().invoke(app, ['--help']).output\n"
        "print([name for name in COMMANDS if f' {name} ' not in shown])\n"
        "print(sorted(late.module for late in COMMANDS.values() if late.module in sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["[]", "[]"]


def test_an_unknown_command_is_an_error_of_use() -> None:
    result = CliRunner().invoke(app, ["no-such-command"])
    assert result.exit_code == 2
    assert "no-such-command" in result.output
