"""mlp: the trainability maps of a one-hidden-layer network.

Sohl-Dickstein, "The boundary of neural network trainability is fractal", arXiv 2402.06184, 2024:
n inputs, n hidden units, no biases, everything drawn from N(0, 1); Z = X W / sqrt(n),
h = tanh(sqrt(2) Z), sqrt(2) relu(Z) or Z, out = h v / n, loss = mean (out - y)^2; plain gradient
descent, the loss taken before each update. x is the learning rate of W, y that of v; in the two
offset problems x is an offset of W and y the one rate of both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from fractbench import measure
from fractbench.arithmetic.constants import BANDS, common, scalar
from fractbench.arithmetic.exact import square_root
from fractbench.arithmetic.formats import Format
from fractbench.draws import indices, normals
from fractbench.problems.base import Axis, Problem, Sums, within
from fractbench.problems.mlp_draws import BATCH, Instance, batch_order, instance
from fractbench.problems.mlp_views import views_of
from fractbench.problems.network import Activation, NetworkProgram, Offset
from fractbench.tree import Tree
from fractbench.window import Window

MAX_WIDTH, MAX_SAMPLES = 64, 1 << 16
INPUT_BAND = {"float32": -40, "float64": -320}
"""Exponents of two of the band of inputs and targets, by dtype."""

_RATES = (Axis("learning rate of W", "log10", "-30", "12"),
          Axis("learning rate of v", "log10", "-30", "12"))  # fmt: skip
_OFFSETS = (Axis("weight offset", "log10", "-27", "12"),
            Axis("learning rate", "log10", "-30", "12"))  # fmt: skip


@dataclass(frozen=True)
class Mlp(Problem):
    """One experiment; `samples` and `seed` of None mean the published ones."""

    activation: Activation = "tanh"
    data: str = "full"
    minibatch: bool = False
    offset: Offset = "none"
    width: int = 16
    samples: int | None = None
    seed: int | None = None

    contracts: ClassVar[tuple[str, ...]] = ("strict", "fma", "perturbed", "free")
    accumulators: ClassVar[tuple[str, ...]] = measure.ACCUMULATORS

    def __post_init__(self) -> None:
        """Refuse sizes beyond what the guard bands were proven for."""
        super().__post_init__()
        within(self.name, "width", self.width, MAX_WIDTH)
        within(self.name, "samples", self.count, MAX_SAMPLES)
        if self.samples == self._published_count:
            object.__setattr__(self, "samples", None)

    @property
    def count(self) -> int:
        """The number of samples: n(n+1), n or 1 unless told."""
        return self._published_count if self.samples is None else self.samples

    @property
    def _published_count(self) -> int:
        return {"full": self.width * (self.width + 1), "linear": self.width, "single": 1}[self.data]

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The two learning rates, or an offset and a rate."""
        return _RATES if self.offset == "none" else _OFFSETS

    @property
    def drawable(self) -> tuple[str, ...]:
        """Weights, and the order of samples where there is one."""
        return ("weights", "order") if self.minibatch else ("weights",)

    @property
    def drawn_bytes(self) -> int:
        """Philox makes every number from words of 8 bytes, in about eight arrays of them."""
        weights = self.width * (self.width + 1) if "weights" in self.draws.kinds else 0
        order = self.steps * BATCH if "order" in self.draws.kinds else 0
        return 64 * (weights + order)

    @property
    def cost(self) -> float:
        """What a pixel-step costs, about: 1 for width 16 and 272 samples, full batch."""
        return (self.count + BATCH * self.minibatch) * self.width**2 / (272 * 16**2)

    @property
    def instance(self) -> Instance:
        """The weights and data, float64, before they are rounded."""
        return instance(self.width, self.data, self.count, self.samples is None, self.seed)

    @property
    def spec(self) -> str:
        """The name with every option that is not the published one."""
        options = []
        if self.samples is not None:
            options.append(f"samples={self.samples}")
        if self.seed is not None or not self.instance.published:
            options.append(f"seed={self.seed or 0}")
        if self.width != 16:
            options.append(f"width={self.width}")
        return self.name + (":" + ",".join(options) if options else "")

    @property
    def title(self) -> str:
        """What is trained, in one line."""
        batch = f"minibatches of {BATCH}" if self.minibatch else "full batch"
        extra = {"none": "", "once": ", offset added to W once",
                 "drift": ", offset added to W at every step"}[self.offset]  # fmt: skip
        noun = "sample" if self.count == 1 else "samples"
        return f"{self.activation}, width {self.width}, {self.count} {noun}, {batch}{extra}"

    @property
    def views(self) -> Mapping[str, Window]:
        """``start``, ``published`` and ``published:K``, K = 0 the widest frame of the ladder."""
        return views_of(self.name)

    @property
    def program(self) -> NetworkProgram:
        """The kernel text."""
        return NetworkProgram(self.activation, self.minibatch, self.offset)

    def inputs(self, fmt: Format) -> dict[str, Tree]:
        """Return constants, weights (n, n, 1), data (n, samples, 1) and per-step frames."""
        drawn, n, B = self.instance, self.width, BATCH if self.minibatch else self.count
        scale = Fraction(1 if self.activation == "identity" else 2, n)
        constants = common(fmt) | {
            "scale": scalar(square_root(scale, fmt), fmt),
            "inverse_width": scalar(Fraction(1, n), fmt),
            "inverse_samples": scalar(Fraction(1, self.count), fmt),
            "slope": scalar(Fraction(2, B * n), fmt),
        }
        state, data = BANDS[fmt.name]["state"], INPUT_BAND[fmt.name]
        shared = {
            "W": banded(drawn.W, fmt, state)[..., None],
            "v": banded(drawn.v, fmt, state)[..., None],
            "X": banded(drawn.X.T, fmt, data)[..., None],
            "Y": banded(drawn.y, fmt, data)[..., None],
        }
        frames = {"late": measure.late_steps(self.steps), "first": np.arange(self.steps) == 0}
        if self.minibatch and "order" not in self.draws.kinds:
            frames["order"] = self._order()[0]
        return {"constants": constants, "shared": shared, "frames": frames}

    def _order(self) -> tuple[NDArray[np.int32], str]:
        return batch_order(self.width, self.count, self.steps, self.seed, self.instance.published)

    def pixel_draws(
        self, fmt: Format, columns: NDArray[np.int64], rows: NDArray[np.int64]
    ) -> dict[str, Tree]:
        """Return ``W`` (n, n, pixels), ``v`` (n, pixels), ``frames.order`` (steps, 16, pixels)."""
        out: dict[str, Tree] = {}
        seed, n, band = self.draws.seed, self.width, BANDS[fmt.name]["state"]
        if "weights" in self.draws.kinds:
            out["W"] = banded(normals(seed, "weights", (n, n), columns, rows), fmt, band)
            out["v"] = banded(normals(seed, "output", (n,), columns, rows), fmt, band)
        if "order" in self.draws.kinds:
            shape = (self.steps, BATCH)
            out["frames"] = {"order": indices(seed, shape, self.count, columns, rows)}
        return out

    def readout(self, sums: Sums) -> tuple[NDArray[np.floating], NDArray[np.uint8]]:
        """Return the published value and class."""
        return measure.readout(sums, self.steps)

    def notes(self) -> list[str]:
        """Name the minibatch order, which depends on the number of steps."""
        if not self.minibatch or "order" in self.draws.kinds:
            return []
        return [f"minibatch order: {self._order()[1]}"]

    def seeded(self, seed: int) -> Problem:
        """Return the same experiment with weights and data drawn from `seed`."""
        return replace(self, seed=seed)


def banded(values: NDArray[np.float64], fmt: Format, power: int) -> NDArray[np.floating]:
    """Round to the format, and take what lies below 2**power for +0 (a host guard band)."""
    rounded = values.astype(fmt.dtype)
    return np.where(np.abs(rounded) < 2.0**power, fmt.dtype.type(0), rounded)
