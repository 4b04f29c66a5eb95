"""The durable store: one SQLite file."""
