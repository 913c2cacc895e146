"""Held: what fractbench/held.py names, uploaded to a device."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch

from fractbench import held
from fractbench.free import Pixels, Training

Array = Any


def data(net: Training, products: str, device: torch.device) -> held.Data:
    """Upload a network; `products` names the dtype that products are computed in."""
    return held.data(net, products, partial(_put, device))


def block(px: Pixels, products: str, device: torch.device) -> held.Block:
    """Upload pixels."""
    return held.block(px, products, partial(_put, device))


def _put(device: torch.device, array: Any, dtype: str) -> Array:
    return torch.tensor(array, device=device).to(getattr(torch, dtype))
