"""report: Records -> one page, or one picture, that stands on its own."""
