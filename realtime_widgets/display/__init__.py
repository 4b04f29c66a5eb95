"""What a notebook shows: the live view of a run, and the snapshot that stays in the file."""
