"""The catalogue of reasons: what each code of the registry means and what to do next.

Which texts a reason of an outcome is told with depends on the outcome: the same word says one thing
where it refuses and another where it describes what happened. `REASONS.md` is made from here.
"""

from __future__ import annotations

from services.contracts.findings import FINDINGS
from services.contracts.outcomes import SubmissionJudged
from services.contracts.refusals import REFUSALS
from services.contracts.results import HAPPENINGS, RESULTS
from services.contracts.texts import LOCAL_TIME, Text, fill

__all__ = ["FINDINGS", "HAPPENINGS", "LOCAL_TIME", "REFUSALS", "RESULTS", "Text", "fill", "text_of"]


def text_of(outcome: SubmissionJudged, code: str) -> Text | None:
    """The words for a reason of an outcome; None for a rule of the law a writer stamped: the law
    has its own words."""
    if outcome.submission == "TimeTicked":
        return HAPPENINGS.get(code)
    texts = FINDINGS if outcome.verdict in ("RECORDED", "ACCEPTED") else REFUSALS
    return texts.get(code) or REFUSALS.get(code)
