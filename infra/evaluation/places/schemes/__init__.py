"""Every planted scheme of a prescriber or a pharmacy, and every look-alike."""

from __future__ import annotations

from infra.evaluation.places.schemes import pharmacies, prescribers
from infra.evaluation.places.schemes.look_alikes import LOOK_ALIKES
from infra.evaluation.places.schemes.part import PlaceLookAlike, PlaceScheme

SCHEMES: tuple[PlaceScheme, ...] = (*prescribers.SCHEMES, *pharmacies.SCHEMES)

__all__ = ["LOOK_ALIKES", "SCHEMES", "PlaceLookAlike", "PlaceScheme"]
