"""Paper: a Matplotlib figure on which things are placed in millimetres from the lower left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fractbench.plot.page import INCH

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Paper:
    """A page of `width` x `height` mm; `figure` is what Matplotlib draws."""

    def __init__(self, width: float, height: float, dpi: int) -> None:
        """Make an empty page."""
        from matplotlib.figure import Figure

        self.width, self.height, self.dot = width, height, INCH / dpi
        self.figure = Figure(figsize=(width / INCH, height / INCH), dpi=dpi)

    def axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        """Return axes that fill a rectangle."""
        across, up = self.width, self.height
        return self.figure.add_axes((left / across, bottom / up, width / across, height / up))

    def text(self, left: float, bottom: float, words: str, points: float, **style: Any) -> None:
        """Write words as they are: a dollar sign begins no formula."""
        self.figure.text(
            left / self.width, bottom / self.height, words, fontsize=points,
            parse_math=False, **style,
        )  # fmt: skip

    def patch(self, left: float, bottom: float, side: float, color: str) -> None:
        """Fill a square."""
        from matplotlib.patches import Rectangle

        self.figure.add_artist(
            Rectangle(
                (left / self.width, bottom / self.height), side / self.width, side / self.height,
                color=color, linewidth=0, transform=self.figure.transFigure,
            )
        )  # fmt: skip
