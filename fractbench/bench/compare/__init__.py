"""Comparison: which records may be compared, and what their difference means."""
