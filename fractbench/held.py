"""Held: a network and one block of pixels as the free kernels hold them, on whatever device.

Named tuples, so that frameworks that map and compile take them apart by themselves. The arrays are
the framework's own; `put` uploads one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from fractbench.free import Pixels, Training

Array = Any
Put = Callable[[Any, str], Array]
"""put(array, dtype) -> the array on the device in a dtype."""


class Data(NamedTuple):
    """X (samples, inputs), y (samples,), W (inputs, units), v (units,), order (steps, batch).

    X, W and v have the dtype of products, which may be narrow; y has that of losses.
    """

    X: Array
    y: Array
    W: Array
    v: Array
    order: Array | None


class Block(NamedTuple):
    """Hyperparameters x, y (pixels,), and draws: W (pixels, inputs, units), v (pixels, units).

    `order` is (steps, batch, pixels). None stands for what all pixels share.
    """

    x: Array
    y: Array
    W: Array | None
    v: Array | None
    order: Array | None


class Weights(NamedTuple):
    """W (inputs, units) and v (units,), or (pixels, ...) of both."""

    W: Array
    v: Array


class Rates(NamedTuple):
    """What one pixel is trained with: the learning rates of W and v, and the offset of W."""

    W: Array
    v: Array
    shift: Array


def data(net: Training, products: str, put: Put) -> Data:
    """Upload a network; `products` names the dtype that products are computed in."""
    return Data(
        X=put(net.X, products),
        y=_kept(net.y, put),
        W=put(net.W, products),
        v=put(net.v, products),
        order=_kept(net.order, put),
    )


def block(px: Pixels, products: str, put: Put) -> Block:
    """Upload pixels."""
    return Block(
        x=_kept(px.x, put),
        y=_kept(px.y, put),
        W=None if px.W is None else put(px.W, products),
        v=None if px.v is None else put(px.v, products),
        order=_kept(px.order, put),
    )


def _kept(array: Any, put: Put) -> Array:
    """Upload an array, if there is one, in its own dtype."""
    return None if array is None else put(array, array.dtype.name)


def rates_of(net: Training, px: Block) -> Rates:
    """Return the Rates of many pixels, each (pixels,), from their two hyperparameters."""
    return Rates(px.x if net.offset == "none" else px.y, px.y, px.x)
