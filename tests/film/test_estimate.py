"""estimate: what a scripted device and a scripted clock must add up to."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest

from fractbench.film import estimate as module
from fractbench.film.estimate import CALIBRATION_PIXELS, estimate
from fractbench.film.keys import Key
from fractbench.film.ladder import ladder
from fractbench.film.request import FilmRequest
from fractbench.problems.catalogue import problem
from fractbench.window import Window

SIDE = 65
SHARE = SIDE**2 / CALIBRATION_PIXELS


@dataclass
class Clock:
    """Time that passes only where it is told to."""

    now: float = 0.0

    def __call__(self):
        return self.now


@dataclass
class Maker:
    """Makes a kernel in a second; each tile takes as long as its window is deep in halvings."""

    clock: Clock
    tried: list[Key] = field(default_factory=list)

    def prepared(self, key):
        self.clock.now += 1
        self.tried.append(key)
        low, high = key.window.bounds(0)

        def run(tile):
            assert len(tile) == CALIBRATION_PIXELS
            self.clock.now += float(np.log2(float(16 / (high - low))))

        plan = SimpleNamespace(gather=lambda flat: flat)
        return SimpleNamespace(plan=plan, kernel=SimpleNamespace(run=run))


@pytest.fixture
def found(monkeypatch, tmp_path):
    """Return a function: dtypes of key frames -> their estimate and the key frames tried."""
    monkeypatch.setattr(module, "_frame_seconds", lambda plan, clock: 0.5)

    def of(*dtypes):
        clock = Clock()
        maker = Maker(clock)
        windows = ladder(problem("single"), to="0,0", width="8", decades="0.01")
        plan = FilmRequest("single", to="0,0", width="8", decades="0.01", out="a.gif",
                           work=tmp_path, size=SIDE - 1).plan()  # fmt: skip
        assert plan.windows == windows
        wanted = [
            Key(plan.problem, Window.around("0,0", str(8 / 2**k)), SIDE, dtype)
            for k, dtype in enumerate(dtypes)
        ]
        return estimate(plan, wanted, maker, clock), [wanted.index(key) for key in maker.tried]

    return of


def test_key_frames_between_those_tried_cost_what_lies_between(found):
    made, tried = found("float32", "float32", "float32", "float32")
    assert tried == [0, 3]
    assert made.seconds_of_keys == pytest.approx((1 + 2 + 3 + 4) * SHARE)


def test_every_dtype_is_tried_at_its_ends(found):
    made, tried = found("float32", "float32", "float64", "float64", "float64")
    assert tried == [0, 1, 2, 4]
    assert made.seconds_of_keys == pytest.approx((1 + 2 + 3 + 4 + 5) * SHARE)


def test_a_deep_key_frame_pays_for_its_own_references(found):
    """Its first tile is a part of that: further references are sought there."""
    made, tried = found("float32", None, None, None)
    assert tried == [0, 1, 3]
    once = [1 + halvings for halvings in (2, 3, 4)]
    assert made.seconds_of_keys == pytest.approx((1 + 2 + 3 + 4) * SHARE + sum(once))


def test_files_of_deep_key_frames_hold_doubt_too(found, monkeypatch):
    monkeypatch.setattr(module, "_costs", lambda absent, maker, clock: [0.0] * len(absent))
    plain, _ = found("float32", "float32")
    wide, _ = found("float32", "float64")
    assert plain.bytes_of_keys == 2 * SIDE**2 * (5 * 4 + 1)
    assert wide.bytes_of_keys == SIDE**2 * (5 * 4 + 1 + 5 * 8 + 1)
    deep = Key(problem("single"), Window.around("1.5,2.25", "1e-20"), SIDE, None)
    assert module._bytes(deep) == SIDE**2 * (6 * 4 + 1)
