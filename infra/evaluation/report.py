"""DETECTION.md: the tables of one evaluation, with everything needed to run it again. Pure.

What it says of the rules' limits is written here once; the numbers are all measured.
"""

from __future__ import annotations

from collections.abc import Sequence

from infra.evaluation.country.generator import Country
from infra.evaluation.country.labels import ABUSE_FORMS
from infra.evaluation.country.schemes import LOOK_ALIKES
from infra.evaluation.measures import Scores, Tally, per_1000_a_month, wilson
from infra.evaluation.oracle.asking import Compared
from infra.evaluation.places.report import Places, section
from infra.evaluation.queue import precisions
from infra.evaluation.table import share, table
from infra.evaluation.undecidable import JUDGED_BY_REGISTRY, UNDECIDABLE
from infra.evaluation.verdicts import PRECISION_MIN, Verdict

PLOTS = (
    ("docs/detection/precision.png", "Precision and frequency of each rule"),
    ("docs/detection/forms.png", "What each rule finds, by how the scheme was carried out"),
    ("docs/detection/delay.png", "Time from first detectable to alert"),
    ("docs/detection/places.png", "Precision and number of alerts about places"),
)

WRONG_LABELS = 0.1
"""Of the abusers, those whose label is wrong when the ranking is measured a second time."""


def report(
    country: Country,
    scores: Scores,
    verdicts: Sequence[Verdict],
    compared: Sequence[Compared],
    places: Places,
) -> str:
    """The whole page."""
    world = country.world
    parts = [
        _HEAD,
        _size(country, scores),
        f'Again: `make evaluate EVALUATE="--seed {world.seed} --patients {world.patients}"`.',
        "## Each rule\n" + _READ_RULES + "\n" + _rules(scores, verdicts, world.days),
        "## Each form\n" + _READ_FORMS + "\n" + _forms(scores, verdicts),
        "## Innocent look-alikes\n" + _READ_LOOK_ALIKES + "\n" + _look_alikes(scores),
        _ranking(scores, world.seed),
    ]
    if compared:
        parts.append("## The rules a second time\n" + _oracle(compared))
    parts += [
        section(places),
        "## Plots\n" + "\n".join(f"![{title}]({path})" for path, title in PLOTS),
        not_ours(),
        _LIMITS,
    ]
    return "\n\n".join(parts) + "\n"


def _size(country: Country, scores: Scores) -> str:
    world = country.world
    return (
        f"Seed {world.seed}; {world.patients:,} patients over {world.days} days, of whom "
        f"{scores.abusers:,} take part in a planted abuse, and {country.enriched:,} more in an "
        f"enriched set ({country.copies} of each scheme and form); {scores.facts:,} facts in the "
        "log, repetitions and withdrawals included."
    )


def _rules(scores: Scores, verdicts: Sequence[Verdict], days: int) -> str:
    head = (
        "rule",
        "mode",
        "alerts",
        "per 1,000 patients a month",
        "precision",
        "95 %",
        "recall",
        "F1",
        "taken back",
        "exempt",
        "minutes to alert p50 / p95",
        "verdict",
    )
    return table(head, [_rule(scores, verdict, days) for verdict in verdicts])


def _rule(scores: Scores, verdict: Verdict, days: int) -> tuple[str, ...]:
    tally = scores.rules[verdict.rule]
    low, high = wilson(tally.true, tally.alerts)
    taken_back = tally.retracted / tally.raised if tally.raised else None
    return (
        f"`{verdict.rule}`",
        verdict.mode,
        f"{tally.alerts:,}",
        f"{per_1000_a_month(tally.alerts, scores.patients, days):.2f}",
        share(tally.precision),
        f"{low:.2f} to {high:.2f}" if tally.alerts else "",
        share(tally.recall),
        share(tally.f1),
        f"{taken_back:.1%}" if taken_back is not None else "",
        f"{tally.suppressed:,} ({tally.hidden:,})",
        f"{_minutes(tally, 50)} / {_minutes(tally, 95)}",
        verdict.words if verdict.fits else f"**{verdict.words}**",
    )


def _forms(scores: Scores, verdicts: Sequence[Verdict]) -> str:
    rows = []
    for verdict in verdicts:
        tally = scores.rules[verdict.rule]
        found = [f"{tally.found[form]} of {tally.planted[form]}" for form in ABUSE_FORMS]
        rows.append((f"`{verdict.rule}`", *found))
    return table(("rule", *ABUSE_FORMS), rows)


def _look_alikes(scores: Scores) -> str:
    rows = []
    for look_alike in LOOK_ALIKES:
        for rule in look_alike.rules:
            tally = scores.rules[rule]
            there = tally.look_alikes[look_alike.name]
            rows.append(
                (look_alike.name, f"`{rule}`", str(there), str(tally.accused[look_alike.name]))
            )
    return table(("look-alike", "rule that should leave it alone", "patients", "accused"), rows)


