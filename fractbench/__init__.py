"""fractbench."""
