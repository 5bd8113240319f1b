"""`python -m infra.bench [--quick] [--records N] [--seed S]`."""

from __future__ import annotations

from infra.bench.command import main

main()
