"""Dead letters, and those that were driven again: what `rxlog redrive` noted on their topic."""
