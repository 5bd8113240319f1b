"""What a re-run of the late lane came to, in words. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Literal

from services.contracts.alerts import AlertRaised, AlertRetracted, AlertRevised
from services.contracts.rule_texts import RULE_TEXTS, Both
from services.surveillance.engine import Change
from services.surveillance.late.rerun import Rerun
from services.vietnam.dated_law import LOCAL_TIME

Language = Literal["en", "vi"]

EVIDENCE_TOLD_MAX = 10

KINDS: dict[type[Change], Both] = {
    AlertRaised: Both("báo mới", "raised"),
    AlertRevised: Both("thay đổi", "changed"),
    AlertRetracted: Both("kết thúc", "ended"),
}
NOTHING = Both(
    "Không có gì đến quá muộn đang chờ xem lại.", "Nothing that came too late waits for a re-run."
)
WAITING = Both(
    "{facts} sự kiện đến quá muộn và {withdrawn} lần rút lại quá muộn của {patients} người bệnh "
    "đang chờ xem lại; cũ nhất: {oldest}.",
    "{facts} facts that came too late and {withdrawn} late withdrawals of {patients} patients wait "
    "for a re-run; the oldest is of {oldest}.",
)
PATIENT = Both(
    "{patient}: {late} sự kiện muộn, {withdrawn} rút lại muộn, {changes} cảnh báo khác đi",
    "{patient}: {late} late facts, {withdrawn} late withdrawals, {changes} alerts differ",
)
MORE = Both("còn {count} sự kiện nữa", "and {count} more facts")
LATE = Both("đến muộn", "came late")
CANNOT = Both(
    "{patient}: không xem lại được ({problem}); sự kiện vẫn chờ. Thử lại với bản phát hành sau.",
    "{patient}: cannot be judged ({problem}); the facts go on waiting. Try with a later release.",
)
TOUCHED_NOTHING = Both(
    "{changes} thay đổi. Chưa công bố gì: thêm --publish để công bố và ghi nhận các sự kiện này.",
    "{changes} changes. Nothing was published: say --publish to publish them and take these facts.",
)
PUBLISHED = Both(
    "Đã công bố {changes} thay đổi; đã ghi nhận {taken} sự kiện.",
    "{changes} changes were published; {taken} facts were taken.",
)
INTERRUPTED = Both(
    "Bị gián đoạn: {problem}. Có thể chạy lại bất cứ lúc nào.",
    "Interrupted: {problem}. It may be run again at any time.",
)
NOT_ALONE = Both(
    "Một lần xem lại khác đang công bố: hãy đợi nó xong.",
    "Another re-run is publishing: wait for it to end.",
)


def say(words: Both, lang: Language, **values: object) -> str:
    """One sentence in one language."""
    return (words.vi if lang == "vi" else words.en).format_map(values)


def day(moment: datetime | None) -> str:
    """The local calendar day; a dash where only withdrawals wait."""
    return "-" if moment is None else moment.astimezone(LOCAL_TIME).strftime("%Y-%m-%d")


def of_patient(patient_ref: str, came_to: Rerun, lang: Language) -> Iterator[str]:
    """A patient whose alerts differ: each change with its rule's sentence and its evidence. A
    patient for whom nothing changes is not told of."""
    if not came_to.changes:
        return
    yield say(
        PATIENT,
        lang,
        patient=patient_ref,
        late=len(came_to.late),
        withdrawn=len(came_to.withdrawn),
        changes=len(came_to.changes),
    )
    for change in came_to.changes:
        yield from _of_change(change, came_to.late | came_to.withdrawn, lang)


def _of_change(change: Change, late: Collection[str], lang: Language) -> Iterator[str]:
    text = RULE_TEXTS.get(change.rule)
    title = say(text.title, lang) if text is not None else change.rule
    yield (
        f"  {say(KINDS[type(change)], lang)}: {title} [{change.rule} {change.rule_version}, "
        f"{change.severity}] {day(change.episode_start)} – {day(change.episode_end)}; "
        f"{change.change_id}"
    )
    told = change.evidence[-EVIDENCE_TOLD_MAX:]
    if len(change.evidence) > len(told):
        yield f"    {say(MORE, lang, count=len(change.evidence) - len(told))}"
    for evidence in told:
        mark = f" ({say(LATE, lang)})" if evidence.fact_id in late else ""
        yield (
            f"    {day(evidence.occurred_at)} {evidence.facility_id} {_half(evidence.note, lang)} "
            f"{evidence.fact_id}{mark}"
        )


def _half(note: str, lang: Language) -> str:
    """The notes of the rules read "tiếng Việt / English"."""
    vi, separator, en = note.partition(" / ")
    return en if separator and lang == "en" else vi
