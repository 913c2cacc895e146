"""Loop: a compiled step, taken as often as a training has steps, without leaving the device.

A step is a function (state, fixed) -> (state, losses) of tuples of tensors; the last tensor of a
state is the number of steps taken. On CUDA one step is captured as a graph and replayed, on MPS
it runs eagerly; not run on CUDA, MPS or TF32 yet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch._dynamo import config as dynamo

from fractbench.errors import BackendUnavailableError

Array = Any
State = tuple[Array, ...]
Step = Callable[[State, State], tuple[State, Array]]


SHAPES = 1 << 10
"""How often PyTorch may compile a step, for other shapes and problems, before it gives up; it
counts all steps of one text together, and its own 8 are few for a process that makes many maps."""
_LIMITS = {"recompile_limit": SHAPES, "accumulated_recompile_limit": SHAPES}


def many_shapes() -> AbstractContextManager[None]:
    """Let PyTorch compile for `SHAPES` shapes; enter it once, around all that call a Loop."""
    return dynamo.patch(**_LIMITS)  # type: ignore[no-any-return]


def many_shapes_in_worker() -> None:
    """The same for a new thread inside `many_shapes`, because newer PyTorch has options a thread.

    Nothing is put back: they end with the thread, or, where they are the process's, with
    `many_shapes`.
    """
    for name, value in _LIMITS.items():
        setattr(dynamo, name, value)


class Loop:
    """A step made ready for a device; `options` are those of the compiler on CPUs."""

    def __init__(self, step: Step, device: torch.device, options: Mapping[str, Any]) -> None:
        """Keep the step; it is compiled for the shapes of its first call.

        Raises:
            BackendUnavailableError: it is a CPU and there is no C++ compiler.
        """
        self._device = device
        if device.type == "cpu":
            need_compiler()
            self._step = torch.compile(step, fullgraph=True, dynamic=False, options=dict(options))
        elif device.type == "cuda":
            self._step = torch.compile(step, fullgraph=True, dynamic=False)
        else:
            self._step = step

    def __call__(self, state: State, fixed: State, steps: int, seen: list[Array] | None) -> State:
        """Return the state after all steps; every step's losses are put into `seen`."""
        if self._device.type == "cuda":
            return self._replayed(state, fixed, steps, seen)
        for _ in range(steps):
            state, loss = self._step(state, fixed)
            if seen is not None:
                seen.append(loss)
        return state

    def _replayed(
        self, state: State, fixed: State, steps: int, seen: list[Array] | None
    ) -> State:  # fmt: skip
        """Capture a step that ends in the tensors it began with, and replay it."""
        held = tuple(a.clone() for a in state)
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            self._step(held, fixed)  # compiles; capturing must not
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            after, loss = self._step(held, fixed)
            for old, new in zip(held, after, strict=True):
                old.copy_(new)
        for _ in range(steps):
            graph.replay()
            if seen is not None:
                seen.append(loss.clone())
        torch.cuda.synchronize()
        return held


def need_compiler() -> None:
    """Refuse where PyTorch's own compiler finds no C++ compiler to hand its text to.

    Raises:
        BackendUnavailableError: there is none.
    """
    from torch._inductor.cpp_builder import get_cpp_compiler

    try:
        get_cpp_compiler()
    except Exception as error:
        raise BackendUnavailableError(
            "torch compiles its free kernels with a C++ compiler and finds none that works; "
            "install g++ or clang++, or set CXX to one"
        ) from error
