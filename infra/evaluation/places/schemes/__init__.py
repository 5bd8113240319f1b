"""Every planted scheme of a prescriber or a pharmacy, and every look-alike."""

from __future__ import annotations

from infra.evaluation.places.schemes import pharmacies, prescribers
from infra.evaluation.places.schemes.look_alikes import LOOK_ALIKES
from infra.evaluation.places.schemes.part import PlaceLookAlike, PlaceScheme, Plant

SCHEMES: tuple[PlaceScheme, ...] = (*prescribers.SCHEMES, *pharmacies.SCHEMES)

PLANTS: tuple[Plant, ...] = (*SCHEMES, *LOOK_ALIKES)

__all__ = ["LOOK_ALIKES", "PLANTS", "SCHEMES", "PlaceLookAlike", "PlaceScheme", "Plant"]
