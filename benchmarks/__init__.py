"""Suites for asv, which imports everything in this folder; docs/asv.md tells how to run them."""
