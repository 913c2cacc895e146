"""Deep zooms: every pixel's training as a small float32 difference from a precise reference."""
