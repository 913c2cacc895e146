"""Lanes: the streams that a kernel works on, and the blocks of pixels that go on them.

MLX runs a CPU stream on one thread of its own, so a CPU gets a stream for every core. Measured on 2
cores: both threads take the same CPU time, and a pixel-step costs what it costs on one. A GPU has
one lane.
"""

from __future__ import annotations

import os
import threading
from typing import Any

import mlx.core as mx

from fractbench.free import Pixels, Training

CPU_BYTES, GPU_BYTES = 1 << 21, 1 << 25
"""What one array of hidden units may take. Width 16, 272 samples, float32: 120 and 1,927 pixels.
Measured on 2 cores of an AMD EPYC with 1 MiB of L2 each: 32, 64 and 128 pixels give 0.86, 0.92 and
1 of the best rate; GPUs are not measured."""

_kept = threading.local()


def cores() -> int:
    """Return the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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


def blocks(px: Pixels, largest: int, lanes: int) -> list[Pixels]:
    """Cut pixels into blocks as even as they can be, at least one for every lane."""
    count = len(px.x)
    number = max(-(-count // largest), min(lanes, count))
    edges = [count * i // number for i in range(number + 1)]
    return [part(px, slice(*edges[i : i + 2])) for i in range(number)]


def part(px: Pixels, cut: slice) -> Pixels:
    """Return a run of Pixels."""
    return Pixels(
        x=px.x[cut],
        y=px.y[cut],
        W=None if px.W is None else px.W[cut],
        v=None if px.v is None else px.v[cut],
        order=None if px.order is None else px.order[..., cut],
    )
