"""Digests: canonical bytes, what they depend on, and a stranger's way to compute them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import fractbench
from fractbench.digest import canonical_bytes, map_digest

FLOATS = arrays(np.float32, (2, 3), elements=st.floats(width=32))


@given(FLOATS)
def test_byte_order_and_layout_do_not_matter(values):
    assert canonical_bytes(values.astype(">f4")) == canonical_bytes(values)
    assert canonical_bytes(np.asfortranarray(values)) == canonical_bytes(values)


@given(FLOATS, st.integers(0, 5), st.integers(1, (1 << 22) - 1), st.booleans())
def test_every_nan_is_one(values, place, payload, negative):
    values.flat[place] = np.nan
    other = values.copy()
    other.view(np.uint32).flat[place] = 0x7F800000 | payload | (negative << 31)
    assert canonical_bytes(other) == canonical_bytes(values)


@given(FLOATS, st.integers(0, 5), st.integers(0, 31))
def test_any_other_bit_matters(values, place, bit):
    other = values.copy()
    other.view(np.uint32).flat[place] ^= np.uint32(1 << bit)
    both_nan = np.isnan(values.flat[place]) and np.isnan(other.flat[place])
    assert (canonical_bytes(other) == canonical_bytes(values)) == both_nan


def test_the_sign_of_zero_matters():
    assert canonical_bytes(np.float32([0.0])) != canonical_bytes(np.float32([-0.0]))


@pytest.fixture(scope="module")
def made():
    return fractbench.run("single", backend="numpy", size="4x3", steps=5)


def test_the_digest_covers_the_header_and_every_accumulator(made):
    digests = {made.digest, replace(made, problem=made.problem.with_steps(6)).digest}
    for name in made.problem.accumulators:
        changed = dict(made.accumulators)
        changed[name] = changed[name].copy()
        changed[name][-1, -1] = np.nextafter(changed[name][-1, -1], np.float32(9))
        digests.add(replace(made, accumulators=changed).digest)
    assert len(digests) == 2 + len(made.problem.accumulators)


def test_who_made_it_does_not_matter(made):
    assert replace(made, made={"backend": "another"}).digest == made.digest


def test_order_of_accumulators_is_the_problems(made):
    head = {"arithmetic": "strict-float32-1"}
    names = made.problem.accumulators
    assert map_digest(head, names, made.accumulators) != map_digest(
        head, names[::-1], made.accumulators
    )


def test_the_recipe_in_the_docs_gives_the_same_digest(made, tmp_path):
    text = (Path(__file__).parents[1] / "docs" / "contract.md").read_text()
    [recipe] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert "import fractbench" not in recipe
    space: dict = {}
    exec(compile(recipe, "docs/contract.md", "exec"), space)
    assert space["recompute"](made.save(tmp_path / "map.npz")) == made.digest
