"""Details of a run: title, tags, notes, configuration and environment."""
