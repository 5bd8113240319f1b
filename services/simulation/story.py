"""The life of one prescription, told with the network's own verdicts and their times.

Every step says what must come of it; the story ends at the first answer that is another one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from services.kernel import clock
from services.simulation.acts import Act, Answer, Claim, Dispense, Reserve
from services.simulation.client import Client
from services.simulation.country import Country
from services.simulation.expectations import Expectations
from services.simulation.regulator import NoAnswerError, Regulator
from services.simulation.setting import Setting, draft_of, everything, portion
from services.simulation.telling import Line, Teller, Tone
from services.simulation.treatments import ACUTE

ALERT_WITHIN_S = 30.0
STORY_SEED = 0
RULE = "impossible-travel"
"""What the end of the story must raise."""

_WRONG: tuple[str, Tone] = ("WRONG", "wrong")


class WrongVerdictError(Exception):
    """The network answered something else than it must; the text says what."""


@dataclass
class Story:
    """The regulator is watching meanwhile. `run` begins every Idempotency-Key, `number` is the
    patient's: give another one to tell the story again on the same network."""

    client: Client
    country: Country
    regulator: Regulator
    teller: Teller
    run: str
    number: int = 1
    codes: list[str] = field(default_factory=list)
    _lines: int = 0

    async def tell(self) -> str:
        """Tell it; returns what was wrong, which is nothing when all is well."""
        self._expectations = Expectations(self.country.law, self.country.catalogue)
        setting = Setting.of(self.country, STORY_SEED, self.number, clock.now())
        setting = replace(setting, region=self.country.regions[0])
        try:
            await self._one_prescription(setting)
            await self._far_away(setting)
        except (WrongVerdictError, NoAnswerError) as wrong:
            return str(wrong)
        return ""

    async def _one_prescription(self, setting: Setting) -> None:
        a, b = setting.pharmacies(2)
        clinic = setting.region.clinics["general"]
        visit = setting.issue(ACUTE[0], clinic)
        issued = await self._issue(f"Clinic {clinic.facility_id} issues", visit)
        code, lines = issued.code, everything(draft_of(issued))
        reserve = Reserve(by=a, code=code)
        held = await self._does(f"Pharmacy {a} reserves it", reserve, "granted")
        await self._does(
            f"Pharmacy {b} asks for it too", Reserve(by=b, code=code), "reserved-elsewhere"
        )
        await self._does(f"{a} lost the answer, repeats the request", held.act, "granted")
        await self._does(f"{a} asks anew", reserve, "already-held")
        for what, first, last in (("three days of it", 0, 3), ("the rest", 3, 90)):
            part = portion(draft_of(issued), first, last)
            hand_over = Dispense(by=a, code=code, lines=part)
            await self._does(f"{a} hands over {what}", hand_over, "dispensed")
        await self._does(f"{b} asks again", Reserve(by=b, code=code), "nothing-remaining")
        claim = Claim(
            by=a,
            code=code,
            claim_id=f"HS-{code}",
            payer=setting.payer(),
            quantities={given.line: given.quantity for given in lines},
        )
        await self._does(f"{a} claims it from payer {claim.payer}", claim, "payable")
        again = replace(claim, claim_id=f"{claim.claim_id}-2")
        await self._does(f"{a} claims it once more", again, "claimed-before")
        more = Dispense(by=b, code=code, lines=lines[:1])
        await self._does(
            f"{b} hands it over once more all the same", more, "dispensed", "duplicate"
        )
        forged = f"{code[:11]}{'1' if code[11] == '0' else '0'}{code[12:]}"
        await self._does(
            f"{b} is shown the forged code {forged}",
            Reserve(by=b, code=forged),
            "unknown-prescription",
        )

    async def _far_away(self, setting: Setting) -> None:
        there = setting.elsewhere()
        practice, pharmacy = there.any_practice(), there.pharmacy()
        visit = there.issue(ACUTE[1], practice)
        issued = await self._issue(
            f"{practice.facility_id}, far away, sees the same patient", visit
        )
        code = issued.code
        await self._does(f"{pharmacy} reserves it", Reserve(by=pharmacy, code=code), "granted")
        all_of_it = Dispense(by=pharmacy, code=code, lines=everything(draft_of(issued)))
        await self._does(f"{pharmacy} hands it over", all_of_it, "dispensed")
        dispensed_at = clock.monotonic()
        patient = await self.regulator.patient_of(self.codes[-1])
        is_seen = await self.regulator.wait_for(
            lambda: RULE in self.regulator.open_on(patient), ALERT_WITHIN_S
        )
        if not is_seen:
            raise WrongVerdictError(f"no alert within {ALERT_WITHIN_S:.0f} s of the last dispense")
        alert = next(
            seen
            for seen in self.regulator.alerts.values()
            if seen.subject == patient and seen.rule == RULE and seen.is_open
        )
        self._tell(
            f"Regulator {self.regulator.facility} sees an alert on patient {patient[:8]}…",
            f"alert: {RULE}",
            "alert",
            (clock.monotonic() - dispensed_at) * 1000,
            (alert.title_vi, alert.title),
        )

    async def _issue(self, what: str, act: Act) -> Answer:
        issued = await self._does(what, act, "issued")
        self.codes.append(issued.code)
        return issued

    async def _does(self, what: str, act: Act, result: str, *findings: str) -> Answer:
        """One step. `result` and `findings` are what must come of it."""
        act = act if act.key else replace(act, key=f"{self.run}.story.{self._lines}")
        answer = await self.client.perform(act)
        wrong = self._expectations.take([answer], clock.now())
        found = answer.reasons if answer.verdict == "recorded" else ()
        if answer.result != result or found != findings:
            wrong.append(f"the story goes on with {result} {', '.join(findings)}".rstrip())
        outcome, tone = _outcome(answer) if not wrong else _WRONG
        self._tell(what, outcome, tone, answer.seconds * 1000, (*_said(answer), *wrong))
        if wrong:
            raise WrongVerdictError(f"{what}: {wrong[0]}")
        return answer

    def _tell(
        self, what: str, outcome: str, tone: Tone, milliseconds: float, notes: tuple[str, ...]
    ) -> None:
        self._lines += 1
        self.teller.line(Line(self._lines, what, outcome, tone, milliseconds, notes))


def _outcome(answer: Answer) -> tuple[str, Tone]:
    """What came of an act: the code of what was issued, what remains after a hand-over."""
    if answer.verdict == "refused":
        return f"refused: {answer.result}", "refused"
    if answer.verdict == "recorded" and answer.reasons:
        return f"recorded, finding: {', '.join(answer.reasons)}", "finding"
    if answer.verdict == "recorded":
        left = [item["quantity"] for item in answer.body["remaining"]]
        return f"{answer.result}, {' and '.join(left)} left", "good"
    if answer.result == "issued":
        return f"issued: {answer.code}", "good"
    return answer.result, "good"


def _said(answer: Answer) -> tuple[str, ...]:
    """What the network told the counter about a refusal or a finding, in both languages."""
    told = answer.body.get("reasons", [])[:1]
    return tuple(reason[language] for reason in told for language in ("message_vi", "message"))


def run_name(moment: datetime) -> str:
    """A name that tells runs on one network apart."""
    return f"run-{moment:%Y%m%dT%H%M%S}"
