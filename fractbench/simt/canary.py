"""canary: the compiled text's own arithmetic against the host's, before a map is made by it.

No compiler option, driver or cached kernel can then change bits in silence.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fractbench.arithmetic.bits import same_bits
from fractbench.arithmetic.compiled import answers
from fractbench.arithmetic.contract import Arithmetic
from fractbench.errors import CanaryError
from fractbench.simt.launcher import Launcher
from fractbench.simt.text import CANARY_ROWS
from fractbench.simt.variant import Variant

ROWS = ("a product in a sum", "the listed multiply-and-add", "a compensated sum", "its error",
        "the reciprocal", "tanh", "NaN in a select")  # fmt: skip


def check(launcher: Launcher, variant: Variant, arithmetic: Arithmetic, device: str) -> None:
    """Run the canary through a launcher and compare with the host.

    Raises:
        CanaryError: an answer differs.
    """
    given, expected = answers(arithmetic, ROWS)
    count = given.shape[1]
    counts = np.full(8, count, np.int32)
    inputs = [launcher.upload(given.ravel()), launcher.upload(counts)]
    groups = -(-count // variant.threads)
    [out] = launcher.launch("canary", inputs, [(CANARY_ROWS * count, "real")], groups)
    found = launcher.download(out).reshape(CANARY_ROWS, count)
    wanted = [*expected, _exchanged(given[0], variant.lanes)]
    for name, right, answer in zip((*ROWS, "a sum over lanes"), wanted, found, strict=True):
        if not same_bits(right, answer):
            raise CanaryError(
                f"{device} computes {name} otherwise than {arithmetic.name} demands; unset options "
                "that relax its compiler's arithmetic, or report it"
            )


def _exchanged(values: NDArray[Any], lanes: int) -> NDArray[Any]:
    """Return what every lane of a pixel holds after the fold between lanes."""
    sums = values.reshape(-1, lanes)
    mask = lanes // 2
    while mask:
        sums = sums + sums[:, np.arange(lanes) ^ mask]
        mask //= 2
    return sums.ravel()
