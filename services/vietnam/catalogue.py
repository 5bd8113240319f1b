"""The medicines of the country, as a writer looks them up.

The file shipped with RxLog is a sample: real active substances and ATC codes under made-up trade
names, drug codes and registration numbers. A deployment loads the national list in its place.
ATC codes: WHO Collaborating Centre for Drug Statistics Methodology, only those the rules need.
Control classes: TT 20/2017/TT-BYT Annexes I to III as amended by TT 27/2024/TT-BYT and, for
poisons, TT 06/2017/TT-BYT; a class that is not certain is UNKNOWN. A combination at or under the
limits of TT 20/2017 Annexes IV to VI, such as tramadol 37.5 mg with paracetamol, is no narcotic,
psychotropic or precursor medicine and has the class NONE.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from services.contracts.directories import MedicineListed, MedicinePeriod
from services.contracts.terms import Drug
from services.vietnam.periods import covers, known_on
from services.vietnam.registers.medicines import MEDICINES
from services.vietnam.registers.reading import load

DRUGS_FILE = Path(__file__).with_name("data") / "drugs.csv"


@dataclass(frozen=True)
class Product:
    """One medicine of the catalogue on a day: what the log keeps of it, and what a counter needs
    besides.

    `drug.strength_mg` is of the first ingredient in one `unit`, None where a product is not
    measured so (patches, insulin, herbs). `prescription_only` is None where nobody says.
    """

    drug: Drug
    unit: str
    registration_numbers: tuple[str, ...] = ()
    prescription_only: bool | None = None
    is_registered: bool = True


@dataclass(frozen=True)
class DrugCatalogue:
    """Every known medicine by code. `entries` may grow and change while it is asked.

    `codes` leads from registration numbers, old and new, to codes.
    """

    entries: Mapping[str, MedicineListed]
    codes: Mapping[str, str]

    @classmethod
    def load(cls, path: Path) -> DrugCatalogue:
        """Read a CSV with a row per medicine and registration. Raises `DirectoryError` naming
        every bad row."""
        entries = load(MEDICINES, path)
        codes = RegistrationNumbers()
        for entry in entries.values():
            codes.take(entry.drug_code, entry)
        return cls(entries, codes)

    def find(self, code: str, day: date, name: str = "") -> Drug:
        """The medicine of a code or registration number, in any case of letters, as of a day.

        An unknown one keeps its code and the name it was submitted under; everything else about it
        is said as unknown, and its `catalogue_version` is empty.
        """
        product = self.product(code, day)
        return Drug(code=code.strip(), name=name) if product is None else product.drug

    def product(self, code: str, day: date) -> Product | None:
        """The same with all the catalogue says; None when it does not know the medicine.

        Without a registration on that day it is described as it last was before.
        """
        key = code.strip().upper()
        entry = self.entries.get(key) or self.entries.get(self.codes.get(key, ""))
        return None if entry is None else _as_of(entry, day)

    def products(self, day: date) -> dict[str, Product]:
        """Every medicine as of a day, by code, in the order of the catalogue."""
        return {code: _as_of(entry, day) for code, entry in self.entries.items()}


class RegistrationNumbers(dict[str, str]):
    """Registration number -> code of the medicine it is of; of several packs, the first code."""

    def take(self, code: str, entry: MedicineListed | None) -> None:
        """Note the numbers of an entry that is new or changed."""
        for period in entry.periods if entry else ():
            for number in period.registration_numbers:
                self[number] = min(code, self.get(number, code))


def _as_of(entry: MedicineListed, day: date) -> Product:
    period = known_on(entry.periods, day)
    return Product(
        drug=_drug(entry, period),
        unit=period.unit,
        registration_numbers=period.registration_numbers,
        prescription_only=period.prescription_only,
        is_registered=covers(period, day),
    )


def _drug(entry: MedicineListed, period: MedicinePeriod) -> Drug:
    return Drug(
        code=entry.drug_code,
        name=period.name,
        ingredients=tuple(sorted(period.ingredients)),
        atc=period.atc,
        strength_mg=period.strength_mg,
        control_class=period.control_class,
        catalogue_version=entry.entry_version,
        form=period.form,
        route=period.route,
        pack_size=period.pack_size,
    )
