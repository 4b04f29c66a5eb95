"""Commands whose output is published."""
