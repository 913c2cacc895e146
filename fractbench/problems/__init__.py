"""Problem families, one file each; `catalogue` finds them by name."""
