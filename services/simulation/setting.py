"""Where one story plays: a person in a province at a moment, and the dice of this story alone."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from services.simulation import patients
from services.simulation.acts import Answer, Dispense, Given, Issue
from services.simulation.country import Country, Region
from services.simulation.patients import Person
from services.simulation.treatments import Treatment, draft
from services.vietnam.directory import Facility
from services.vietnam.draft import PrescriptionDraft
from services.vietnam.law import local_day
from services.vietnam.prescription_code import mint

VISIT_MINUTES_AGO = 50
"""So long before `now` a visit took place, if nothing else is said."""

COLLECTED_AFTER = timedelta(minutes=20)
"""So long after a visit of an earlier day the medicines were collected."""


@dataclass(frozen=True)
class Setting:
    """`number` names the story; the same seed, number and moment give the same story."""

    country: Country
    rng: random.Random
    number: int
    now: datetime
    region: Region
    person: Person

    @classmethod
    def of(cls, country: Country, seed: int, number: int, now: datetime) -> Setting:
        """The setting of a story about an adult; `with_child` makes it one about a child."""
        rng = random.Random(f"rxlog/{seed}/{number}")
        region = rng.choice(country.regions)
        person = patients.adult(number, rng, local_day(now), region.province.name)
        return cls(country, rng, number, now, region, person)

    def with_child(self) -> Setting:
        """The same, about a child under six."""
        home = self.region.province.name
        return replace(
            self, person=patients.child(self.number, self.rng, local_day(self.now), home)
        )

    def elsewhere(self) -> Setting:
        """The same person in a province far away."""
        return replace(self, region=self.country.far_from(self.region, self.rng))

    def any_practice(self) -> Facility:
        """The hospital or the general clinic."""
        return self.rng.choice((self.region.hospital, self.region.clinics["general"]))

    def pharmacies(self, count: int) -> list[str]:
        """Different pharmacies of the province."""
        return [place.facility_id for place in self.rng.sample(self.region.pharmacies, count)]

    def independent_pharmacies(self, count: int) -> list[str]:
        """Different pharmacies of the province that belong to no chain."""
        alone = [place for place in self.region.pharmacies if not place.chain_id]
        return [place.facility_id for place in self.rng.sample(alone, count)]

    def branches(self) -> list[str]:
        """The province's branches of the chain that has most of them here."""
        chains = Counter(place.chain_id for place in self.region.pharmacies if place.chain_id)
        ((chain, _),) = chains.most_common(1)
        return [place.facility_id for place in self.region.pharmacies if place.chain_id == chain]

    def pharmacy(self) -> str:
        """One of them."""
        return self.pharmacies(1)[0]

    def payer(self) -> str:
        """One of the payers."""
        return self.rng.choice(self.country.payers).facility_id

    def issue(
        self,
        treatment: Treatment,
        practice: Facility,
        *,
        days_ago: int = 0,
        minutes_ago: int = VISIT_MINUTES_AGO,
        own_code: bool = False,
    ) -> Issue:
        """A visit so long before now. With `own_code` the practice's software makes the code, as
        the national system asks for; else the network does."""
        written = draft(
            treatment,
            self.rng.choice(treatment.days),
            person=self.person,
            prescriber=self.country.prescriber(practice, self.rng),
            authored_on=self.now - timedelta(days=days_ago, minutes=minutes_ago),
            catalogue=self.country.catalogue,
        )
        if own_code:
            code = mint(practice.facility_id, treatment.kind, self.rng.randbytes(16))
            written = written.model_copy(update={"prescription_code": code})
        return Issue(by=practice.facility_id, draft=written)


def collected_then(
    issued: Answer, pharmacy: str, lines: tuple[Given, ...] = (), *, days_after: int = 0
) -> Dispense:
    """Collected so many days after a visit of an earlier day, and only reported now; without
    `lines`, all of it."""
    written = draft_of(issued)
    return Dispense(
        by=pharmacy,
        code=issued.code,
        lines=lines or everything(written),
        occurred_at=written.authored_on + COLLECTED_AFTER + timedelta(days=days_after),
        offline=True,
    )


def draft_of(issued: Answer) -> PrescriptionDraft:
    """What was prescribed."""
    if not isinstance(issued.act, Issue):
        raise TypeError("only the answer to an Issue says what was prescribed")
    return issued.act.draft


def everything(written: PrescriptionDraft) -> tuple[Given, ...]:
    """All that is prescribed."""
    return portion(written, 0, max(line.days_supply or 1 for line in written.lines))


def portion(written: PrescriptionDraft, first_day: int, after_last_day: int) -> tuple[Given, ...]:
    """What is needed from one day of the treatment (counted from 0) until before another."""
    given = []
    for number, line in enumerate(written.lines, start=1):
        days_supply = line.days_supply or 1
        days = min(after_last_day, days_supply) - min(first_day, days_supply)
        if days > 0:
            quantity = line.quantity / days_supply * days
            given.append(
                Given(
                    line=number,
                    drug_code=line.drug_code,
                    drug_name=line.trade_name,
                    quantity=quantity.quantize(Decimal(1)),
                    days_supply=days,
                )
            )
    return tuple(given)
