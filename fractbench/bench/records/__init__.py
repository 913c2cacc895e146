"""Records: what they hold, their files, and what of them may be shared."""