def _ranking(scores: Scores, seed: int) -> str:
    shown = _area(scores.average_precision)
    noisy = _area(scores.with_wrong_labels(WRONG_LABELS, seed))
    chance = scores.abusers / scores.patients if scores.patients else 0
    return (
        "## Ranked\nPatients ranked by how many different rules have an alert about them: area "
        f"under the precision-recall curve (AUPRC) {shown}; by chance it would be {chance:.3f}. "
        f"With {WRONG_LABELS:.0%} of the abusers labelled innocent, and as many innocent people "
        f"labelled abusers, the same ranking measures {noisy}.\n\n" + _queue(scores)
    )


def _area(value: float | None) -> str:
    return "not measurable" if value is None else f"{value:.3f}"


def _queue(scores: Scores) -> str:
    if not scores.queue:
        return "No rule outside shadow found anything, so the queue of cases is empty."
    rows = [(f"{k:,}", share(value)) for k, value in precisions(scores.queue)]
    return (
        "The queue of cases as people would see it at the end, from rules outside shadow alone, "
        "in the order of their score:\n\n" + table(("first", "of these, abuse"), rows)
    )


def _oracle(compared: Sequence[Compared]) -> str:
    rows = [(f"`{c.rule}`", f"{c.engine:,}", f"{c.oracle:,}", str(c.differing)) for c in compared]
    return (
        "Written in SQL over the final log, sharing no code with the engine, by readers of it: a "
        "misreading common to both stays unseen. An alert is the same when patient, first hit, "
        "last hit and number of hits are, and exemptions hold for both or for neither; what is on "
        "record only is counted too.\n\n"
        + table(("rule", "alerts of the engine", "alerts of the SQL", "differing"), rows)
    )


def not_ours() -> str:
    """The rules of the literature that surveillance does not have, and why."""
    judged = [(f"`{name}`", told) for name, told in JUDGED_BY_REGISTRY]
    undecided = [(f"`{name}`", why) for name, why in UNDECIDABLE]
    return (
        "## What the registry judges\n"
        "Each claim when it comes, so no alert about it is needed; the codes are in "
        "`REASONS.md`.\n\n"
        + table(("rule", "what the registry says"), judged)
        + "\n\n## What our events cannot decide\n"
        + table(("rule", "why"), undecided)
    )


def _minutes(tally: Tally, percent: float) -> str:
    value = tally.minutes(percent)
    if value is None:
        return ""
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"


_HEAD = """# How well surveillance detects

Written by `make evaluate`: a generated country of known truth, folded by the real engine. The
country is artificial; its frequencies are the generator's own (`infra/evaluation/country`), so
these numbers compare rules and versions with each other; they promise nothing about a real one.
"""

_READ_RULES = f"""Precision: of the alerts in the country, the share on a planted abuse. A
pattern that is really there in an innocent life counts as a false alarm. Recall: of what was
planted for the rule in all forms, also those below its threshold and those that evade it. A rule
is shown to people only with a precision of at least {PRECISION_MIN}; the others are statistics
(shadow). Exempt: patterns that are on record only, because an exemption holds, and in brackets
those that rest on a planted abuse all the same: what the exemption costs.
"""

_READ_FORMS = """Of the enriched set. `at` is exactly on the threshold, `above` one beyond it,
`below` one short: a rule must find the first three and cannot find `below`; `evasive` avoids the
rule on purpose (branches of one chain, one day too long, days left out, another medicine).
"""

_READ_LOOK_ALIKES = """Innocent lives that look like a scheme, in the country and the enriched set.
"""

_LIMITS = """## What these numbers do not say
- Precision is what the ordinary lives make it. They were adjusted after first measurements with
  10,000 patients: journeys came in, because people were in two provinces at once (precision of
  `impossible-travel` 0.33 of 12 alerts before, 1.00 since); refills were dated by the last
  collection and came at most a week early before the holiday (`early-refill`); chronic pain got
  referrals and opioids with diazepam (`cob` 1.00 of 7 alerts before, 0.60 since). None of these
  shares has a source, so no precision here decides alone about a rule's mode.
- A precision of 1.00 says that no ordinary life here looks like that. A sale entered for the wrong
  person, at a wrong hour, or as collected in person by mistake is hardly generated.
- Easy and borderline schemes follow the rules' own sentences, so 40 of 40 says that the engine does
  what the rule says, not that it finds abuse it was not written for.
- Prevalence decides precision: with half as many abusers every precision above is lower.
- The schemes were written by people who know the rules; real abuse looks for what no rule sees.
- Time to alert is the delay of transport only: the engine judges a fact when it is recorded."""
