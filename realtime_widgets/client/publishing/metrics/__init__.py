"""Metrics, and how busy the machine is."""
