"""Pictures: the published ranks and colours, the right way up, with what is needed in them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib import colormaps, image
from PIL import Image

import fractbench
from fractbench.colors import colors, ranked
from fractbench.render import caption, png


@given(arrays(np.float32, 30, elements=st.floats(-1e6, 1e6, width=32)))
def test_ranks_keep_order_and_sides(value):
    rank = ranked(value)
    assert np.all(np.abs(rank) >= 0.25)
    assert np.all((rank > 0) == (value < 0))
    order = np.argsort(value, kind="stable")
    assert np.all(np.diff(rank[order]) <= 1e-12)


def test_ranks_are_the_published_ones():
    assert ranked(np.array([-3.0, -1.0, 2.0, 4.0])).tolist() == [1.0, 0.25, -0.25, -1.0]


@pytest.fixture(scope="module")
def made():
    return fractbench.run("mandelbrot", backend="numpy", window="-2:1,0:2", size="30x20", steps=40)


def test_colours_are_spectral_and_the_set_is_blue(made):
    picture = colors(made)
    assert picture.shape == (20, 30, 3)
    slowest = np.unravel_index(np.argmin(made.value), made.value.shape)
    widest = np.unravel_index(np.argmax(made.value), made.value.shape)
    low, high = (colormaps["Spectral"]([0.0, 1.0])[:, :3] * 255).round()
    assert made.converged[slowest]
    assert picture[slowest].tolist() == high.tolist()
    assert not made.converged[widest]
    assert picture[widest].tolist() == low.tolist()


def test_the_lowest_y_is_at_the_bottom_and_a_pixel_is_a_whole_number_of_pixels(made):
    shown = image.imread(io.BytesIO(png(made)))[..., :3]
    zoom = 480 // 30
    corner = shown[-110 - zoom // 2, 90 + zoom * 18 + zoom // 2]
    assert np.allclose(corner, colors(made)[0, 18] / 255, atol=0.01)


def test_the_digest_is_in_the_caption_and_in_the_metadata(made):
    assert made.digest == caption(made).replace("\n", "")[-len(made.digest) :]
    text = Image.open(io.BytesIO(png(made))).text
    assert made.digest in text["Description"]
    assert text["Title"].startswith("mandelbrot")


def test_classes_have_their_own_colours():
    picture = fractbench.run("newton", backend="numpy", size=24)
    shown = colors(picture)
    for index, entry in enumerate(picture.legend[1:], start=1):
        mean = shown[picture.classes == index].mean(axis=0)
        wanted = np.array([int(entry.color[i : i + 2], 16) for i in (1, 3, 5)])
        assert np.corrcoef(mean, wanted)[0, 1] > 0.99


def test_a_line_is_drawn():
    line = fractbench.run("quadratic", backend="numpy", size=64, steps=50)
    assert png(line).startswith(b"\x89PNG")
