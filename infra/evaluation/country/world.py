"""The places of the generated country: practices with prescribers, pharmacies, chains.

Pure: the seed and the number of patients give all of it. Provinces and their coordinates are the
shipped ones; every place in them is made up, and its id says so to whoever knows Vietnam's codes.
How many people live in a province is not known here: two large ones weigh eight times the others.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from itertools import accumulate
from random import Random

from services.vietnam.directory import PROVINCES_FILE, Province, load_provinces

LOCAL = timezone(timedelta(hours=7))
BEGINS = date(2025, 7, 1)
"""The provinces are those since this day."""
BEGIN = datetime(BEGINS.year, BEGINS.month, BEGINS.day, tzinfo=LOCAL)

LARGE, LARGE_WEIGHT = ("01", "79"), 8
CHAINS = ("CHUOI-MAU-A", "CHUOI-MAU-B", "CHUOI-MAU-C")
CHAIN_SHARE = 0.4
"""60 % of pharmacies are independent."""

PATIENTS_PER_PHARMACY = 400
PATIENTS_PER_CLINIC = 600
PHARMACIES_MIN, CLINICS_MIN = 12, 8
OFFLINE_SHARE = 0.02
SKEW_MAX_MINUTES = 5.0
SPECIALTIES = ("general", "paediatrics", "psychiatry", "internal")


@dataclass(frozen=True, slots=True)
class Practice:
    """A hospital or clinic. `skew` is by how many minutes its clock is wrong."""

    facility_id: str
    level: str
    specialty: str
    province: str
    latitude: float
    longitude: float
    prescribers: tuple[str, ...]
    skew: float


@dataclass(frozen=True, slots=True)
class Pharmacy:
    """`offline`: from which minute to which it could tell nobody anything."""

    facility_id: str
    chain: str
    province: str
    latitude: float
    longitude: float
    skew: float
    offline: tuple[tuple[float, float], ...]


class Weighted:
    """A choice among places; the first are chosen far more often (Zipf)."""

    __slots__ = ("_ends", "places")

    def __init__(self, places: Sequence[int]) -> None:
        self.places = tuple(places)
        self._ends = list(accumulate(1.0 / (rank + 1) for rank in range(len(places))))

    def choose(self, rng: Random) -> int:
        """The index of a place."""
        return self.places[bisect_left(self._ends, rng.random() * self._ends[-1])]


@dataclass(frozen=True, slots=True)
class Region:
    """One province: indices into the world's places."""

    province: Province
    hospitals: tuple[int, ...]
    clinics: Weighted
    pharmacies: Weighted
    independent: tuple[int, ...]
    branches: dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class World:
    """Everything that does not change with the patient."""

    seed: int
    patients: int
    days: int
    practices: tuple[Practice, ...]
    pharmacies: tuple[Pharmacy, ...]
    regions: tuple[Region, ...]
    homes: tuple[int, ...]
    """Indices of regions, each as often as it weighs."""

    @classmethod
    def build(cls, seed: int, patients: int, days: int = 365) -> World:
        """The same arguments give the same world."""
        rng = Random(f"country/{seed}/world")
        provinces = load_provinces(PROVINCES_FILE)
        weights = [LARGE_WEIGHT if p.code in LARGE else 1 for p in provinces]
        practices: list[Practice] = []
        pharmacies: list[Pharmacy] = []
        regions = [
            _region(
                province,
                patients * weight // sum(weights),
                days,
                practices=practices,
                pharmacies=pharmacies,
                rng=rng,
            )
            for province, weight in zip(provinces, weights, strict=True)
        ]
        homes = tuple(place for place, weight in enumerate(weights) for _ in range(weight))
        return cls(seed, patients, days, tuple(practices), tuple(pharmacies), tuple(regions), homes)

    def region_of(self, code: str) -> Region:
        """The province of a code; raises LookupError for an unknown one."""
        for region in self.regions:
            if region.province.code == code:
                return region
        raise LookupError(f"there is no province {code}")


def moment(minutes: float) -> datetime:
    """The moment so many minutes after the country's first midnight."""
    return BEGIN + timedelta(minutes=minutes)


def _region(
    province: Province,
    people: int,
    days: int,
    *,
    practices: list[Practice],
    pharmacies: list[Pharmacy],
    rng: Random,
) -> Region:
    first_practice = len(practices)
    clinics = max(people // PATIENTS_PER_CLINIC, CLINICS_MIN)
    hospitals = 1 + clinics // 20
    for number in range(hospitals + clinics):
        practices.append(_practice(province, number, number < hospitals, rng))
    first_pharmacy = len(pharmacies)
    count = max(people // PATIENTS_PER_PHARMACY, PHARMACIES_MIN)
    for number in range(count):
        pharmacies.append(_pharmacy(province, number, days, rng))
    own = range(first_pharmacy, first_pharmacy + count)
    return Region(
        province=province,
        hospitals=tuple(range(first_practice, first_practice + hospitals)),
        clinics=Weighted(range(first_practice + hospitals, len(practices))),
        pharmacies=Weighted(own),
        independent=tuple(i for i in own if not pharmacies[i].chain),
        branches={chain: tuple(i for i in own if pharmacies[i].chain == chain) for chain in CHAINS},
    )


def _practice(province: Province, number: int, is_hospital: bool, rng: Random) -> Practice:
    facility_id = f"{province.code}{number:03d}"
    staff = (
        rng.randint(10, 30) if is_hospital else max(1, min(12, round(rng.lognormvariate(1, 0.6))))
    )
    return Practice(
        facility_id=facility_id,
        level="specialised" if is_hospital else "initial",
        specialty="general" if is_hospital else SPECIALTIES[number % len(SPECIALTIES)],
        province=province.code,
        latitude=round(province.latitude + rng.uniform(-0.12, 0.12), 4),
        longitude=round(province.longitude + rng.uniform(-0.12, 0.12), 4),
        prescribers=tuple(f"BSM-{facility_id}-{person}" for person in range(1, staff + 1)),
        skew=_skew(rng),
    )


def _pharmacy(province: Province, number: int, days: int, rng: Random) -> Pharmacy:
    # the first few are fixed, so that every province has branches and independent ones
    in_chain = number % 2 == 1 if number < 10 else rng.random() < CHAIN_SHARE
    chain = (CHAINS[0] if number < 10 else rng.choice(CHAINS)) if in_chain else ""
    offline = []
    if rng.random() < OFFLINE_SHARE:
        for _ in range(rng.randint(1, 3)):
            since = rng.uniform(0, days * 1440)
            offline.append((since, since + rng.uniform(1, 5) * 1440))
    return Pharmacy(
        facility_id=f"{province.code}P{number:03d}",
        chain=chain,
        province=province.code,
        latitude=round(province.latitude + rng.uniform(-0.12, 0.12), 4),
        longitude=round(province.longitude + rng.uniform(-0.12, 0.12), 4),
        skew=_skew(rng),
        offline=tuple(sorted(offline)),
    )


def _skew(rng: Random) -> float:
    return round(rng.uniform(-SKEW_MAX_MINUTES, SKEW_MAX_MINUTES), 2) if rng.random() < 0.3 else 0.0
