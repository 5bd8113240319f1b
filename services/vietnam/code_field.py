"""The prescription code as a field of a request: any spelling in, the canonical one out."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from services.vietnam.prescription_code import MalformedCodeError, parse


def canonical(text: str) -> str:
    """The canonical spelling; a malformed code is a validation error in both languages."""
    try:
        return str(parse(text))
    except MalformedCodeError as error:
        raise PydanticCustomError(
            "code-malformed", "{en}", {"en": error.message_en, "vi": error.message_vi}
        ) from error


CodeField = Annotated[str, AfterValidator(canonical)]
"""A well-formed code says nothing about whether such a prescription exists."""
