"""Adaptive boundary tracing: the boundary of a huge map from a small share of its pixels.

A coarse lattice of pixels is trained first. Only cells whose corners differ in class are refined,
with a guard band of cells around them, and the boundary is followed where it leaves the band. Every
trained pixel is a pixel of the full Grid, so that its class is the full map's.
"""

from fractbench.tracing.boxes import sparse_box_counts
from fractbench.tracing.missed import Missed, missed
from fractbench.tracing.probe import Probe, probe
from fractbench.tracing.rule import Rule
from fractbench.tracing.trace import trace
from fractbench.tracing.traced import Traced

__all__ = ["Missed", "Probe", "Rule", "Traced", "missed", "probe", "sparse_box_counts", "trace"]
