"""The `rxlog` command."""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - before the imports below meet syntax they do not know
    sys.exit(
        "RxLog needs Python 3.11 or newer and this is "
        + ".".join(str(part) for part in sys.version_info[:2])
        + ": run it with a newer one (make setup PYTHON=python3.11)."
    )

from infra.late_commands import Late, application
from infra.problem import Problem

LOCAL, TERMINAL = "infra.local.commands", "infra.terminal"

COMMANDS = {
    "up": Late(LOCAL, "up", "Start the network, or continue it with its data."),
    "down": Late(LOCAL, "down", "Stop the network. Its data stay."),
    "status": Late(LOCAL, "status", "Show every process; exit code 0 when all are ready."),
    "logs": Late(LOCAL, "show_logs", "Print the last lines of the processes' logs."),
    "demo": Late("infra.demo", "register", "Show the whole network at work."),
    "load": Late("infra.load", "register", "Load a register or the law from a file."),
    "backup": Late("infra.backup.commands", "backup", "Copy a running network, or check a copy."),
    "restore": Late("infra.backup.commands", "restore", "Bring a copy back into an empty home."),
    "redrive": Late("infra.backup.redrive", "redrive", "Append dead letters or lost records anew."),
    "rebuild": Late("infra.rebuild", "rebuild", "Fold the log anew and compare byte for byte."),
    "bench": Late("infra.bench.command", "register", "Measure folds and verdicts."),
    "evaluate": Late("infra.evaluation.command", "evaluate", "Measure the rules on a known truth."),
    "whatif": Late("infra.evaluation.whatif_command", "whatif", "Judge history by other limits."),
    "late": Late("infra.evaluation.late_command", "late", "Judge anew what came too late."),
    "faults": Late("infra.faults.command", "faults", "Attack a network, check every promise."),
    "alerts": Late(TERMINAL, "app", "Show alerts, the newest first."),
    "alert": Late(TERMINAL, "app", "Show one alert: its evidence, its figures and limits."),
    "cases": Late(TERMINAL, "app", "Show what regulators look at today."),
    "case": Late(TERMINAL, "app", "Show one case with all its evidence, or decide in it."),
    "rules": Late(TERMINAL, "app", "Show how often each rule fired and how often it was right."),
    "trace": Late(TERMINAL, "app", "Tell the life of a prescription, record by record."),
    "submit": Late(TERMINAL, "app", "Submit prescriptions in the national API's JSON."),
}
app = application(
    COMMANDS, "RxLog on this machine: a national e-prescription network where the log decides."
)


def main() -> None:
    """Run the command; a problem is its sentence on standard error and exit code 1."""
    try:
        app()
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
