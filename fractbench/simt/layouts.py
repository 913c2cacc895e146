"""layouts: how pixels are laid out on kinds of GPUs, and how much of them a tile has."""

from __future__ import annotations

from fractbench.simt.variant import Layout

APPLE = Layout(weights=16, threads=128)
"""A thread has 128 registers, and few registers let many groups run at once."""
CUDA = Layout(weights=64, threads=128, together=2)
"""A thread has 255 registers. Both were chosen from the disassembly (docs/simt-cuda.md), and are
not measured on a GPU yet."""
APPLE_WORK, CUDA_WORK = 1 << 23, 1 << 26
"""Pixel-steps of a tile: by the cost model (docs/simt-cuda.md) 3 s on an M1 and 1 s on an H100."""
