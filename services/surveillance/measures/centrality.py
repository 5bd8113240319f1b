"""Who stands in the middle of a network of two kinds of members. Pure.

BiRank (He, Gao, Kan and Wang, IEEE TKDE 2017): each side passes its scores to the other along the
weighted ties, a tie divided by the square roots of what both its ends have in all, so that a large
place does not make everybody in it important; and everybody keeps a part of the even share. The
same numbers give the same scores whatever their order: ties are sorted, rounds are counted, and
the last digits, which depend on the order of additions, are rounded away.

networkx has it too, but only with numpy and scipy, which nothing else here needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import sqrt
from typing import TypeVar

Place = tuple[str, str]
"""What it is, and its id."""

ROUNDS = 60
"""Each leaves the damping's square of the error: of 0.85, less than a hundred-millionth after
all."""

DIGITS = 6

T = TypeVar("T")


def birank(ties: Mapping[tuple[str, Place], int], damping: float) -> dict[str, float]:
    """The scores of the first of each pair, in multiples of the even share.

    `ties` are weights above zero; `damping` is the part of a score that comes from the other side.
    """
    in_order = sorted(ties)
    people = _numbered(person for person, _ in in_order)
    places = _numbered(place for _, place in in_order)
    of_person, of_place = [0] * len(people), [0] * len(places)
    for person, place in in_order:
        of_person[people[person]] += ties[person, place]
        of_place[places[place]] += ties[person, place]
    edges = []
    for person, place in in_order:
        i, j = people[person], places[place]
        edges.append((i, j, damping * ties[person, place] / sqrt(of_person[i] * of_place[j])))
    kept = 1 - damping
    kept_by_places = kept * len(people) / max(len(places), 1)
    scores = [1.0] * len(people)
    for _ in range(ROUNDS):
        passed_on = [kept_by_places] * len(places)
        for i, j, weight in edges:
            passed_on[j] += weight * scores[i]
        scores = [kept] * len(people)
        for i, j, weight in edges:
            scores[i] += weight * passed_on[j]
    return {person: round(scores[i], DIGITS) for person, i in people.items()}


def _numbered(names: Iterable[T]) -> dict[T, int]:
    """The names, each once, with their places in the order they first come in."""
    return {name: place for place, name in enumerate(dict.fromkeys(names))}
