"""The part of DETECTION.md about prescribers, pharmacies and rings. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from infra.evaluation.country.labels import ABUSE_FORMS
from infra.evaluation.measures import Scores, Tally, wilson
from infra.evaluation.oracle.asking_places import ComparedMonths
from infra.evaluation.places.folding import ASKED_TWICE_EVERY
from infra.evaluation.places.habits import A_DAY_MAX
from infra.evaluation.places.labels import PlaceLabel
from infra.evaluation.places.reviewing import RULES
from infra.evaluation.places.schemes import LOOK_ALIKES, SCHEMES
from infra.evaluation.places.scoring import subjects
from infra.evaluation.places.sites import Sites, forms_of
from infra.evaluation.places.times import MONTHS
from infra.evaluation.table import share, table
from infra.evaluation.verdicts import Verdict

MINUTES_A_DAY = 1440


class Places(NamedTuple):
    """What was measured of the places; `labels` are those of the realistic part, `twice` the rules
    that were asked a second time."""

    sites: Sites
    labels: Sequence[PlaceLabel]
    scores: Scores
    verdicts: Sequence[Verdict]
    twice: Sequence[ComparedMonths] = ()


def section(places: Places) -> str:
    """Everything from the heading on."""
    parts = [
        "## Prescribers, pharmacies and rings",
        _size(places),
        "### Each rule about places\n" + _READ_RULES + "\n" + _rules(places),
        "### Each form of abuse by places\n" + _READ_FORMS + "\n" + _forms(places.scores),
        "### Innocent places\n" + _READ_LOOK_ALIKES + "\n" + _look_alikes(places.scores),
        _ranking(places.scores),
    ]
    if places.twice:
        parts.append("### Rules about places a second time\n" + _twice(places.twice))
    return "\n\n".join((*parts, _LIMITS))


def _size(places: Places) -> str:
    sites, labels = places.sites, places.labels
    count = {kind: subjects(sites, labels, kind) for kind in ("prescriber", "pharmacy")}
    abuses = sum(label.is_abuse for label in labels)
    return (
        f"Seed {sites.seed}; {sites.towns} towns with {count['prescriber']:,} prescribers and "
        f"{count['pharmacy']:,} pharmacies, those of {abuses} schemes and {len(labels) - abuses} "
        f"look-alikes among them, from {_month(0)} to {_month(-1)}; and an enriched set, "
        f"{sites.copies} of each scheme and form, each put beside the country alone. "
        f"{places.scores.facts:,} facts, counted through the real engine, and reviewed month by "
        "month as the log got to know them."
    )


def _month(place: int) -> str:
    year, month = MONTHS[place]
    return f"{year}-{month:02d}"


def _rules(places: Places) -> str:
    head = (
        "rule",
        "mode",
        "alerts",
        "per 1,000 subjects a month",
        "precision",
        "95 %",
        "recall",
        "taken back",
        "days from the first act to the alert p50 / p95",
        "verdict",
    )
    rows = [_rule(places, verdict) for verdict in places.verdicts]
    return table(head, rows)


def _rule(places: Places, verdict: Verdict) -> tuple[str, ...]:
    tally = places.scores.rules[verdict.rule]
    low, high = wilson(tally.true, tally.alerts)
    count = subjects(places.sites, places.labels, RULES[verdict.rule].subject_kind)
    often = 1000 * tally.alerts / (count * len(MONTHS))
    taken_back = f"{tally.retracted / tally.raised:.1%}" if tally.raised else ""
    return (
        f"`{verdict.rule}`",
        verdict.mode,
        f"{tally.alerts:,}",
        f"{often:.2f}",
        share(tally.precision),
        f"{low:.2f} to {high:.2f}" if tally.alerts else "",
        share(tally.recall),
        taken_back,
        f"{_days(tally, 50)} / {_days(tally, 95)}",
        verdict.words if verdict.fits else f"**{verdict.words}**",
    )


def _days(tally: Tally, percent: float) -> str:
    minutes = tally.minutes(percent)
    return "" if minutes is None else f"{minutes / MINUTES_A_DAY:.0f}"


def _forms(scores: Scores) -> str:
    rows = []
    for scheme in SCHEMES:
        tally = scores.rules[scheme.rule]
        found = [
            f"{tally.found[form]} of {tally.planted[form]}" if form in forms_of(scheme) else ""
            for form in ABUSE_FORMS
        ]
        rows.append((f"`{scheme.rule}`", *found, scheme.note))
    return table(("rule", *ABUSE_FORMS, "note"), rows)


def _look_alikes(scores: Scores) -> str:
    rows = [
        (
            look_alike.name,
            f"`{rule}`",
            str(scores.rules[rule].look_alikes[look_alike.name]),
            str(scores.rules[rule].accused[look_alike.name]),
        )
        for look_alike in LOOK_ALIKES
        for rule in look_alike.rules
    ]
    return table(("look-alike", "rule that should leave it alone", "places", "accused"), rows)


def _ranking(scores: Scores) -> str:
    value = scores.average_precision
    shown = "not measurable" if value is None else f"{value:.3f}"
    return (
        "Prescribers, pharmacies and patients ranked by how many different rules about places have "
        "an alert about them: "
        f"area under the precision-recall curve {shown}."
    )


def _twice(compared: Sequence[ComparedMonths]) -> str:
    rows = [(f"`{c.rule}`", f"{c.engine:,}", f"{c.oracle:,}", str(c.differing)) for c in compared]
    return (
        "The rules that compare with a limit and not with peers, in SQL over the final log of one "
        f"site in {ASKED_TWICE_EVERY}: the same subjects in the same months.\n\n"
        + table(("rule", "months of the engine", "months of the SQL", "differing"), rows)
    )


_READ_RULES = """Precision: of the alerts in the realistic part, the share about somebody who takes
part in a planted abuse, in a month in which it goes on. An alert is an episode, and a calendar year
ends one. Recall: of what was planted for the rule in all forms. A month is reviewed ten days after
its end, so no alert can come sooner.
"""

_READ_FORMS = """Of the enriched set, as above. A rule that compares with peers has no exact
threshold in them; its borderline forms stand on the least number it looks at.
"""

_READ_LOOK_ALIKES = """In the realistic part and the enriched set; accused is a look-alike when
anybody in it is.
"""

_LIMITS = f"""What these numbers do not say:

