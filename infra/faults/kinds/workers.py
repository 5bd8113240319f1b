"""Workers that come and go: every change moves partitions."""

from __future__ import annotations

from infra.faults.kinds.fault import Fault
from infra.faults.stage import SPARE_WORKER, WORKERS


class WorkerAdded(Fault):
    """A third worker joins, gets its share of the partitions, and leaves again."""

    name, family = "worker-added", "workers"
    proves = "partitions that move under load are applied by one worker at a time, none is skipped"
    hold_s = (3.0, 6.0)

    @classmethod
    def targets(cls) -> tuple[str, ...]:
        return (SPARE_WORKER,)

    async def inject(self) -> None:
        await self.stage.start(self.target)

    async def heal(self) -> None:
        await self.stage.stop(self.target)


class WorkerRemoved(Fault):
    """One of the workers is stopped in order; the other one gets its partitions for a while."""

    name, family = "worker-removed", "workers"
    proves = "a worker that leaves hands over between two batches, and its return moves them back"
    hold_s = (0.5, 9.0)

    @classmethod
    def targets(cls) -> tuple[str, ...]:
        return WORKERS

    async def inject(self) -> None:
        self.gone = {await self.stage.pid(self.target)}
        await self.stage.stop(self.target)

    async def heal(self) -> None:
        await self.stage.start(self.target)
