"""count: instructions of a sample and of a step, from the loops of the training entry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from fractbench.arithmetic.constants import common
from fractbench.arithmetic.formats import FORMATS
from fractbench.errors import UsageError
from fractbench.problems.mlp_draws import BATCH
from fractbench.simt.sass.listing import Function, Instruction, inside
from fractbench.simt.variant import Variant

KINDS = {
    "fused": ("FFMA", "DFMA"),
    "product": ("FMUL", "DMUL"),
    "sum": ("FADD", "DADD"),
    "compare": ("FSETP", "DSETP", "FSEL", "FMNMX"),
    "load": ("LDS", "LDG", "LD"),
    "spill": ("LDL", "STL"),
    "exchange": ("SHFL",),
    "uniform": ("UIADD3", "ULEA", "UISETP", "UMOV", "USHF", "ULOP3", "UIMAD", "USEL", "S2UR",
                "R2UR", "ULDC"),
    "control": ("BRA", "BSSY", "BSYNC", "BAR", "WARPSYNC", "EXIT", "NOP"),
}  # fmt: skip
"""Kinds of instructions by opcode; all others are ``integer``: addresses, bits, moves."""
KIND = {opcode: kind for kind, opcodes in KINDS.items() for opcode in opcodes}
ARITHMETIC = ("fused", "product", "sum")
WIDE = "load of 128 bits"


@dataclass(frozen=True)
class Pass:
    """A loop over samples: how many it takes in a step, and the instructions of one, by kind."""

    samples: int
    counts: dict[str, float]

    @property
    def instructions(self) -> float:
        """All of them."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class Step:
    """A step of a lane: its Passes over samples, and what it runs besides, by kind.

    Of the latter every instruction counts once, whether it is reached or not.
    """

    passes: tuple[Pass, ...]
    rest: dict[str, float]


def kinds(instructions: Iterable[Instruction]) -> Counter[str]:
    """Count instructions by kind; loads of 128 bits are a kind of their own."""
    found: Counter[str] = Counter()
    for one in instructions:
        kind = KIND.get(one.base, "integer")
        wide = kind == "load" and "128" in one.opcode.split(".")
        found[WIDE if wide else kind] += 1
    return found


def step(function: Function, variant: Variant) -> Step:
    """Return what a lane runs in a step of training.

    A pass over samples is an innermost loop that guards an error, which every sample does once;
    so the samples of a turn are known where the compiler has unrolled it. A single sample needs no
    loop, and its instructions are the step's.

    Raises:
        UsageError: the function has other loops than the text.
    """
    mark = f"{float(common(FORMATS[variant.dtype])['band_state']):.19e}"
    batches = (BATCH,) if variant.batch != "full" else ()
    taken = tuple(n for n in (variant.samples, *batches) if n > 1)
    loops = [loop for loop in function.innermost if _marks(function, loop, mark)]
    if len(loops) != len(taken):
        raise UsageError(f"{len(loops)} loops over samples were found; a step has {len(taken)}")
    whole = [
        loop
        for loop in function.loops
        if _marks(function, loop, mark) and all(inside(one, loop) for one in loops)
    ]
    if not whole:
        raise UsageError("no loop over steps was found")
    rest = kinds(_part(function, min(whole, key=len)))
    for loop in loops:
        rest -= kinds(_part(function, loop))
    bodies = [_per_sample(function, loop, _marks(function, loop, mark)) for loop in loops]
    # The loss alone takes fewer instructions than the gradient.
    bodies.sort(key=lambda counts: sum(counts.values()))
    return Step(tuple(map(Pass, taken, bodies)), dict(rest))


def multiply_adds(variant: Variant) -> tuple[int, ...]:
    """Return the contract's multiply-adds of a lane and sample, for each pass of a step.

    A column of z has width - 1, of the gradients width + 1; the loss has one.
    """
    forward, backward = variant.columns * (variant.width - 1), variant.columns * (variant.width + 1)
    if variant.batch == "full":
        return (forward + backward + 1,)
    return (forward + 1, forward + backward)


def _part(function: Function, loop: range) -> tuple[Instruction, ...]:
    return function.instructions[loop.start : loop.stop]


def _marks(function: Function, loop: range, mark: str) -> int:
    return sum(mark in one.text for one in _part(function, loop))


def _per_sample(function: Function, loop: range, samples: int) -> dict[str, float]:
    return {kind: count / samples for kind, count in kinds(_part(function, loop)).items()}
