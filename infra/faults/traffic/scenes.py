"""What happens to a prescription: short seeded scenes, several of which run on it at once.

A scene knows what its callers were told and no more; much of what it tries is refused, which is
the point. What is remembered of a prescription only makes the next scene worth trying.
"""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from infra.faults.history import Call
from infra.faults.traffic.clients import Clients
from infra.faults.traffic.errands import Errand, errand, look_up
from infra.faults.traffic.population import Plain, Population, together
from services.dispensing.requests import DispenseRequest
from services.simulation.acts import (
    Act,
    Cancel,
    Claim,
    Dispense,
    Given,
    Issue,
    Release,
    Reserve,
    Reverse,
    Withdraw,
)

TAKES_OWING = "owing" in DispenseRequest.model_fields
REPEATED_AT_ONCE = 0.08
REPEATED_LATER = 0.06
OTHER_CONTENT = 0.02
GIVEN_UP = 0.01
"""Shares of all errands: sent twice at the same moment, once more later, with the same key for
something else, never asked about again when the first answer does not come."""

REMEMBERED = 12
_SHARES = (Decimal("0.05"), Decimal("0.1"), Decimal("0.1"), Decimal("0.25"), Decimal("0.5"))


@dataclass
class Watched:
    """A prescription in play, as its callers know it."""

    plain: Plain
    code: str
    acts: int = 0
    holder: str = ""
    is_over: bool = False
    is_handed_over: bool = False
    given: list[tuple[str, str]] = field(default_factory=list)
    """Pharmacy and event id of dispenses."""
    claimed: list[tuple[str, str]] = field(default_factory=list)
    """Claimant and id of claims."""
    sent: list[Errand] = field(default_factory=list)


