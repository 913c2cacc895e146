"""Launcher: one Variant of the text, compiled, on one device of one framework."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from numpy.typing import NDArray

from fractbench.simt.variant import Variant

Buffer = Any
"""A one-dimensional array on the device."""
Output = tuple[int, str]
"""The length of an array to be made and its type: ``real`` or ``int``."""


class Launcher(ABC):
    """What a Backend supplies to run the text: memory, launches and waiting.

    Arrays have one dimension and at least 8 elements, of the Variant's dtype or int32. What is
    made by one launch may be given to the next one before anything was waited for.
    """

    work: int = 1 << 22
    """Pixel-steps of width 16 and 272 samples that a tile may have: seconds between two signs of
    progress, and enough pixels to keep the device busy."""

    @abstractmethod
    def upload(self, array: NDArray[Any]) -> Buffer:
        """Bring a host array to the device, bits kept."""

    @abstractmethod
    def launch(
        self, entry: str, inputs: Sequence[Buffer], outputs: Sequence[Output], groups: int
    ) -> list[Buffer]:
        """Start an entry point of the text in `groups` groups; return its fresh outputs.

        What an output holds where the text writes nothing is undefined.
        """

    @abstractmethod
    def wait(self) -> None:
        """Return when everything that was launched is complete."""

    @abstractmethod
    def download(self, buffer: Buffer) -> NDArray[Any]:
        """Wait for an array and bring it to the host, bits kept."""


Make = Callable[[Variant], Launcher]
"""Compiles a Variant.

Raises:
    KernelUnavailableError: it cannot be had; the text is one line.
"""
