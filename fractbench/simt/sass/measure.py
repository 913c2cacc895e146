"""measure: a Variant's machine code for an architecture, in numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fractbench.simt import text
from fractbench.simt.cost import added
from fractbench.simt.sass.compiler import Resources, compiled
from fractbench.simt.sass.count import Step, kinds, multiply_adds, step
from fractbench.simt.sass.listing import disassembled, functions
from fractbench.simt.variant import Variant

SCHEDULERS, REGISTERS, WARPS, UNIT = 4, 16384, 64, 256
"""Of a multiprocessor: schedulers, registers of each, warps; and the unit in which a warp is given
registers, all of them of one scheduler."""
SHARED = {"sm_80": 164 << 10, "sm_90": 228 << 10}
"""Bytes of shared memory of a multiprocessor, of which a block takes 1 KB for itself."""
ARCHITECTURES = tuple(SHARED)
LARGEST = 32 << 10
"""Bytes of threadgroup memory that Metal gives a group."""


@dataclass(frozen=True)
class Measured:
    """The training entry of a Variant: `fused` counts its fused multiply-adds, all of them."""

    variant: Variant
    architecture: str
    resources: Resources
    fused: int
    step: Step

    @property
    def warps(self) -> int:
        """Warps of a multiprocessor at a time."""
        return warps(self.resources, self.variant.threads, self.architecture)

    @property
    def counts(self) -> dict[str, float]:
        """Instructions of a lane in a step, by kind."""
        return added(
            [(one.samples, one.counts) for one in self.step.passes] + [(1, self.step.rest)]
        )

    @property
    def per_step(self) -> float:
        """Instructions of all lanes of a pixel in a step."""
        return self.variant.lanes * sum(self.counts.values())


def measured(variant: Variant, architecture: str, edit: Callable[[str], str] = str) -> Measured:
    """Compile a Variant, disassemble it and count; `edit` changes the text before.

    Raises:
        KernelUnavailableError: there is no compiler, or it refuses the text.
        UsageError: the machine code has not the loops that the text has.
    """
    made = compiled(edit(text.source(variant, "cuda")), architecture)
    name = text.name("train", variant, "cuda")
    function = functions(disassembled(made.cubin))[name]
    fused = kinds(function.instructions)["fused"]
    return Measured(variant, architecture, made.resources[name], fused, step(function, variant))


def faults(it: Measured) -> list[str]:
    """Return in sentences what the machine code must not be; none where it is as it should."""
    found = []
    if it.variant.contract == "strict" and it.fused:
        found.append(f"strict has {it.fused} fused multiply-adds")
    if it.variant.contract == "fma":
        # A single sample is in no loop.
        have = [one.counts.get("fused", 0) for one in it.step.passes] or [it.fused]
        for count, needed in zip(have, multiply_adds(it.variant), strict=True):
            if count < needed:
                found.append(f"fma has {count:g} of {needed} multiply-adds")
    if it.resources.spilled:
        found.append(f"{it.resources.spilled} bytes are spilled")
    if it.resources.shared > LARGEST:
        found.append(f"a group has {it.resources.shared} bytes of shared memory")
    return found


def warps(resources: Resources, threads: int, architecture: str) -> int:
    """Return how many warps of blocks of so many threads fit into a multiprocessor."""
    block = -(-threads // 32)
    each = -(-resources.registers * 32 // UNIT) * UNIT
    blocks = min(
        SCHEDULERS * (REGISTERS // each) // block,
        WARPS // block,
        SHARED[architecture] // (resources.shared + 1024),
    )
    return blocks * block
