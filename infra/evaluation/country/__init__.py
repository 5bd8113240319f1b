"""A country whose truth is known: seeded, artificial, labelled apart from what the rules see."""
