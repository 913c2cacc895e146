"""Write docs/calibration.md: what the agreement check for `free` kernels passes and what it fails.

    python tools/prove_calibration.py [--parts real,wrong,scan,honest]

The parts that are not named keep the tables that they have.
"""

from __future__ import annotations

import argparse
import re

from calibration import HONEST, ROOT, SIDE, STEPS, Court, honest, real, scan, wrong
from fractbench.agreement.ensemble import FAR
from fractbench.agreement.judge import NOISE, SPREADS
from fractbench.agreement.trial import FAST, SLOW
from fractbench.agreement.verdict import LEVEL, SHIFT

BOUND = 1 - 0.05 ** (1 / HONEST)
"""The rate of alarms at which none among `HONEST` maps has a chance of 5%."""
PAGE = ROOT / "docs" / "calibration.md"
PARTS = {"real": real, "wrong": wrong, "scan": scan, "honest": honest}
TEXT = {
    "real": f"""## Real kernels

Every free kernel on all problems, in the windows `start`, `published:4` and `published:9`, {SIDE} x
{SIDE} pixels and {STEPS} steps: how many of the maps passed, and the largest counts, the least
probability and the largest shift among them. bfloat16, float16 and TF32 keep 8 to 11 bits: they are
another computation, not another rounding, and are expected to fail (shown on `tanh` alone).""",
    "wrong": """## Wrong kernels

Variants of one NumPy program (tests/wrong_free.py) in the `start` windows, the same size: on how
many of the problems each fails; the last column names those that it passes. `single` has one
sample, which can be neither dropped nor shifted.""",
    "scan": """## The smallest error seen

The smallest relative error that fails, of the rate of v or of the scale of the activation (sqrt2 as
1.4142 is 1e-5), out of 3e-3, 1e-3, 3e-4, ..., by bisection.""",
    "honest": f"""## False alarms

The same program, right, with samples and units in random order, on {HONEST} ensembles of random
problems, windows, sizes, steps and dtypes.""",
}
HEAD = f"""# Calibration of the agreement check

Written by `tools/prove_calibration.py`. Kernels under `--contract free` promise no bits. They are
judged by what rounding can do: an ensemble of strict runs of the same plan (unmoved, moved by one
ulp in x, y or both, and strict float64; for float64 plans four runs moved by {FAR} ulps instead).
Pixels whose class no member changes are *settled*. A kernel passes if all four tests hold
(`fractbench/agreement/judge.py` gives the formulas):

| test | fails if |
| --- | --- |
| wrong | settled pixels of another class: p < {LEVEL:g} at {NOISE:g} times the members' own rate |
| strayed | settled pixels with a measure more than {SPREADS:g} spreads off: the same test |
| flips | unsettled pixels of the less usual class: p < {LEVEL:g} |
| shift | the upper decile of the distances of settled pixels is above {SHIFT:g} |

The three tests of counts, each at {LEVEL:g}, give together at most {3 * LEVEL:.1%} false alarms a
map; the limit of the shift lies above what any honest kernel below reaches. What was counted below
is weaker: no alarm among {HONEST} maps only bounds the rate at {BOUND:.1%} a map (95% confidence).

`fractbench verify --contract free` judges every float32 and float64 kernel of a device on the
`start` window of each problem ({FAST[0]} x {FAST[0]} pixels and {FAST[1]} steps; {SLOW[0]} x
{SLOW[0]} and {SLOW[1]} without the `native` backend, whose strict kernel makes the members in a
second), and ends with status 1 if one fails. It prints the counts, and leaves a picture of each
kernel's first failure: settled pixels grey, unsettled ones orange, wrong or strayed ones red.
Narrow dtypes are judged where `--dtype` names them, other windows and sizes where `--view`
and `--size` do."""


def main() -> None:
    """Measure the named parts and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", default=",".join(PARTS))
    named = parser.parse_args().parts.split(",")
    court = Court()
    for part in named:
        write_page(old_parts() | {part: "\n".join(PARTS[part](court))})


def write_page(bodies: dict[str, str]) -> None:
    """Write the head and the parts that there are."""
    sections = [f"{TEXT[name]}\n\n{bodies[name]}" for name in PARTS if name in bodies]
    PAGE.write_text("\n\n".join([HEAD, *sections]) + "\n")


def old_parts() -> dict[str, str]:
    """Return the bodies that the page has now, by part."""
    if not PAGE.exists():
        return {}
    sections = {s.split("\n")[0]: s for s in re.split(r"\n(?=## )", PAGE.read_text())}
    found = {}
    for part, text in TEXT.items():
        section = sections.get(text.split("\n")[0])
        if section:
            found[part] = section.strip().split("\n\n", 2)[-1]
    return found


if __name__ == "__main__":
    main()
