"""The table of the lifecycle says what the judge says, about every state and every submission."""

from __future__ import annotations

import ast
import inspect
from typing import get_args

import msgspec

from infra.lifecycle import FILE, lifecycle, state_of
from infra.lifecycle_acts import at
from infra.lifecycle_cases import COLUMNS, NOW, ROWS, Kind, kind_of
from services.contracts.submissions import SUBMISSIONS, TimeTicked
from services.registry import prescription
from services.registry.prescription import Prescription, settle, status


def test_the_page_is_what_the_judge_says() -> None:
    assert FILE.read_text() == lifecycle(), "run python -m infra.lifecycle"


def test_every_submission_has_a_column() -> None:
    shown = {type(column.act(Prescription(code=""))) for column in COLUMNS}
    assert shown == {*SUBMISSIONS, TimeTicked}


def test_every_kind_of_state_has_a_row_and_every_row_is_of_its_kind() -> None:
    settled = {row.title: settle(state_of(row), at(NOW)) for row in ROWS}
    assert {row.title: kind_of(settled[row.title], at(NOW)) for row in ROWS} == {
        row.title: row.kind for row in ROWS
    }
    assert {row.kind for row in ROWS} == set(get_args(Kind))


def test_every_status_is_shown() -> None:
    words = {
        node.value
        for statement in ast.walk(ast.parse(inspect.getsource(status)))
        if isinstance(statement, ast.Return) and statement.value is not None
        for node in ast.walk(statement.value)
        if isinstance(node, ast.Constant)
    }
    assert len(words) == 8
    assert words == {status(settle(state_of(row), at(NOW)), at(NOW)) for row in ROWS}


def test_the_table_knows_every_part_of_a_state() -> None:
    """A new part of the state wants its rows: add them, then its name here."""
    known = {
        "Prescription": "code partition issued lines batches reservation cancellation"
        " other_cancellations dispenses claims unmatched expired_at",
        "Reservation": "pharmacy_id event_id since until owing",
        "Cancellation": "event_id facility_id reason recorded_at replaced_by applied_at",
        "Dispense": "event_id pharmacy_id receipt_number occurred_at lines findings reversed_by"
        " provisional_until also_sent_as law_version",
        "Claim": "claim_id event_id facility_id payer_id lines withdrawn_by standing pending_until"
        " law_version claimed_at window_days by_pharmacy advice",
    }
    for name, parts in known.items():
        fields = msgspec.structs.fields(getattr(prescription, name))
        assert " ".join(field.name for field in fields) == parts
    assert {claim.standing for row in ROWS for claim in state_of(row).claims} == set(
        get_args(prescription.ClaimStanding)
    )
