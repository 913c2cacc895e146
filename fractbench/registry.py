"""Discovery: entry points -> Backends, or a sentence that says why not.

Rules: nothing is imported before it is asked for; a Backend that fails to import, to list its
devices or to speak our `api` is a Status with a reason, never a traceback; ours have no privilege
over a stranger's.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from fractbench.backend import API, Backend, Device
from fractbench.errors import BackendUnavailableError, UsageError, nearest

GROUP = "fractbench.backends"
PREFERRED = ("mlx", "numpy")
"""What `run` takes when no backend is named, first that works."""


@dataclass(frozen=True)
class Status:
    """One row of `fractbench backends`."""

    name: str
    available: bool
    version: str = ""
    devices: tuple[Device, ...] = ()
    reason: str = ""
    install: str = ""


def points() -> dict[str, EntryPoint]:
    """Return every registered Backend's entry point by name, without loading any."""
    found = entry_points(group=GROUP)
    return {point.name: point for point in sorted(found, key=lambda p: p.name)}


def load(name: str) -> Backend:
    """Return a Backend by name; its framework is not imported yet.

    Raises:
        UsageError: no such Backend is registered, or it declares another `api`.
        BackendUnavailableError: its package cannot be imported.
    """
    known = points()
    if name not in known:
        hint = nearest(name, known)
        raise UsageError(f"unknown backend {name!r}{hint}; type one of: {', '.join(known)}")
    try:
        backend = known[name].load()
    except Exception as error:
        raise BackendUnavailableError(f"{name} cannot be loaded: {_brief(error)}") from error
    declared = getattr(backend, "api", None)
    if declared != API:
        raise UsageError(
            f"backend {name!r} speaks api {declared} and this fractbench speaks api {API}; "
            f"install a matching version of {name}"
        )
    if not isinstance(backend, Backend):
        raise UsageError(f"backend {name!r} is no fractbench.backend.Backend; report it there")
    return backend


def select(spec: str | None) -> tuple[Backend, Device]:
    """Return the Backend and Device of ``name`` or ``name:device``; None takes the preferred one.

    Raises:
        UsageError: it is unknown, or the device is not there.
        BackendUnavailableError: it is known but cannot be used here; the text says what to install.
    """
    if spec is None:
        for name in PREFERRED:
            if status(name).available:
                return select(name)
        raise BackendUnavailableError("no backend works here; type fractbench backends to see why")
    name, _, device = spec.partition(":")
    backend = load(name)
    state = status(name)
    if not state.available:
        remedy = f"; type: {state.install}" if state.install else ""
        raise BackendUnavailableError(f"{name} cannot be used: {state.reason}{remedy}")
    return backend, backend.device(device or None)


def status(name: str) -> Status:
    """Try a Backend and tell what became of it; never raises for a registered name."""
    try:
        backend = load(name)
    except Exception as error:
        return Status(name, False, reason=_brief(error))
    try:
        version = backend.version()
    except Exception as error:
        # Whatever a missing or half-removed package raises, installing it anew is the remedy,
        # unless the backend knows better.
        fixable = getattr(error, "installable", True)
        return Status(name, False, reason=_brief(error), install=backend.install if fixable else "")
    try:
        devices = tuple(backend.devices())
    except Exception as error:
        return Status(name, False, version, reason=_brief(error))
    if not devices:
        return Status(name, False, version, reason="no device found")
    return Status(name, True, version, devices, backend.note(), backend.install)


def statuses() -> list[Status]:
    """Return a Status for every registered Backend."""
    return [status(name) for name in points()]


def require(module: str) -> None:
    """Raise a sentence if a framework's module is not installed.

    Raises:
        BackendUnavailableError: it is not.
    """
    try:
        found = importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        found = False
    if not found:
        raise BackendUnavailableError("not installed", installable=True)


def _brief(error: BaseException) -> str:
    """Return an error's first line; what a broken install raises can be pages long."""
    first = str(error).strip().splitlines()[0] if str(error).strip() else ""
    if isinstance(error, BackendUnavailableError):
        return first
    kind = "broken install" if isinstance(error, ImportError) else type(error).__name__
    return f"{kind}: {first}"[:300]
