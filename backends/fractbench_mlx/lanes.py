"""Lanes: the streams that a kernel works on, and how many pixels go on one.

MLX runs a CPU stream on one thread of its own, so a CPU gets a stream for every core. Measured on 2
cores: both threads take the same CPU time, and a pixel-step costs what it costs on one. A GPU has
one lane.
"""

from __future__ import annotations

import threading
from typing import Any

import mlx.core as mx

from fractbench.free import Training

CPU_BYTES, GPU_BYTES = 1 << 21, 1 << 25
"""What one array of hidden units may take. Width 16, 272 samples, float32: 120 and 1,927 pixels.
Measured on 2 cores of an AMD EPYC with 1 MiB of L2 each: 32, 64 and 128 pixels give 0.86, 0.92 and
1 of the best rate; GPUs are not measured."""

_kept = threading.local()


def block_size(net: Training, device: Any) -> int:
    """Return the pixels of a block; weights count where there are fewer samples than units."""
    one = net.width * max(net.samples, net.width) * net.y.dtype.itemsize
    room = CPU_BYTES if device.type == mx.DeviceType.cpu else GPU_BYTES
    return max(1, room // one)


def lanes(device: Any, count: int) -> list[Any]:
    """Return `count` streams of a CPU, kept because MLX ties them to a thread, or a GPU's own."""
    if device.type != mx.DeviceType.cpu:
        return [device]
    made: list[Any] = _kept.__dict__.setdefault("streams", [])
    made += [mx.new_stream(device) for _ in range(count - len(made))]
    return made[:count]
