"""Where logs are stored: in memory, SQLite or Redis, behind the interface in `base`."""
