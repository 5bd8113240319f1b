"""What the folders share: one transaction per fetch, the Faust worker, rebuilds."""
