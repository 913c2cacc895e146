"""The picture of a verdict: settled, flipping and wrong pixels in three colours."""

from __future__ import annotations

import io

import numpy as np
from matplotlib import image
from matplotlib.colors import to_rgb

import fractbench
from fractbench.agreement.picture import COLORS, verdict_png
from fractbench.agreement.verdict import Count, Verdict


def test_each_mark_has_its_colour_at_its_place():
    made = fractbench.run("mandelbrot", backend="numpy", size="6x4", steps=5)
    marks = np.zeros(24, np.uint8)
    marks[:6], marks[-2:] = 1, 2
    fine = Count(0, 0.0, 1.0)
    verdict = Verdict(24, 18, Count(2, 0.0, 1e-6), fine, fine, 0.5, marks)
    shown = image.imread(io.BytesIO(verdict_png(made, verdict)))[..., :3]
    panel = shown[50:370, 490:860]
    areas = {
        name: (np.abs(panel - to_rgb(color)).max(axis=-1) < 0.01) for name, color in COLORS.items()
    }
    settled, flipping, wrong = (areas[name] for name in COLORS)
    assert flipping.sum() / wrong.sum() > 2
    assert settled.sum() / flipping.sum() > 2
    rows, columns = np.nonzero(wrong)
    assert rows.max() < 160
    assert columns.min() > 185
    assert np.nonzero(flipping)[0].min() > 160
