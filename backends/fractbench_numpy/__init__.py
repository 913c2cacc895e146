"""numpy: the reference Backend; every other one must give its bits."""

from __future__ import annotations

import platform
from collections.abc import Sequence

import numpy as np

from fractbench.arithmetic.formats import Format
from fractbench.arithmetic.host import HostOps
from fractbench.arithmetic.ops import Ops
from fractbench.backend import Backend, Device


class NumpyBackend(Backend):
    """NumPy on the CPU, one thread."""

    name = "numpy"
    install = "pip install numpy"

    def version(self) -> str:
        """NumPy's version."""
        return np.__version__

    def devices(self) -> Sequence[Device]:
        """The CPU."""
        return (Device(self.name, "cpu", platform.machine()),)

    def ops(self, device: Device, fmt: Format) -> Ops:
        """The reference Ops."""
        return HostOps(fmt)


backend = NumpyBackend()
