"""Values that a run shows, such as figures and tables."""
