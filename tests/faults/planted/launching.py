"""Runs a room's own main in a place of its own, with or without a planted bug in it."""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Sequence

from services.topology import DEAD_LETTERS, FACTS, LOG, OUTCOMES
from tests.faults.planted import plant

PLACED = (LOG, OUTCOMES, FACTS, DEAD_LETTERS)
"""Topics that every place has for itself; registers and the law are the same everywhere."""

PARTITIONS = 2
"""Of the topics of a place; enough that two prescriptions may lie apart."""


def run(
    bug: str, module: str, arguments: Sequence[str], *, place: str = "", group: str = ""
) -> None:
    """Plant `bug` ("" for none) and run the main of `services.<module>`.

    `place` is the prefix of topics and schema, so that scenarios share servers and nothing else.
    `group` sets this worker apart from others of its room: both then own every partition.
    """
    if place:
        settle(place, group)
    if bug:
        plant(bug)
    main = importlib.import_module(f"{module}.__main__")
    sys.argv = [module, *arguments]
    main.main()


def settle(place: str, group: str = "") -> None:
    """Give topics and schema the names of the place."""
    for topic in PLACED:
        object.__setattr__(topic, "name", topic_name(place, topic.name))
        object.__setattr__(topic, "partitions", PARTITIONS)
    folder = importlib.import_module("services.registry.folder")
    folder.RegistryFolder.topic = topic_name(place, folder.RegistryFolder.topic)
    folder.RegistryFolder.name = f"registry-{place}"
    registry = importlib.import_module("services.registry.__main__")
    registry.SCHEMA = place
    registry.build_api = functools.partial(registry.build_api, schema=place)
    if group:
        worker = importlib.import_module("services.kernel.folding.worker")
        plain = worker.FoldingApp
        worker.FoldingApp = lambda name, **more: plain(f"{name}-{group}", **more)


def topic_name(place: str, name: str) -> str:
    """The name of a topic in a place."""
    return f"{place}.{name}"
