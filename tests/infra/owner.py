"""A program that owns an ephemeral network, to be ended: `python -m tests.infra.owner up|early`.

It tells about its network in a line of JSON: once it is up, or already in the middle of its start.
"""

from __future__ import annotations

import json
import signal
import sys

from infra.local.network import LocalNetwork
from infra.local.progress import Step


def main() -> None:
    # A shell that runs the tests in the background lets its children ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    early = sys.argv[1] == "early"

    with LocalNetwork() as network:

        def tell(step: Step) -> None:
            if early and step.what == "Postgres" and step.state == "done":
                _say(network)

        network.start((), tell)
        _say(network)
        signal.pause()


def _say(network: LocalNetwork) -> None:
    facts = {"home": str(network.home.root), "ports": network.ports, "pids": network.pids()}
    sys.stdout.write(json.dumps(facts | {"supervisord": network.supervisor.pid()}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
