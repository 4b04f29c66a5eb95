"""What agents do, reduced from AG-UI events to a part of the state of a run."""
