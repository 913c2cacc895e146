"""The compilers and instruction sets that this machine can run, for tests of compiled kernels."""

import os
import platform
import shutil
from pathlib import Path

COMPILERS = [name for name in ("g++", "clang++") if shutil.which(name)]
if "CI" in os.environ:
    assert COMPILERS == ["g++", "clang++"], "CI has to compile with both"


def _flags():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    return set(next((line for line in lines if line.startswith("flags")), "").split())


def _machines():
    if platform.machine() != "x86_64":
        return ["-mcpu=native"] if platform.machine() in ("arm64", "aarch64") else ["-march=native"]
    found, has = ["-march=x86-64"], _flags()
    if {"avx2", "fma"} <= has:
        found.append("-march=x86-64-v3")
    if {"avx512f", "avx512dq", "avx512vl", "avx512bw"} <= has:
        found.append("-march=x86-64-v4")
    return found


MACHINES = _machines()
