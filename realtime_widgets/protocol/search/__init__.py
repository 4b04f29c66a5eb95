"""Search in the log lines of a run (protocol 10): pure, of one stored batch at a time."""
