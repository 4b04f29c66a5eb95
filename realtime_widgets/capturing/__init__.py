"""What a process prints, logs and draws, published to a run: `Sprint.capture`."""
