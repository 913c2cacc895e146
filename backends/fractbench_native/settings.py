"""settings: the compiler, its flags and the vectors that it makes."""

from __future__ import annotations

import re

from fractbench_native.compiler import FLAGS, compiler
from fractbench_native.probe import lanes

_FLAG = re.compile(r"-(?:O\w+|std=[\w+]+|[fm][\w=+.-]+|shared)")
"""What a flag may look like: no path and no name fits."""


def settings() -> dict[str, str]:
    """Return them; a flag that could hold a path or a name is left out."""
    using = compiler()
    asked = (*using.command[1:], *FLAGS, *using.machine)
    return {
        "compiler": using.short,
        "flags": " ".join(flag for flag in asked if _FLAG.fullmatch(flag)),
        "lanes float32": str(lanes("float32")),
        "lanes float64": str(lanes("float64")),
    }
