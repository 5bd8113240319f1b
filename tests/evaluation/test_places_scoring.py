"""What counts as true about prescribers and pharmacies: small cases that can be checked by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from infra.evaluation.country.labels import Form
from infra.evaluation.measures import Scores
from infra.evaluation.places.folding import MONTH_NUMBERS, Counted
from infra.evaluation.places.labels import PlaceLabel
from infra.evaluation.places.report import Places, section
from infra.evaluation.places.reviewing import Nation, Reviewed
from infra.evaluation.places.scoring import score
from infra.evaluation.places.sites import Sites
from infra.evaluation.verdicts import modes_of_places, verdicts
from services.surveillance.measures.alerting import SubjectAlert
from services.surveillance.measures.months import first_day, last_day
from services.surveillance.parameters import Parameters

JANUARY = 3
PARAMETERS = Parameters.load()


def label(
    form: Form = "easy", *, enriched: bool = False, months: tuple[int, int] = (3, 3)
) -> PlaceLabel:
    return PlaceLabel(
        scheme="throughput" if form != "look-alike" else "nursing-home",
        form=form,
        rules=("throughput",),
        subject_kind="prescriber",
        subject="BS-MAU-1",
        accomplices=("NT-MAU-1",),
        months=months,
        enriched=enriched,
    )


def alert(
    subject: str = "BS-MAU-1", month: int = JANUARY, rule: str = "throughput"
) -> SubjectAlert:
    number = MONTH_NUMBERS[month]
    return SubjectAlert(
        alert_id=f"{rule}-{subject}-{month}",
        rule=rule,
        rule_version="1/2020-01-01",
        subject_kind="prescriber",
        subject=subject,
        month=number,
        severity="S4",
        revision=1,
        first_day=first_day(number),
        last_day=last_day(number),
        figures={},
    )


@dataclass
class Country:
    """A nation of labels alone."""

    labels: list[PlaceLabel]

    def scores(self, *alerts: SubjectAlert) -> Scores:
        nation = Nation(PARAMETERS.document)
        nation.take(
            Counted(n, 10, {}, {}, {}, one, one.enriched) for n, one in enumerate(self.labels)
        )
        at = datetime(2026, 2, 11, tzinfo=UTC)
        return score(
            nation, Reviewed(open=list(alerts), raised_at={a.alert_id: at for a in alerts})
        )


def test_an_alert_is_true_when_its_subject_takes_part_while_it_goes_on() -> None:
    tally = Country([label()]).scores(alert(), alert("BS-MAU-2")).rules["throughput"]
    assert (tally.alerts, tally.true, tally.recall) == (2, 1, 1.0)


def test_whoever_helps_is_no_false_alarm() -> None:
    tally = Country([label()]).scores(alert("NT-MAU-1")).rules["throughput"]
    assert tally.precision == 1.0


def test_an_alert_of_another_month_is_a_false_alarm() -> None:
    tally = Country([label()]).scores(alert(month=JANUARY - 1)).rules["throughput"]
    assert (tally.precision, tally.recall) == (0.0, 0.0)


def test_a_look_alike_that_is_accused_is_a_false_alarm() -> None:
    tally = Country([label("look-alike")]).scores(alert()).rules["throughput"]
    assert (tally.precision, tally.accused["nursing-home"]) == (0.0, 1)


def test_days_count_from_the_beginning_of_the_scheme() -> None:
    """Given January, told on 11 February at 07:00 local time: 41 days and seven hours."""
    tally = Country([label()]).scores(alert()).rules["throughput"]
    assert tally.minutes(50) == timedelta(days=41, hours=7).total_seconds() / 60


def test_an_enriched_scheme_without_anything_counted_is_not_found() -> None:
    tally = Country([label(enriched=True)]).scores().rules["throughput"]
    assert (tally.recall_of("easy"), tally.alerts) == (0.0, 0)


@pytest.mark.parametrize(("mode", "fits"), [("shadow", True), ("advisory", False)])
def test_a_rule_that_compares_with_peers_may_miss_what_is_easy_in_shadow_only(
    mode: str, *, fits: bool
) -> None:
    scores = Country([label(enriched=True)]).scores()
    (verdict,) = verdicts(scores, {"throughput": mode}, ["throughput"])
    assert verdict.fits is fits
    (strict,) = verdicts(scores, {"throughput": mode})
    assert not strict.fits


def test_the_section_tells_every_rule_and_every_look_alike() -> None:
    country = Country([label()])
    scores = country.scores(alert(), alert("BS-MAU-2"))
    found = verdicts(scores, modes_of_places(PARAMETERS))
    text = section(Places(Sites(1, 3, 1), country.labels, scores, found))
    for rule in modes_of_places(PARAMETERS):
        assert f"`{rule}`" in text
    assert "| `throughput` | shadow | 2 |" in text
    assert "0.50 | 0.09 to 0.91" in text
