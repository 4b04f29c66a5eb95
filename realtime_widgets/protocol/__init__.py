"""The protocol as data: messages, events, sessions; no I/O and no clock (docs/protocol.md)."""
