"""Metrics of a run: the event, what a state has of them, and their series."""
