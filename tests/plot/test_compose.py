"""What a picture shows: colours by one reference, contours, notes, titles and keys."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib import colormaps

from fractbench.colors import ranked
from fractbench.errors import UsageError
from fractbench.plot.compose import Look, contact_sheet, side_by_side
from fractbench.plot.ranges import crop, note
from fractbench.plot.shown import read


@pytest.fixture
def whole(maps):
    return read(maps / "set.npz")


def colors_by_value(items, panels):
    """Return the colours that every value has anywhere."""
    found = {}
    for item, panel in zip(items, panels, strict=True):
        for value, color in zip(item.value.ravel(), panel.image.reshape(-1, 3), strict=True):
            found.setdefault(float(value), set()).add(tuple(color.tolist()))
    return found


def test_equal_values_have_equal_colours_in_all_maps(whole, maps):
    items = [whole, read(maps / "part.npz")]
    picture = side_by_side(items, Look())
    shared = set(items[0].value.ravel().tolist()) & set(items[1].value.ravel().tolist())
    assert len(shared) > 3
    assert {len(colors) for colors in colors_by_value(items, picture.panels).values()} == {1}
    alone = [contact_sheet([item], Look()).panels[0] for item in items]
    assert max(len(colors) for colors in colors_by_value(items, alone).values()) == 2


def test_ranks_are_those_of_all_maps_together(whole, maps):
    items = [whole, read(maps / "part.npz")]
    every = np.concatenate([item.value.ravel() for item in items])
    wanted = colormaps["Spectral"]((ranked(every) + 1) / 2)[:, :3]
    panels = side_by_side(items, Look()).panels
    shown = np.concatenate([panel.image.reshape(-1, 3) for panel in panels])
    assert np.array_equal(shown, np.rint(wanted * 255).astype(np.uint8))


def test_a_part_is_coloured_as_in_the_whole(whole):
    part = crop(whole, "-1:0,0:1")
    by_whole = side_by_side([part], Look(), [whole]).panels[0].image
    assert np.array_equal(by_whole, side_by_side([whole], Look()).panels[0].image[10:, 10:21])
    assert not np.array_equal(by_whole, side_by_side([part], Look()).panels[0].image)


def test_a_value_that_the_reference_lacks_keeps_its_side(whole):
    alone = crop(whole, "-2:-1.8,0.8:1")
    assert set(alone.classes.ravel().tolist()) == {0}
    panel = side_by_side([whole], Look(), [alone]).panels[0]
    red = panel.image[..., 0].astype(int) > panel.image[..., 2].astype(int) + 40
    assert np.array_equal(red & (whole.classes == 0), whole.classes == 0)


def test_any_colormap_takes_the_place_of_the_published_one(whole):
    panel = side_by_side([whole], Look(colors="viridis")).panels[0]
    slowest = np.unravel_index(np.argmin(whole.value), whole.value.shape)
    wanted = np.rint(np.array(colormaps["viridis"](1.0)[:3]) * 255)
    assert panel.image[slowest].tolist() == wanted.tolist()


def test_classes_have_one_hue_each(maps):
    newton = read(maps / "newton.npz")
    picture = side_by_side([newton], Look())
    names = [name for _, name in picture.key.patches]
    assert names == [entry.name for entry in newton.problem.classes]
    for index in np.unique(newton.classes):
        shown = picture.panels[0].image[newton.classes == index].astype(float)
        hue = shown / shown.max(axis=1, keepdims=True)
        assert np.ptp(hue, axis=0).max() < 0.05


def test_the_ends_of_the_key_are_the_slowest_pixels(whole):
    picture = side_by_side([whole], Look())
    flat, image = whole.value.ravel(), picture.panels[0].image.reshape(-1, 3)
    assert picture.key.words == ("diverged late", "soon", "converged late")
    assert picture.key.bar[0].tolist() == image[np.argmax(flat)].tolist()
    assert picture.key.bar[-1].tolist() == image[np.argmin(flat)].tolist()


def test_titles_say_what_tells_maps_apart(maps):
    items = [read(maps / "set.npz"), read(maps / "set64.npz")]
    assert [p.title for p in side_by_side(items, Look()).panels] == [
        "strict-float32-1", "strict-float64-1",
    ]  # fmt: skip
    deep = [items[0], read(maps / "deep.npz")]
    assert [p.title for p in side_by_side(deep, Look()).panels] == ["numpy:cpu", "deep"]
    twice = side_by_side([items[0], items[0]], Look())
    assert [p.title for p in twice.panels] == ["set", "set"]
    named = side_by_side(items, Look(titles=("one", "two")))
    assert [p.title for p in named.panels] == ["one", "two"]
    assert side_by_side(items, Look(titles=("both",))).heading == "both"


def test_a_note_is_in_each_map_that_holds_its_point(whole, maps):
    items = [whole, read(maps / "part.npz")]
    notes = note("left@-1.5,0"), note("both@-0.5,0.5")
    picture = side_by_side(items, Look(notes=notes))
    assert [[n.text for n in panel.notes] for panel in picture.panels] == [
        ["left", "both"],
        ["both"],
    ]


@pytest.mark.parametrize(
    ("look", "words"),
    [
        (Look(colors="viridiss"), "unknown colors 'viridiss' (did you mean viridis?)"),
        (Look(colors=""), "unknown colors ''"),
        (Look(notes=(note("far@7,7"),)), "the note 'far' lies outside what is shown of set"),
        (Look(notes=(note("far@0"),)), "the note 'far' has 1 numbers and set has 2 axes"),
        (Look(titles=("a", "b")), "there are 2 titles and 1 maps"),
    ],
)
def test_what_does_not_fit_the_maps_is_refused(whole, look, words):
    with pytest.raises(UsageError) as error:
        side_by_side([whole], look)
    assert words in str(error.value)


def test_maps_of_two_colourings_need_a_word(whole, maps):
    items = [whole, read(maps / "newton.npz")]
    with pytest.raises(UsageError, match="type --colors published or --colors classes"):
        side_by_side(items, Look())
    assert len(side_by_side(items, Look(colors="classes")).panels) == 2
    assert len(contact_sheet(items, Look()).key.patches) == 6
