"""privacy: what of the environment and of a library's message may be shared.

A Record's own fields are an allow-list; these two hold text that others wrote. `clean` takes out
what it knows (folders, names) and what looks like a path or an address; it rather takes too much.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from fractbench.bench.machine.person import folders, names

LIMIT = 300
HIDDEN = "set, not shown"
SHOWN = re.compile(r"[A-Za-z0-9\-_=,.:+]*")
VARIABLES = (
    "ATEN_CPU_CAPABILITY", "BLIS_NUM_THREADS", "CUBLAS_WORKSPACE_CONFIG", "CUDA_DEVICE_ORDER",
    "CUDA_LAUNCH_BLOCKING", "CUDA_MODULE_LOADING", "FRACTBENCH_CXX", "FRACTBENCH_THREADS",
    "JAX_DEFAULT_MATMUL_PRECISION", "JAX_DISABLE_JIT", "JAX_ENABLE_X64", "JAX_PLATFORMS",
    "KMP_AFFINITY", "KMP_BLOCKTIME", "MKL_CBWR", "MKL_DYNAMIC", "MKL_ENABLE_INSTRUCTIONS",
    "MKL_NUM_THREADS", "MLX_DISABLE_COMPILE", "MLX_ENABLE_TF32", "MLX_MAX_MB_PER_BUFFER",
    "MLX_MAX_OPS_PER_BUFFER", "MLX_METAL_FAST_SYNCH", "NPY_DISABLE_CPU_FEATURES",
    "NVIDIA_TF32_OVERRIDE", "OMP_DYNAMIC", "OMP_NUM_THREADS", "OMP_PLACES", "OMP_PROC_BIND",
    "OMP_SCHEDULE", "OMP_WAIT_POLICY", "ONEDNN_DEFAULT_FPMATH_MODE", "ONEDNN_MAX_CPU_ISA",
    "OPENBLAS_CORETYPE", "OPENBLAS_NUM_THREADS", "PYTORCH_ALLOC_CONF", "PYTORCH_CUDA_ALLOC_CONF",
    "PYTORCH_ENABLE_MPS_FALLBACK", "PYTORCH_MPS_FAST_MATH", "PYTORCH_MPS_PREFER_METAL",
    "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE", "VECLIB_MAXIMUM_THREADS", "XLA_FLAGS",
    "XLA_PYTHON_CLIENT_ALLOCATOR", "XLA_PYTHON_CLIENT_MEM_FRACTION",
    "XLA_PYTHON_CLIENT_PREALLOCATE",
)  # fmt: skip
"""Variables that change how frameworks round or run, and may be shared."""

READ = 4000
"""A compiler's log can be endless; what `clean` returns lies near its beginning."""

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\\(?=[ '\"])")
"""Colours; and backslashes of a shell or of Python before a blank or a quote."""
ADDRESS = re.compile(r"(?<![\w.+'-])[\w.+'-]++@(?:<name>|[\w.-]*\w)")
IDENTIFIER = re.compile(r"\b(?:GPU-|MIG-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.I)
OPENING = r"(?=~\w*[\\/]|[\\/$%]|[A-Za-z]:[\\/]|[a-z][a-z0-9+.-]*://)"
QUOTED = re.compile(
    rf"(?<!\w)(?P<mark>['\"`]){OPENING}.*?(?P=mark)(?!\w)"
    rf"|[\u2018\u201c]{OPENING}.*?[\u2019\u201d](?!\w)"
)
SEPARATOR = r"[\\/]"
LETTER = (
    r"(?:[^\s'\"`<>|:;,()\[\]{}\u2018\u2019\u201c\u201d\\/]"
    r"|(?<=\w)['\u2019](?=\w)|,(?=\S)|\([^\s()\\/]*\))"
)
"""A character of a file's name outside quotes: an apostrophe only within a word."""
ONWARD = rf"(?:\ {LETTER}++){{1,6}}+(?={SEPARATOR})"
SUFFIX = rf"(?:\ {LETTER}++){{0,3}}?\ [\w-]+\.[A-Za-z]\w{{0,7}}(?!{LETTER})"
"""Blanks are part of a path if it goes on behind them, or if a file's suffix comes soon."""
TAIL = rf"(?:{SEPARATOR}++(?:{LETTER}++(?:{ONWARD}|{SUFFIX})?)?)*+"
STARTS = (
    r"(?<![\w+.-])[a-z][a-z0-9+.-]*+://[^\s'\"<>]*",
    r"(?<![a-z])[a-z]:(?=[\\/]+\S)",
    r"[$%]\{?\w+[}%]?(?=[\\/])",
    r"(?<!\w)~\w*(?=[\\/])",
    r"(?<![\w.)\]\\/])(?=[\\/]+[^\s\\/])",
    r"(?<=-[a-z])(?=/\S)",
    r"(?=/(?:Users|home)/)",
)
"""URLs, drives, variables, homes, roots, a compiler's ``-I/...``, and homes anywhere."""


def shared_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of `VARIABLES` that are set; values that may tell a path are hidden."""
    return {name: _shown(environ[name]) for name in VARIABLES if name in environ}


def clean(text: str) -> str:
    """Return a message in one line of at most 300 characters that may be shared.

    Paths and URLs become ``<path>``; the user's and the host's names, e-mail addresses and UUIDs
    become ``<name>``.
    """
    plain = _normal(text[:READ])
    plain = QUOTED.sub(lambda found: f"{found[0][0]}<path>{found[0][-1]}", plain)
    known = sorted({_normal(folder) for folder in folders()}, key=len, reverse=True)
    starts = "|".join((*(rf"{re.escape(folder)}(?:{LETTER})*+" for folder in known), *STARTS))
    plain = re.sub(rf"(?:{starts}){TAIL}", "<path>", plain, flags=re.IGNORECASE)
    for name in sorted({_normal(name) for name in names()}, key=len, reverse=True):
        plain = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "<name>", plain, flags=re.IGNORECASE)
    plain = IDENTIFIER.sub("<name>", ADDRESS.sub("<name>", plain))
    return plain if len(plain) <= LIMIT else f"{plain[: LIMIT - 1]}…"


def _normal(text: str) -> str:
    """Return text without colours, escapes and control characters, composed, in one line."""
    composed = unicodedata.normalize("NFC", ESCAPES.sub("", text))
    return " ".join("".join(c if c.isprintable() else " " for c in composed).split())


def _shown(value: str) -> str:
    lower = value.casefold()
    told = any(name.casefold() in lower for name in names() if len(name) > 2)
    return value if SHOWN.fullmatch(value) and not told else HIDDEN
