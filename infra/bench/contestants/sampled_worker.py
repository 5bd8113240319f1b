"""The registry's worker, looked at a thousand times a second: where its time goes.

`python -m infra.bench.contestants.sampled_worker`. A timer interrupts the thread that folds; the
stack it finds there tells which part of the work it is at, and where it waits the coroutines of the
fold tell what for. The samples are written beside the worker's ready file when it ends.
"""

from __future__ import annotations

import asyncio
import atexit
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import Any

import msgspec

from infra.bench.contestants.stages import Frame, awaited, stage_of
from services.kernel import telemetry
from services.kernel.folding.worker import FoldingApp
from services.kernel.settings import load
from services.registry.__main__ import work
from services.registry.settings import WorkerProcess

EVERY_S = 0.001
FOLDING = "_drain_messages"
"""The coroutine that fetches and folds."""

DEPTH_MAX = 60


class Sample(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the folding thread was at; `beside` says whether the client's thread worked too."""

    at: float
    stage: str
    beside: bool


def samples_file(ready_file: Path) -> Path:
    """Where the samples of a worker are written."""
    return ready_file.with_name(f"{ready_file.name}.samples")


class Sampler:
    """Takes samples of the main thread from when its loop runs to the end of the process."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._samples: list[Sample] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    def begin(self) -> None:
        """Begin with the running loop."""
        self._loop = asyncio.get_running_loop()
        signal.signal(signal.SIGALRM, self._take)
        signal.setitimer(signal.ITIMER_REAL, EVERY_S, EVERY_S)
        atexit.register(self.write)

    def write(self) -> None:
        """Stop, and keep the samples."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        self._file.write_bytes(msgspec.json.encode(self._samples))

    def _take(self, _number: int, frame: FrameType | None) -> None:
        stage = awaited(self._chain()) if self._is_idle(frame) else stage_of(_stack(frame))
        self._samples.append(Sample(monotonic(), stage, self._is_other_thread_busy()))

    def _is_idle(self, frame: FrameType | None) -> bool:
        if frame is not None and frame.f_code.co_filename.endswith("selectors.py"):
            return True
        uses_uvloop = type(self._loop).__module__.startswith("uvloop")
        return uses_uvloop and asyncio.current_task(self._loop) is None

    def _chain(self) -> list[Frame]:
        """The coroutines of the fold, the innermost last."""
        for task in asyncio.all_tasks(self._loop):
            chain = list(_coroutines(task.get_coro()))
            if any(function == FOLDING for _, function in chain):
                return chain
        return []

    def _is_other_thread_busy(self) -> bool:
        main = threading.main_thread().ident
        return any(
            "aiokafka" in file
            for ident, frame in sys._current_frames().items()
            if ident != main
            for file, _ in _stack(frame)
        )


def _stack(frame: FrameType | None) -> Iterator[Frame]:
    for _ in range(DEPTH_MAX):
        if frame is None:
            return
        yield frame.f_code.co_filename, frame.f_code.co_name
        frame = frame.f_back


def _coroutines(coroutine: Any) -> Iterator[Frame]:
    """A coroutine and what it awaits, down to the future."""
    for _ in range(DEPTH_MAX):
        code = getattr(coroutine, "cr_code", None) or getattr(coroutine, "gi_code", None)
        if code is not None:
            yield code.co_filename, code.co_name
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "gi_yieldfrom", None)
        if coroutine is None:
            return


def main() -> None:
    settings = load(WorkerProcess)
    telemetry.configure(settings.room, settings.log_level)
    assert settings.ready_file is not None, "the local network names one"
    sampler = Sampler(samples_file(settings.ready_file))
    start = FoldingApp.on_start

    async def on_start(app: FoldingApp) -> None:
        await start(app)
        sampler.begin()

    FoldingApp.on_start = on_start  # type: ignore[method-assign,assignment]
    work(settings)


if __name__ == "__main__":
    main()
