"""How events get from a call to a server: the buffer, the outbox, and the exit of the process."""