class Scenes:
    """Runs scenes with one seeded generator; `turn` waits until a request may go out."""

    def __init__(
        self,
        population: Population,
        clients: Clients,
        rng: random.Random,
        turn: Callable[[], Awaitable[None]],
    ) -> None:
        self._people = population
        self._clients = clients
        self._rng = rng
        self._turn = turn

    async def play(self, watched: Watched) -> None:
        """One scene, chosen by weight."""
        scene = self._rng.choices(*_CHOICE)[0]
        await scene(self, watched)

    # --- scenes -----------------------------------------------------------------------------

    async def race(self, watched: Watched) -> None:
        """Several pharmacies reserve at the same moment."""
        racers = together(self._rng, self._people.pharmacies, 2, 8)
        await asyncio.gather(
            *(self._do(watched, Reserve(by=one, code=watched.code)) for one in racers)
        )

    async def hand_over(self, watched: Watched) -> None:
        """The holder hands over a part or all, mostly; sometimes another pharmacy does."""
        rng = self._rng
        by = watched.holder if watched.holder and rng.random() < 0.8 else self._pharmacy()
        await self._do(watched, self._dispense(watched, by, release=rng.random() < 0.4))

    async def hand_over_offline(self, watched: Watched) -> None:
        """A pharmacy without a connection reports an hour later, whatever happened meanwhile."""
        earlier = datetime.now(UTC) - timedelta(minutes=self._rng.randint(1, 60))
        act = self._dispense(watched, self._pharmacy(), release=False, at=earlier)
        await self._do(watched, act)

    async def owe(self, watched: Watched) -> None:
        """A part is handed over and the rest is owed, where the network knows owing."""
        by = watched.holder or self._pharmacy()
        await self._do(watched, self._dispense(watched, by, release=False), owing=TAKES_OWING)

    async def give_back(self, watched: Watched) -> None:
        """The holder releases, mostly, while another pharmacy tries to get it."""
        by = watched.holder if watched.holder and self._rng.random() < 0.8 else self._pharmacy()
        await asyncio.gather(
            self._do(watched, Release(by=by, code=watched.code)),
            self._do(watched, Reserve(by=self._pharmacy(), code=watched.code)),
        )

    async def take_back(self, watched: Watched) -> None:
        """A dispense is reversed, the last one or a named one."""
        by, event_id = self._rng.choice(watched.given or [(self._pharmacy(), "")])
        named = event_id if self._rng.random() < 0.6 else ""
        await self._do(watched, Reverse(by=by, code=watched.code, dispense=named))

    async def claim(self, watched: Watched) -> None:
        """Reimbursement is asked for, by the pharmacy or a payer, sometimes by both at once."""
        both = self._rng.random() < 0.3
        await asyncio.gather(
            *(self._do(watched, self._claim(watched)) for _ in range(2 if both else 1))
        )

    async def take_claim_back(self, watched: Watched) -> None:
        by, claim_id = self._rng.choice(watched.claimed or [(self._pharmacy(), "claim-of-nobody")])
        if by in self._people.pharmacies:
            await self._do(watched, Withdraw(by=by, code=watched.code, claim_id=claim_id))

    async def cancel(self, watched: Watched) -> None:
        """The clinic cancels while a pharmacy reserves."""
        await asyncio.gather(
            self._do(watched, Cancel(by=watched.plain.clinic, code=watched.code)),
            self._do(watched, Reserve(by=self._pharmacy(), code=watched.code)),
        )
        watched.is_over = True

    async def replace(self, watched: Watched) -> None:
        """The clinic replaces it by another one."""
        other = self._people.plain(self._rng)
        draft = self._people.draft(Plain(watched.plain.clinic, other.patient, other.lines))
        await self._do(watched, Issue(by=watched.plain.clinic, draft=draft, replaces=watched.code))
        watched.is_over = True

    async def look(self, watched: Watched) -> None:
        await self._turn()
        await self._clients.run(look_up(watched.code, self._people.regulator))

    async def repeat(self, watched: Watched) -> None:
        """Something asked before is asked again, word for word."""
        if watched.sent:
            await self._turn()
            await self._clients.run(self._rng.choice(watched.sent))

    # --- single acts ------------------------------------------------------------------------

    async def _do(self, watched: Watched, act: Act, *, owing: bool = False) -> Call | None:
        rng = self._rng
        keyed = _with_key(act, uuid.UUID(int=rng.getrandbits(128)).hex)
        sent = errand(keyed, self._people.person(rng), owing=owing)
        watched.acts += 3 if watched.is_handed_over else 1
        if sent.cancels is None:
            watched.sent = [*watched.sent, sent][-REMEMBERED:]
        copies = 2 if rng.random() < REPEATED_AT_ONCE else 1
        attempts = 1 if rng.random() < GIVEN_UP else None
        for _ in range(copies):
            await self._turn()
        calls = await asyncio.gather(
            *(self._clients.run(sent, attempts_max=attempts) for _ in range(copies))
        )
        if rng.random() < OTHER_CONTENT and "reason" in sent.content:
            await self._turn()
            await self._clients.run(sent.with_other_content(reason="other"))
        if rng.random() < REPEATED_LATER:
            await self._turn()
            await self._clients.run(sent)
        call = calls[0]
        if call is not None:
            _remember(watched, act, call)
        return call

    def _dispense(
        self, watched: Watched, by: str, *, release: bool, at: datetime | None = None
    ) -> Dispense:
        rng = self._rng
        given: list[Given] = []
        for number, line in enumerate(watched.plain.lines, start=1):
            share = rng.choice(_SHARES)
            quantity = max((line.quantity * share).quantize(Decimal(1)), Decimal(1))
            if rng.random() < 0.8 or not given:
                given.append(
                    Given(
                        line=number,
                        drug_code=line.drug.code,
                        drug_name=line.drug.name,
                        quantity=quantity,
                        days_supply=5,
                    )
                )
        return Dispense(
            by=by,
            code=watched.code,
            lines=tuple(given),
            occurred_at=at,
            offline=at is not None,
            release_reservation=release,
        )

    def _claim(self, watched: Watched) -> Claim:
        rng = self._rng
        payer = rng.choice(self._people.payers)
        by = rng.choice([where for where, _ in watched.given] or [self._pharmacy()])
        role = "payer" if rng.random() < 0.3 else "pharmacy"
        claim_id = f"YC-{rng.getrandbits(48):012x}"
        if watched.claimed and rng.random() < 0.25:
            claim_id = rng.choice(watched.claimed)[1]
        return Claim(
            by=payer if role == "payer" else by,
            code=watched.code,
            claim_id=claim_id,
            payer=payer,
            quantities={1: rng.choice((Decimal(1), Decimal(5), watched.plain.lines[0].quantity))},
            role="payer" if role == "payer" else "pharmacy",
        )

    def _pharmacy(self) -> str:
        return self._rng.choice(self._people.pharmacies)


def _with_key(act: Act, key: str) -> Act:
    return replace(act, key=key)


def _remember(watched: Watched, act: Act, call: Call) -> None:
    watched.is_handed_over = bool(call.remaining) and set(call.remaining.values()) == {"0"}
    if call.outcome != "ok":
        return
    match act:
        case Reserve(by=by):
            watched.holder = by
        case Release():
            watched.holder = ""
        case Dispense(by=by):
            watched.given.append((by, call.event_id or ""))
            if act.release_reservation:
                watched.holder = ""
        case Claim(by=by, claim_id=claim_id):
            watched.claimed.append((by, claim_id))


_WEIGHTS = {
    Scenes.race: 26,
    Scenes.hand_over: 20,
    Scenes.give_back: 12,
    Scenes.hand_over_offline: 4,
    Scenes.owe: 3,
    Scenes.take_back: 6,
    Scenes.claim: 9,
    Scenes.take_claim_back: 3,
    Scenes.cancel: 2,
    Scenes.replace: 0.5,
    Scenes.look: 8,
    Scenes.repeat: 6,
}
_CHOICE = (tuple(_WEIGHTS), tuple(_WEIGHTS.values()))
