"""arrays: a device array with the operators, indices and shapes that kernel texts use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fractbench_opencl.layout import Layout, indexed, packed, row

if TYPE_CHECKING:
    from fractbench_opencl.elementwise import Elementwise


class Array:
    """A view of device memory: a buffer, where it begins in it (in elements), and its Layout."""

    __slots__ = ("buffer", "layout", "loops", "offset")

    def __init__(self, loops: Elementwise, buffer: Any, offset: int, layout: Layout) -> None:
        """Take what the view consists of; `loops` computes with it."""
        self.loops, self.buffer, self.offset, self.layout = loops, buffer, offset, layout

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        return self.layout.shape

    @property
    def dtype(self) -> str:
        """The NumPy dtype's name."""
        return self.layout.dtype

    def __add__(self, other: Array) -> Array:
        return self.loops.apply("add", self, other)

    def __sub__(self, other: Array) -> Array:
        return self.loops.apply("subtract", self, other)

    def __lt__(self, other: Array) -> Array:
        return self.loops.apply("less", self, other)

    def __eq__(self, other: Array) -> Array:  # type: ignore[override]
        return self.loops.apply("equal", self, other)

    __hash__ = None  # type: ignore[assignment]

    def __or__(self, other: Array) -> Array:
        return self.loops.apply("either", self, other)

    def __abs__(self) -> Array:
        return self.loops.apply("absolute", self)

    def __getitem__(self, key: Any) -> Array:
        """A view, or for an index array a copy; the index array holds places from 0 on."""
        if type(key) is int and key >= 0:
            layout, step = row(self.layout)
            if key >= self.layout.shape[0]:
                raise IndexError(f"index {key} is beyond an axis of {self.layout.shape[0]}")
            return Array(self.loops, self.buffer, self.offset + key * step, layout)
        parts = self._whole(key if isinstance(key, tuple) else (key,))
        arrays = [axis for axis, part in enumerate(parts) if isinstance(part, Array)]
        if not arrays:
            layout, start = indexed(self.layout, parts)
            return Array(self.loops, self.buffer, self.offset + start, layout)
        axis = arrays[0]
        before = self[(*parts[:axis], slice(None), *parts[axis + 1 :])]
        return self.loops.take(before, axis, parts[axis])

    def _whole(self, key: tuple[Any, ...]) -> tuple[Any, ...]:
        """Replace the ellipsis, if there is one, by as many slices as are left for it."""
        places = [place for place, part in enumerate(key) if part is Ellipsis]
        if not places:
            return key
        left = len(self.shape) - sum(part is not None for part in key) + 1
        return (*key[: places[0]], *(slice(None),) * left, *key[places[0] + 1 :])

    def reshape(self, shape: tuple[int, ...]) -> Array:
        """The same elements in C order in another shape; a copy where there are gaps."""
        whole = self.loops.contiguous(self)
        return Array(self.loops, whole.buffer, whole.offset, packed(self.dtype, shape))

    def swapaxes(self, one: int, other: int) -> Array:
        """A view with two axes exchanged."""
        order = list(range(len(self.shape)))
        order[one], order[other] = order[other], order[one]
        shape = tuple(self.shape[axis] for axis in order)
        strides = tuple(self.layout.strides[axis] for axis in order)
        return self.viewed(Layout(self.dtype, shape, strides))

    def viewed(self, layout: Layout) -> Array:
        """The same memory, read with another Layout."""
        return Array(self.loops, self.buffer, self.offset, layout)
