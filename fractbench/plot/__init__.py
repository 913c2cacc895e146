"""plot: maps from files -> pictures for papers, slides and the README, and what parts two maps."""
