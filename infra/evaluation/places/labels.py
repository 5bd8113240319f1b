"""What is true of prescribers, pharmacies and those who shop at them. Kept apart: no rule and no
fold ever sees it."""

from __future__ import annotations

from typing import NamedTuple

from infra.evaluation.country.labels import FOUND_FORMS, Form
from services.surveillance.measures.signals import SubjectKind


class PlaceLabel(NamedTuple):
    """One planted scheme or look-alike.

    `rules` are those it was planted for. `subject` does it, `accomplices` know of it. `months` are
    the first and last one in which it goes on, by their place in `times.MONTHS`: in the last of
    them, at the latest, the rule must find it in the forms `FOUND_FORMS`.
    """

    scheme: str
    form: Form
    rules: tuple[str, ...]
    subject_kind: SubjectKind
    subject: str
    accomplices: tuple[str, ...]
    months: tuple[int, int]
    enriched: bool

    @property
    def is_abuse(self) -> bool:
        """Whether somebody should look at it."""
        return self.form != "look-alike"

    @property
    def must_be_found(self) -> bool:
        """Whether the rules say that they find this."""
        return self.form in FOUND_FORMS
