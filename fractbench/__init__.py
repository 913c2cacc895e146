"""fractbench: train a tiny network at every pixel, on every framework, to the same last bit.

    import fractbench
    made = fractbench.run("tanh", backend="jax", size=64)
    made.digest, made.converged, made.save("tanh.png")

Importing this package imports no framework.
"""

from fractbench.api import run as run
from fractbench.errors import (
    BackendUnavailable as BackendUnavailable,
    CanaryError as CanaryError,
    FractbenchError as FractbenchError,
    UsageError as UsageError,
)
from fractbench.map import Map as Map, Saved as Saved, load as load
from fractbench.problems.catalogue import names as problem_names, problem as problem

__all__ = [
    "BackendUnavailable",
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
