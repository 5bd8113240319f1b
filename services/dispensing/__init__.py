"""Where pharmacies reserve, release, dispense and reverse. Writer.

Owns: nothing but its API. Writes: `DispensingReserved`, `ReservationReleased`,
`PrescriptionDispensed`, `DispenseReversed` to `rx.log`. Reads: `rx.outcomes`, to answer.
Does not: decide who may dispense (the log does, through the registry's judge).
"""
