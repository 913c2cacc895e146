"""free_kernel: a name -> a kernel that rounds freely, with the sizes that were measured best."""

from __future__ import annotations

from typing import Any

from fractbench.arithmetic.contract import Arithmetic
from fractbench.backend import Kernel
from fractbench.free import fitting, training
from fractbench.machine import cores
from fractbench.problems.mlp import Mlp
from fractbench_jax.idiomatic import IdiomaticKernel
from fractbench_jax.published import PublishedKernel
from fractbench_jax.tuned import TunedKernel

CACHE = 5 << 17
"""Bytes that a block's activations may take, of an L2 of 1 MiB: 32 pixels of width 16 in float32.
Measured (AMD EPYC, Zen 5, November 2026, docs/free.md): 16 and 32 are best, 128 lose 10 to 25 %."""
BLOCKS = 16
"""Blocks per core in a tile, so that a core that is busy elsewhere does not hold up a tile."""
MANY = 16384
"""The most pixels of a block on an accelerator."""
ROOM = 5 << 27
"""Bytes that an accelerator's block may take, as `CACHE`: 16,384 pixels of width 16 in float32 and
in float64, 512 of width 64 in float32. Not tuned on one yet."""


def free_kernel(problem: Mlp, device: Any, arithmetic: Arithmetic, name: str) -> Kernel:
    """Return the kernel of a name."""
    net, cpu = training(problem, arithmetic.format), device.platform == "cpu"
    if name == "published":
        return PublishedKernel(net, device)
    if name == "idiomatic":
        tile = fitting(net, ROOM, 256 if cpu else MANY)
        return IdiomaticKernel(net, arithmetic.dtype, device, tile)
    if not cpu:
        block = fitting(net, ROOM, MANY)
        return TunedKernel(net, arithmetic.dtype, device, block, threads=1, tile=block)
    block, threads = fitting(net, CACHE), cores()
    return TunedKernel(net, arithmetic.dtype, device, block, threads, block * threads * BLOCKS)
