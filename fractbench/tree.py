"""Nested dicts and tuples of arrays, the only containers that kernel texts use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Tree = Any
"""An array, or a dict or tuple of Trees; `None` stands for nothing."""


def map_tree(function: Callable[[Any], Any], tree: Tree) -> Tree:
    """Apply `function` to every array of a Tree and keep its shape."""
    if tree is None:
        return None
    if isinstance(tree, dict):
        return {name: map_tree(function, branch) for name, branch in tree.items()}
    if isinstance(tree, tuple):
        return tuple(map_tree(function, branch) for branch in tree)
    return function(tree)


def leaves(tree: Tree) -> Iterator[Any]:
    """Yield every array of a Tree, dicts in the order of their sorted names."""
    if isinstance(tree, dict):
        for name in sorted(tree):
            yield from leaves(tree[name])
    elif isinstance(tree, tuple):
        for branch in tree:
            yield from leaves(branch)
    elif tree is not None:
        yield tree


def row(tree: Tree, index: int) -> Tree:
    """Return the given row of every array of a Tree."""
    return map_tree(lambda array: array[index], tree)
