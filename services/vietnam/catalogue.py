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

import csv
import io
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import cast, get_args

from services.contracts.terms import ControlClass, Drug
from services.vietnam.directory import DirectoryError, content_version

DRUGS_FILE = Path(__file__).with_name("data") / "drugs.csv"


@dataclass(frozen=True)
class Product:
    """One medicine of the catalogue: what the log keeps of it, and what a counter needs besides.

    `drug.strength_mg` is of the first ingredient in one `unit`, None where a product is not
    measured so (patches, insulin, herbs).
    """

    drug: Drug
    unit: str
    form: str
    registration_number: str


@dataclass(frozen=True)
class DrugCatalogue:
    """Every known medicine by code, and the version of the file that said so."""

    products: dict[str, Product]
    version: str

    @classmethod
    def load(cls, path: Path) -> DrugCatalogue:
        """Read a CSV with one row per medicine. Raises `DirectoryError` naming the bad row."""
        text = path.read_text(encoding="utf-8")
        version = content_version(text)
        products: dict[str, Product] = {}
        for number, row in enumerate(csv.DictReader(io.StringIO(text), strict=True), start=2):
            product = _product(number, row, version)
            if product.drug.code in products:
                raise DirectoryError(f"row {number}: medicine {product.drug.code} is repeated")
            products[product.drug.code] = product
        return cls(products, version)

    def find(self, code: str, name: str = "") -> Drug:
        """The medicine of a code, in any case of letters.

        An unknown one keeps its code and the name it was submitted under; everything else about it
        is said as unknown. `catalogue_version` tells which catalogue did not know it.
        """
        product = self.products.get(code.strip().upper())
        if product is not None:
            return product.drug
        return Drug(code=code.strip(), name=name, catalogue_version=self.version)


def _product(number: int, row: dict[str, str], version: str) -> Product:
    try:
        if row["control_class"] not in get_args(ControlClass):
            raise ValueError(f"{row['control_class']!r} is no control class")
        drug = Drug(
            code=row["code"].upper(),
            name=row["name"],
            ingredients=tuple(row["ingredients"].split(";")),
            atc=row["atc"],
            strength_mg=Decimal(row["strength_mg"]) if row["strength_mg"] else None,
            control_class=cast(ControlClass, row["control_class"]),
            catalogue_version=version,
        )
        return Product(drug, row["unit"], row["form"], row["registration_number"])
    except (KeyError, AttributeError, TypeError) as missing:
        raise DirectoryError(f"row {number}: a column is missing ({missing})") from missing
    except (ValueError, InvalidOperation) as bad:
        raise DirectoryError(f"row {number}: {bad}") from bad
