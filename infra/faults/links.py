"""The campaign's hand on the proxies: opens a link before each server, troubles it, calms it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import msgspec

from infra.faults.proxy import How, Wish
from infra.local.environment import PROJECT
from infra.problem import Problem

ANSWER_S = 10.0
END_S = 5.0


@dataclass
class Links:
    """The proxy process of one network; `through` maps a server's name to the proxy's port."""

    through: Mapping[str, int]
    servers: Mapping[str, int]
    _process: asyncio.subprocess.Process | None = None
    _answers: dict[int, asyncio.Future[dict[str, Any]]] = field(default_factory=dict)
    _reading: asyncio.Task[None] | None = None
    _count: int = 0

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "infra.faults.proxy"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=PROJECT,
            env=os.environ | {"PYTHONPATH": str(PROJECT)},
            start_new_session=True,
        )
        self._reading = asyncio.create_task(self._read())
        for name, port in self.through.items():
            await self._ask(do="open", link=name, listen=port, server=self.servers[name])
        return self

    async def __aexit__(self, *_exc: object) -> None:
        process = self._process
        if process is not None and process.stdin is not None:
            process.stdin.close()
            try:
                await asyncio.wait_for(process.wait(), END_S)
            except TimeoutError:
                process.kill()
                await process.wait()
        if self._reading is not None:
            await self._reading

    async def trouble(
        self,
        link: str,
        how: How,
        amount: float = 0.0,
        *,
        clients: Iterable[int] | None = None,
        spare: Iterable[int] = (),
    ) -> int:
        """Bring trouble over a link; how many connections it meets."""
        only = None if clients is None else list(clients)
        return await self._ask(
            do="trouble", link=link, how=how, amount=amount, clients=only, spare=list(spare)
        )

    async def calm(self, link: str) -> int:
        """End the trouble of a link; how many connections were cut because they lost bytes."""
        return await self._ask(do="calm", link=link)

    async def _ask(self, **wish: Any) -> int:
        process = self._process
        if process is None or process.stdin is None:
            raise Problem("The proxies do not run: open the links first.")
        self._count += 1
        answer = self._answers[self._count] = asyncio.get_running_loop().create_future()
        process.stdin.write(msgspec.json.encode(Wish(id=self._count, **wish)) + b"\n")
        told = await asyncio.wait_for(answer, ANSWER_S)
        if told["problem"]:
            raise Problem(f"The proxy before {wish['link']} says: {told['problem']}.")
        return int(told["count"])

    async def _read(self) -> None:
        process = self._process
        assert process is not None
        assert process.stdout is not None
        while line := await process.stdout.readline():
            told = msgspec.json.decode(line, type=dict[str, Any])
            self._answers.pop(told["id"]).set_result(told)
        for waiting in self._answers.values():
            if not waiting.done():
                waiting.set_exception(Problem("The proxy process has ended."))
