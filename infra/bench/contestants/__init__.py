"""Who takes part, one file each; `infra.bench.lineup` names them in order."""
