"""settings: which BLAS makes NumPy's products, and with how many threads."""

from __future__ import annotations

from typing import Any

import numpy as np

from fractbench_numpy.blas import switch


def settings() -> dict[str, str]:
    """Return the BLAS's name and version, and its threads where it tells."""
    found: Any = np.show_config(mode="dicts")
    blas = found.get("Build Dependencies", {}).get("blas", {})
    told = {f"blas {key}": str(blas[key]) for key in ("name", "version") if blas.get(key)}
    own = switch()
    return told if own is None else {**told, "blas threads": str(own[0]())}
