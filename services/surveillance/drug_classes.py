"""Which classes a medicine belongs to, as bits, from the dated lists of `drug_classes.yaml`.

The event time of a fact decides which version of the lists applies to it, so a replay years later
classifies as it did then. A medicine whose ATC code is unknown belongs to no ATC class.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator

from services.contracts.terms import Drug
from services.surveillance.mme import MmeFactors

ClassName = Literal["OPIOID", "BZD", "ZDRUG", "STIM", "GABA", "MRLX", "ABX", "CTRL"]

BITS: dict[ClassName, int] = {name: 1 << place for place, name in enumerate(get_args(ClassName))}
"""One bit per class; kept in timelines, so a name never changes place: new ones go to the end."""

OPIOID = BITS["OPIOID"]
BZD = BITS["BZD"]
MRLX = BITS["MRLX"]
CTRL = BITS["CTRL"]

_CONTROLLED = frozenset({"NARCOTIC", "PSYCHOTROPIC", "PRECURSOR"})
_ATC_LENGTHS = (1, 3, 4, 5, 7)
_REMEMBERED_MAX = 20_000  # there are some 7,000 ATC codes; what clinics mistype is without end


def group_of(key: str) -> str:
    """The ATC group (level 4) of a medicine's `key`. Without a code the medicine is a group of its
    own: names that begin alike say nothing."""
    is_code = len(key) == _ATC_LENGTHS[-1] and key.isupper()
    return key[: _ATC_LENGTHS[-2]] if is_code else key


class AtcList(BaseModel):
    """ATC codes of a class; a code of level 1 to 4 stands for everything below it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    atc: tuple[str, ...] = Field(min_length=1)
    without: tuple[str, ...] = ()
    note: str = ""

    @field_validator("atc", "without")
    @classmethod
    def _are_codes(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        for code in codes:
            if len(code) not in _ATC_LENGTHS or code != code.upper():
                raise ValueError(f"{code!r} is no ATC code; write levels like N02A or N02AX02")
        return codes


class ClassLists(BaseModel):
    """One version of all lists, in force from the start of `effective_from`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str = Field(min_length=1)
    effective_from: date
    source: str = Field(min_length=1)
    classes: dict[ClassName, AtcList]

    def bits(self, atc: str) -> int:
        """The classes of a full ATC code."""
        prefixes = {atc[:length] for length in _ATC_LENGTHS if len(atc) >= length}
        return sum(
            BITS[name]
            for name, listed in self.classes.items()
            if prefixes & set(listed.atc) and not prefixes & set(listed.without)
        )


class DrugClasses:
    """All versions of the lists, each later than the one before, and the conversion factors of
    opioids (`mme`)."""

    def __init__(self, versions: tuple[ClassLists, ...], mme: MmeFactors | None = None) -> None:
        starts = [lists.effective_from for lists in versions]
        if not starts or any(later <= earlier for earlier, later in pairwise(starts)):
            raise ValueError("drug class versions must be listed by ascending effective_from")
        self._versions = versions
        self._starts = [start.toordinal() for start in starts]
        self.mme = mme or MmeFactors.load()
        self._known: list[dict[tuple[str, str], int]] = [{} for _ in versions]

    @classmethod
    def load(cls, path: Path | None = None) -> DrugClasses:
        """Read the lists from YAML; raises pydantic's ValidationError naming each bad place."""
        text = (path or Path(__file__).with_name("drug_classes.yaml")).read_text("utf-8")
        return cls(tuple(ClassLists.model_validate(item) for item in yaml.safe_load(text)))

    def at(self, day: date) -> ClassLists:
        """The version in force on a day; before the first version, the first."""
        return self._versions[self._place(day.toordinal())]

    def bits(self, drug: Drug, ordinal: int) -> int:
        """The classes of a product on a day given by `date.toordinal`.

        The catalogue's control class decides on CTRL: narcotic, psychotropic and precursor count,
        poison does not (it holds cytotoxics and anaesthetics, which are not shopped for). Only
        where the catalogue does not know the product does the ATC list of CTRL decide.
        """
        place = self._place(ordinal)
        asked = (drug.atc, drug.control_class)
        bits = self._known[place].get(asked)
        if bits is None:
            bits = self._versions[place].bits(drug.atc.strip().upper())
            if drug.control_class in _CONTROLLED:
                bits |= CTRL
            elif drug.control_class != "UNKNOWN":
                bits &= ~CTRL
            if len(self._known[place]) < _REMEMBERED_MAX:
                self._known[place][asked] = bits
        return bits

    def _place(self, ordinal: int) -> int:
        return max(bisect_right(self._starts, ordinal) - 1, 0)
