"""The file of a traced boundary: an .npz with the boundary, the trained pixels and the metadata.

Places in order are written as differences, the first as it is: those are small and compress well.
"""

from __future__ import annotations

import io
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fractbench.errors import UsageError
from fractbench.files import write_aside
from fractbench.tracing.cells import Places
from fractbench.tracing.known import Known
from fractbench.tracing.made import Made, boundary_digest
from fractbench.tracing.rule import Rule
from fractbench.tracing.traced import Level, Traced

SCHEMA = "fractbench.trace/1"
_HEAD = ("arithmetic", "draws", "inputs", "problem", "size", "steps", "window")


def save(made: Made, path: Path) -> Path:
    """Write ``.npz`` (boundary, trained pixels, metadata) or ``.png`` (the picture).

    Raises:
        UsageError: the name ends otherwise.
    """
    if path.suffix == ".npz":
        return write_aside(path, _archive(made))
    if path.suffix == ".png":
        from fractbench.tracing.picture import png

        return write_aside(path, png(made))
    raise UsageError(
        f"cannot save a boundary as {path.name!r}; type --out with a name ending in .npz or .png"
    )


def metadata(made: Made) -> dict[str, Any]:
    """Return everything that is known besides the arrays, ready for JSON."""
    traced, boxes = made.traced, made.counted
    return {
        "schema": SCHEMA,
        **made.head,
        "digest": made.digest,
        "classes": [entry.name for entry in made.plan.problem.classes],
        "rule": asdict(traced.rule),
        "levels": [asdict(level) for level in traced.levels],
        "trained_pixels": traced.trained,
        "trained_share": traced.share,
        "fresh_pixels": made.fresh,
        "boundary_blocks": int(traced.keys.size),
        "trace_seconds": made.seconds,
        "boxes": {"sizes": list(boxes.sizes), "counts": list(boxes.counts)},
        "published_dimension": boxes.dimension,
        "probes": [asdict(p) | {"share": p.share, "bound": p.bound} for p in made.probes],
        "made": made.facts,
    }


def _archive(made: Made) -> bytes:
    places, classes = made.traced.known.all()
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        allow_pickle=False,
        metadata=np.array(json.dumps(metadata(made))),
        boundary=_differences(made.traced.keys),
        trained=_differences(places),
        classes=classes,
    )
    return buffer.getvalue()


def load(path: str | Path) -> tuple[Traced, dict[str, Any]]:
    """Read a boundary's file, without pickle, and check its digest.

    Returns:
        The boundary, and the metadata.

    Raises:
        UsageError: the file is absent, damaged, foreign, or does not match its digest.
    """
    path = Path(path)
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        facts = json.loads(str(arrays["metadata"]))
        traced, schema = _traced(facts, arrays), facts["schema"]
        digest = boundary_digest({name: facts[name] for name in _HEAD}, traced)
    except FileNotFoundError:
        raise UsageError(f"there is no file {os.fspath(path)!r}; type a boundary's .npz") from None
    except Exception as error:
        # Whatever a foreign or damaged archive makes zipfile, zlib, NumPy or JSON raise.
        raise UsageError(
            f"{os.fspath(path)!r} is damaged or no traced boundary ({type(error).__name__}); "
            "make it anew with fractbench trace"
        ) from None
    if schema != SCHEMA:
        raise UsageError(f"{path.name} has schema {schema!r} and this version reads {SCHEMA}")
    if digest != facts["digest"]:
        raise UsageError(f"{path.name} does not match its own digest: it was changed or damaged")
    return traced, facts


def _traced(facts: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Traced:
    known = Known()
    known.add(_summed(arrays["trained"]), arrays["classes"])
    levels = tuple(Level(**level) for level in facts["levels"])
    width, height = facts["size"]
    return Traced(width, height, Rule(**facts["rule"]), levels, known, _summed(arrays["boundary"]))


def _differences(places: Places) -> NDArray[np.uint32]:
    return np.diff(places, prepend=0).astype(np.uint32)


def _summed(differences: NDArray[Any]) -> Places:
    return np.cumsum(differences, dtype=np.int64)
