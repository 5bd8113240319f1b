"""`rxlog submit PATH`: one prescription, one request; sending a folder twice is harmless.

The Idempotency-Key is made of the prescription's code and content, so a repeat, by us or by a
later run, is the same event. What is out of reach is sent again the same way; a verdict that is
late is asked for where the answer says.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from services.kernel import clock
from services.terminal.client import Client, Reply, SignInRefusedError, UnreachableError
from services.terminal.files import BadFile, Found, Item, canonical, code_of, open_file
from services.vietnam.decision_808 import Problem, issuing_facility, parse
from services.vietnam.decision_808 import notes as notes_on
from services.vietnam.decision_808_problems import national_path
from services.vietnam.draft import Prescriber, PrescriptionDraft, open_content, personal_fields
from services.vietnam.prescription_code import MalformedCodeError
from services.vietnam.prescription_code import parse as parse_code

PATIENCE_S = 60.0
"""How long a prescription is sent, or its verdict asked for, again."""

UNREACHABLE_PATIENCE_S = 10.0
WAIT_FIRST_S, WAIT_MAX_S = 0.5, 5.0

Fate = Literal["accepted", "refused", "invalid", "bad-file", "late", "unconfirmed"]
Pause = Callable[[float], Awaitable[object]]


@dataclass(frozen=True)
class Told:
    """One thing said about a prescription: where, what, and what to do about it."""

    field: str
    vi: str
    en: str
    next_vi: str = ""
    next_en: str = ""


@dataclass(frozen=True)
class Result:
    """What became of one prescription, or of a file that could not be read.

    `problems` are why it was not accepted, `notes` what to know although it was.
    """

    file: str
    place: int
    code: str
    fate: Fate
    share: float
    problems: tuple[Told, ...] = ()
    notes: tuple[Told, ...] = ()


@dataclass
class Sender:
    """Sends prescriptions, a bounded number at a time; results come in the order of the files."""

    client: Client
    prescriber: Prescriber | None = None
    parallel: int = 16
    pause: Pause = asyncio.sleep
    _patience_s: float = field(default=PATIENCE_S, init=False)
    _is_unreachable: bool = field(default=False, init=False)

    async def results(self, files: Iterable[Found]) -> AsyncIterator[Result]:
        """One result per prescription and per file that could not be read."""
        under_way: deque[tuple[str, asyncio.Task[Result]]] = deque()
        try:
            for item in (item for file in files for item in open_file(file)):
                if len(under_way) >= self.parallel:
                    yield await under_way[0][1]
                    under_way.popleft()
                code = "" if isinstance(item, BadFile) else code_of(item.document)
                # One after the other where a code comes twice: the first in the files is first.
                before = next((task for known, task in reversed(under_way) if known == code), None)
                task = asyncio.create_task(self._result(item, before if code else None))
                under_way.append((code, task))
            while under_way:
                yield await under_way[0][1]
                under_way.popleft()
        finally:
            for _, task in under_way:
                task.cancel()

    async def _result(self, item: Item | BadFile, before: asyncio.Task[Result] | None) -> Result:
        if isinstance(item, BadFile):
            return bad_file(item)
        draft = parse(item.document, self.prescriber)
        if not isinstance(draft, PrescriptionDraft):
            return _result(item, "invalid", problems=[_told(problem) for problem in draft])
        if before is not None:
            await asyncio.wait([before])
        try:
            return await self._sent(item, draft)
        except SignInRefusedError as refusal:
            return _result(item, "refused", problems=[_no_sign_in(str(refusal))])

    async def _sent(self, item: Item, draft: PrescriptionDraft) -> Result:
        """Send until there is an answer that stays, or patience ends."""
        client = client_id(item.document, draft)
        body = draft.model_dump(mode="json", exclude_none=True)
        key = idempotency_key(draft)
        began, wait_s, verdict_at = clock.monotonic(), WAIT_FIRST_S, ""
        while True:
            if self._is_unreachable:
                return _result(item, "unconfirmed")
            try:
                if verdict_at:
                    reply = await self.client.get("prescribing", verdict_at, client_id=client)
                else:
                    reply = await self.client.post(
                        "prescribing", "/prescriptions", body, client_id=client, idempotency_key=key
                    )
            except UnreachableError:
                reply = Reply(0, None)
            is_late = reply.status == 202 or (verdict_at != "" and reply.status == 404)
            if not is_late and not _is_passing(reply.status):
                self._patience_s = PATIENCE_S
                return _answered(item, reply)
            verdict_at = reply.location or verdict_at
            patience_s = self._patience_s if reply.status else UNREACHABLE_PATIENCE_S
            if clock.monotonic() - began >= patience_s:
                self._patience_s = 0.0  # the next ones are tried once each, until one is answered
                self._is_unreachable = reply.status == 0
                fate: Fate = "late" if is_late else "unconfirmed"
                problems = refusal_of(reply) if reply.problem else ()
                return _result(item, fate, problems=problems)
            await self.pause(min(reply.retry_after_s or wait_s, WAIT_MAX_S))
            wait_s = min(wait_s * 2, WAIT_MAX_S)


def client_id(document: object, draft: PrescriptionDraft) -> str:
    """The clinic that issues: the facility the document names, or its code begins with."""
    facility = issuing_facility(document) or "-----"
    person, licence = draft.prescriber.person_id, draft.prescriber.licence
    return f"clinic:{facility}:{person}:{licence or '-'}"


def idempotency_key(draft: PrescriptionDraft) -> str:
    """The same for the same code and content, however the file spells it."""
    content = {"open": open_content(draft), "personal": personal_fields(draft)}
    digest = hashlib.sha256(canonical(content)).hexdigest()
    try:
        code = str(parse_code(draft.prescription_code or ""))
    except MalformedCodeError:
        code = "qd808"
    return f"{code}-{digest}"


def bad_file(file: BadFile) -> Result:
    """The result of a file of which nothing was taken."""
    return Result(file.file, 0, "", "bad-file", file.share, problems=(_told(file.problem),))


def refusal_of(reply: Reply) -> list[Told]:
    """Every reason in a problem document: bad fields, reasons of the registry, or its title."""
    document = reply.document
    told = [_field(entry) for entry in document.get("errors", ())]
    told += [_reason(entry) for entry in document.get("reasons", ())]
    if told:
        return told
    title = str(document.get("title", f"HTTP {reply.status}"))
    detail = str(document.get("detail", ""))
    return [
        Told(
            "",
            f"{document.get('title_vi', title)} {document.get('detail_vi', detail)}".strip(),
            f"{title} {detail}".strip(),
            str(document.get("what_next_vi", "")),
            str(document.get("what_next", "")),
        )
    ]


def exit_code(fates: Iterable[Fate]) -> int:
    """0: all accepted; 1: some were refused or bad; 2: some could not be sent or are undecided."""
    seen = set(fates)
    if seen & {"late", "unconfirmed"}:
        return 2
    return 1 if seen - {"accepted"} else 0


def _is_passing(status: int) -> bool:
    """Whether the same request may get another answer in a moment (kernel/writing/answering.py)."""
    return status in (0, 429) or status >= 500


def _answered(item: Item, reply: Reply) -> Result:
    if reply.status != 201:
        return _result(item, "refused", problems=refusal_of(reply))
    advice = [_field(entry) for entry in reply.document.get("advice", ())]
    return _result(
        item, "accepted", notes=[*advice, *(_told(note) for note in notes_on(item.document))]
    )


def _result(
    item: Item, fate: Fate, problems: Iterable[Told] = (), notes: Iterable[Told] = ()
) -> Result:
    code = code_of(item.document)
    return Result(item.file, item.place, code, fate, item.share, tuple(problems), tuple(notes))


def _told(problem: Problem) -> Told:
    return Told(problem.path, problem.message_vi, problem.message_en)


def _field(entry: Any) -> Told:
    return Told(
        national_path(str(entry["field"])),
        str(entry["reason_vi"]),
        str(entry["reason"]),
        str(entry.get("what_next_vi", "")),
        str(entry.get("what_next", "")),
    )


def _reason(entry: Any) -> Told:
    line = f"thong_tin_don_thuoc[{entry['line'] - 1}]" if "line" in entry else ""
    return Told(
        line,
        str(entry.get("message_vi", entry["code"])),
        str(entry.get("message", entry["code"])),
        str(entry.get("what_next_vi", "")),
        str(entry.get("what_next", "")),
    )


def _no_sign_in(reason: str) -> Told:
    return Told(
        "ma_lien_thong_bac_si",
        f"Máy chủ cấp mã từ chối {reason}",
        f"The issuer refused {reason}",
        "Hãy kiểm tra mã cơ sở, mã người kê đơn và giấy phép.",
        "Check the facility's code, the prescriber's code and the licence.",
    )
