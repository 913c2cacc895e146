"""Metal without a Mac: the exact text compiled as C++ against a shim, and run in lockstep.

See simt/metal_shim/metal_stdlib for how it is compiled and driver.cpp for how it runs.
"""

from __future__ import annotations

import ctypes
import hashlib
import shutil
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

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
    path = Path(made.name)
    command("g++", "-std=c++17", "-O2", "-fPIC", "-c", str(SHIM / "driver.cpp"),
            "-o", str(path / "driver.o"))  # fmt: skip
    return made, path


def check(unit, entry, name):
    """Compile a text without running it: by g++ and clang++, then with address spaces.

    Metal is C++14, or C++17 from Metal 4.
    """
    with tempfile.TemporaryDirectory() as folder_name:
        file, around = (Path(folder_name) / n for n in ("unit.metal", "around.metal"))
        file.write_text(unit)
        around.write_text(wrapped(file, entry, name))
        plain = ("-x", "c++", "-std=c++14", "-fsyntax-only", *STRICT)
        command("g++", *plain, "-Wno-attributes", "-Wno-unknown-pragmas", str(file))
        command("clang++", *plain, *QUIET, str(file))
        command("clang++", *SPACES, *STRICT, *QUIET, "-fsyntax-only", str(around))


def wrapped(file, entry, name):
    """Return a text that includes a unit and adds the function that driver.cpp calls.

    C++ does not know that [[kernel]] makes a kernel, so the kernel is declared as one before.
    """
    it = ENTRIES[entry]
    arrays = [f"const {kind}" for _, kind in it.inputs] + [kind for _, kind in it.outputs]
    types = [f"device {a.replace('real', 'float')} *" for a in arrays]
    given = "".join(f"({t})arrays[{n}], " for n, t in enumerate(types))
    return (
        f"#include <metal_stdlib>\nkernel void {name}({', '.join(types)}, uint3, uint3);\n"
        f'#include "{file}"\n'
        f'extern "C" void shim_{entry}(device const unsigned long *arrays, uint n, uint g) {{\n'
        f"  {name}({given}(uint3)(n, 0, 0), (uint3)(g, 0, 0));\n}}\n"
    )


@lru_cache(maxsize=64)
def library(unit, entry, name, options):
    """Compile a text and return its library."""
    _, path = folder()
    key = hashlib.sha256(f"{unit}{entry}{options}".encode()).hexdigest()[:24]
    unit_file, file = path / f"{key}.metal", path / f"{key}.clcpp"
    unit_file.write_text(unit)
    file.write_text(wrapped(unit_file, entry, name))
    made, target = path / f"{key}.o", path / f"{key}.so"
    command("clang++", *SPACES, *STRICT, *QUIET, *(options or ("-O1",)), "-c", str(file),
            "-o", str(made))  # fmt: skip
    # What is left in .bss is the kernels' threadgroup memory, which the driver fills anew.
    command("objcopy", "--rename-section", ".bss=shim_shared,alloc,load,data,contents", str(made))
    command("g++", "-shared", str(made), str(path / "driver.o"), "-lm", "-o", str(target))
    found = ctypes.CDLL(str(target))
    found.shim_run.restype = ctypes.c_char_p
    found.shim_shared_bytes.restype = ctypes.c_long
    return found
