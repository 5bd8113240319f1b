"""Every planted scheme of a prescriber, a pharmacy or a patient, and every look-alike."""

from __future__ import annotations

from infra.evaluation.places.schemes import look_alikes, patients, pharmacies, prescribers
from infra.evaluation.places.schemes.part import PlaceLookAlike, PlaceScheme, Plant

SCHEMES: tuple[PlaceScheme, ...] = (
    *prescribers.SCHEMES,
    *pharmacies.SCHEMES,
    *patients.SCHEMES,
)

LOOK_ALIKES: tuple[PlaceLookAlike, ...] = (*look_alikes.LOOK_ALIKES, *patients.LOOK_ALIKES)

PLANTS: tuple[Plant, ...] = (*SCHEMES, *LOOK_ALIKES)

__all__ = ["LOOK_ALIKES", "PLANTS", "SCHEMES", "PlaceLookAlike", "PlaceScheme", "Plant"]
