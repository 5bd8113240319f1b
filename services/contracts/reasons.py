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

LAW_RULE = Text(
    "The prescriber was told of rule {code} of the law.",
    "Read about the rule in REASONS.md; it does not refuse the prescription.",
    "Người kê đơn đã được báo về quy tắc {code} của pháp luật.",
    "Hãy đọc về quy tắc này trong REASONS.md; đơn không bị từ chối.",
    "services/vietnam/law.yaml",
)
"""A finding a writer stamped into a prescription: its code is a rule of the law, which has its own
words and its own source."""

__all__ = ["FINDINGS", "HAPPENINGS", "LOCAL_TIME", "REFUSALS", "RESULTS", "Text", "fill", "text_of"]


def text_of(outcome: SubmissionJudged, code: str) -> Text:
    """The words for a reason of an outcome."""
    if outcome.submission == "TimeTicked":
        return HAPPENINGS[code]
    texts = FINDINGS if outcome.verdict in ("RECORDED", "ACCEPTED") else REFUSALS
    return texts.get(code) or REFUSALS.get(code) or LAW_RULE
