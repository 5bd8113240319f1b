"""Whether a worker is still kept in its group.

aiokafka keeps a member in its group with one task. An error the task did not expect (a broker that
has just come back and names no broker at all) ends it for good: nothing is assigned and nothing is
read any more, and no call says so. The task is private to aiokafka: its version is pinned by
Faust's, and `tests/kernel/test_worker_process.py` holds this.
"""

from __future__ import annotations

from aiokafka import AIOKafkaConsumer


class MembershipLostError(Exception):
    """The worker is in no group any more and will not join one again: the process has to end."""


def lost(consumer: AIOKafkaConsumer | None) -> MembershipLostError | None:
    """Why this consumer is in no group any more; None while its coordination goes on."""
    coordinator = getattr(consumer, "_coordinator", None)
    task = getattr(coordinator, "_coordination_task", None)
    if task is None or not task.done() or task.cancelled() or not (error := task.exception()):
        return None
    return MembershipLostError(f"no longer kept in its group: {error}")
