"""What becomes of an alert as its changes come in."""

from __future__ import annotations

from services.oversight.projection import project
from tests.oversight.artificial import at, changed, evidence, raised, retracted, revised


def test_an_alert_is_what_its_newest_change_says() -> None:
    more = (evidence(1), evidence(2), evidence(3))
    alerts = project([changed(raised()), changed(revised(evidence=more, severity="S2"), 1)])
    (alert,) = alerts.values()
    assert (alert.revision, alert.severity, alert.evidence) == (2, "S2", more)
    assert (alert.raised_at, alert.changed_at, alert.status) == (at(1), at(2), "open")


def test_a_retracted_alert_may_be_raised_again_and_keeps_its_first_day() -> None:
    story = [changed(raised()), changed(retracted(), 1), changed(raised(revision=3), 2)]
    assert project(story[:2])["cob-0001"].status == "retracted"
    again = project(story)["cob-0001"]
    assert (again.status, again.raised_at, again.changed_at) == ("open", at(1), at(3))


def test_an_older_or_repeated_change_is_no_news() -> None:
    newest = project([changed(raised()), changed(retracted(), 1)])
    late = project([changed(raised()), changed(retracted(), 1), changed(raised(), 2)])
    assert late == newest


def test_alerts_do_not_mix() -> None:
    alerts = project([changed(raised(1)), changed(raised(2), 1), changed(retracted(1), 2)])
    assert [alert.status for alert in alerts.values()] == ["retracted", "open"]
