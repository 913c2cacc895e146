"""free_kernel: a name -> a kernel that rounds freely, with the sizes that were measured best."""

from __future__ import annotations

from fractbench.arithmetic.contract import Arithmetic
from fractbench.backend import Device, Kernel
from fractbench.free import fitting, training
from fractbench.machine import cores
from fractbench.problems.mlp import Mlp
from fractbench_torch.idiomatic import IdiomaticKernel
from fractbench_torch.tuned import TunedKernel

CACHE = 5 << 17
"""Bytes that a block's activations may take, of an L2 of 1 MiB: 32 pixels of width 16 in float32.
Measured (AMD EPYC, Zen 5, November 2026, docs/free.md): 32 and 64 are best, 128 lose 25 %."""
BLOCKS = 16
"""Blocks per core in a tile, so that a core that is busy elsewhere does not hold up a tile."""
MANY = 16384
"""The most pixels of a block on an accelerator."""
ROOM = 5 << 27
"""Bytes that an accelerator's block may take, as `CACHE`: 16,384 pixels of width 16 in float32 and
in float64, 512 of width 64 in float32. Not tuned on one yet."""


def free_kernel(problem: Mlp, device: Device, arithmetic: Arithmetic, name: str) -> Kernel:
    """Return the kernel of a name."""
    net, cpu = training(problem, arithmetic.format), device.name == "cpu"
    if name == "idiomatic":
        tile = fitting(net, ROOM, 256 if cpu else MANY)
        return IdiomaticKernel(net, arithmetic.dtype, device.name, tile)
    if not cpu:
        block = fitting(net, ROOM, MANY)
        return TunedKernel(net, arithmetic.dtype, device.name, block, threads=1, tile=block)
    block, threads = fitting(net, CACHE), cores()
    tile = block * threads * BLOCKS
    return TunedKernel(net, arithmetic.dtype, device.name, block, threads, tile)
