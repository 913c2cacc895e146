"""Slices: how many steps a launch takes, so that none lasts long and finished pixels leave soon.

Systems end a GPU command that lasts seconds, and a bar needs news. Most pixels that diverge do so
in the first steps, so the first slices are short: the lanes of a pixel that is over idle to the
end of a slice at most.
"""

from __future__ import annotations

FIRST, GROWTH = 8, 2
"""Steps of the first slice at most, and the factor from one to the next."""
SECONDS = 0.25
"""What a launch may take, about."""


class Slices:
    """Chooses the steps of the next launch from the rate of those before."""

    def __init__(self, steps: int, first: int, seconds: float = SECONDS) -> None:
        """Know no rate yet, so that the first launch has at most `first` pixel-steps."""
        self._steps, self._first, self._seconds, self._wish = steps, first, seconds, FIRST
        self._rate: float | None = None

    def next(self, done: int, pixels: int) -> int:
        """Return the step at which the next launch of so many pixels is to end."""
        able = self._first if self._rate is None else self._rate * self._seconds
        length = min(self._wish, max(1, int(able / pixels)))
        self._wish *= GROWTH
        left = self._steps - done
        # A last slice of a few steps would cost a launch for nothing.
        return self._steps if left <= length + length // 2 else done + length

    def took(self, pixel_steps: int, seconds: float) -> None:
        """Learn how long a launch lasted."""
        if seconds > 0:
            self._rate = pixel_steps / seconds
