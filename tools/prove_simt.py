"""Write docs/simt-cuda.md: the GPU text's machine code in numbers, and the speeds they predict.

    python tools/prove_simt.py            compile everything (two minutes) and write
    python tools/prove_simt.py --check    compile and compare with what is committed

NVRTC compiles for an architecture without a GPU. The counts are those of one version of it, which
the report names; --check refuses another version rather than compare.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from fractbench.bench.records.facts import Spec
from fractbench.bench.records.summary import operations
from fractbench.errors import FractbenchError, KernelUnavailableError
from fractbench.simt.chips import PRODUCTS
from fractbench.simt.sass.compiler import tools
from fractbench.simt.sass.measure import ARCHITECTURES, faults
from fractbench.simt.sass.table import (
    COLUMNS,
    CONTRACTS,
    FORECAST,
    THREADS,
    forecast,
    heading,
    keys,
    made,
    row,
)

ROOT = Path(__file__).resolve().parents[1]
REPORT = ROOT / "docs" / "simt-cuda.md"
PREDICTED = {"apple": (16, 8), "sm_80": (8, 4), "sm_90": (8, 4)}
"""Lanes of the predictions, by family of chips."""
HEAD = f"""# The GPU text as machine code

Written by `tools/prove_simt.py` without a GPU, by {{tools}}.
Another version counts otherwise.

Every line is the entry `train` of one Variant, {THREADS} threads a group. Of a minibatch the first
number is of the loss of all samples, the second of the 16 samples of the gradient. `single` has
one sample and therefore no loop over samples; all of its instructions stand under `besides`.

- registers: of a thread; spilled: bytes stored and loaded for want of them; shared: bytes of a
  group; warps: how many a multiprocessor holds at a time, of 64.
- a sample: instructions of a lane for a sample; the columns from `fused` to `other` are its parts.
- fused: FFMA; bound: the contract's multiply-adds, which `fma` has to reach. Under `strict` there
  is no FFMA in the whole entry.
- compare: FSETP and FSEL; other: integers, bits, moves, the loop and its branch.
- besides: instructions of a lane in a step that belong to no sample. Each counts once, whether it
  is reached or not.
- a pixel-step: thousands of instructions, all lanes of a pixel together.
"""
PREDICTIONS = """
## Predicted speeds

**Nothing here was measured.** `tanh`, width 16, 272 samples, every pixel trained to the end, by the
model in `fractbench/simt/cost.py`. Operations are the published count, 4 S n^2 + 8 S n =
{operations:,} a pixel-step. The peak is float32 multiply-add without matrix units at the clock
named, the highest of the chip. A figure is a limit: nothing waits for a result, no clock falls
under load.

- H100: four schedulers a multiprocessor. Each issues one instruction for 32 lanes a clock, to 32
  lanes of float32 or 16 that compare, select and do integers. A100: 16 lanes of float32, so that
  such instructions take two clocks and others hide behind them. Shared memory gives 128 bytes a
  clock and multiprocessor; an exchange between lanes takes one clock of it.
- Apple, all of it assumed: 128 lanes a core under four schedulers; every instruction takes one
  slot, be it a multiply, an add, a multiply-add, a comparison, a `simd_shuffle_xor` or a load from
  threadgroup memory. The instructions are those of CUDA's compiler for sm_90, for want of Apple's,
  with one sample a turn, as the Metal prelude leaves the loop.
- groups: warps or SIMD groups that a core holds at a time. For Apple: of CUDA's number of
  registers, in the 208 KB that others tell of; 24 are said to be needed for full use.
- Where no clock is known it is the one that gives the chip's peak (fractbench/data/peaks.toml).
"""


def report() -> str:
    """Return the whole text."""
    lines = [HEAD.format(tools=tools()).rstrip()]
    for architecture in ARCHITECTURES:
        lines += ["", f"## {architecture}", "", *heading(COLUMNS)]
        for key in keys(architecture):
            print(*key, file=sys.stderr)
            lines.append(row(*key))
    count = operations(Spec.model_construct(problem="tanh"))
    assert count is not None
    lines += [PREDICTIONS.format(operations=count), *heading(FORECAST)]
    for product in PRODUCTS:
        for contract in CONTRACTS:
            lines += [forecast(product, contract, n, count) for n in PREDICTED[product.family]]
    return "\n".join(lines) + "\n"


def difference(committed: str) -> str:
    """Return in one sentence how the committed report differs, or nothing.

    Another version of the compiler is told before anything is compiled.
    """
    if tools() not in committed:
        return (
            f"{REPORT.name} was not made by {tools()}; "
            "type: pip install -c constraints.txt, or python tools/prove_simt.py"
        )
    if report() != committed:
        return f"{REPORT.name} is not what the text gives now; type: python tools/prove_simt.py"
    return ""


def written() -> str:
    """Write the report; return in lines what the machine code must not be, or nothing."""
    REPORT.write_text(report(), encoding="utf-8")
    every = [key for architecture in ARCHITECTURES for key in keys(architecture)]
    return "\n".join(f"{key}: {fault}" for key in every for fault in faults(made(*key)))


def main() -> int:
    """Write the report, or compare it; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with what is committed")
    check = parser.parse_args().check
    try:
        tools()
    except KernelUnavailableError as error:
        # There is no such compiler for macOS: what was written elsewhere stays as it is.
        print(f"prove_simt: {error}", file=sys.stderr)
        return int(check)
    try:
        found = difference(REPORT.read_text(encoding="utf-8")) if check else written()
    except (FractbenchError, OSError) as error:
        found = str(error)
    print(found or f"{REPORT.name} is as it should be", file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
