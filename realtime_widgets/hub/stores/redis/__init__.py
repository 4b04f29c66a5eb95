"""Event log storage in Redis or Valkey, shared by several servers."""
