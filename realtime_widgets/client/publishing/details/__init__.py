"""What a run is about, and how it was configured."""
