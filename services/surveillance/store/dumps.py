"""What a rebuild compares and what it takes over."""

from __future__ import annotations

from services.kernel.folding.comparing import Dump

DUMPS = (
    Dump("patient", ("patient_ref",), text=("patient_ref",)),
    Dump(
        "counter",
        ("partition", "measure", "period", "subject", "part"),
        text=("subject", "part"),
    ),
    Dump("counted_month", ("partition", "month")),
    Dump("log_time", ("partition", "log_partition")),
    Dump("late_fact", ("fact_id",), text=("fact_id",)),
)
"""Everything surveillance holds that comes from the facts."""

CARRIED_OVER = ("signal", "subject_alert", "unsent", "review", "late_taken")
"""What reviews told and what re-runs took: a rebuild takes it over and reviews every month anew."""
