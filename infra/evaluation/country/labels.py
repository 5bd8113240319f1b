"""What is true of the generated country. Kept apart: no rule and no fold ever sees it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from services.contracts.terms import Contract

Form = Literal["easy", "above", "at", "below", "evasive", "look-alike"]
"""How a scheme was carried out. `at` is exactly on the rule's threshold, `above` one beyond,
`below` one short of it; `evasive` avoids the rule on purpose; a `look-alike` is no abuse."""

FOUND_FORMS: tuple[Form, ...] = ("easy", "above", "at")
"""Forms the rule must find by its own sentence."""

ABUSE_FORMS: tuple[Form, ...] = ("easy", "above", "at", "below", "evasive")


class Label(Contract, frozen=True, kw_only=True):
    """One planted scheme or look-alike.

    `rules` are those it was planted for: expected to find it in the forms `FOUND_FORMS`; for a
    look-alike, those that should leave it alone. `first_detectable_at` is the event time of the
    fact that completes the pattern. `enriched` ones stand outside the country's prevalence.
    """

    scheme_id: str
    scheme: str
    form: Form
    rules: tuple[str, ...]
    subject_kind: str = "patient"
    subject: str
    fact_ids: tuple[str, ...]
    first_detectable_at: datetime | None = None
    enriched: bool = False

    @property
    def is_abuse(self) -> bool:
        """Whether somebody should look at it."""
        return self.form != "look-alike"

    @property
    def must_be_found(self) -> bool:
        """Whether the rules say that they find this."""
        return self.form in FOUND_FORMS
