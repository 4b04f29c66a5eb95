"""The state machines of both ends of a connection; no I/O and no clock."""
