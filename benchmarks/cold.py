"""Cold start: what a first map costs in a new process, from importing fractbench on."""

from __future__ import annotations

from pathlib import Path

from ._here import BACKENDS
from ._maps import golden_case

TEXT = "first_map({backend!r})"
BEFORE = "import sys; sys.path.insert(0, {root!r}); from {package} import first_map"


def first_map(backend: str) -> None:
    """Import, prepare, make a golden map and hold it to its digest.

    Raises:
        WrongMapError: it is not that map.
    """
    case = golden_case(backend, "tanh", "boundary")
    case.run()
    case.check()


class ColdStart:
    """A process per sample; the start of Python is not counted, caches on disk are as they are."""

    params = (BACKENDS,)
    param_names = ("backend",)
    version = "1"
    number = 1
    rounds = 4
    repeat = (2, 3, 10.0)
    warmup_time = 0.0
    timeout = 120.0

    def setup(self, backend: str) -> None:
        """Skip what is not here; the kernel proves itself in every sample."""
        golden_case(backend, "tanh", "boundary")

    def timeraw_first_map(self, backend: str) -> tuple[str, str]:
        """Return what the new process runs, and what it does before the clock starts."""
        root = str(Path(__file__).resolve().parents[1])
        return TEXT.format(backend=backend), BEFORE.format(root=root, package=__name__)
