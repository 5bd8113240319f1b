"""A log of the first release, in its bytes, gets the verdicts it got then.

`golden/log.v1.jsonl` was written with version 1 of every schema, `golden/outcomes.v1.jsonl` by the
judge of that release. Neither is ever written again.
"""

from __future__ import annotations

import json
from pathlib import Path

import msgspec

from services.contracts.outcomes import SubmissionJudged
from services.contracts.submissions import SUBMISSIONS
from services.kernel.log.language import published_language
from services.kernel.log.log_record import LogRecord
from services.registry.fold import Entry, fold

GOLDEN = Path(__file__).parent / "golden"


def test_old_records_get_their_old_verdicts() -> None:
    codec = published_language()
    entries = []
    for offset, text in enumerate((GOLDEN / "log.v1.jsonl").read_text().splitlines()):
        row = json.loads(text)
        value, key = bytes.fromhex(row["value"]), row["code"].encode()
        record = LogRecord("rx.log", 0, offset, row["timestamp_ms"], key, value, ())
        entries.append(Entry(record, row["code"], codec.decode(value)))
    decode = msgspec.json.Decoder(SubmissionJudged).decode
    then = [decode(row) for row in (GOLDEN / "outcomes.v1.jsonl").read_bytes().splitlines()]
    assert {outcome.submission for outcome in then} == {kind.__name__ for kind in SUBMISSIONS}
    assert [outcome for _, outcome in fold({}, {}, entries).judged] == then
