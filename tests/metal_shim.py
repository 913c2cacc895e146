"""Metal without a Mac: the exact text compiled as C++ against a shim, and run in lockstep.

See simt/metal_shim/metal_stdlib for how it is compiled and driver.cpp for how it runs.
"""

from __future__ import annotations

import atexit
import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

import pytest

from fractbench.simt.text import ENTRIES

SHIM = Path(__file__).parent / "simt" / "metal_shim"
QUIET = ("-Wno-unknown-attributes", "-Wno-unknown-pragmas", "-Wno-ignored-attributes")
"""Metal's attributes and its pragma mean nothing to C++; every other warning is an error."""
STRICT = ("-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-Wno-unused-variable",
          "-Wno-unused-function", "-ffp-contract=off", f"-I{SHIM}")  # fmt: skip
SPACES = ("-x", "cl", "-cl-std=clc++", "-cl-no-stdinc", "-Xclang", "-cl-ext=-all", "-fPIC")
"""C++ for OpenCL: Metal's address spaces under other names."""
TOOLS = ("clang++", "g++", "objcopy")
HERE = sys.platform == "linux" and all(map(shutil.which, TOOLS))


def require():
    """Skip a module where the text cannot be compiled; on Linux, CI has to."""
    if HERE:
        return
    assert sys.platform != "linux" or not os.environ.get("CI"), f"CI needs {', '.join(TOOLS)}"
    pytest.skip(f"needs Linux with {', '.join(TOOLS)}", allow_module_level=True)


class CompileError(AssertionError):
    """The text is not even C++ with address spaces."""


def command(*arguments):
    """Run a tool, which must be content."""
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CompileError(done.stderr[:3000])


@lru_cache(maxsize=1)
def folder():
    """Return this session's folder, with the driver."""
    made = tempfile.TemporaryDirectory(prefix="metal-shim-")
    atexit.register(made.cleanup)
    path = Path(made.name)
    command("g++", "-std=c++17", "-O2", "-fPIC", "-c", str(SHIM / "driver.cpp"),
            "-o", str(path / "driver.o"))  # fmt: skip
    return path


def check(unit, names):
    """Compile a text without running it: by g++ and clang++, then with address spaces.

    Metal is C++14, or C++17 from Metal 4.
    """
    with tempfile.TemporaryDirectory() as folder_name:
        file, around = (Path(folder_name) / n for n in ("unit.metal", "around.metal"))
        file.write_text(unit)
        around.write_text(wrapped(file, names))
        plain = ("-x", "c++", "-std=c++14", "-fsyntax-only", *STRICT)
        command("g++", *plain, "-Wno-attributes", "-Wno-unknown-pragmas", str(file))
        command("clang++", *plain, *QUIET, str(file))
        command("clang++", *SPACES, *STRICT, *QUIET, "-fsyntax-only", str(around))


def wrapped(file, names):
    """Return a text that includes a unit and adds the functions that driver.cpp calls.

    C++ does not know that [[kernel]] makes a kernel, so the kernel is declared as one before.
    """
    kernels, calls = "", ""
    for entry, name in names.items():
        it = ENTRIES[entry]
        arrays = [f"const {kind}" for _, kind in it.inputs] + [kind for _, kind in it.outputs]
        types = [f"device {a.replace('real', 'float')} *" for a in arrays]
        given = "".join(f"({t})arrays[{n}], " for n, t in enumerate(types))
        kernels += f"kernel void {name}({', '.join(types)}, uint3, uint3);\n"
        calls += (
            f'extern "C" void shim_{entry}(device const unsigned long *arrays, uint n, uint g) {{\n'
            f"  {name}({given}(uint3)(n, 0, 0), (uint3)(g, 0, 0));\n}}\n"
        )
    return f'#include <metal_stdlib>\n{kernels}#include "{file}"\n{calls}'


def library(unit, names, options=("-O1",)):
    """Compile a text, once in a session, and return its library."""
    return _library(unit, tuple(names.items()), tuple(options))


@lru_cache(maxsize=64)
def _library(unit, names, options):
    path = folder()
    key = hashlib.sha256(f"{unit}{options}".encode()).hexdigest()[:24]
    unit_file, file = path / f"{key}.metal", path / f"{key}.clcpp"
    unit_file.write_text(unit)
    file.write_text(wrapped(unit_file, dict(names)))
    made, target = path / f"{key}.o", path / f"{key}.so"
    command("clang++", *SPACES, *STRICT, *QUIET, *options, "-c", str(file),
            "-o", str(made))  # fmt: skip
    # What is left in .bss is the kernels' threadgroup memory, which the driver fills anew.
    command("objcopy", "--rename-section", ".bss=shim_shared,alloc,load,data,contents", str(made))
    command("g++", "-shared", str(made), str(path / "driver.o"), "-lm", "-o", str(target))
    found = ctypes.CDLL(str(target))
    found.shim_run.restype = ctypes.c_char_p
    found.shim_shared_bytes.restype = ctypes.c_long
    return found
