"""Which users may use which runs, where one server is shared by many users (protocol 15)."""
