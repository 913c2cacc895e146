"""What the encoders are told: levels that phones know, and the clock of a GIF."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from fractbench.film.gif import Gif, colours_of, durations
from fractbench.film.video import level


@pytest.mark.parametrize(
    ("size", "fps", "name"),
    [(256, 30, "4.0"), (1440, 30, "4.0"), (1440, 60, "4.2"), (2160, 30, "5.1"), (2160, 60, "5.2"),
     (3072, 30, "5.2"), (4096, 30, "6.1"), (4096, 120, "6.1")],
)  # fmt: skip
def test_the_lowest_level_that_holds_the_film(size, fps, name):
    assert level(size, fps)[0] == name


@pytest.mark.parametrize("fps", [1, 7, 24, 30, 50])
def test_a_gif_keeps_time_in_hundredths_of_a_second(fps):
    found = list(durations(3 * fps, fps))
    assert sum(found) == 3000
    assert all(one % 10 == 0 and one >= 20 for one in found)
    assert max(found) - min(found) <= 10


def test_a_gif_of_few_colours_loses_nothing(tmp_path):
    frames = np.random.default_rng(2).integers(0, 2, (5, 8, 8, 3)).astype(np.uint8) * 200
    gif = Gif(colours_of(list(frames)))
    for frame in frames:
        gif.add(frame)
    gif.save(tmp_path / "a.gif", 25, "about")
    with Image.open(tmp_path / "a.gif") as file:
        assert file.n_frames == 5
        assert file.info["duration"] == 40
        assert file.info["loop"] == 0
        for index, frame in enumerate(frames):
            file.seek(index)
            assert np.array_equal(np.asarray(file.convert("RGB"))[::-1], frame)


def test_a_gif_of_many_colours_is_close(tmp_path):
    ramp = np.arange(48 * 48).reshape(48, 48)
    frame = np.stack([ramp % 256, ramp // 9 % 256, 255 - ramp % 256], axis=-1).astype(np.uint8)
    gif = Gif(colours_of([frame]))
    gif.add(frame)
    gif.save(tmp_path / "a.gif", 25, "about")
    with Image.open(tmp_path / "a.gif") as file:
        shown = np.asarray(file.convert("RGB"))[::-1]
    assert np.abs(shown.astype(int) - frame).mean() < 12
