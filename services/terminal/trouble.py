"""When an answer is no: what people are told, and with which exit code a command ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.kernel.settings import CannotStartError
from services.terminal.client import SignInRefusedError, UnreachableError
from services.terminal.settings import Language
from services.terminal.texts import say, told

REFUSED, NO_NETWORK = 1, 2
"""Exit codes: the network said no, or could not be asked."""


class RefusedError(Exception):
    """A room refused; carries its problem document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        super().__init__(str(document.get("type", "refused")))
        self.document = document


EXPECTED = (RefusedError, UnreachableError, SignInRefusedError, CannotStartError)
"""What a command ends with instead of a traceback."""


def explained(error: BaseException, lang: Language) -> tuple[str, int]:
    """What to say about one of `EXPECTED`, and the exit code."""
    match error:
        case RefusedError():
            texts = (told(error.document, name, lang) for name in ("title", "what_next"))
            said = " ".join(_sentence(text) for text in texts if text)
            return said or say("no-answer", lang), REFUSED
        case UnreachableError():
            return say("unreachable", lang, room=str(error)), NO_NETWORK
        case SignInRefusedError():
            return say("no-sign-in", lang, reason=str(error)), REFUSED
        case _:
            return str(error), NO_NETWORK


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
