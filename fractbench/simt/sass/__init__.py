"""sass: what NVIDIA's compiler makes of the text, seen without a GPU."""
