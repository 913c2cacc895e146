"""estimate: box counts of a traced boundary, and the published dimension that they give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fractbench.dimension.published import sizes_of
from fractbench.tracing.boxes import sparse_box_counts
from fractbench.tracing.traced import Traced


@dataclass(frozen=True)
class Counted:
    """Boxes of every size (in pixels) that the boundary is in, neither empty nor full."""

    sizes: tuple[int, ...]
    counts: tuple[int, ...]

    @property
    def slopes(self) -> NDArray[np.float64]:
        """Minus the local slopes of log count against log size, as `dimension.published` has them.

        One for each size with a count; none where there are fewer than two.
        """
        sizes, counts = np.array(self.sizes, float), np.array(self.counts, float)
        kept = counts > 0
        if np.count_nonzero(kept) < 2:
            return np.empty(0)
        return np.asarray(-np.gradient(np.log(counts[kept]), np.log(sizes[kept])))

    @property
    def dimension(self) -> float | None:
        """The published estimate: the median of the slopes; None where there is none."""
        return float(np.median(self.slopes)) if self.slopes.size else None


def counted(traced: Traced) -> Counted:
    """Count boxes of the published sizes on a traced boundary."""
    shape = traced.height - 1, traced.width - 1
    sizes = sizes_of(min(shape))
    counts = sparse_box_counts(traced.rows, traced.columns, shape, sizes)
    return Counted(tuple(sizes), tuple(int(count) for count in counts))
