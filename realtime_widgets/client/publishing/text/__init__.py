"""Printed and logged text, as lines of the log."""
