"""Outputs: what a run shows, such as figures and tables."""
