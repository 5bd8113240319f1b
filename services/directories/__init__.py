"""Where registers and the law become events. Writer by command: it has no API and never waits.

Owns: nothing. Writes: `FacilityListed`, `PractitionerListed`, `MedicineListed`, `LawPublished`, to
topics of their own. Reads: the same topics, to append only what differs.
Does not: decide what is lawful; whoever follows the topics looks things up and stamps them.
"""
