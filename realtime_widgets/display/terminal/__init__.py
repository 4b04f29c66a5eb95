"""What a terminal shows of a run while a script publishes it."""
