"""The registry's rules, one file per stage of a prescription's life. Pure: no clock, no I/O."""
