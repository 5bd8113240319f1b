"""Every planted scheme about one patient, and every look-alike."""

from __future__ import annotations

from infra.evaluation.country.schemes import doses, shopping
from infra.evaluation.country.schemes.look_alikes import LOOK_ALIKES
from infra.evaluation.country.schemes.plot import LookAlike, Scheme

SCHEMES: tuple[Scheme, ...] = (*shopping.SCHEMES, *doses.SCHEMES)

__all__ = ["LOOK_ALIKES", "SCHEMES", "LookAlike", "Scheme"]
