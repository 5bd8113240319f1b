"""Ordinary lives: why people get a prescription. None of this may raise an alert."""

from __future__ import annotations

from collections.abc import Callable

from services.simulation.acts import Cancel, Dispense, Issue, Reserve, Script, one
from services.simulation.counters import after_the_visit
from services.simulation.setting import Setting, collected_then, draft_of, everything, portion
from services.simulation.treatments import (
    ACUTE,
    BATCH_DAYS,
    CANCER_PAIN,
    CHILD,
    CHRONIC,
    PSYCHIATRY,
    SURGERY,
    TRADITIONAL,
)

Behaviour = Callable[[Setting], Script]


def acute(setting: Setting) -> Script:
    """An infection: an antibiotic for 5 to 7 days."""
    visit = setting.issue(setting.rng.choice(ACUTE), setting.any_practice())
    issued = yield from one(visit)
    yield from after_the_visit(setting, issued)


def chronic(setting: Setting) -> Script:
    """The same medicine every 30 days; last month's is reported by a pharmacy that was offline."""
    treatment, practice = setting.rng.choice(CHRONIC), setting.any_practice()
    before = yield from one(setting.issue(treatment, practice, days_ago=30))
    yield from one(collected_then(before, setting.pharmacy()))
    issued = yield from one(setting.issue(treatment, practice))
    yield from after_the_visit(setting, issued)


def child(setting: Setting) -> Script:
    """A child under six, brought by an adult."""
    setting = setting.with_child()
    issued = yield from one(setting.issue(CHILD, setting.region.clinics["paediatrics"]))
    yield from after_the_visit(setting, issued)


def surgery(setting: Setting) -> Script:
    """An opioid for a few days after an operation."""
    issued = yield from one(setting.issue(SURGERY, setting.region.hospital))
    yield from after_the_visit(setting, issued)


def psychiatry(setting: Setting) -> Script:
    """A psychotropic for anxiety or sleep."""
    visit = setting.issue(setting.rng.choice(PSYCHIATRY), setting.any_practice())
    issued = yield from one(visit)
    yield from after_the_visit(setting, issued)


def cancer(setting: Setting) -> Script:
    """Morphine in three batches of ten days: two were collected in time, the third is due today."""
    pharmacy = setting.pharmacy()
    visit = setting.issue(CANCER_PAIN, setting.region.hospital, days_ago=2 * BATCH_DAYS)
    issued = yield from one(visit)
    written = draft_of(issued)
    for batch in (0, 1):
        first_day = batch * BATCH_DAYS
        lines = portion(written, first_day, first_day + BATCH_DAYS)
        yield from one(collected_then(issued, pharmacy, lines, days_after=first_day))
    yield from one(Reserve(by=pharmacy, code=issued.code))
    lines = portion(written, 2 * BATCH_DAYS, 3 * BATCH_DAYS)
    yield from one(Dispense(by=pharmacy, code=issued.code, lines=lines))


def traditional(setting: Setting) -> Script:
    """A decoction or a herbal medicine."""
    clinic = setting.region.clinics["traditional-medicine"]
    issued = yield from one(setting.issue(setting.rng.choice(TRADITIONAL), clinic))
    yield from after_the_visit(setting, issued)


def reported_late(setting: Setting) -> Script:
    """A pharmacy without a connection reports two days later what it handed over in time."""
    visit = setting.issue(setting.rng.choice(ACUTE), setting.any_practice(), days_ago=2)
    issued = yield from one(visit)
    yield from one(collected_then(issued, setting.pharmacy()))


def came_too_late(setting: Setting) -> Script:
    """The patient comes after the five days are over."""
    visit = setting.issue(setting.rng.choice(ACUTE), setting.any_practice(), days_ago=8)
    issued = yield from one(visit)
    yield from one(Reserve(by=setting.pharmacy(), code=issued.code))


def paper_first(setting: Setting) -> Script:
    """The patient is at the pharmacy before the clinic's upload: sold on paper, matched later."""
    visit = setting.issue(setting.rng.choice(ACUTE), setting.any_practice(), own_code=True)
    code, (first, second) = visit.draft.prescription_code or "", setting.pharmacies(2)
    yield from one(Reserve(by=first, code=code))
    yield from one(Dispense(by=first, code=code, lines=everything(visit.draft)))
    yield from one(visit)
    yield from one(Reserve(by=second, code=code))


def cancelled_first(setting: Setting) -> Script:
    """The cancellation overtakes the prescription."""
    visit = setting.issue(setting.rng.choice(ACUTE), setting.any_practice(), own_code=True)
    code = visit.draft.prescription_code or ""
    yield from one(Cancel(by=visit.by, code=code))
    yield from one(visit)
    yield from one(Reserve(by=setting.pharmacy(), code=code))


def code_reused(setting: Setting) -> Script:
    """The practice's software uses a code twice: the second prescription must not get it."""
    practice = setting.any_practice()
    visit = setting.issue(ACUTE[0], practice, own_code=True)
    code = visit.draft.prescription_code
    issued = yield from one(visit)
    other = setting.issue(ACUTE[1], practice).draft.model_copy(update={"prescription_code": code})
    yield from one(Issue(by=visit.by, draft=other))
    yield from after_the_visit(setting, issued)


BEHAVIOURS: dict[Behaviour, int] = {
    acute: 36,
    chronic: 22,
    child: 10,
    psychiatry: 6,
    surgery: 6,
    traditional: 6,
    cancer: 4,
    reported_late: 4,
    came_too_late: 2,
    paper_first: 2,
    cancelled_first: 1,
    code_reused: 1,
}
"""How often in a hundred; chosen so that a minute shows everything, not from any statistics."""


def ordinary(setting: Setting) -> tuple[str, Script]:
    """One of the behaviours by their weights: its name and its story."""
    behaviours, weights = zip(*BEHAVIOURS.items(), strict=True)
    (behaviour,) = setting.rng.choices(behaviours, weights)
    return behaviour.__name__, behaviour(setting)
