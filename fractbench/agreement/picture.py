"""picture: a judged map and its settled, flipping and wrong pixels in three colours."""

from __future__ import annotations

import io
from textwrap import fill

import numpy as np

from fractbench.agreement.verdict import Verdict
from fractbench.colors import colors
from fractbench.map import Map

COLORS = {"settled": "#d9d9d9", "flipping": "#fdae61", "wrong or strayed": "#b2182b"}
"""By mark: settled and right, unsettled, wrong."""


def verdict_png(made: Map, verdict: Verdict) -> bytes:
    """Return the map beside its marks, with the verdict's numbers below."""
    from matplotlib.colors import to_rgb
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    palette = np.array([to_rgb(color) for color in COLORS.values()])
    marks = palette[verdict.marks.reshape(made.value.shape)]
    out = Figure(figsize=(9, 5), dpi=100)
    for place, (title, image) in enumerate(
        ((made.problem.spec, colors(made)), ("agreement", marks))
    ):
        axes = out.add_axes((0.06 + 0.48 * place, 0.25, 0.42, 0.66))
        axes.imshow(image, origin="lower", interpolation="nearest", aspect="auto")
        axes.set_title(title, fontsize=9)
    patches = [Patch(color=color, label=name) for name, color in COLORS.items()]
    out.legend(handles=patches, loc="lower right", ncols=3, fontsize=8)
    out.text(0.06, 0.08, fill(str(verdict), 110), fontsize=7, family="monospace")
    buffer = io.BytesIO()
    out.savefig(buffer, format="png")
    return buffer.getvalue()
