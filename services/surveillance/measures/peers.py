"""Peer groups: whom a prescriber or a pharmacy is compared with.

A group is what the directory says of a place: its specialty or kind, its level, its province. Pain
clinics, oncology, psychiatry and central hospitals are thereby compared with their own only. Where
too few share all three, the province is given up, then nothing more: a subject whose kind and level
too few share is compared with nobody. A subject without an entry has the empty description, and is
compared with others of whom nothing is known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from services.surveillance.measures.months import Month

PEERS_MIN = 20
"""Fewer say little about what is usual; a quartile would rest on five."""


class Place(NamedTuple):
    """What the directory says of where somebody works, empty where it says nothing."""

    kind: str = ""
    specialty: str = ""
    level: str = ""
    province: str = ""


Describe = Callable[[str, Month], Place]
"""What the directory says of a facility as of a month."""


def unknown_place(_facility: str, _month: Month) -> Place:
    """What is said without a directory."""
    return Place()


class Peers:
    """Who is compared with whom in one month."""

    def __init__(
        self, places: Mapping[str, Place] | None = None, peers_min: int = PEERS_MIN
    ) -> None:
        """`places` gives each subject active in the month the place where it works most."""
        self._groups: dict[str, list[tuple[str, ...]]] = defaultdict(list)  # the narrowest first
        self._members: dict[tuple[str, ...], list[str]] = defaultdict(list)
        known = places or {}
        narrow = _grouped(known, lambda p: (p.specialty or p.kind, p.level, p.province))
        wide = _grouped(known, lambda p: (p.specialty or p.kind, p.level))
        for groups in (narrow, wide):
            for name, members in groups.items():
                if len(members) < peers_min:
                    continue
                self._members[name] = members
                for member in members:
                    self._groups[member].append(name)

    def members(self, subject: str) -> Sequence[str]:
        """Those of the subject's group, itself among them; empty when there are too few."""
        name = self._of(subject)
        return self._members[name] if name is not None else ()

    def group(self, subject: str, at_least: int = 0) -> str:
        """The group's description for people; empty when there is none."""
        return " / ".join(part or "?" for part in self._of(subject, at_least) or ())

    def groups(self, at_least: int = 0) -> Sequence[tuple[Sequence[str], Sequence[str]]]:
        """Each group of so many members, and those of them who are compared with it (not with a
        narrower one that is large enough too)."""
        compared: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for subject in self._groups:
            name = self._of(subject, at_least)
            if name is not None:
                compared[name].append(subject)
        return [(self._members[name], subjects) for name, subjects in sorted(compared.items())]

    def _of(self, subject: str, at_least: int = 0) -> tuple[str, ...] | None:
        """The narrowest group of a subject that has so many members."""
        named = self._groups.get(subject, ())
        return next((name for name in named if len(self._members[name]) >= at_least), None)


def _grouped(
    places: Mapping[str, Place], by: Callable[[Place], tuple[str, ...]]
) -> dict[tuple[str, ...], list[str]]:
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for subject in sorted(places):
        found[by(places[subject])].append(subject)
    return found
