"""What happens to a prescription after the visit: one function per way, most of them good.

Every way is a generator of acts; what must come of them is said in `expectations.py` alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from services.simulation.acts import (
    Answer,
    Cancel,
    Claim,
    Dispense,
    Given,
    Issue,
    Release,
    Reserve,
    Reverse,
    Script,
    Withdraw,
    one,
)
from services.simulation.setting import Setting, draft_of, everything, portion

Way = Callable[[Setting, Answer], Script]

UNLISTED = "DQGKHAC001"
"""A product that no catalogue lists: handed over where the catalogue has no other of the kind."""


def after_the_visit(setting: Setting, issued: Answer) -> Script:
    """One of the ways, by their weights."""
    ways, weights = zip(*WAYS.items(), strict=True)
    (way,) = setting.rng.choices(ways, weights)
    yield from way(setting, issued)


def collected(setting: Setting, issued: Answer) -> Script:
    """The common case: reserved, handed over whole, often claimed."""
    pharmacy = setting.pharmacy()
    yield from one(Reserve(by=pharmacy, code=issued.code))
    yield from one(_all_of(issued, pharmacy))
    if setting.rng.random() < 0.5:
        yield from _claimed(setting, issued, pharmacy)


def in_parts(setting: Setting, issued: Answer) -> Script:
    """Half today, the rest at the same pharmacy."""
    pharmacy, half = setting.pharmacy(), _half(issued)
    yield from one(Reserve(by=pharmacy, code=issued.code))
    yield from one(Dispense(by=pharmacy, code=issued.code, lines=_until(issued, half)))
    yield from one(Dispense(by=pharmacy, code=issued.code, lines=_from(issued, half)))


def rest_elsewhere(setting: Setting, issued: Answer) -> Script:
    """One pharmacy runs out; another has the rest."""
    (first, second), half = setting.pharmacies(2), _half(issued)
    yield from one(Reserve(by=first, code=issued.code))
    yield from one(Reserve(by=second, code=issued.code))
    part = Dispense(
        by=first, code=issued.code, lines=_until(issued, half), release_reservation=True
    )
    yield from one(part)
    yield from one(Reserve(by=second, code=issued.code))
    yield from one(Dispense(by=second, code=issued.code, lines=_from(issued, half)))


def answers_lost(setting: Setting, issued: Answer) -> Script:
    """The line is bad: the counter sends the same again, and then asks anew."""
    pharmacy = setting.pharmacy()
    held = yield from one(Reserve(by=pharmacy, code=issued.code))
    yield (held.act,)
    yield from one(Reserve(by=pharmacy, code=issued.code))
    dispensed = yield from one(_all_of(issued, pharmacy))
    yield (dispensed.act,)


def raced(setting: Setting, issued: Answer) -> Script:
    """The code was sent to three pharmacies, and all ask at the same moment."""
    pharmacies = setting.pharmacies(3)
    answers = yield tuple(Reserve(by=pharmacy, code=issued.code) for pharmacy in pharmacies)
    for answer in answers:
        if answer.result == "granted":
            yield from one(_all_of(issued, answer.act.by))


def released(setting: Setting, issued: Answer) -> Script:
    """The patient leaves the queue and goes to another pharmacy."""
    first, second = setting.pharmacies(2)
    yield from one(Reserve(by=first, code=issued.code))
    yield from one(Release(by=first, code=issued.code))
    yield from one(Reserve(by=second, code=issued.code))
    yield from one(_all_of(issued, second))


def substituted(setting: Setting, issued: Answer) -> Script:
    """The pharmacist offers another product of the same ingredient, strength and route."""
    pharmacy = setting.pharmacy()
    yield from one(Reserve(by=pharmacy, code=issued.code))
    first, *others = everything(draft_of(issued))
    name = draft_of(issued).lines[0].active_ingredient
    same = setting.country.same_medicine(first.drug_code)
    code = setting.rng.choice(same) if same else UNLISTED
    other = replace(first, drug_code=code, drug_name=f"{name} (sản phẩm khác)"[:500])
    lines = (replace(other, substituted=True), *others)
    yield from one(Dispense(by=pharmacy, code=issued.code, lines=lines))


def entered_wrongly(setting: Setting, issued: Answer) -> Script:
    """Too much was typed in; it is taken back and entered again."""
    pharmacy = setting.pharmacy()
    yield from one(Reserve(by=pharmacy, code=issued.code))
    too_much = Dispense(by=pharmacy, code=issued.code, lines=_ten_more(issued))
    wrong = yield from one(too_much)
    yield from one(Reverse(by=pharmacy, code=issued.code, dispense=wrong.event_id))
    yield from one(_all_of(issued, pharmacy))


def too_much(setting: Setting, issued: Answer) -> Script:
    """More is handed over than was prescribed: a finding that stays."""
    pharmacy = setting.pharmacy()
    yield from one(Reserve(by=pharmacy, code=issued.code))
    yield from one(Dispense(by=pharmacy, code=issued.code, lines=_ten_more(issued)))


def sold_twice(setting: Setting, issued: Answer) -> Script:
    """A second pharmacy hands over all of it without having asked."""
    first, second = setting.pharmacies(2)
    yield from one(Reserve(by=first, code=issued.code))
    yield from one(_all_of(issued, first))
    yield from one(_all_of(issued, second))
    yield from one(Reserve(by=second, code=issued.code))


def sold_past_a_hold(setting: Setting, issued: Answer) -> Script:
    """One pharmacy holds the prescription, another hands it over; that one takes it back."""
    holder, other = setting.pharmacies(2)
    yield from one(Reserve(by=holder, code=issued.code))
    past = yield from one(_all_of(issued, other))
    yield from one(Reverse(by=other, code=issued.code, dispense=past.event_id))
    yield from one(Reverse(by=holder, code=issued.code, dispense=past.event_id))


def cancelled(setting: Setting, issued: Answer) -> Script:
    """The prescriber changes their mind in time."""
    pharmacy = setting.pharmacy()
    yield from one(Cancel(by=issued.act.by, code=issued.code))
    yield from one(Reserve(by=pharmacy, code=issued.code))


def cancelled_while_held(setting: Setting, issued: Answer) -> Script:
    """The cancellation waits for the pharmacy to let go."""
    first, second = setting.pharmacies(2)
    yield from one(Reserve(by=first, code=issued.code))
    yield from one(Cancel(by=issued.act.by, code=issued.code))
    yield from one(Release(by=first, code=issued.code))
    yield from one(Reserve(by=second, code=issued.code))


def cancelled_too_late(setting: Setting, issued: Answer) -> Script:
    """The medicines are gone already."""
    pharmacy = setting.pharmacy()
    yield from one(Reserve(by=pharmacy, code=issued.code))
    yield from one(_all_of(issued, pharmacy))
    yield from one(Cancel(by=issued.act.by, code=issued.code))


def corrected(setting: Setting, issued: Answer) -> Script:
    """The prescriber sends a corrected prescription; the old paper opens nothing any more."""
    pharmacy = setting.pharmacy()
    corrected_draft = draft_of(issued).model_copy(update={"prescription_code": None})
    correction = Issue(by=issued.act.by, draft=corrected_draft, replaces=issued.code)
    newer = yield from one(correction)
    yield from one(Reserve(by=pharmacy, code=issued.code))
    yield from one(Reserve(by=pharmacy, code=newer.code))
    yield from one(_all_of(newer, pharmacy))


def forged(setting: Setting, issued: Answer) -> Script:
    """Somebody shows a code that looks right and was never issued."""
    pharmacy = setting.pharmacy()
    middle = "".join(setting.rng.choices("0123456789abcdefghijklmnopqrstuvwxyz", k=7))
    code = f"{issued.code[:5]}{middle}{issued.code[-2:]}"
    yield from one(Reserve(by=pharmacy, code=code))


def never_collected(_setting: Setting, _issued: Answer) -> Script:
    """The patient gets better, or cannot pay."""
    yield from ()


WAYS: dict[Way, int] = {
    collected: 36,
    in_parts: 12,
    rest_elsewhere: 6,
    answers_lost: 6,
    raced: 6,
    released: 5,
    substituted: 5,
    never_collected: 5,
    cancelled: 3,
    cancelled_while_held: 2,
    cancelled_too_late: 2,
    corrected: 3,
    entered_wrongly: 3,
    too_much: 2,
    sold_twice: 2,
    sold_past_a_hold: 1,
    forged: 1,
}
"""How often in a hundred; chosen so that a minute shows everything, not from any statistics."""


def _claimed(setting: Setting, issued: Answer, pharmacy: str) -> Script:
    """A claim, now and then a second one, now and then one that is taken back and made again."""
    quantities = {given.line: given.quantity for given in everything(draft_of(issued))}
    payer, mood = setting.payer(), setting.rng.random()
    claim = Claim(
        by=pharmacy,
        code=issued.code,
        claim_id=f"HS-{issued.code}",
        payer=payer,
        quantities=quantities,
    )
    yield from one(claim)
    if mood < 0.2:
        yield from one(replace(claim, claim_id=f"{claim.claim_id}-2"))
    elif mood < 0.3:
        yield from one(Withdraw(by=pharmacy, code=issued.code, claim_id=claim.claim_id))
        yield from one(claim)


def _all_of(issued: Answer, pharmacy: str) -> Dispense:
    return Dispense(by=pharmacy, code=issued.code, lines=everything(draft_of(issued)))


def _ten_more(issued: Answer) -> tuple[Given, ...]:
    first, *others = everything(draft_of(issued))
    return (replace(first, quantity=first.quantity + Decimal(10)), *others)


def _half(issued: Answer) -> int:
    """The day of the treatment, from 0, on which the second half begins."""
    return max(1, max(line.days_supply or 1 for line in draft_of(issued).lines) // 2)


def _until(issued: Answer, day: int) -> tuple[Given, ...]:
    return portion(draft_of(issued), 0, day)


def _from(issued: Answer, day: int) -> tuple[Given, ...]:
    return portion(draft_of(issued), day, 366)
