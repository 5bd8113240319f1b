"""How well surveillance finds what it should: a country whose truth is known, and the measures."""
