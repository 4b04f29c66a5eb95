"""Where the log lives: one file a store, all behind the interface in `base`."""
