"""Texts for people, in Vietnamese and in English."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Wording(BaseModel):
    """One text in both languages; may hold `{placeholders}`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    vi: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def filled(self, values: dict[str, object]) -> Wording:
        """The same text with its placeholders replaced; KeyError names one without a value."""
        return Wording(vi=self.vi.format_map(values), en=self.en.format_map(values))


class BilingualError(ValueError):
    """A text that is not of the form it should have, with the reason in both languages."""

    def __init__(self, *, vi: str, en: str) -> None:
        super().__init__(f"{en} / {vi}")
        self.message_vi = vi
        self.message_en = en
