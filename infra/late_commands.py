"""Commands whose code is imported when they are run: `rxlog --help` answers at once."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup


@dataclass(frozen=True)
class Late:
    """Where a command is: a function of a module, or what adds it to an application (`register`,
    or an application itself). `help` is its first sentence, for the list of commands."""

    module: str
    attribute: str
    help: str

    def load(self, name: str) -> Any:
        """Import the command."""
        found = getattr(import_module(self.module), self.attribute)
        if isinstance(found, typer.Typer):
            app = found
        else:
            app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
            if self.attribute == "register":
                found(app)
            else:
                app.command(name)(found)
        app.callback()(lambda: None)  # so that it is a group, however few its commands are
        return typer.main.get_group(app).commands[name]


class LateGroup(TyperGroup):
    """A group that knows its commands by name and help, and imports the one that is run."""

    late: dict[str, Late] = {}

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(self.late)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | None:  # noqa: ARG002
        """What the list of commands shows of one."""
        late = self.late.get(cmd_name)
        return None if late is None else TyperCommand(cmd_name, help=late.help)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command that is to be run, imported now."""
        name, known, rest = super().resolve_command(ctx, args)
        if known is None or name is None:
            return name, known, rest
        return name, self.late[name].load(name), rest


def application(late: dict[str, Late], help_: str) -> typer.Typer:
    """An application of late commands."""
    group: Any = type("Group", (LateGroup,), {"late": late})
    app = typer.Typer(
        cls=group,
        help=help_,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(lambda: None)
    return app
