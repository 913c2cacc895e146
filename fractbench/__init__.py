"""fractbench: train a tiny network at every pixel, on every framework, to the same last bit.

    import fractbench
    made = fractbench.run("tanh", backend="jax", size=64)
    made.digest, made.converged, made.save("tanh.png")

Importing this package imports no framework.
"""

from fractbench.api import run as run
from fractbench.errors import (
    BackendUnavailableError as BackendUnavailableError,
)
from fractbench.errors import (
    CanaryError as CanaryError,
)
from fractbench.errors import (
    FractbenchError as FractbenchError,
)
from fractbench.errors import (
    UsageError as UsageError,
)
from fractbench.map import Map as Map
from fractbench.map import Saved as Saved
from fractbench.map import load as load
from fractbench.problems.catalogue import names as problem_names
from fractbench.problems.catalogue import problem as problem

__all__ = [
    "BackendUnavailableError",
    "CanaryError",
    "FractbenchError",
    "Map",
    "Saved",
    "UsageError",
    "load",
    "problem",
    "problem_names",
    "run",
]
