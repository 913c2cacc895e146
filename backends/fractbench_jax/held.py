"""Held: a network's data and one tile's pixels on a device, as the free kernels take them."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from fractbench.free import Pixels, Training

Array = Any


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


def data(net: Training, products: str, device: Any) -> Data:
    """Upload a network; `products` names the dtype that products are computed in."""
    return Data(
        X=_put(net.X, device, products),
        y=_put(net.y, device),
        W=_put(net.W, device, products),
        v=_put(net.v, device, products),
        order=_put(net.order, device),
    )


def block(px: Pixels, products: str, device: Any) -> Block:
    """Upload pixels."""
    return Block(
        x=_put(px.x, device),
        y=_put(px.y, device),
        W=_put(px.W, device, products),
        v=_put(px.v, device, products),
        order=_put(px.order, device),
    )


def _put(array: Any, device: Any, dtype: str | None = None) -> Array:
    if array is None:
        return None
    return jax.device_put(array if dtype is None else array.astype(jnp.dtype(dtype)), device)
