"""The contracts and their primitives, one a file, written once against Ops."""
