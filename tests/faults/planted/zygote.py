"""Has everything imported already and forks rooms in milliseconds: `python -m ...zygote`.

Each line of standard input is an order (JSON), each line of standard output the process id of the
room it became. When the input ends, so do all rooms: nothing outlives the tests.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

PRELOADED = (
    "faust",
    "faust.transport.drivers.aiokafka",
    "services.registry.__main__",
    "services.dispensing.__main__",
    "services.issuer.__main__",
    "tests.faults.planted.launching",
)

_rooms: set[int] = set()


def main() -> None:
    for module in PRELOADED:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, _bury)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the tests end by closing our input
    _say("ready")
    for line in sys.stdin:
        _say(str(_fork(json.loads(line))))
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    for pid in _rooms:  # not buried yet, so the ids are still theirs
        os.kill(pid, signal.SIGKILL)


def _say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


def _fork(order: dict[str, Any]) -> int:
    """A new room; it is noted before it can be buried."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    pid = os.fork()
    if pid == 0:
        _become(order)
    _rooms.add(pid)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    return pid


def _bury(_number: int, _frame: object) -> None:
    while True:
        try:
            pid, _status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _rooms.discard(pid)


def _become(order: dict[str, Any]) -> NoReturn:
    """Be the room of the order, from the fork to the end of the process."""
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _redirect(order["log"])
        os.environ.clear()
        os.environ.update(order["environment"])
        run: Callable[..., None] = importlib.import_module("tests.faults.planted.launching").run
        run(
            order["bug"],
            order["module"],
            order["arguments"],
            place=order["place"],
            group=order["group"],
        )
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _redirect(log: str) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(target, 1)
    os.dup2(target, 2)


if __name__ == "__main__":
    main()
