"""Everything the log brings about in the registry: for comparing two registries byte by byte."""

from __future__ import annotations

from services.kernel.folding.comparing import Dump

DUMPS = (
    Dump("prescription", ("code",), text=("code",)),
    Dump("record", ("partition", "offset", "code"), text=("code",)),
    Dump("concern", ("facility_id", "partition", "offset", "code"), text=("facility_id", "code")),
    Dump(
        "tally",
        ("partition", "submission", "verdict", "result"),
        text=("submission", "verdict", "result"),
    ),
)
