"""What users send to a run: answers, stops and messages."""