- How often prescribers and pharmacies do such things is not known. The frequencies planted here
  (2 to 10 of 1,000 for each scheme) are chosen, and so are those of the look-alikes; with fewer
  abusers every precision is lower.
- Traffic is chosen too: a prescriber writes some 110 prescriptions a month, at most
  {A_DAY_MAX:.0f} on an ordinary day. Where a prescriber sees eighty patients a day, rules with a
  fixed number of cases meet that number every day, and accuse more.
- Abusers hide each other: a rule that asks for more than 99 % of the peers finds nobody where two
  in a hundred do the same. One scheme in 250 prescribers is planted for it.
- Traffic was adjusted after the first measurements with 3 and 24 towns: patients come back within
  days (before, towns were so alike that any difference stood out in `pharmacy-outlier`), schemes
  lie in practices of several kinds, and those who carry them out treat ordinary patients too.
- Towns are closed: nobody goes to another one. Rules about ties and single pharmacies therefore see
  closer circles than a real country has.
- `shopper-centrality` compares the patients of these towns with opioids, and nobody of the country
  of patients above: doctor shoppers there are measured by the rules about one patient. Hardly
  anybody else in a town takes opioids from three practices, so its precision here is flattering.
- Each scheme is carried out in one way. Those of `pharmacy-outlier` and `pill-mill` stand out in
  most of the rule's measures at once; abuse in a single measure is not planted."""
